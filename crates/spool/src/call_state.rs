//! What has become of a call of ours.

use mail::EnhancedStatus;

use crate::names::names;
use crate::{Pending, PendingOutcome};

/// What has become of a call of ours: its answer is awaited, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallState {
    /// Its answer is awaited.
    Open,
    /// An answer document came.
    Answered,
    /// The request could not be delivered.
    Bounced,
    /// Nobody answered in time.
    Expired,
    /// A person gave it up.
    Forgotten,
}

names!(CallState {
    Open = "open",
    Answered = "answered",
    Bounced = "bounced",
    Expired = "expired",
    Forgotten = "forgotten",
});

impl Pending {
    /// What has become of it.
    #[must_use]
    pub fn state(&self) -> CallState {
        self.outcome.as_ref().map_or(CallState::Open, PendingOutcome::state)
    }
}

impl PendingOutcome {
    /// The state of a call that ended so.
    #[must_use]
    pub fn state(&self) -> CallState {
        match self {
            Self::Answered { .. } => CallState::Answered,
            Self::Bounced { .. } => CallState::Bounced,
            Self::Expired => CallState::Expired,
            Self::Forgotten => CallState::Forgotten,
        }
    }

    /// The enhanced status of the report by which it ended, if it did and is known.
    #[must_use]
    pub fn bounce_status(&self) -> Option<EnhancedStatus> {
        match self {
            Self::Bounced { status, .. } => *status,
            Self::Answered { .. } | Self::Expired | Self::Forgotten => None,
        }
    }
}
