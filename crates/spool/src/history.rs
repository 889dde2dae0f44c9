//! What happened to recipients, in the order in which it became true.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::names::names;
use crate::{Attempt, AttemptKind, EntryId, QueueAction, QueueItem, State};

/// What has happened to one recipient of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientEvent {
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub entry: EntryId,
    /// What.
    pub what: What,
    /// The place behind it.
    pub place: Cursor,
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
        Self { at: attempt.at, entry, what: What::Attempted { number, attempt }, place: Cursor::default() }
    }
}

/// What has become of a recipient, in the words that whoever sent the mail is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecipientState {
    /// It waits, and was not tried yet.
    Queued,
    /// It was tried, and is tried again.
    Deferred,
    /// The far server has it.
    Delivered,
    /// The far server has refused it for good.
    Bounced,
    /// Its recipient complained of it.
    Complained,
    /// It was not sent: its recipient is on the suppression list.
    Suppressed,
    /// Its recipient wants no more of its kind.
    Unsubscribed,
    /// It was taken back, by its sender or an operator.
    Cancelled,
    /// It was given up.
    Expired,
    /// It is kept here and shown, not sent.
    Captured,
}

names!(RecipientState {
    Queued = "queued",
    Deferred = "deferred",
    Delivered = "delivered",
    Bounced = "bounced",
    Complained = "complained",
    Suppressed = "suppressed",
    Unsubscribed = "unsubscribed",
    Cancelled = "cancelled",
    Expired = "expired",
    Captured = "captured",
});

impl RecipientState {
    /// After this attempt, if it was the last.
    #[must_use]
    pub fn after(attempt: &Attempt) -> Self {
        match attempt.kind {
            AttemptKind::Delivered => Self::Delivered,
            AttemptKind::Captured => Self::Captured,
            AttemptKind::Deferred | AttemptKind::Uncertain => Self::Deferred,
            AttemptKind::Failed if attempt.evidence.given_up.is_some() => Self::Expired,
            AttemptKind::Failed => Self::Bounced,
        }
    }

    /// Of an entry of the queue.
    #[must_use]
    pub fn of(item: &QueueItem) -> Self {
        match (item.state, &item.last) {
            (State::Dropped, _) => Self::Cancelled,
            (State::Done, Some(last)) => match Self::after(last) {
                // An earlier version kept what was given up so.
                Self::Deferred => Self::Expired,
                state => state,
            },
            (State::Done, None) => Self::Delivered,
            // Captured mail that was released waits as if it had just come.
            (_, Some(last)) if last.kind != AttemptKind::Captured => Self::Deferred,
            (State::Queued | State::Held | State::Damaged, _) => Self::Queued,
        }
    }
}

impl What {
    /// The state that it led to; none where people did what changes none.
    #[must_use]
    pub fn state(&self) -> Option<RecipientState> {
        match self {
            Self::Queued => Some(RecipientState::Queued),
            Self::Attempted { attempt, .. } => Some(RecipientState::after(attempt)),
            Self::Acted(QueueAction::Drop) => Some(RecipientState::Cancelled),
            Self::Acted(QueueAction::Hold | QueueAction::Release | QueueAction::Retry) => None,
        }
    }

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

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.transaction, self.facts)
    }
}

/// The text names no place in what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no place in what happened")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (transaction, facts) = text.split_once('.').ok_or(CursorError)?;
        let transaction = transaction.parse().map_err(|_| CursorError)?;
        Ok(Self { transaction, facts: facts.parse().map_err(|_| CursorError)? })
    }
}

/// A piece of what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// In its order.
    pub events: Vec<RecipientEvent>,
    /// Where to go on: now, where there is more, or later.
    pub next: Cursor,
}
