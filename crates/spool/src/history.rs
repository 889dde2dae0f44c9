//! What happened to recipients, in the order in which it became true.

use jiff::Timestamp;

use crate::{Attempt, AttemptKind, EntryId, QueueAction};

/// What has happened to one recipient of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientEvent {
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub entry: EntryId,
    /// What.
    pub what: What,
}

/// See [`RecipientEvent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is in the queue.
    Queued,
    /// An attempt has ended.
    Attempted {
        /// Which, from 1.
        number: u32,
        /// How.
        attempt: Attempt,
    },
    /// A person has done this.
    Acted(QueueAction),
}

impl RecipientEvent {
    /// An attempt, which is told when it ended.
    pub(crate) fn attempted(entry: EntryId, number: u32, attempt: Attempt) -> Self {
        Self { at: attempt.at, entry, what: What::Attempted { number, attempt } }
    }
}

impl What {
    /// Its name, as people and programs are told: `queued · deferred · delivered · captured · bounced · expired (given up) ·
    /// uncertain · held · released · dropped · retried`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Attempted { attempt, .. } if attempt.kind == AttemptKind::Failed => {
                if attempt.evidence.given_up.is_some() { "expired" } else { "bounced" }
            }
            Self::Attempted { attempt, .. } => attempt.kind.name(),
            Self::Acted(verb) => verb.past(),
        }
    }
}

/// A place in the order of what happened: behind what was read so far. Places of one store compare; those of different
/// stores do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The transaction.
    pub(crate) transaction: i64,
    /// How many of its facts.
    pub(crate) facts: u32,
}

/// A piece of what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// In its order.
    pub events: Vec<RecipientEvent>,
    /// Where to go on: now, where there is more, or later.
    pub next: Cursor,
}
