//! The answers of `send_message`, to the letter and in the order that programs of 2008 expect.

use jiff::Timestamp;
use mail::compose::DraftError;
use rpc::{Map, Value};

use super::draft::Draft;

/// An answer about the whole call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WholeCall {
    /// 100: the key does not open the door. The reason goes to the log, never to the caller.
    Unauthorized,
    /// 110: the key's rate is used up until then.
    RateLimited(Timestamp),
    /// 120: more messages than the operator allows in one call.
    TooMany(usize),
    /// 200: the store refused. Nothing is queued.
    Refused,
}

impl WholeCall {
    /// The answer; like the others it is a result, not a fault.
    #[must_use]
    pub fn value(&self) -> Value {
        let (code, text) = match self {
            Self::Unauthorized => (100, "Error: Authorization failed.".to_owned()),
            Self::RateLimited(until) => {
                (110, format!("Error: The rate of this key is used up; try again at {:.0}.", until))
            }
            Self::TooMany(limit) => (120, format!("Error: At most {limit} message(s) are allowed in one call.")),
            Self::Refused => {
                (200, "Error: Nothing was queued, the server cannot take mail now; try again later.".to_owned())
            }
        };
        members([("status", "error".into()), ("error_code", Value::Int(code)), ("user_message", text.into())])
    }
}

/// All good: durably queued, nothing more and nothing less.
#[must_use]
pub fn queued(messages: usize) -> Value {
    members([
        ("status", "ok".into()),
        ("errors", Value::List(Vec::new())),
        ("user_message", format!("{messages} message(s) successfully queued for sending.").into()),
    ])
}

/// One or more bad messages; nothing at all is queued.
#[must_use]
pub fn rejected(errors: Vec<Value>, correct: usize) -> Value {
    members([
        ("status", "error".into()),
        ("errors", Value::List(errors)),
        ("user_message", format!("{correct} were correct").into()),
    ])
}

/// The row of one bad message. The old page spells two members both ways: its example's seven come first.
#[must_use]
pub fn row(draft: Draft, error: &DraftError) -> Value {
    members([
        ("to", draft.to.into()),
        ("from", draft.from.into()),
        ("subject", draft.subject.into()),
        ("message", draft.text.as_str().into()),
        ("extra_headers", draft.headers.as_str().into()),
        ("error_code", Value::Int(error.code().into())),
        ("user_message", error.to_string().into()),
        ("text", draft.text.into()),
        ("headers", draft.headers.into()),
    ])
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map>())
}
