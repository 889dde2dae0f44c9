//! `events(api_key, cursor, limit, wait)`: what happened to the mail of a key, in its order, nothing missing.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use keys::{Key, Scope};
use rpc::method::BoxFuture;
use rpc::{Caller, Executed, Fault, Method, Params, Signature, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spool::queue::QueueItem;
use spool::{AttemptKind, Change, Cursor, EntryId, Item, RecipientEvent, Refusal, Store, Subscription, What};
use tokio::time::{Instant, timeout_at};

use super::super::Effects;
use super::super::whole_call::WholeCall;
use super::{Messages, ReplyRow, answer, next_try, unread};

/// Events of one answer, where the caller names no number; and at most.
const FEW: u32 = 100;
const MOST: u32 = 1_000;

/// How long what happened to others is passed over, where the caller waits for nothing.
const LOOK: Duration = Duration::from_secs(2);

/// The method.
pub struct MailEvents(pub Messages);

#[derive(Deserialize, JsonSchema)]
struct Ask {
    /// The key that the operator made for this caller.
    api_key: String,
    /// The cursor of the answer before; none or empty: from the oldest that is kept.
    #[serde(default)]
    cursor: Option<String>,
    /// Events at most: 100, and never more than 1000. What the recipients of one message have in common comes together.
    #[serde(default)]
    limit: Option<u32>,
    /// Seconds to wait where there is nothing yet.
    #[serde(default)]
    wait: Option<u32>,
}

/// Its parameters, in the order of their places.
const NAMES: [&str; 4] = ["api_key", "cursor", "limit", "wait"];

/// What happened, and where to go on.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "EventsAnswer")]
struct Told {
    /// In their order; empty where there is nothing yet, or where the cursor says that others were passed over.
    events: Vec<EventRow>,
    /// For the next call.
    cursor: String,
}

/// What happened to a recipient.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "MailEvent")]
struct EventRow {
    /// The place behind it.
    cursor: String,
    /// Its name, the same whenever it is told.
    id: String,
    /// queued, deferred, delivered, bounced, complained, suppressed, unsubscribed, cancelled, expired or captured.
    #[serde(rename = "type")]
    kind: &'static str,
    /// When it happened (RFC 3339).
    time: String,
    /// Without brackets.
    message_id: String,
    /// The address.
    recipient: String,
    /// As the message had them.
    tags: Vec<String>,
    /// As the message had it.
    metadata: BTreeMap<String, String>,
    /// True where the connection was lost after the whole message was sent: it may have been delivered.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    uncertain: bool,
    /// What the far server said.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<ReplyRow>,
    /// When it is tried next, where it is not yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try: Option<String>,
}

/// What a message has for its sender.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Labels {
    tags: Vec<String>,
    metadata: BTreeMap<String, String>,
}

/// What discovery tells of it.
#[must_use]
pub fn signature() -> Signature {
    Signature::of::<Ask, Told>("What happened to mail that this key sent, behind a cursor, oldest first.")
}

impl Method<Effects> for MailEvents {
    fn signature(&self) -> Signature {
        signature()
    }

    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Effects>> {
        Box::pin(async move { Executed::pure(self.run(caller, params).await) })
    }
}

impl MailEvents {
    async fn run(&self, caller: &Caller, params: Params) -> Result<Value, Fault> {
        let asked: Ask = self.0.asked((caller, params), &NAMES)?;
        let key = match self.0.admit(&asked.api_key, caller, ("events", Scope::Status)) {
            Ok(key) => key,
            Err(whole) => return Ok(whole.value()),
        };
        let cursor = asked.cursor.unwrap_or_default();
        let cursor = match cursor.trim() {
            "" => Cursor::default(),
            text => text.parse().map_err(|_| Fault::invalid_params("cursor: none that was given here").at("cursor"))?,
        };
        let limit = asked.limit.unwrap_or(FEW).clamp(1, MOST) as usize;
        let wait = Duration::from_secs(asked.wait.unwrap_or(0).into()).min(self.0.most.wait);
        answer(self.told(&key, (cursor, limit), wait).await)
    }

    async fn told(&self, key: &Key, (mut cursor, limit): (Cursor, usize), wait: Duration) -> Result<Told, WholeCall> {
        let store = &self.0.post.store;
        // Before the first look: what happens behind it is heard.
        let mut changes = (!wait.is_zero()).then(|| store.subscribe());
        let (begun, deadline) = (Instant::now(), Instant::now() + wait);
        loop {
            let history = store.of_owner(key.name.clone(), cursor, limit).await.map_err(|refusal| unread(&refusal))?;
            let is_end = history.next == cursor;
            cursor = history.next;
            let events = rows(&**store, &history.events).await.map_err(|refusal| unread(&refusal))?;
            let is_late = Instant::now() >= deadline.max(begun + LOOK);
            if !events.is_empty() || (is_late && !is_end) {
                return Ok(Told { events, cursor: cursor.to_string() });
            }
            if is_end && !self.hears_more(changes.as_mut(), deadline).await {
                return Ok(Told { events, cursor: cursor.to_string() });
            }
        }
    }

    /// Waits for something to happen; false where the time is over.
    async fn hears_more(&self, changes: Option<&mut Subscription>, deadline: Instant) -> bool {
        let Some(changes) = changes else { return false };
        let heard = async {
            while let Some(change) = changes.next().await {
                if matches!(change, Change::Happened | Change::Any) {
                    return true;
                }
            }
            false
        };
        tokio::select! {
            heard = timeout_at(deadline, heard) => heard.unwrap_or(false),
            () = self.0.post.stop.cancelled() => false,
        }
    }
}

/// What happened to anybody's mail behind a place, for operators: each event with its `owner`.
///
/// # Errors
/// The store's refusal.
pub async fn all(store: &dyn Store, cursor: Cursor, limit: usize) -> Result<serde_json::Value, Refusal> {
    let history = store.after(cursor, limit.clamp(1, MOST as usize)).await?;
    let known = items(store, &history.events).await?;
    let events = history.events.iter().filter_map(|event| {
        let item = known.get(&event.entry)?;
        let mut row = serde_json::to_value(EventRow::of(event, item)?).ok()?;
        row["owner"] = item.owner.as_str().into();
        Some(row)
    });
    let events: Vec<_> = events.collect();
    Ok(serde_json::json!({ "v": 1, "events": events, "cursor": history.next.to_string() }))
}

async fn rows(store: &dyn Store, events: &[RecipientEvent]) -> Result<Vec<EventRow>, Refusal> {
    let known = items(store, events).await?;
    Ok(events.iter().filter_map(|event| EventRow::of(event, known.get(&event.entry)?)).collect())
}

/// The entries that these are about, as far as they can be read.
async fn items(store: &dyn Store, events: &[RecipientEvent]) -> Result<HashMap<EntryId, QueueItem>, Refusal> {
    let mut entries: Vec<EntryId> = events.iter().map(|event| event.entry).collect();
    entries.sort_unstable();
    entries.dedup();
    let whole = store.items(entries).await?.into_iter().filter_map(|item| match item {
        Item::Whole(item) => Some((item.id, *item)),
        Item::Damaged { .. } => None,
    });
    Ok(whole.collect())
}

impl EventRow {
    /// None of what people did that changes no state.
    fn of(event: &RecipientEvent, item: &QueueItem) -> Option<Self> {
        let labels: Labels = serde_json::from_str(&item.labels).unwrap_or_default();
        let (attempt, is_last) = match &event.what {
            What::Attempted { attempt, number } => (Some(attempt), *number == item.tries),
            What::Queued => (None, item.tries == 0),
            What::Acted(_) => (None, false),
        };
        Some(Self {
            cursor: event.place.to_string(),
            id: format!("{}-{}", event.entry, event.place),
            kind: event.what.state()?.name(),
            time: event.at.to_string(),
            message_id: item.message_id.clone(),
            recipient: item.recipient.to_string(),
            tags: labels.tags,
            metadata: labels.metadata,
            uncertain: attempt.is_some_and(|attempt| attempt.kind == AttemptKind::Uncertain),
            reply: attempt.map(|attempt| ReplyRow::of(&attempt.evidence)),
            next_try: next_try(item).filter(|_| is_last),
        })
    }
}
