//! The queue as people see it: listed, filtered, held, released, dropped, retried, and the story of one item.

mod filter;
mod sought;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use mail::{Mailbox, ReversePath};

pub use sought::{By, Found, Sought};
pub(crate) use sought::{Known, Search, Words};

use crate::event::Event;
use crate::wishes::Timing;
use crate::{Answered, Attempt, Entry, EntryId, Kind, Pending};

/// What has become of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits, or is being delivered.
    Queued,
    /// Kept back by a person.
    Held,
    /// Unreadable, set aside; see [`Item::Damaged`].
    Damaged,
    /// Over: delivered, captured or failed; the last attempt says which.
    Done,
    /// Taken out by a person; nobody was told.
    Dropped,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Damaged => "damaged",
            Self::Done => "done",
            Self::Dropped => "dropped",
        })
    }
}

/// One row of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueItem {
    /// Its name.
    pub id: EntryId,
    /// What has become of it.
    pub state: State,
    /// Who gets it.
    pub recipient: Mailbox,
    /// Who gets the bounce.
    pub reverse_path: ReversePath,
    /// Its Message-ID without brackets.
    pub message_id: String,
    /// What it is about, as [`mail::subject::of`] reads it; empty in rows from before that was kept.
    pub subject: String,
    /// The trace id of the call or request that caused it; empty where none is known.
    pub trace: String,
    /// What it is.
    pub kind: Kind,
    /// Whose it is.
    pub owner: String,
    /// True for a sandboxed key: it is captured, never sent.
    pub capture: bool,
    /// When it leaves.
    pub timing: Timing,
    /// What its sender gave to be told with what becomes of it; empty where nothing.
    pub labels: String,
    /// `host:port` that it must go to whatever the routes say.
    pub next_hop: Option<String>,
    /// Size of the message in octets.
    pub size: u64,
    /// When it was queued.
    pub queued: Timestamp,
    /// When it is due.
    pub due: Timestamp,
    /// Where it goes, as the routes were when it was queued; empty where nobody knew.
    pub destination: String,
    /// How many attempts there were.
    pub tries: u32,
    /// The last of them.
    pub last: Option<Attempt>,
}

/// What is kept of an entry for people alone: delivery does not ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) state: State,
    pub(crate) destination: Option<String>,
    pub(crate) last: Option<Attempt>,
    pub(crate) subject: String,
    pub(crate) trace: String,
    pub(crate) labels: String,
}

impl QueueItem {
    /// An entry as people see it.
    pub(crate) fn new(entry: Entry, standing: Standing) -> Self {
        let Standing { state, destination, last, subject, trace, labels } = standing;
        Self {
            id: entry.id,
            state,
            recipient: entry.recipient,
            reverse_path: entry.reverse_path,
            message_id: entry.message_id,
            subject,
            trace,
            kind: entry.kind,
            owner: entry.owner,
            capture: entry.capture,
            timing: entry.timing,
            labels,
            next_hop: entry.next_hop,
            size: entry.size,
            queued: entry.queued,
            due: entry.due,
            destination: destination.unwrap_or_default(),
            tries: entry.tries,
            last,
        }
    }
}

/// What a scan finds: a row, or the name of one that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A readable row.
    Whole(Box<QueueItem>),
    /// A damaged one. It is set aside: nobody delivers it, nobody drops it unasked.
    Damaged {
        /// Its name.
        id: EntryId,
        /// What is wrong with it, for the log and for operators.
        cause: String,
    },
}

impl Item {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> EntryId {
        match self {
            Self::Whole(item) => item.id,
            Self::Damaged { id, .. } => *id,
        }
    }
}

/// One page of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows.
    pub items: Vec<Item>,
    /// Where to go on; `None` at the end.
    pub after: Option<EntryId>,
}

/// Which entries are wanted; each field that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this state. Without it: every state but done and dropped.
    pub state: Option<State>,
    /// Recipient contains this (ASCII case does not count): `@x.pl`.
    pub to: Option<String>,
    /// Reverse-path contains this.
    pub from: Option<String>,
    /// Of this owner.
    pub owner: Option<String>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// With this Message-ID (without brackets).
    pub message_id: Option<String>,
    /// Queued before this.
    pub queued_before: Option<Timestamp>,
    /// All words of this stand in its subject, in any case.
    pub subject: Option<String>,
    /// With at least this many attempts.
    pub min_tries: Option<u32>,
}

/// Entries to act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// These.
    Ids(Vec<EntryId>),
    /// All that the filter wants.
    Filter(Filter),
}

/// What a person does with entries. Entries that ended are left as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueAction {
    /// Queued ones are kept back.
    Hold,
    /// Held ones are queued again, as due as they were; damaged ones too, and are set aside again if they still are. What
    /// was captured by policy, and not by its key, is due now.
    Release,
    /// Out of the queue, without a bounce.
    Drop,
    /// Queued ones are due now.
    Retry,
}

impl QueueAction {
    /// What has been done with it, as people and programs are told.
    #[must_use]
    pub fn past(self) -> &'static str {
        match self {
            Self::Hold => "held",
            Self::Release => "released",
            Self::Drop => "dropped",
            Self::Retry => "retried",
        }
    }
}

/// What a person has done to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// What.
    pub verb: QueueAction,
}

/// One recipient's part of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientTrace {
    /// The entry as it is.
    pub item: Item,
    /// Its attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// What people have done to it, oldest first.
    pub acts: Vec<Act>,
}

/// Everything that is known of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailTrace {
    /// The recipients of the mail, in their order.
    pub chapters: Vec<RecipientTrace>,
    /// The mailed request of which it is the answer.
    pub answered: Option<Answered>,
    /// The call of ours that it carries.
    pub pending: Option<Pending>,
    /// Lines of the journal about it, oldest first.
    pub events: Vec<Event>,
}

/// Entries per state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Waiting for their time or for a courier.
    pub waiting: u64,
    /// Claimed.
    pub claimed: u64,
    /// Held.
    pub held: u64,
    /// Damaged.
    pub damaged: u64,
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.message, self.recipient)
    }
}

/// The text is no entry's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an entry (such as 4711.2)")]
pub struct EntryIdError;

impl FromStr for EntryId {
    type Err = EntryIdError;

    fn from_str(text: &str) -> Result<Self, EntryIdError> {
        let (message, recipient) = text.split_once('.').ok_or(EntryIdError)?;
        let message = message.parse().map_err(|_| EntryIdError)?;
        let recipient = recipient.parse().map_err(|_| EntryIdError)?;
        Ok(Self { message, recipient })
    }
}
