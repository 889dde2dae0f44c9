//! One message (JSON-RPC 2.0, with ids that are text or whole numbers), and the reply to it.

use hyper::StatusCode;
use rpc::{Map, Value};

/// A request or a notification.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// None: a notification, to which nothing is said.
    pub(super) id: Option<Value>,
    pub(super) method: String,
    pub(super) params: Map,
}

/// What is said to a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reply {
    /// Its status over HTTP.
    pub(super) status: StatusCode,
    /// A message; none: nothing is said.
    pub(super) message: Option<Value>,
}

/// What a document is.
#[derive(Debug, PartialEq)]
pub(super) enum Read {
    /// A request or a notification.
    Asked(Message),
    /// An answer to what nobody here has asked.
    Answer,
    /// None of the protocol's messages, and why.
    Wrong(&'static str),
}

impl Message {
    /// Reads a document.
    pub(super) fn of(document: Value) -> Read {
        let Value::Map(mut members) = document else { return Read::Wrong("a message is a JSON object") };
        if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Read::Wrong("it has no \"jsonrpc\": \"2.0\"");
        }
        let id = match members.get("id") {
            None => None,
            Some(id @ (Value::Text(_) | Value::Int(_))) => Some(id.clone()),
            Some(_) => return Read::Wrong("an id is text or a whole number"),
        };
        let Some(method) = members.get("method").and_then(Value::as_str).map(str::to_owned) else {
            let answers = members.contains_key("result") || members.contains_key("error");
            return if answers { Read::Answer } else { Read::Wrong("it names no method") };
        };
        let params = match members.get_mut("params").map(std::mem::take) {
            None => Map::new(),
            Some(Value::Map(params)) => params,
            Some(_) => return Read::Wrong("its params are no JSON object"),
        };
        Read::Asked(Self { id, method, params })
    }

    /// A member of `_meta`.
    pub(super) fn meta(&self, name: &str) -> Option<&Value> {
        self.params.get("_meta")?.as_map()?.get(&format!("io.modelcontextprotocol/{name}"))
    }

    /// The reply with a result.
    pub(super) fn result(&self, result: Map) -> Reply {
        let mut message = self.opened();
        message.insert("result", result);
        Reply { status: StatusCode::OK, message: Some(Value::Map(message)) }
    }

    /// The reply with an error.
    pub(super) fn error(&self, status: StatusCode, (code, why): (i64, &str)) -> Reply {
        self.error_with(status, (code, why), Value::Null)
    }

    /// The same, with more for programs.
    pub(super) fn error_with(&self, status: StatusCode, (code, why): (i64, &str), data: Value) -> Reply {
        let mut error = Map::new();
        error.insert("code", code);
        error.insert("message", why.to_owned());
        if !data.is_null() {
            error.insert("data", data);
        }
        let mut message = self.opened();
        message.insert("error", error);
        Reply { status, message: Some(Value::Map(message)) }
    }

    fn opened(&self) -> Map {
        let mut message = Map::new();
        message.insert("jsonrpc", "2.0");
        if let Some(id) = &self.id {
            message.insert("id", id.clone());
        }
        message
    }
}

impl Reply {
    /// Nothing is said: the message was taken.
    pub(super) fn taken() -> Self {
        Self { status: StatusCode::ACCEPTED, message: None }
    }

    /// What is no message is told why.
    pub(super) fn wrong(code: i64, why: &str) -> Self {
        let nobody = Message { id: None, method: String::new(), params: Map::new() };
        nobody.error(StatusCode::BAD_REQUEST, (code, why))
    }
}

#[cfg(test)]
mod tests {
    use rpc::Limits;

    use super::{Message, Read};

    fn read(text: &str) -> Read {
        Message::of(rpc::json::read(text, &Limits::default()).unwrap())
    }

    #[test]
    fn a_message_asks_notes_or_answers() {
        let Read::Asked(message) = read(r#"{"jsonrpc":"2.0","id":"a","method":"m","params":{"x":1}}"#) else {
            panic!()
        };
        assert!(message.id.is_some() && message.method == "m" && message.params.len() == 1);
        assert!(matches!(read(r#"{"jsonrpc":"2.0","method":"m"}"#), Read::Asked(Message { id: None, .. })));
        assert_eq!(read(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Read::Answer);
        for wrong in [
            "[]",
            "1",
            r#"{"id":1,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}"#,
        ] {
            assert!(matches!(read(wrong), Read::Wrong(_)), "{wrong}");
        }
    }
}
