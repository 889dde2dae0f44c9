//! `send_message(api_key, messages)`: either every message of the call is valid and durably queued, or none is.

use std::sync::Arc;

use jiff::Timestamp;
use mail::address::Domain;
use mail::compose::{self, DraftError, Row, Stamp};
use mail::{Envelope, ReversePath};
use rpc::method::BoxFuture;
use rpc::{Caller, Code, Executed, Fault, Method, Outcome, Params, Signature, Value};
use serde::Deserialize;
use spool::{Kind, Refusal, Submission};

pub mod answer;
mod bearer;
pub mod draft;
mod schema;

use super::{Change, Effects};
use answer::WholeCall;
use draft::Draft;
use keys::{Denial, Key, Keys};
pub use schema::signature;

/// The method of the old mailer.
pub struct SendMessage {
    /// The keys that open the door.
    pub keys: Arc<Keys>,
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

impl Method<Effects> for SendMessage {
    fn signature(&self) -> Signature {
        signature()
    }

    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Effects>> {
        let (outcome, parcel) = match self.run(caller, params) {
            Ok((value, parcel)) => (Ok(value), parcel),
            Err(fault) => (Err(fault), Vec::new()),
        };
        let effects = Effects(parcel.into_iter().map(Change::Queue).collect());
        Box::pin(std::future::ready(Executed { outcome, effects }))
    }

    fn refused(&self, _why: &Refusal) -> Outcome {
        Ok(WholeCall::Refused.value())
    }
}

impl SendMessage {
    fn run(&self, caller: &Caller, params: Params) -> Result<(Value, Vec<Submission>), Fault> {
        let params = match &caller.key {
            Some(key) => bearer::filled(params, key),
            None => params,
        };
        let ask: Ask = params.read(&NAMES)?;
        let now = (self.now)();
        // The key is checked before the shape of the messages: a stranger learns nothing about either.
        let Some(key) = self.admit(&ask.api_key, caller, now) else {
            return Ok((WholeCall::Unauthorized.value(), Vec::new()));
        };
        if ask.options.is_some_and(|options| options != Value::Null) {
            return Err(
                Fault::new(Code::InvalidParams, "options are not known to this version; leave them out").at("options")
            );
        }
        let drafts = draft::read_all(ask.messages)?;
        if let Some(limit) = self.rules.max_messages.filter(|limit| drafts.len() > *limit) {
            tracing::info!(trace = %caller.trace, key = %key.name, code = 120, limit, "send_message: refused");
            return Ok((WholeCall::TooMany(limit).value(), Vec::new()));
        }
        Ok(self.queue(drafts, (&key, &caller.trace), now))
    }

    fn admit(&self, key: &str, caller: &Caller, now: Timestamp) -> Option<Arc<Key>> {
        let admitted = match &caller.key {
            Some(shown) if !shown.is_certificate() && shown.expose() != key => Err(Denial::Two),
            _ => self.keys.admit(key, caller, now),
        };
        match admitted {
            Ok(key) => Some(key),
            // Without a key anybody may send; but a key that was withdrawn or fenced stays so, and a Bearer key is a claim.
            Err(Denial::Unknown) if !self.rules.require_key && caller.key.is_none() => Some(Arc::new(Key::anybody())),
            Err(denial) => {
                let (address, certificate) = (caller.address.map(|a| a.to_string()), &caller.certificate);
                tracing::warn!(trace = %caller.trace, address, certificate, %denial, "send_message: authorization failed");
                None
            }
        }
    }

    /// What is refused is told in the log, without the addresses: they are in the caller's own answer.
    fn queue(&self, drafts: Vec<Draft>, (key, trace): (&Key, &str), now: Timestamp) -> (Value, Vec<Submission>) {
        let total = drafts.len();
        let mut parcel = Vec::with_capacity(total);
        let mut errors = Vec::new();
        for (message, draft) in drafts.into_iter().enumerate() {
            match self.submission(&draft, key, now) {
                Ok(submission) => parcel.push(submission),
                Err(error) => {
                    tracing::info!(trace, key = %key.name, message, code = error.code(), "send_message: refused");
                    errors.push(answer::row(draft, &error));
                }
            }
        }
        if !errors.is_empty() {
            return (answer::rejected(errors, parcel.len()), Vec::new());
        }
        if let Err(until) = key.spend(u32::try_from(total).unwrap_or(u32::MAX), now) {
            tracing::info!(trace, key = %key.name, code = 110, %until, "send_message: refused, its rate is used up");
            return (WholeCall::RateLimited(until).value(), Vec::new());
        }
        (answer::queued(total), parcel)
    }

    fn submission(&self, draft: &Draft, key: &Key, now: Timestamp) -> Result<Submission, DraftError> {
        let repaired = draft.repaired();
        let draft = repaired.as_ref().unwrap_or(draft);
        let row = Row {
            to: &draft.to,
            from: &draft.from,
            subject: &draft.subject,
            text: &draft.text,
            headers: &draft.headers,
            ..Row::default()
        };
        let composed = compose::Draft::read(row, &compose::Rules { authors: key.authors(), legacy: &[] })?;
        if let Some(member) = &draft.unknown {
            return Err(DraftError::Content(format!("Unknown member `{member}`")));
        }
        let message_id = mail::message_id::new_id(uuid::Uuid::now_v7(), &self.rules.id_domain);
        let message = composed.compose(&Stamp { now, message_id: &message_id });
        if message.len() as u64 > self.rules.max_size {
            return Err(DraftError::Content(format!("The message is larger than {} octets", self.rules.max_size)));
        }
        let reverse_path = ReversePath::Mailbox(composed.author().clone());
        let envelope = Envelope::new(reverse_path, composed.recipients());
        Ok(Submission {
            envelope: envelope.ok_or_else(|| DraftError::Recipient(draft.to.clone()))?,
            message: message.into(),
            message_id,
            kind: Kind::Message,
            owner: key.name.clone(),
            next_hop: None,
            capture: key.policy.sandbox,
        })
    }
}

#[cfg(test)]
mod tests;
