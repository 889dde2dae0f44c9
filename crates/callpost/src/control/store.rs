//! Requests that only need the store. The daemon runs them for the command line; without a daemon, the command line does.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use spool::queue::{Filter, Selection, State, Verb};
use spool::{Commit, EntryId, Inspect, KeyRecord, Kind, PendingOutcome};

use super::rows::{CallRow, QueueRow, StoryRow};
use super::{Answer, Refused};
use crate::complaint::Code;
use crate::method::key::{Keys, Policy};

/// Rows of one page.
const PAGE: usize = 500;

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
    },
    /// Holds, releases, drops or retries: `{changed}`.
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

/// A filter as people write it: `to=@x.pl state=deferred age>1h`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterRow {
    /// `queued · deferred · held · damaged · done · dropped`; none: all that is not over.
    pub state: Option<String>,
    /// Part of the recipient.
    pub to: Option<String>,
    /// Part of the reverse-path.
    pub from: Option<String>,
    /// The key, service or peer.
    pub owner: Option<String>,
    /// `message · answer · request · bounce · received`.
    pub kind: Option<String>,
    /// Older than this, in seconds.
    pub age: Option<u64>,
}

impl FilterRow {
    fn filter(&self, now: Timestamp) -> Result<Filter, Refused> {
        let state = match self.state.as_deref() {
            None | Some("queued" | "deferred") => None,
            Some("held") => Some(State::Held),
            Some("damaged") => Some(State::Damaged),
            Some("done" | "delivered" | "captured" | "bounced") => Some(State::Done),
            Some("dropped") => Some(State::Dropped),
            Some(other) => return Err(usage(format!("`{other}` is no state of the queue"))),
        };
        let kind = match self.kind.as_deref() {
            None => None,
            Some("message") => Some(Kind::Message),
            Some("answer") => Some(Kind::Answer),
            Some("request") => Some(Kind::Request),
            Some("bounce") => Some(Kind::Bounce),
            Some("received") => Some(Kind::Received),
            Some(other) => return Err(usage(format!("`{other}` is no kind of mail"))),
        };
        let age = self.age.map(|age| SignedDuration::from_secs(i64::try_from(age).unwrap_or(i64::MAX)));
        Ok(Filter {
            state,
            kind,
            to: self.to.clone(),
            from: self.from.clone(),
            owner: self.owner.clone(),
            message_id: None,
            queued_before: age.and_then(|age| now.checked_sub(age).ok()),
            min_tries: (self.state.as_deref() == Some("deferred")).then_some(1),
        })
    }

    /// The states that the store keeps as one.
    fn wants(&self, row: &QueueRow) -> bool {
        match self.state.as_deref() {
            Some(state @ ("delivered" | "captured" | "bounced")) => row.state == state,
            _ => true,
        }
    }
}

/// Runs a request.
///
/// # Errors
/// What is wrong with it, or with the store.
pub async fn perform(spool: &dyn Inspect, keys: &Keys, request: StoreRequest, now: Timestamp) -> Answer {
    match request {
        StoreRequest::Queue { filter, after } => queue(spool, &filter, after, now).await,
        StoreRequest::Act { verb, ids, filter } => {
            let selection =
                if ids.is_empty() { Selection::Filter(filter.filter(now)?) } else { Selection::Ids(entries(&ids)?) };
            let changed = spool.act(verb_of(&verb)?, selection, now).await?;
            Ok(json!({ "v": 1, "changed": changed }))
        }
        StoreRequest::Trace(subject) => {
            let story = StoryRow::of(&spool.trace(subject.clone()).await?);
            if story.is_empty() { Err(unknown(&subject)) } else { Ok(json!(story)) }
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

async fn queue(spool: &dyn Inspect, filter: &FilterRow, after: Option<String>, now: Timestamp) -> Answer {
    let after = after.map(|id| id.parse::<EntryId>()).transpose().map_err(|error| usage(error.to_string()))?;
    let page = spool.scan(filter.filter(now)?, after, PAGE).await?;
    let rows: Vec<QueueRow> = page.items.iter().map(QueueRow::of).filter(|row| filter.wants(row)).collect();
    Ok(json!({ "v": 1, "items": rows, "after": page.after.map(|id| id.to_string()) }))
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

fn entries(ids: &[String]) -> Result<Vec<EntryId>, Refused> {
    ids.iter()
        .map(|id| id.parse().map_err(|_| usage(format!("`{id}` is no entry of the queue, such as 4711.1"))))
        .collect()
}

fn verb_of(verb: &str) -> Result<Verb, Refused> {
    match verb {
        "hold" => Ok(Verb::Hold),
        "release" => Ok(Verb::Release),
        "drop" => Ok(Verb::Drop),
        "retry" => Ok(Verb::Retry),
        other => Err(usage(format!("`{other}` is nothing that can be done with the queue"))),
    }
}

fn usage(what: impl Into<String>) -> Refused {
    Refused::new(Code::Usage, what)
}

fn unknown(subject: &str) -> Refused {
    Refused::new(Code::NoSuchEntry, format!("nothing is known of `{subject}`"))
}
