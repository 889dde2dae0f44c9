//! The OpenRPC documents that were written, each for the callers who may call the same services.

use std::collections::HashMap;

use bytes::Bytes;

/// Documents that are kept: a server with many services, each for callers of its own, does not keep all it could write.
const MOST: usize = 8;

/// The documents.
#[derive(Debug, Default)]
pub(super) struct Described {
    version: u64,
    documents: HashMap<Vec<bool>, Bytes>,
}

impl Described {
    /// The document for those who may call these services, at this version of what is known of them.
    pub(super) fn document(&mut self, version: u64, told: Vec<bool>, write: impl FnOnce() -> Bytes) -> Bytes {
        if self.version != version || self.documents.len() >= MOST && !self.documents.contains_key(&told) {
            self.documents.clear();
            self.version = version;
        }
        self.documents.entry(told).or_insert_with(write).clone()
    }
}
