//! The obligations of a store.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use jiff::Timestamp;

use crate::{Answered, CallKey, Commit, Committed, Entry, EntryId, KeyRecord, Pending, Report};

/// A boxed future: it makes [`Spool`] usable as a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why the store did not take something. Nothing of it is there, and nothing was promised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No room: less than `queue.min_free` is left, or the disk said ENOSPC.
    #[error("the disk is full")]
    Full,
    /// The storage failed (the text is for the log, never for a caller).
    #[error("storage: {0}")]
    Storage(String),
    /// The store is closing.
    #[error("the store is closing")]
    Closed,
}

/// A durable store.
///
/// Obligations (each is a test of the conformance suite):
/// 1. `Ok` is said only after the change would survive a power cut.
/// 2. A `Commit` is there whole or not at all, whatever fails, wherever.
/// 3. After a failed write nothing is ever acknowledged on top of what may be missing.
/// 4. An entry claimed by a live epoch is claimed by no other; what a dead epoch held can be claimed again.
/// 5. A damaged item is set aside and named; the others are not harmed.
pub trait Spool: Send + Sync {
    /// Makes it durable.
    fn commit(&self, commit: Commit, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>>;

    /// Claims up to `limit` entries that are due and held by no live epoch, oldest due first.
    fn claim(&self, limit: usize, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>>;

    /// When the next unclaimed entry is due.
    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>>;

    /// The octets of a queued message.
    fn message(&self, entry: EntryId) -> BoxFuture<'_, Result<Bytes, Refusal>>;

    /// Records attempts. The bounces among them are queued in the same transaction, and given back as entries.
    fn record(&self, reports: Vec<Report>, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>>;

    /// Gives claimed entries back untried (shutdown, a full channel).
    fn release(&self, entries: Vec<EntryId>) -> BoxFuture<'_, Result<(), Refusal>>;

    /// The record of an answered request, if it has not expired.
    fn answered(&self, key: CallKey, now: Timestamp) -> BoxFuture<'_, Result<Option<Answered>, Refusal>>;

    /// Calls of ours, newest last.
    fn pending(&self) -> BoxFuture<'_, Result<Vec<Pending>, Refusal>>;

    /// The keys.
    fn keys(&self) -> BoxFuture<'_, Result<Vec<KeyRecord>, Refusal>>;

    /// Adds or replaces a key by its name.
    fn put_key(&self, key: KeyRecord) -> BoxFuture<'_, Result<(), Refusal>>;
}
