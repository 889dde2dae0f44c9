//! REST: `POST /v1/METHOD` with a JSON object of named parameters; the result as JSON, a fault as a problem (RFC 9457).

use budget::Reservation;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use rpc::{Caller, Code, Fault, Map, Outcome, Value};

mod look;
mod path;
mod problem;
mod status;

use crate::binding::single::{Desk, Ran};
use crate::node::late::Found;
use path::Place;
pub use problem::Problem;

/// What a request is answered with.
pub type Answer = Response<Vec<u8>>;

/// A key under which a repeated request is known (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The parameter that carries it, and its member.
const OPTIONS: &str = "options";
const OPTION: &str = "idempotency_key";

/// How soon a call that goes on is asked for again, in seconds: that request waits too.
const AGAIN: u64 = 1;

/// A request, read.
pub struct Request<'a> {
    /// How.
    pub method: &'a Method,
    /// Where, below `/v1/`.
    pub path: &'a str,
    /// What follows the path.
    pub query: &'a str,
    /// Its header fields.
    pub headers: &'a HeaderMap,
    /// Its body, unpacked.
    pub body: Vec<u8>,
}

/// The part of a path below `/v1/`; none where it is not there.
#[must_use]
pub fn below(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/")
}

/// Answers a request. `held` is its place in memory.
pub async fn respond(desk: &Desk, caller: &Caller, request: Request<'_>, held: Reservation) -> Answer {
    let answered = match Place::of(request.path) {
        Place::Method(name) if *request.method == Method::POST => called(desk, (&name, caller), &request, held).await,
        Place::Call(id) if is_look(request.method) => found(desk, &id, caller).await,
        Place::Message(id) if is_look(request.method) && desk.is_ours(look::STATUS) => {
            look::message(desk, (&id, caller), held).await
        }
        Place::Method(name) if is_look(request.method) && name == look::EVENTS && desk.is_ours(look::EVENTS) => {
            look::events(desk, (request.query, caller), held).await
        }
        Place::Method(name) if desk.is_ours(&name) => Err(not_so("POST")),
        Place::Call(_) => Err(not_so("GET, HEAD")),
        Place::Method(_) | Place::Message(_) | Place::Nowhere => {
            Err(Problem::new(StatusCode::NOT_FOUND, "there is nothing here"))
        }
    };
    answered.unwrap_or_else(|problem| problem.traced(&caller.trace).answer())
}

fn is_look(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

fn not_so(allowed: &'static str) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this is not how it is asked for").with(header::ALLOW, allowed)
}

async fn called(
    desk: &Desk,
    (name, caller): (&str, &Caller),
    request: &Request<'_>,
    held: Reservation,
) -> Result<Answer, Problem> {
    let mut members = members(desk, request)?;
    idempotent(desk, name, request.headers, &mut members)?;
    let messages = members.get("messages").and_then(Value::as_list).map_or(1, <[_]>::len);
    let call = desk.call(name, members).map_err(|fault| Problem::of(&fault, None))?;
    match desk.run(call, caller, held).await {
        Ran::Ended(outcome) => ended(desk, (name, outcome), (caller, messages)),
        Ran::GoesOn(id) => Ok(goes_on(&id)),
    }
}

/// The object in the body; none at all is an empty one.
fn members(desk: &Desk, request: &Request<'_>) -> Result<Map, Problem> {
    let written = request.headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
    let essence = mail::media_type::MediaType::parse(written.unwrap_or("application/json")).essence;
    if essence != "application/json" && !essence.ends_with("+json") {
        let detail = "the parameters are a JSON object, sent as application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    if request.body.is_empty() {
        return Ok(Map::new());
    }
    let bad = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail).coded(Code::Parse.number());
    let text = std::str::from_utf8(&request.body);
    let text = text.map_err(|error| bad(format!("the body is not UTF-8 at octet {}", error.valid_up_to())))?;
    match rpc::json::read(text, desk.setup.api.limits()) {
        Ok(Value::Map(members)) => Ok(members),
        Ok(other) => Err(bad(format!("a JSON object of named parameters is asked for, not {}", other.kind()))),
        Err(error) => Err(bad(error.to_string())),
    }
}

/// The header field stands for the option; one of them is enough, and both are the same.
fn idempotent(desk: &Desk, name: &str, headers: &HeaderMap, members: &mut Map) -> Result<(), Problem> {
    let Some(written) = headers.get(&IDEMPOTENCY_KEY) else { return Ok(()) };
    let wrong = |why: &str| Problem::of(&Fault::invalid_params(format!("Idempotency-Key: {why}")), None);
    if !desk.has_parameter(name, OPTIONS) {
        return Err(wrong("this method knows no such key; leave it out"));
    }
    // RFC 8941 writes it in quotes, most clients do not.
    let key = written.to_str().map_err(|_| wrong("it is no text"))?.trim();
    let key = key.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(key);
    if members.get(OPTIONS).is_none_or(Value::is_null) {
        members.insert(OPTIONS.to_owned(), Map::new());
    }
    // Of options that are none the method says what is wrong.
    let Some(Value::Map(options)) = members.get_mut(OPTIONS) else { return Ok(()) };
    match options.get(OPTION) {
        None => drop(options.insert(OPTION.to_owned(), Value::text(key))),
        Some(said) if said.as_str() == Some(key) => {}
        Some(_) => return Err(wrong("`options.idempotency_key` says another one")),
    }
    Ok(())
}

/// The answer of a call of this method that has ended; one of ours says in its result what else would be a fault.
fn ended(
    desk: &Desk,
    (method, outcome): (&str, Outcome),
    (caller, messages): (&Caller, usize),
) -> Result<Answer, Problem> {
    let shown = caller.key.as_ref();
    let value = match outcome {
        Ok(value) => value,
        Err(fault) => return Err(Problem::of(&fault, Some(shown.is_some()))),
    };
    let refused = desk.is_ours(method).then(|| status::refused(&value)).flatten();
    let Some(refused) = refused else {
        return Ok(json(StatusCode::OK, &value));
    };
    let problem = Problem::told(refused, value);
    if refused != StatusCode::TOO_MANY_REQUESTS {
        return Err(problem);
    }
    let now = desk.node.now();
    let key = shown.and_then(|key| desk.node.keys.admit(key.expose(), caller, now).ok());
    let until = key.and_then(|key| key.room_at(u32::try_from(messages).unwrap_or(u32::MAX), now));
    let wait = until.map_or(0, |until| until.duration_since(now).as_secs());
    Err(problem.retry_after(u64::try_from(wait).unwrap_or_default() + 1))
}

async fn found(desk: &Desk, id: &str, caller: &Caller) -> Result<Answer, Problem> {
    match desk.found(id, caller).await {
        Found::Ended(method, outcome) => ended(desk, (&method, outcome), (caller, 1)),
        Found::Running => Ok(goes_on(id)),
        Found::Nothing => Err(Problem::new(StatusCode::NOT_FOUND, "there is no such call, or not any more")),
    }
}

/// 202: the call goes on.
fn goes_on(id: &str) -> Answer {
    let told = Value::from([("call", Value::text(id)), ("state", Value::text("running"))]);
    let mut answer = json(StatusCode::ACCEPTED, &told);
    let fields = answer.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/calls/{id}")) {
        fields.insert(header::LOCATION, location);
    }
    fields.insert(header::RETRY_AFTER, AGAIN.into());
    answer
}

fn json(status: StatusCode, value: &Value) -> Answer {
    let mut answer = Response::new(rpc::json::to_string(value).into_bytes());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
