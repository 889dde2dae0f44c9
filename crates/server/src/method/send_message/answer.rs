//! The answers of `send_message`, to the letter and in the order that programs of 2008 expect.

use mail::compose::DraftError;
use rpc::{Map, Value};

use super::draft::Draft;

/// All good: durably queued, nothing more and nothing less.
#[must_use]
pub fn queued(messages: usize) -> Value {
    members([
        ("status", "ok".into()),
        ("errors", Value::List(Vec::new())),
        ("user_message", format!("{messages} message(s) successfully queued for sending.").into()),
    ])
}

/// All good, and nothing is queued, as was asked.
#[must_use]
pub fn checked(correct: usize) -> Value {
    members([
        ("status", "ok".into()),
        ("errors", Value::List(Vec::new())),
        ("user_message", format!("{correct} were correct").into()),
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

/// One or more bad messages; the others are queued, as was asked.
#[must_use]
pub fn partly_queued(errors: Vec<Value>, messages: usize) -> Value {
    members([
        ("status", "error".into()),
        ("errors", Value::List(errors)),
        ("user_message", format!("{messages} message(s) were submitted successfully").into()),
    ])
}

/// The same answer, with the Message-IDs of what is queued: one for each message, empty for a bad one.
#[must_use]
pub fn with_message_ids(answer: Value, ids: Vec<String>) -> Value {
    match answer {
        Value::Map(mut members) => {
            members.insert("message_ids".to_owned(), Value::from(ids));
            Value::Map(members)
        }
        other => other,
    }
}

/// The row of one bad message. The old page spells two members both ways: its example's seven come first.
#[must_use]
pub fn row(draft: Draft, error: &DraftError) -> Map {
    let row = [
        ("to", draft.to.into()),
        ("from", draft.from.into()),
        ("subject", draft.subject.into()),
        ("message", draft.text.as_str().into()),
        ("extra_headers", draft.headers.as_str().into()),
        ("error_code", Value::Int(error.code().into())),
        ("user_message", error.to_string().into()),
        ("text", draft.text.into()),
        ("headers", draft.headers.into()),
    ];
    row.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map>())
}
