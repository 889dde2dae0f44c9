//! `callpost webhook`: the hooks that the daemon has at work.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookRequest {
    /// What each of them does: a list of rows.
    List,
    /// Nothing is told by it until it is resumed.
    Park {
        /// Its name.
        name: String,
    },
    /// It goes on, and what waits is told now.
    Resume {
        /// Its name.
        name: String,
    },
    /// What happened within this time is told once more.
    Replay {
        /// Its name.
        name: String,
        /// From when.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
    },
}
