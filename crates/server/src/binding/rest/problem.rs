//! What went wrong, for programs and people: a problem document (RFC 9457).

use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use rpc::{Fault, Map, Value};

use super::{Answer, status};

/// How soon it may be better, where nobody knows better: in seconds.
const SOON: u64 = 5;

/// A problem.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    members: Map,
    fields: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// What went wrong, in one sentence.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let mut problem = Self { status, members: Map::new(), fields: Vec::new() };
        problem.say("type", Value::text("about:blank"));
        problem.say("title", Value::text(status.canonical_reason().unwrap_or_default()));
        problem.say("status", Value::Int(status.as_u16().into()));
        problem.say("detail", Value::text(detail));
        match status {
            StatusCode::UNAUTHORIZED => problem.with(header::WWW_AUTHENTICATE, "Bearer realm=\"callpost\""),
            StatusCode::SERVICE_UNAVAILABLE => problem.retry_after(SOON),
            _ => problem,
        }
    }

    /// A fault; `has_key` says whether the caller showed a key, where that was asked.
    #[must_use]
    pub fn of(fault: &Fault, has_key: Option<bool>) -> Self {
        let mut problem =
            Self::new(status::of_fault(fault, has_key), fault.message.as_str()).coded(fault.code.number());
        if !fault.path.is_empty() {
            let place = [("path", Value::text(&fault.path)), ("detail", Value::text(&fault.message))];
            problem.say("errors", Value::List(vec![Value::from(place)]));
        }
        if let Some(detail) = &fault.detail {
            problem.say("data", (**detail).clone());
        }
        problem
    }

    /// A result that says no: its members are the problem's, but for those that a problem has anyway.
    #[must_use]
    pub fn told(status: StatusCode, result: Value) -> Self {
        let Value::Map(members) = result else { return Self::new(status, "") };
        let detail = members.get("user_message").and_then(Value::as_str).unwrap_or_default();
        let mut problem = Self::new(status, detail);
        for (name, value) in members {
            if !problem.members.contains_key(&name) {
                problem.members.insert(name, value);
            }
        }
        problem
    }

    /// The number that JSON-RPC would tell.
    #[must_use]
    pub fn coded(mut self, code: i32) -> Self {
        self.say("code", Value::Int(code.into()));
        self
    }

    /// The name of the call in the log.
    #[must_use]
    pub fn traced(mut self, trace: &str) -> Self {
        self.say("trace", Value::text(trace));
        self
    }

    /// With this header field.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.fields.push((name, HeaderValue::from_static(value)));
        self
    }

    /// In so many seconds it may be better.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.fields.push((header::RETRY_AFTER, seconds.into()));
        self
    }

    /// As it is sent.
    #[must_use]
    pub fn answer(self) -> Answer {
        let mut answer = Response::new(rpc::json::to_string(&Value::Map(self.members)).into_bytes());
        *answer.status_mut() = self.status;
        let fields = answer.headers_mut();
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        fields.extend(self.fields);
        answer
    }

    fn say(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), value);
    }
}
