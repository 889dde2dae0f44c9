//! Is it working: what the daemon says of itself, for one screen.

use jiff::Timestamp;
use pki::served::ServedRow;
use serde::{Deserialize, Serialize};

/// The daemon's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The form of this object.
    pub v: u8,
    /// The program's version.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Where the API listens.
    pub http: Vec<String>,
    /// Where mail comes in.
    pub smtp: Vec<String>,
    /// The queue.
    pub queue: Queue,
    /// Calls of ours that are open.
    pub open_calls: usize,
    /// Octets free where the store lies.
    pub disk_free: u64,
    /// The certificates that are served.
    #[serde(default)]
    pub certificates: Vec<ServedRow>,
    /// The mailboxes that are read.
    #[serde(default)]
    pub mailboxes: Vec<Mailbox>,
    /// The state was restored from a backup, and what was in it is held back.
    #[serde(default)]
    pub restored: bool,
    /// Destinations with mail or connections in this process.
    pub sites: Vec<Site>,
}

/// Entries per state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Waiting for their time.
    pub waiting: u64,
    /// Being delivered.
    pub delivering: u64,
    /// Kept back by a person.
    pub held: u64,
    /// Set aside.
    pub damaged: u64,
}

/// A mailbox that is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// `maildir:/var/mail/rpc`.
    pub source: String,
    /// When a pass over it ended last.
    pub last_pass: Option<Timestamp>,
    /// Mails taken in since the daemon started.
    pub taken_in: u64,
    /// Mails set aside since then.
    pub set_aside: u64,
    /// Mails that the last pass left as they are.
    pub left_alone: u64,
    /// Passes that failed one after the other.
    pub failures: u32,
    /// Why the last one did.
    pub last_error: Option<String>,
    /// When it is looked at again.
    pub next_try: Option<Timestamp>,
}

/// One destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// `host:port`.
    pub name: String,
    /// Entries in memory for it.
    pub queued: usize,
    /// Connections to it.
    pub connections: usize,
    /// What it said when something last went wrong.
    pub last_error: Option<String>,
    /// Entries delivered to it since the start.
    #[serde(default)]
    pub delivered: u64,
    /// True where it cannot be reached: its mail waits until it is back.
    #[serde(default)]
    pub away: bool,
    /// Where it cannot be reached: when it is looked at again; none while it is being looked at.
    #[serde(default)]
    pub next_look: Option<Timestamp>,
}

/// Whether the daemon takes work now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// The form of this object.
    pub v: u8,
    /// Whether work is taken now.
    pub ready: bool,
    /// Why not.
    pub why: Vec<String>,
    /// What is slow or dead beyond it: work is taken all the same.
    pub marks: Vec<String>,
}
