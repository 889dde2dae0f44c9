//! What became of mail that a key sent: asked for, waited for, taken back. A key sees only its own.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use keys::{Key, Scope};
use mail::Evidence;
use rpc::{Caller, Fault, Params, Value};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use spool::queue::QueueItem;
use spool::{AttemptKind, Item, RecipientState, Refusal, State};

pub mod cancel;
pub mod events;
pub mod status;

use super::bearer;
use super::post::{Post, tell_denied};
use super::whole_call::WholeCall;

/// What these methods work on.
pub struct Messages {
    /// The store, the keys, the way out.
    pub post: Arc<Post>,
    /// What may be asked for.
    pub most: Most,
    /// The time.
    pub now: fn() -> Timestamp,
}

/// What may be asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Most {
    /// `limits.ids`: Message-IDs in one call.
    pub ids: usize,
    /// `limits.long_poll`: how long a call may wait.
    pub wait: Duration,
}

/// The parameters of the methods that name mails.
#[derive(Deserialize, JsonSchema)]
struct Named {
    /// The key that the operator made for this caller.
    api_key: String,
    /// Message-IDs, as send_message gave them.
    ids: Vec<String>,
}

/// The names of these, in the order of their places.
const NAMED: [&str; 2] = ["api_key", "ids"];

/// What became of a mail; where it is unknown, or another's, only `state`, which is `unknown`.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(title = "MailStatus")]
struct MailRow {
    /// Without brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// What became of each recipient, in the order of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients: Option<Vec<RecipientRow>>,
    /// How many recipients were taken back by this call: of message_cancel alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled: Option<u32>,
    /// `unknown`, or not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

/// What became of a recipient.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "RecipientStatus")]
struct RecipientRow {
    /// The address.
    address: String,
    /// queued, deferred, delivered, bounced, complained, suppressed, unsubscribed, cancelled, expired or captured.
    state: &'static str,
    /// When that began.
    time: String,
    /// True where the connection was lost after the whole message was sent: it may have been delivered.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    uncertain: bool,
    /// How often it was tried.
    attempts: u32,
    /// What the far server said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<ReplyRow>,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try: Option<String>,
}

/// A server's reply, or a reason of ours.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Reply")]
struct ReplyRow {
    /// The reply's code; none where no reply decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    /// Its enhanced status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    enhanced: Option<String>,
    /// Its words, or ours.
    text: String,
}

impl Messages {
    /// The parameters, and the key that is good for this; none where the caller is not let in.
    fn asked<P: DeserializeOwned>(&self, (caller, params): (&Caller, Params), names: &[&str]) -> Result<P, Fault> {
        let params = match &caller.key {
            Some(key) => bearer::filled(params, key, names),
            None => params,
        };
        params.read(names)
    }

    fn admit(&self, key: &str, caller: &Caller, (method, scope): (&str, Scope)) -> Result<Arc<Key>, WholeCall> {
        self.post.admit(key, caller, (scope, (self.now)())).map_err(|denial| {
            tell_denied(method, caller, &denial);
            WholeCall::Unauthorized
        })
    }

    /// The recipients of these mails of this key.
    async fn sent(&self, key: &Key, ids: &[String]) -> Result<Vec<Vec<Item>>, WholeCall> {
        if ids.len() > self.most.ids {
            return Err(WholeCall::TooMany(self.most.ids));
        }
        let bare = ids.iter().map(|id| id.trim().trim_start_matches('<').trim_end_matches('>').to_owned()).collect();
        self.post.store.sent(key.name.clone(), bare).await.map_err(|refusal| unread(&refusal))
    }
}

impl MailRow {
    /// What became of a mail with these recipients.
    fn of(items: &[Item]) -> Self {
        let whole: Vec<&QueueItem> = items.iter().filter_map(whole).collect();
        match whole.first() {
            Some(first) => Self {
                message_id: Some(first.message_id.clone()),
                recipients: Some(whole.iter().map(|item| RecipientRow::of(item)).collect()),
                ..Self::default()
            },
            None => Self { state: Some("unknown"), ..Self::default() },
        }
    }
}

impl RecipientRow {
    fn of(item: &QueueItem) -> Self {
        let last = item.last.as_ref();
        Self {
            address: item.recipient.to_string(),
            state: RecipientState::of(item).name(),
            time: last.map_or(item.queued, |last| last.at).to_string(),
            uncertain: item.state == State::Queued && last.is_some_and(|last| last.kind == AttemptKind::Uncertain),
            attempts: item.tries,
            reply: last.map(|last| ReplyRow::of(&last.evidence)),
            next_try: next_try(item),
        }
    }
}

impl ReplyRow {
    fn of(evidence: &Evidence) -> Self {
        let reply = evidence.reply();
        Self {
            code: reply.map(mail::Reply::code),
            enhanced: evidence.enhanced().map(|status| status.to_string()),
            text: evidence.text(),
        }
    }
}

/// When it is tried next, where it is.
fn next_try(item: &QueueItem) -> Option<String> {
    (item.state == State::Queued).then(|| item.due.to_string())
}

/// What can be read of it.
fn whole(item: &Item) -> Option<&QueueItem> {
    match item {
        Item::Whole(item) => Some(item),
        Item::Damaged { .. } => None,
    }
}

fn unread(refusal: &Refusal) -> WholeCall {
    tracing::error!(%refusal, "what became of mail cannot be read");
    WholeCall::Refused
}

/// What is answered: the rows, or that the whole call was refused.
fn answer<T: Serialize>(told: Result<T, WholeCall>) -> Result<Value, Fault> {
    match told {
        Ok(told) => written(&told),
        Err(whole) => Ok(whole.value()),
    }
}

/// A row as it is answered.
fn written<T: Serialize>(row: &T) -> Result<Value, Fault> {
    Value::of(row).map_err(|_| Fault::new(rpc::Code::Internal, "the result could not be written"))
}

#[cfg(test)]
mod tests;
