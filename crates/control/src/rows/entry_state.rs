//! What has become of a recipient, in the words that people and programs are told.

use std::fmt;

use serde::{Deserialize, Serialize};
use spool::AttemptKind;
use spool::queue::{QueueItem, State};

/// What has become of a recipient: the state of its entry, and of what is over how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryState {
    /// Not tried yet.
    Queued,
    /// Tried, and to be tried again; or its destination is away.
    Deferred,
    /// The far server has it, or may have it.
    Delivered,
    /// Kept here, not sent.
    Captured,
    /// It failed; its sender was told, where there is one.
    Bounced,
    /// Kept back by a person.
    Held,
    /// Taken out by a person.
    Dropped,
    /// Unreadable, set aside.
    Damaged,
}

impl EntryState {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Deferred => "deferred",
            Self::Delivered => "delivered",
            Self::Captured => "captured",
            Self::Bounced => "bounced",
            Self::Held => "held",
            Self::Dropped => "dropped",
            Self::Damaged => "damaged",
        }
    }

    /// That of an entry, as far as the store knows.
    #[must_use]
    pub fn of(item: &QueueItem) -> Self {
        let last = item.last.as_ref().map(|attempt| attempt.kind);
        match (item.state, last) {
            (State::Queued, None) => Self::Queued,
            (State::Queued, Some(_)) => Self::Deferred,
            (State::Held, _) => Self::Held,
            (State::Damaged, _) => Self::Damaged,
            (State::Dropped, _) => Self::Dropped,
            (State::Done, Some(AttemptKind::Captured)) => Self::Captured,
            (State::Done, Some(AttemptKind::Failed | AttemptKind::Deferred | AttemptKind::Uncertain)) => Self::Bounced,
            (State::Done, _) => Self::Delivered,
        }
    }
}

impl fmt::Display for EntryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
