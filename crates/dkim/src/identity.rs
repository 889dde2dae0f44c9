//! A domain that signs, and its key.

use std::sync::Arc;

use crate::{Algorithm, Key};

/// A domain that signs, with one of its keys.
#[derive(Clone, Debug)]
pub struct Identity {
    /// `d=`: ASCII, lower case.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// The key.
    pub key: Arc<Key>,
}

impl Identity {
    pub(crate) fn algorithm(&self) -> &'static str {
        match self.key.algorithm() {
            Algorithm::Rsa => "rsa-sha256",
            Algorithm::Ed25519 => "ed25519-sha256",
        }
    }

    /// The name of the TXT record of its key.
    #[must_use]
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }
}
