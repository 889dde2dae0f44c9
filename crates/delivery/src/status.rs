//! What the engine does now, for the status screen.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use mail::Evidence;

/// What the engine does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The destinations that were used lately, by name.
    pub sites: Vec<SiteStatus>,
    /// Entries in memory, those on their way included.
    pub entries: usize,
    /// Octets of their messages.
    pub octets: u64,
    /// The engine finishes what it has begun and takes nothing new.
    pub draining: bool,
}

/// One destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteStatus {
    /// Its hosts.
    pub name: String,
    /// Open connections.
    pub connections: usize,
    /// Entries that wait in memory.
    pub queued: usize,
    /// Entries delivered since the start.
    pub delivered: u64,
    /// Under which its mail waits in the store.
    pub destination: Arc<str>,
    /// True where it cannot be reached: its mail waits until it is back.
    pub is_away: bool,
    /// Where it cannot be reached: when it is looked at again; `None` while it is being looked at.
    pub next_look: Option<Timestamp>,
    /// What last went wrong with it as a whole.
    pub last_error: Option<SiteError>,
}

/// What went wrong with a host of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteError {
    /// `host:port`, as attempts name it.
    pub host: Arc<str>,
    /// The server's reply, or our reason.
    pub evidence: Evidence,
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.host, self.evidence)
    }
}
