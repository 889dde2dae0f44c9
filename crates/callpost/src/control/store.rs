//! Requests that only need the store. The daemon runs them for the command line; without a daemon, the command line does.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use spool::{Commit, EntryId, Inspect, KeyRecord, PendingOutcome};

use super::filter::FilterRow;
use super::queue::{self, Desk};
use super::rows::CallRow;
use super::{Answer, Refused};
use crate::complaint::Code;
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
    /// How many rows there are: `{count}`.
    Count(FilterRow),
    /// Holds, releases, drops or retries: `{changed, on_the_wire, unchanged: [{why, count}]}`.
    Act {
        /// `hold · release · drop · retry`.
        verb: String,
        /// By name; empty: by filter.
        ids: Vec<String>,
        /// By filter.
        filter: FilterRow,
    },
    /// The whole story: [`StoryRow`].
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
    /// Gives up an open call.
    Forget(String),
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
pub async fn perform(spool: &dyn Inspect, keys: &Keys, request: StoreRequest, now: Timestamp) -> Answer {
    match request {
        StoreRequest::Queue { .. } | StoreRequest::Count(_) | StoreRequest::Act { .. } | StoreRequest::Trace(_) => {
            queue::perform(&Desk { spool, outbox: None, now }, request).await
        }
        StoreRequest::Message(id) => {
            let entry = entries(&[id])?.pop().ok_or_else(|| usage("no entry is named"))?;
            Ok(json!(String::from_utf8_lossy(&spool.message(entry).await?)))
        }
        StoreRequest::Calls => Ok(json!(spool.pending().await?.iter().map(CallRow::of).collect::<Vec<_>>())),
        StoreRequest::Forget(id) => forget(spool, id, now).await,
        StoreRequest::Keys => {
            let rows = spool.keys().await?.into_iter().map(|key| key_row(&key)).collect::<Vec<_>>();
            Ok(json!(rows))
        }
        StoreRequest::AddKey(key) => add_key(spool, keys, key, now).await,
        StoreRequest::RevokeKey(name) => {
            let mut key = find_key(spool, &name).await?;
            key.revoked = Some(now);
            put(spool, keys, vec![key]).await
        }
        StoreRequest::RotateKey { name, secret, grace } => {
            let mut old = find_key(spool, &name).await?;
            let new = KeyRecord { digest: keys.digest(&secret), created: now, ..old.clone() };
            let grace = SignedDuration::from_secs(i64::try_from(grace).unwrap_or(i64::MAX));
            old.name = format!("{name} (until rotated {now:.0})");
            old.expires = now.checked_add(grace).ok();
            put(spool, keys, vec![new, old]).await
        }
    }
}

async fn forget(spool: &dyn Inspect, id: String, now: Timestamp) -> Answer {
    let call = spool.find_pending(id.clone()).await?.ok_or_else(|| unknown(&id))?;
    let completes = vec![(call.id, PendingOutcome::Forgotten)];
    spool.commit(Commit { completes, ..Commit::default() }, now).await?;
    Ok(json!({ "v": 1, "forgotten": id }))
}

async fn add_key(spool: &dyn Inspect, keys: &Keys, key: NewKey, now: Timestamp) -> Answer {
    let digest = keys.digest(&key.secret);
    for known in spool.keys().await? {
        if known.name == key.name && known.revoked.is_none() {
            return Err(Refused::new(Code::ApiKeyExists, format!("there is a key `{}` already", key.name)));
        }
        if known.digest == digest && known.name != key.name {
            return Err(Refused::new(Code::ApiKeyExists, format!("this secret is the key `{}` already", known.name)));
        }
    }
    let policy = serde_json::to_string(&key.policy).map_err(|error| usage(error.to_string()))?;
    let record = KeyRecord { name: key.name, digest, policy, created: now, expires: key.expires, revoked: None };
    put(spool, keys, vec![record]).await
}

async fn find_key(spool: &dyn Inspect, name: &str) -> Result<KeyRecord, Refused> {
    let found = spool.keys().await?.into_iter().find(|key| key.name == name);
    found.ok_or_else(|| {
        Refused::new(
            Code::UnknownApiKey,
            format!("there is no key `{name}`; `callpost key list` shows those there are"),
        )
    })
}

async fn put(spool: &dyn Inspect, keys: &Keys, records: Vec<KeyRecord>) -> Answer {
    let row = records.first().map(key_row);
    for record in records {
        spool.put_key(record).await?;
    }
    keys.replace(spool.keys().await?);
    Ok(json!(row))
}

fn key_row(key: &KeyRecord) -> serde_json::Value {
    let policy: serde_json::Value = serde_json::from_str(&key.policy).unwrap_or_default();
    let state = if key.revoked.is_some() { "revoked" } else { "active" };
    json!({ "name": key.name, "state": state, "created": key.created, "expires": key.expires,
            "revoked": key.revoked, "policy": policy })
}

pub(super) fn entries(ids: &[String]) -> Result<Vec<EntryId>, Refused> {
    ids.iter()
        .map(|id| id.parse().map_err(|_| usage(format!("`{id}` is no entry of the queue, such as 4711.1"))))
        .collect()
}

pub(super) fn usage(what: impl Into<String>) -> Refused {
    Refused::new(Code::Usage, what)
}

pub(super) fn unknown(subject: &str) -> Refused {
    Refused::new(Code::NoSuchEntry, format!("nothing is known of `{subject}`"))
}
