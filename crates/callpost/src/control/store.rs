//! Requests that only need the store. The daemon runs them for the command line; without a daemon, the command line does.

use diagnostic::Code;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use spool::{Commit, Inspect, PendingOutcome};

use super::filter::FilterRow;
use super::queue::{self, Desk};
use super::rows::CallRow;
use super::{Answer, Refused, keys, named};
use crate::method::key::{Keys, Policy};

/// A request that only needs the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreRequest {
    /// One page of the queue: `{items: [QueueRow], after}`.
    Queue {
        /// Which rows.
        filter: FilterRow,
        /// Where to go on.
        after: Option<String>,
        /// How many rows, at most.
        #[serde(default)]
        limit: Option<usize>,
    },
    /// How many rows there are: `{count, exact}`.
    Count(FilterRow),
    /// Holds, releases, drops or retries: `{changed, on_the_wire, unchanged: [{why, count}]}`.
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
    /// The octets of a queued message, as text.
    Message(String),
    /// All keys, without any secret.
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
    /// The call that is named, by whatever id of it is shown: [`CallRow`].
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
            Self::Trace(_) => "trace",
            Self::Message(_) => "queue show",
            Self::Keys => "key list",
            Self::AddKey(_) => "key add",
            Self::RevokeKey(_) => "key revoke",
            Self::RotateKey { .. } => "key rotate",
            Self::Calls | Self::Call(_) => "replies",
            Self::Forget(_) => "replies forget",
        }
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

/// Runs a request.
///
/// # Errors
/// What is wrong with it, or with the store.
pub async fn perform(desk: &Desk<'_>, known: &Keys, request: StoreRequest) -> Answer {
    let Desk { spool, now, .. } = *desk;
    match request {
        StoreRequest::Queue { .. } | StoreRequest::Count(_) | StoreRequest::Act { .. } | StoreRequest::Trace(_) => {
            queue::perform(desk, request).await
        }
        StoreRequest::Message(id) => {
            let named = named::entries(spool, &[id]).await?.into_iter();
            let entry = named.min().ok_or_else(|| usage("no entry is named"))?;
            Ok(json!(String::from_utf8_lossy(&spool.message(entry).await?)))
        }
        StoreRequest::Calls => Ok(json!(spool.pending().await?.iter().map(CallRow::of).collect::<Vec<_>>())),
        StoreRequest::Call(name) => Ok(json!(CallRow::of(&named::call(spool, &name).await?))),
        StoreRequest::Forget(id) => forget(spool, id, now).await,
        StoreRequest::Keys => keys::list(spool, known).await,
        StoreRequest::AddKey(key) => keys::add(spool, known, key, now).await,
        StoreRequest::RevokeKey(name) => keys::revoke(spool, known, &name, now).await,
        StoreRequest::RotateKey { name, secret, grace } => {
            let grace = SignedDuration::from_secs(i64::try_from(grace).unwrap_or(i64::MAX));
            let until = now.saturating_add(grace).unwrap_or(Timestamp::MAX);
            keys::rotate(spool, known, (&name, &secret), until).await
        }
    }
}

async fn forget(spool: &dyn Inspect, id: String, now: Timestamp) -> Answer {
    let id = named::call(spool, &id).await?.id;
    let completes = vec![(id.clone(), PendingOutcome::Forgotten)];
    spool.commit(Commit { completes, ..Commit::default() }, now).await?;
    Ok(json!({ "v": 1, "forgotten": id }))
}

pub(super) fn usage(what: impl Into<String>) -> Refused {
    Refused::new(Code::Usage, what)
}
