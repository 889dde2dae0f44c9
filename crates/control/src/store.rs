//! Requests that only need the store. The daemon runs them for the command line; without a daemon, the command line does.

use jiff::Timestamp;
use keys::Policy;
use serde::{Deserialize, Serialize};

use super::filter::FilterRow;
use super::rows::QueueRow;

/// A request that only needs the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreRequest {
    /// One page of the queue: [`QueuePage`].
    Queue {
        /// Which rows.
        filter: FilterRow,
        /// Where to go on.
        after: Option<String>,
        /// How many rows, at most.
        #[serde(default)]
        limit: Option<usize>,
    },
    /// How many rows there are: [`Counted`].
    Count(FilterRow),
    /// Holds, releases, drops or retries: [`Acted`].
    Act {
        /// `hold · release · drop · retry`.
        verb: String,
        /// By whatever id of them is shown; empty: by filter.
        ids: Vec<String>,
        /// By filter.
        filter: FilterRow,
    },
    /// The whole story: [`StoryRow`](super::rows::StoryRow).
    Trace(String),
    /// What people seek, under a name or without: [`StoryRow`](super::rows::StoryRow).
    Find(SoughtRow),
    /// What happened to recipients behind a cursor, oldest first: `{events, cursor}`.
    Events {
        /// As an answer before gave it; empty: from the oldest that is kept.
        cursor: String,
        /// How many, at most; what the recipients of one mail have in common comes together.
        limit: usize,
    },
    /// The octets of a queued message, as text.
    Message(String),
    /// The octets of a queued message as they are: [`Octets`](super::Octets).
    Octets(String),
    /// All keys, without any secret: `[KeyRow]`.
    Keys,
    /// Adds a key: `{name}`. Its secret was made or read by the command line.
    AddKey(NewKey),
    /// Revokes a key at once.
    RevokeKey(String),
    /// The old secret goes on until then, the new one holds from now.
    RotateKey {
        /// Which key.
        name: String,
        /// Its new secret.
        secret: String,
        /// How long the old one goes on, in seconds.
        grace: u64,
    },
    /// Calls of ours: `[CallRow]`.
    Calls,
    /// The call that is named, by whatever id of it is shown: [`CallRow`](super::rows::CallRow).
    Call(String),
    /// Gives up an open call.
    Forget(String),
}

impl StoreRequest {
    /// The command that asks it: what another one is told that has to wait.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queue { .. } | Self::Count(_) => "queue list",
            Self::Act { .. } => "queue",
            Self::Trace(_) | Self::Find(_) => "trace",
            Self::Events { .. } => "events",
            Self::Message(_) | Self::Octets(_) => "queue show",
            Self::Keys => "key list",
            Self::AddKey(_) => "key add",
            Self::RevokeKey(_) => "key revoke",
            Self::RotateKey { .. } => "key rotate",
            Self::Calls | Self::Call(_) => "replies",
            Self::Forget(_) => "replies forget",
        }
    }
}

/// What people seek.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoughtRow {
    /// An id of any kind, an address, the trace id of a call, or words of a subject; empty: any mail.
    pub what: String,
    /// Queued then or later.
    pub since: Option<Timestamp>,
    /// So many mails at most where none is named; none: a screenful.
    #[serde(default)]
    pub limit: Option<usize>,
}

impl SoughtRow {
    /// True where it has the form of the trace ids that callers are told: two hexadecimal numbers.
    #[must_use]
    pub fn is_trace_id(&self) -> bool {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_hexdigit());
        self.what.split_once('-').is_some_and(|(start, number)| is_number(start) && is_number(number))
    }
}

/// A key to be added.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewKey {
    /// Its name, unique.
    pub name: String,
    /// The secret: only its HMAC is kept.
    pub secret: String,
    /// What it may do.
    pub policy: Policy,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

/// One page of the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePage {
    /// The form of this object.
    pub v: u8,
    /// The rows.
    pub items: Vec<QueueRow>,
    /// Where to go on; none at the end. A page may be short before that.
    pub after: Option<String>,
}

/// How many rows a filter wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The form of this object.
    pub v: u8,
    /// So many.
    pub count: u64,
    /// False where there may be fewer.
    pub exact: bool,
}

/// What was done with entries of the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// The form of this object.
    pub v: u8,
    /// Entries that changed.
    pub changed: u64,
    /// Entries whose final dot was on the wire already.
    pub on_the_wire: u64,
    /// Entries that stay as they are.
    pub unchanged: Vec<Unchanged>,
}

/// Entries that stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unchanged {
    /// Why.
    pub why: String,
    /// How many.
    pub count: u64,
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    /// Its name.
    pub name: String,
    /// `active · revoked`.
    pub state: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// What it may do: a [`Policy`], or null where that cannot be read.
    pub policy: serde_json::Value,
    /// When it was used last, as far as this daemon knows.
    #[serde(default)]
    pub used: Option<Timestamp>,
}
