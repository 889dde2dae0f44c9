//! The obligations of a store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::changes::Changes;
use crate::event::Event;
use crate::history::{Cursor, History};
use crate::queue::{Filter, Found, Item, MailTrace, Page, QueueAction, Selection, Sought, Totals};
use crate::{
    AcceptedRequest, Answered, CallKey, Commit, Committed, Entry, EntryId, KeyRecord, Overdue, OverdueQuery, Pending,
    Report, Resend, Wanted,
};

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
    /// The request is answered already, or the id is awaited already (the text is the key or id): it must not run twice.
    #[error("already there: {0}")]
    Duplicate(String),
    /// The item is damaged and has been set aside (the text names it and says how).
    #[error("damaged: {0}")]
    Damaged(String),
    /// Whoever says this is not its owner, or no longer: another has taken it over. Nothing of it was done.
    #[error("another owner has it")]
    Fenced,
    /// There is no such item, or its octets are dropped.
    #[error("no such item")]
    Unknown,
    /// The stored answer was sent again as often as it may be.
    #[error("the answer was sent often enough")]
    Spent,
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
/// 6. What an owner says of an entry or a request that is not its own, or no longer, is refused and changes nothing. In a
///    batch only that is refused: the others are done, and those refused are named in the answer (`fenced`). Whoever hears
///    of it forgets the item, for another has it; to say it again is of no use.
/// 7. Whoever waits for a change hears of it, whichever owner made it: see [`Changes`].
/// 8. What happens to a recipient is told in the order in which it became true, nothing missing: see [`Events`].
pub trait Spool: Send + Sync {
    /// Makes it durable.
    fn commit(&self, commit: Commit, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>>;

    /// Claims entries that are due and held by no live epoch, oldest due first within a destination; where many
    /// destinations have some, each gets its share.
    fn claim_wanted(&self, wanted: Wanted, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>>;

    /// Claims up to `limit` entries of any destination.
    fn claim(&self, limit: usize, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>> {
        self.claim_wanted(Wanted { limit, ..Wanted::default() }, now)
    }

    /// Claims these, where they are queued and held by no live epoch.
    fn claim_these(&self, entries: Vec<EntryId>, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>>;

    /// When the next unclaimed entry is due, but for what waits for these destinations.
    fn next_due_but(&self, shut: Vec<Arc<str>>) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>>;

    /// When the next unclaimed entry is due.
    fn next_due(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>> {
        self.next_due_but(Vec::new())
    }

    /// Up to `limit` unclaimed entries for this destination that are due now and were queued before a time, oldest first.
    fn overdue(&self, of: OverdueQuery) -> BoxFuture<'_, Result<Overdue, Refusal>>;

    /// The octets of a queued message.
    fn message(&self, entry: EntryId) -> BoxFuture<'_, Result<Bytes, Refusal>>;

    /// Records attempts. The bounces among them are queued in the same transaction, and given back as entries that are
    /// claimed by this epoch already. A report on an entry that a person has dropped meanwhile is history only: nothing
    /// follows. One on an entry that this epoch does not hold is refused: see [`Committed::fenced`].
    fn record(&self, reports: Vec<Report>, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>>;

    /// Gives claimed entries back untried: their destination, which is this one, takes nothing now. Names those that this
    /// epoch does not hold: they are left as they are.
    fn park(&self, entries: Vec<EntryId>, destination: Arc<str>) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>>;

    /// Gives claimed entries back untried (shutdown, a full channel). Names those that this epoch does not hold: they are
    /// left as they are.
    fn release(&self, entries: Vec<EntryId>) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>>;

    /// The record of an answered request, if it has not expired.
    fn answered(&self, key: CallKey, now: Timestamp) -> BoxFuture<'_, Result<Option<Answered>, Refusal>>;

    /// The ids of the requests that were taken, are not over, and are held by no other live epoch, oldest first.
    fn taken(&self) -> BoxFuture<'_, Result<Vec<String>, Refusal>>;

    /// The taken request with this id, or this key as it is written, while it is not over.
    fn find_taken(&self, id: String) -> BoxFuture<'_, Result<Option<AcceptedRequest>, Refusal>>;

    /// The taken request with this key, while it is not over.
    fn taken_as(&self, key: CallKey) -> BoxFuture<'_, Result<Option<AcceptedRequest>, Refusal>> {
        self.find_taken(key.to_string())
    }

    /// Makes durable that a taken request begins to run, and gives it back as it was before. It begins once: where it had
    /// begun before, its first time stays. From now on it is this epoch's, which alone can end it ([`Commit::ends`]); one
    /// that another live epoch holds is refused ([`Refusal::Fenced`]).
    fn start(&self, id: String, now: Timestamp) -> BoxFuture<'_, Result<AcceptedRequest, Refusal>>;

    /// Calls of ours, newest last.
    fn pending(&self) -> BoxFuture<'_, Result<Vec<Pending>, Refusal>>;

    /// The call of ours with this id, or that was sent under this Message-ID (without brackets): for people. Mail is matched
    /// by [`Spool::find_awaited`].
    fn find_pending(&self, id: String) -> BoxFuture<'_, Result<Option<Pending>, Refusal>>;

    /// The calls of ours that were sent under one of these Message-IDs (without brackets) or document ids, each once, in the
    /// order of the ids. An id counts whole, octet for octet; the short ids that people see name no call here, for whoever
    /// knows one could forge an answer.
    fn find_awaited(&self, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Pending>, Refusal>>;

    /// Ends every call of ours whose time is over with [`PendingOutcome::Expired`](crate::PendingOutcome::Expired), and
    /// says which.
    fn expire_pending(&self, now: Timestamp) -> BoxFuture<'_, Result<Vec<String>, Refusal>>;

    /// Up to `limit` open calls of ours whose requests are to be sent again by now, the oldest due first. One whose mail
    /// still waits in the queue is none of them: it is not sent twice at once.
    fn resends(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<(Pending, Resend)>, Refusal>>;

    /// The keys.
    fn keys(&self) -> BoxFuture<'_, Result<Vec<KeyRecord>, Refusal>>;

    /// Adds or replaces a key by its name.
    fn put_key(&self, key: KeyRecord) -> BoxFuture<'_, Result<(), Refusal>>;
}

/// What people ask of a store: to see, to hold, to drop, to retry.
pub trait Inspect: Spool {
    /// Up to `limit` queued or kept recipients that the filter wants, in the order of their ids, after `after`. It looks at
    /// a bounded number of rows at a time, so a page may be short: go on while [`Page::after`] says so.
    fn scan(&self, filter: Filter, after: Option<EntryId>, limit: usize) -> BoxFuture<'_, Result<Page, Refusal>>;

    /// Those of these that there are.
    fn items(&self, entries: Vec<EntryId>) -> BoxFuture<'_, Result<Vec<Item>, Refusal>>;

    /// How many the filter wants; damaged ones are not counted.
    fn count(&self, filter: Filter) -> BoxFuture<'_, Result<u64, Refusal>>;

    /// Holds, releases, drops or retries what is selected, and says how many changed.
    fn act(&self, verb: QueueAction, selection: Selection, now: Timestamp) -> BoxFuture<'_, Result<u64, Refusal>>;

    /// The whole story of one item: `4711`, `4711.2`, a Message-ID, the id of a call of ours, or the key of an answered one.
    fn trace(&self, subject: String) -> BoxFuture<'_, Result<MailTrace, Refusal>>;

    /// The newest mails that are sought, up to `limit`. It looks at a bounded number of mails. What it finds is to be shown:
    /// whoever acts on entries names them.
    fn find(&self, sought: Sought, limit: usize) -> BoxFuture<'_, Result<Found, Refusal>>;

    /// The recipients of the mails that this owner asked to be sent under these Message-IDs (without brackets), in the order
    /// of the ids; of one that is unknown, or another's, none.
    fn sent(&self, owner: String, message_ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<Item>>, Refusal>>;

    /// How many entries are in which state; entries that ended are not counted.
    fn totals(&self) -> BoxFuture<'_, Result<Totals, Refusal>>;

    /// Up to `limit` entries that are held, and were last held at this very time: what one act of holding kept back.
    fn held_at(&self, at: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>>;

    /// For so long from now, no octets are removed that a row names now, whatever becomes of the row: somebody copies
    /// them. To be asked again before the time is over.
    ///
    /// # Errors
    /// The store takes nothing now: whoever copies is to give way.
    fn keep_octets(&self, time: Duration) -> BoxFuture<'_, Result<(), Refusal>>;

    /// Adds lines to the journal.
    fn note(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), Refusal>>;

    /// The last `limit` lines of the journal, newest first.
    fn journal(&self, limit: usize) -> BoxFuture<'_, Result<Vec<Event>, Refusal>>;
}

/// Tells what happened to recipients. An event is written in the transaction that makes it true, so none is missing and
/// none is told that was not; it is kept as long as the rows of its mail.
pub trait Events: Send + Sync {
    /// What happened behind this place, oldest first, `limit` events or a few more: what the recipients of one mail have in
    /// common comes together. None: there is nothing yet.
    fn after(&self, cursor: Cursor, limit: usize) -> BoxFuture<'_, Result<History, Refusal>>;

    /// The same, of the mails that this owner asked to be sent. It looks at a bounded number of events, so it may find none
    /// and go on all the same: there is nothing more where the place it gives back is the one it was given.
    fn of_owner(&self, owner: String, cursor: Cursor, limit: usize) -> BoxFuture<'_, Result<History, Refusal>>;
}

/// All that a store does, as one trait object.
pub trait Store: Inspect + Changes + Events {}

impl<T: Inspect + Changes + Events> Store for T {}
