//! The other side: calls written, answers read. Reading is lenient towards servers older than JSON-RPC 2.0.

use std::collections::HashSet;

use super::Id;
use super::decode::decode;
use super::read::unreadable;
use crate::json::{self, Kind, Reader, write_string};
use crate::{Call, Code, Document, Fault, Limits, Map, Outcome, Params, Unreadable, Value};

/// An answer of a peer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The id it answers; `None` where it has none.
    pub id: Option<Id>,
    /// What became of the call. A peer's `error.data` is the fault's detail.
    pub outcome: Outcome,
    /// True where it says itself that it is one: by an id, its version, or an error with a code. Pages for people that happen
    /// to be JSON (`{"status":404,"error":"Not Found"}`) do not.
    pub is_evident: bool,
}

/// A request.
#[must_use]
pub fn write_call(call: &Call, id: &Id) -> Vec<u8> {
    write(call, Some(id))
}

/// A request that nobody answers.
#[must_use]
pub fn write_notification(call: &Call) -> Vec<u8> {
    write(call, None)
}

fn write(call: &Call, id: Option<&Id>) -> Vec<u8> {
    let mut out = String::with_capacity(256);
    out.push_str(r#"{"jsonrpc":"2.0","method":"#);
    write_string(&mut out, &call.method.0);
    if !call.params.is_empty() {
        out.push_str(r#","params":"#);
        write_params(&mut out, &call.params);
    }
    if let Some(id) = id {
        out.push_str(r#","id":"#);
        out.push_str(id.as_json());
    }
    out.push('}');
    out.into_bytes()
}

fn write_params(out: &mut String, params: &Params) {
    match params {
        Params::Positional(values) => write_all(out, ['[', ']'], values.iter().map(|value| (None, value))),
        Params::Named(members) => {
            write_all(out, ['{', '}'], members.iter().map(|(name, value)| (Some(name.as_str()), value)));
        }
        Params::Elements(elements) if are_unique(elements) => {
            write_all(out, ['{', '}'], elements.iter().map(|(name, value)| (Some(name.as_str()), value)));
        }
        Params::Elements(elements) => write_all(out, ['[', ']'], elements.iter().map(|(_, value)| (None, value))),
    }
}

fn are_unique(elements: &[(String, Value)]) -> bool {
    let mut seen = HashSet::new();
    elements.iter().all(|(name, _)| seen.insert(name))
}

fn write_all<'v>(out: &mut String, brackets: [char; 2], members: impl Iterator<Item = (Option<&'v str>, &'v Value)>) {
    out.push(brackets[0]);
    for (index, (name, value)) in members.enumerate() {
        if index > 0 {
            out.push(',');
        }
        if let Some(name) = name {
            write_string(out, name);
            out.push(':');
        }
        json::write(out, value);
    }
    out.push(brackets[1]);
}

/// The answers in a document: one, or those of a batch. What follows it is not looked at, and octets that are not UTF-8 are
/// windows-1252: the calls have run.
///
/// # Errors
/// The document does not begin with JSON, or holds something that is no answer.
pub fn read_answers(document: &Document, limits: &Limits) -> Result<Vec<Answer>, Unreadable> {
    let text = decode(&document.bytes, document.charset.as_deref())
        .unwrap_or_else(|_| encoding_rs::WINDOWS_1252.decode_without_bom_handling(&document.bytes).0);
    let mut reader = Reader::lenient(&text, limits);
    let mut answers = Vec::new();
    let read = match reader.kind() {
        Kind::Array => reader.each_item(|reader| members(reader).map(|found| answers.push(found))),
        _ => members(&mut reader).map(|found| answers.push(found)),
    };
    read.map_err(|error| unreadable(&error))?;
    answers.into_iter().map(judged).collect()
}

#[derive(Default)]
struct Members {
    result: Option<Value>,
    error: Option<Value>,
    id: Option<Id>,
    has_version: bool,
}

fn members(reader: &mut Reader<'_>) -> Result<Members, json::Error> {
    let mut members = Members::default();
    reader.each_member(|reader, name| {
        match &*name {
            "result" => members.result = Some(reader.value()?),
            "error" => members.error = Some(reader.value()?),
            "id" => members.id = Some(Id::written(reader.raw()?)),
            name => {
                members.has_version |= matches!(name, "jsonrpc" | "version");
                drop(reader.value()?);
            }
        }
        Ok(())
    })?;
    Ok(members)
}

/// Old servers write both members, one of them null (or what their language takes for false); others leave out a result
/// that is null.
fn judged(members: Members) -> Result<Answer, Unreadable> {
    let Members { result, error, id, has_version } = members;
    let has_code = error.as_ref().and_then(Value::as_map).is_some_and(|error| error.contains_key("code"));
    let is_evident = id.is_some() || has_version || has_code;
    let outcome = match (result, error) {
        (None, None) if !is_evident => {
            return Err(Unreadable("it has neither `result` nor `error`".to_owned()));
        }
        (result, None | Some(Value::Null)) => Ok(result.unwrap_or_default()),
        (Some(result), Some(error)) if is_nothing(&error) => Ok(result),
        (_, Some(error)) => Err(fault(error)),
    };
    Ok(Answer { id, outcome, is_evident })
}

fn is_nothing(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::Text(text) => text.string.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.is_empty(),
        _ => false,
    }
}

/// An error object; servers in the field also send bare text, codes that are text or fractions, and messages that are objects
/// or have another name: then the whole is the message.
fn fault(error: Value) -> Fault {
    let mut members = match error {
        Value::Map(members) => members,
        other => Map::from_iter([("message".to_owned(), other)]),
    };
    let has_words = members.get("message").is_some_and(|message| !matches!(message, Value::Map(_) | Value::List(_)));
    let has_more = members.keys().any(|name| !matches!(name.as_str(), "code" | "data" | "message"));
    let whole = (!has_words && (has_more || members.contains_key("message")))
        .then(|| json::to_string(&Value::Map(members.clone())));
    let mut take = |name: &str| members.swap_remove(name);
    let number = take("code").and_then(|code| match code {
        Value::Text(text) => text.string.trim().parse().ok(),
        code => code.read::<i32>().ok(),
    });
    let message = take("message").filter(|_| has_words).and_then(|message| message.read::<String>().ok());
    let message = message.or(whole).unwrap_or_default();
    let mut fault = Fault::new(Code::from_number(number.unwrap_or(0)), message);
    if let Some(data) = take("data").filter(|data| !data.is_null()) {
        if let Some(path) = data.as_map().and_then(|data| data.get("path")).and_then(Value::as_str) {
            fault.path = path.to_owned();
        }
        fault.detail = Some(Box::new(data));
    }
    fault
}
