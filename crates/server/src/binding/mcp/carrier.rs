//! What brings messages: HTTP, each request with one message; a program on this machine, line by line.

use budget::Reservation;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Response, StatusCode};
use rpc::{Caller, Value};

use super::era::Era;
use super::message::{Message, Read, Reply};
use super::rights::Rights;
use super::{INVALID_PARAMS, LEGACY, Session, VERSIONS, headers, is_modern, versions};
use crate::binding::single::Desk;

/// Errors of JSON-RPC 2.0, and of the protocol: header fields that differ from the message, a version that is not known.
const PARSE: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const MISMATCH: i64 = -32020;
const UNSUPPORTED: i64 = -32022;

/// A request over HTTP.
pub struct Posted<'a> {
    /// How.
    pub method: &'a Method,
    /// Its header fields.
    pub headers: &'a HeaderMap,
    /// Its body, unpacked.
    pub body: Vec<u8>,
}

/// Answers a request over HTTP; `held` is its place in memory.
pub async fn post(desk: &Desk, caller: &Caller, posted: Posted<'_>, held: Reservation) -> Response<Vec<u8>> {
    if *posted.method != Method::POST {
        return said(StatusCode::METHOD_NOT_ALLOWED, (header::ALLOW, "POST"));
    }
    let Some(rights) = Rights::of(desk, caller) else {
        return said(StatusCode::UNAUTHORIZED, (header::WWW_AUTHENTICATE, "Bearer realm=\"callpost\""));
    };
    let session = Session { desk, caller, rights };
    let reply = match read(desk, &posted.body) {
        Err(why) => Reply::wrong(PARSE, &why),
        Ok(Value::List(messages)) => batch(&session, posted.headers, (messages, held)).await,
        Ok(document) => over_http(&session, posted.headers, (document, held)).await,
    };
    written(reply)
}

/// Answers a line; none where nothing is said. Whoever is not let in by a key must be an operator.
///
/// # Errors
/// In words: nobody is let in.
pub async fn line(
    desk: &Desk,
    (caller, is_operator): (&Caller, IsOperator),
    text: &str,
    held: Reservation,
) -> Result<Option<String>, &'static str> {
    let rights = match (&caller.key, is_operator) {
        (Some(_), _) => Rights::of(desk, caller).ok_or("the key does not open the door; the log says why")?,
        (None, IsOperator::Yes) => Rights::All,
        (None, IsOperator::No) => return Err("without a key (--key-file) tools are for root and the daemon's user"),
    };
    let session = Session { desk, caller, rights };
    let reply = match read(desk, text.as_bytes()).map(Message::of) {
        Err(why) => Reply::wrong(PARSE, &why),
        Ok(Read::Wrong(why)) => Reply::wrong(INVALID_REQUEST, why),
        Ok(Read::Answer) => Reply::taken(),
        Ok(Read::Asked(message)) => match message.meta("protocolVersion") {
            Some(_) => modern(&session, (&message, None), held).await,
            None => asked(&session, (&message, Era::Legacy), held).await,
        },
    };
    Ok(reply.message.map(|message| rpc::json::to_string(&message)))
}

/// Whether a program on this machine is root's or the daemon's own user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsOperator {
    /// It is.
    Yes,
    /// It is somebody else's.
    No,
}

fn read(desk: &Desk, octets: &[u8]) -> Result<Value, String> {
    let text =
        std::str::from_utf8(octets).map_err(|error| format!("it is not UTF-8 at octet {}", error.valid_up_to()))?;
    rpc::json::read(text.trim(), desk.setup.api.limits()).map_err(|error| error.to_string())
}

/// Several messages in one request: the revision of 2025-03-26 had them.
async fn batch(session: &Session<'_>, headers: &HeaderMap, (messages, mut held): (Vec<Value>, Reservation)) -> Reply {
    let version = headers.get(headers::VERSION).map(|version| version.to_str().unwrap_or("?"));
    if version.is_some_and(|version| version != LEGACY[2]) || messages.is_empty() {
        return Reply::wrong(INVALID_REQUEST, "a request has one message in it");
    }
    if messages.len() > session.desk.setup.config.limits.batch {
        return Reply::wrong(INVALID_REQUEST, "there are too many messages in one request (limits.batch)");
    }
    let mut replies = Vec::new();
    for message in messages {
        let place = held.split(held.octets());
        replies.extend(over_http(session, headers, (message, place)).await.message);
    }
    match replies.is_empty() {
        true => Reply::taken(),
        false => Reply { status: StatusCode::OK, message: Some(Value::List(replies)) },
    }
}

async fn over_http(session: &Session<'_>, headers: &HeaderMap, (document, held): (Value, Reservation)) -> Reply {
    let message = match Message::of(document) {
        Read::Asked(message) => message,
        Read::Answer => return Reply::taken(),
        Read::Wrong(why) => return Reply::wrong(INVALID_REQUEST, why),
    };
    let outside = headers.get(headers::VERSION).map(|version| version.to_str().unwrap_or("?"));
    if message.meta("protocolVersion").is_some() || outside.is_some_and(is_modern) && message.id.is_some() {
        return modern(session, (&message, Some(headers)), held).await;
    }
    // A request without the field is of before it was asked for.
    if let Some(version) = outside.filter(|version| !VERSIONS.contains(version)) {
        return unsupported(&message, version);
    }
    asked(session, (&message, Era::Legacy), held).await
}

/// A request that stands for itself: it says its version and what its client can, and HTTP the same.
async fn modern(session: &Session<'_>, (message, headers): (&Message, Option<&HeaderMap>), held: Reservation) -> Reply {
    let bad = StatusCode::BAD_REQUEST;
    let Some(version) = message.meta("protocolVersion").and_then(Value::as_str) else {
        return message.error(bad, (INVALID_PARAMS, "_meta has no io.modelcontextprotocol/protocolVersion"));
    };
    if let Some(why) = headers.and_then(|headers| headers::mismatch(headers, message, version)) {
        return message.error(bad, (MISMATCH, &why));
    }
    if !is_modern(version) {
        return unsupported(message, version);
    }
    if !matches!(message.meta("clientCapabilities"), Some(Value::Map(_))) {
        return message.error(bad, (INVALID_PARAMS, "_meta has no io.modelcontextprotocol/clientCapabilities"));
    }
    asked(session, (message, Era::Modern), held).await
}

/// A notification needs no reply; nothing here waits for one.
async fn asked(session: &Session<'_>, (message, era): (&Message, Era), held: Reservation) -> Reply {
    match message.id {
        Some(_) => session.answer(message, era, held).await,
        None => Reply::taken(),
    }
}

fn unsupported(message: &Message, version: &str) -> Reply {
    let told = Value::from([("supported", versions()), ("requested", Value::text(version))]);
    message.error_with(StatusCode::BAD_REQUEST, (UNSUPPORTED, "this version of the protocol is not spoken here"), told)
}

fn written(reply: Reply) -> Response<Vec<u8>> {
    let body = reply.message.as_ref().map(|message| rpc::json::to_string(message).into_bytes());
    let is_json = body.is_some();
    let mut response = Response::new(body.unwrap_or_default());
    *response.status_mut() = reply.status;
    if is_json {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

fn said(status: StatusCode, (name, value): (header::HeaderName, &'static str)) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}
