//! `send_message(api_key, messages, options)`: every message of the call is valid and durably queued, or none is, unless the
//! caller asks for less.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mail::address::Domain;
use rpc::method::BoxFuture;
use rpc::{Caller, Executed, Fault, Method, Outcome, Params, Signature, Value, json};
use serde::Deserialize;
use spool::{Answered, CallKey, Refusal, Submission};

pub mod answer;
mod digest;
pub mod draft;
mod letter;
pub mod options;
mod schema;

use super::in_flight::{self, Entered};
use super::messages::Most;
use super::post::{Post, tell_denied};
use super::whole_call::WholeCall;
use super::{Change, Effects, bearer};
use draft::Draft;
use keys::{Denial, Key, Scope};
use letter::Desk;
use options::Options;
pub use schema::signature;

/// How long a call waits for another with its idempotency key.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the answer of a call is kept that may be made again: from then on, or from when its last mail leaves.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The method of the old mailer.
pub struct SendMessage {
    /// What it works on.
    pub post: Arc<Post>,
    /// What the configuration says of it.
    pub rules: Rules,
    /// The time.
    pub now: fn() -> Timestamp,
}

/// What the configuration says of `send_message`.
#[derive(Clone, Debug)]
pub struct Rules {
    /// `send.require_key`: whether a call without a known key is refused.
    pub require_key: bool,
    /// `send.max_messages`: messages in one call; none: as many as fit in a request.
    pub max_messages: Option<usize>,
    /// `smtp.max_size`: octets of one message.
    pub max_size: u64,
    /// `limits.labels`: octets of the tags and metadata of one message.
    pub max_labels: u64,
    /// What the other methods about mail may be asked for.
    pub most: Most,
    /// `hostname`: the right-hand side of our Message-IDs.
    pub id_domain: Domain,
}

/// Its parameters, in the order of their places.
const NAMES: [&str; 3] = ["api_key", "messages", "options"];

#[derive(Deserialize)]
struct Ask {
    api_key: String,
    messages: Value,
    #[serde(default)]
    options: Option<Value>,
}

/// A call that may be made, its shape right.
struct Asked {
    key: Arc<Key>,
    drafts: Vec<Draft>,
    options: Options,
    /// It uses what the old mailer had not: its answer may say more.
    is_new: bool,
}

/// Why a call is not gone into.
enum Refused {
    Whole(WholeCall),
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Method<Effects> for SendMessage {
    fn signature(&self) -> Signature {
        signature()
    }

    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Effects>> {
        Box::pin(async move {
            let (outcome, effects) = match self.run(caller, params).await {
                Ok((value, effects)) => (Ok(value), effects),
                Err(Refused::Whole(whole)) => (Ok(whole.value()), Effects::default()),
                Err(Refused::Fault(fault)) => (Err(fault), Effects::default()),
            };
            Executed { outcome, effects }
        })
    }

    fn refused(&self, why: &Refusal) -> Outcome {
        Ok(match why {
            // Another process was faster: what it answered is there at the next try.
            Refusal::Duplicate(_) => WholeCall::InFlight.value(),
            _ => WholeCall::Refused.value(),
        })
    }
}

impl SendMessage {
    async fn run(&self, caller: &Caller, params: Params) -> Result<(Value, Effects), Refused> {
        let asked = self.read(caller, params)?;
        match asked.options.idempotency_key.clone() {
            Some(key) if !asked.options.dry_run => self.once(key, asked, caller).await,
            _ => {
                let (value, parcel) = self.queue(asked, &caller.trace);
                Ok((value, Effects(parcel.into_iter().map(Change::Queue).collect())))
            }
        }
    }

    fn read(&self, caller: &Caller, params: Params) -> Result<Asked, Refused> {
        let params = match &caller.key {
            Some(key) => bearer::filled(params, key, &NAMES),
            None => params,
        };
        let ask: Ask = params.read(&NAMES)?;
        // The key is checked before the shape of the messages: a stranger learns nothing about either.
        let key = self.admit(&ask.api_key, caller).ok_or(Refused::Whole(WholeCall::Unauthorized))?;
        let options = Options::read(ask.options)?;
        let drafts = draft::read_all(ask.messages)?;
        if let Some(limit) = self.rules.max_messages.filter(|limit| drafts.len() > *limit) {
            tracing::info!(trace = %caller.trace, key = %key.name, code = 120, limit, "send_message: refused");
            return Err(Refused::Whole(WholeCall::TooMany(limit)));
        }
        let is_new = options.is_some() || drafts.iter().any(|draft| draft.more.is_some());
        Ok(Asked { key, drafts, options: options.unwrap_or_default(), is_new })
    }

    fn admit(&self, key: &str, caller: &Caller) -> Option<Arc<Key>> {
        match self.post.admit(key, caller, (Scope::Send, (self.now)())) {
            Ok(key) => Some(key),
            // Without a key anybody may send; but a key that was withdrawn or fenced stays so, and a Bearer key is a claim.
            Err(Denial::Unknown) if !self.rules.require_key && caller.key.is_none() => Some(Arc::new(Key::anybody())),
            Err(denial) => {
                tell_denied("send_message", caller, &denial);
                None
            }
        }
    }

    /// A call that may be made again: what it queued once is not queued twice.
    async fn once(&self, key: String, asked: Asked, caller: &Caller) -> Result<(Value, Effects), Refused> {
        let digest = digest::of(&asked.drafts, &asked.options);
        let same =
            |found: [u8; 32]| if found == digest { Ok(()) } else { Err(Refused::Whole(WholeCall::OtherPayload)) };
        let owner = asked.key.name.clone();
        let entered = self.post.in_flight.enter((owner.clone(), key.clone()), &caller.trace, PATIENCE).await;
        let ticket = match entered {
            Entered::Alone(ticket) => ticket,
            Entered::Beside(answer) => {
                same(answer.digest)?;
                return Ok((answer.value, Effects(vec![Change::Beside])));
            }
            Entered::Busy => return Err(Refused::Whole(WholeCall::InFlight)),
        };
        let (known, now) = (CallKey::Idempotent { owner, key }, (self.now)());
        let found = self.post.store.answered(known.clone(), now).await.map_err(|refusal| unread(&refusal, caller))?;
        if let Some(found) = found {
            same(found.digest)?;
            let again = json::read(&found.story, &rpc::Limits::default());
            tracing::info!(trace = %caller.trace, key = %asked.key.name, "send_message: made again, answered again");
            return again.map(|value| (value, Effects::default())).map_err(|_| Refused::Whole(WholeCall::Refused));
        }
        let (value, parcel) = self.queue(asked, &caller.trace);
        if parcel.is_empty() {
            return Ok((value, Effects::default()));
        }
        let leaves = parcel.iter().map(|mail| mail.wishes.timing.first_due(now)).max().unwrap_or(now);
        let answered = Answered {
            key: known,
            digest,
            expires: leaves.checked_add(KEPT).unwrap_or(Timestamp::MAX),
            replays: 0,
            answer: None,
            answer_id: String::new(),
            story: json::to_string(&value),
            file: None,
        };
        ticket.answers(in_flight::Answer { digest, value: value.clone() });
        let queued = parcel.into_iter().map(Change::Queue);
        let effects = queued.chain([Change::Answer(Box::new(answered), ticket)]).collect();
        Ok((value, Effects(effects)))
    }

    /// What is refused is told in the log, without the addresses: they are in the caller's own answer.
    fn queue(&self, asked: Asked, trace: &str) -> (Value, Vec<Submission>) {
        let Asked { key, drafts, options, is_new } = asked;
        let desk = Desk { rules: &self.rules, key: &key, options: &options, now: (self.now)() };
        let total = drafts.len();
        let (mut parcel, mut errors, mut ids) = (Vec::with_capacity(total), Vec::new(), Vec::new());
        for (message, draft) in drafts.into_iter().enumerate() {
            match desk.submission(&draft) {
                Ok(submission) => {
                    ids.extend(is_new.then(|| submission.message_id.clone()));
                    parcel.push(submission);
                }
                Err(error) => {
                    tracing::info!(trace, key = %key.name, message, code = error.code(), "send_message: refused");
                    let mut row = answer::row(draft, &error);
                    if is_new {
                        ids.push(String::new());
                        row.insert("index".to_owned(), Value::Int(i64::try_from(message).unwrap_or(i64::MAX)));
                    }
                    errors.push(Value::Map(row));
                }
            }
        }
        if options.dry_run && errors.is_empty() {
            return (answer::checked(total), Vec::new());
        }
        if !errors.is_empty() && (options.dry_run || !options.partial || parcel.is_empty()) {
            return (answer::rejected(errors, parcel.len()), Vec::new());
        }
        if let Err(until) = key.spend(u32::try_from(parcel.len()).unwrap_or(u32::MAX), desk.now) {
            tracing::info!(trace, key = %key.name, code = 110, %until, "send_message: refused, its rate is used up");
            return (WholeCall::RateLimited(until).value(), Vec::new());
        }
        let value = match errors.is_empty() {
            true => answer::queued(total),
            false => answer::partly_queued(errors, parcel.len()),
        };
        let tells = is_new && !parcel.is_empty();
        (if tells { answer::with_message_ids(value, ids) } else { value }, parcel)
    }
}

fn unread(refusal: &Refusal, caller: &Caller) -> Refused {
    tracing::error!(trace = %caller.trace, %refusal, "send_message: whether it was made before cannot be read");
    Refused::Whole(WholeCall::Refused)
}

#[cfg(test)]
mod tests;
