//! Pages without a server: a daemon whose answers are written here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use control::role::Role;
use control::store::StoreRequest;
use control::{Answer, Refused, Request};
use diagnostic::Code;
use http::{HeaderMap, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Actor, Body, BoxFuture, Console, Operator, Sessions};

mod acts;
mod pages;
mod signing;

/// A daemon that answers what is written here, and notes what it is asked.
#[derive(Default)]
struct Daemon {
    asked: Mutex<Vec<Request>>,
}

fn now() -> Timestamp {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

/// An entry that waits for a server which does not answer, with a subject as its sender wrote it.
fn row(id: &str, state: &str) -> Value {
    json!({
        "id": id, "state": state, "to": "ann@example.edu", "from": "me@example.edu", "message_id": "1@x",
        "subject": "<script>alert(1)</script> & more", "trace": "a-1", "kind": "message", "owner": "key:web", "size": 1234,
        "queued": "2026-11-28T11:00:00Z", "next": "2026-11-28T12:01:00Z", "tries": 1,
        "waits": {"for": "destination", "site": "mx.example:25", "next_look": "2026-11-28T12:01:00Z"},
        "last": "waits for mx.example:25: connection refused", "code": 451, "text": "connection refused",
    })
}

fn attempt() -> Value {
    json!({"at": "2026-11-28T11:00:01Z", "outcome": "deferred", "site": "mx.example:25", "reply": "451 4.7.1 Later",
           "stage": "rcpt", "code": 451, "enhanced": "4.7.1", "reason": null, "text": "Later <b>please</b>"})
}

fn report() -> Value {
    json!({
        "v": 1, "version": "0.1.0", "pid": 7, "http": ["127.0.0.1:8020"], "smtp": ["127.0.0.1:8023"],
        "queue": {"waiting": 3, "delivering": 1, "held": 2, "damaged": 0}, "open_calls": 1, "disk_free": 5_000_000_000_u64,
        "certificates": [{"at": "API 0.0.0.0:8443", "subject": "CN=x", "fingerprint": "ab", "until": "", "days_left": 3}],
        "sites": [{"name": "mx.example:25", "queued": 3, "connections": 0, "last_error": "connection refused",
                   "delivered": 9, "away": true, "next_look": "2026-11-28T12:01:00Z"}],
    })
}

impl Daemon {
    fn answer(&self, request: &Request) -> Answer {
        let Request::Store(request) = request else {
            return Ok(match request {
                Request::Status => report(),
                Request::Ready => json!({"v": 1, "ready": true, "why": [], "marks": []}),
                _ => Value::Null,
            });
        };
        Ok(match request {
            StoreRequest::Queue { filter, .. } if filter.state.as_deref() == Some("held") => {
                json!({"v": 1, "items": []})
            }
            StoreRequest::Queue { .. } => json!({"v": 1, "items": [row("4711.1", "deferred")], "after": "4711.1"}),
            StoreRequest::Count(_) => json!({"v": 1, "count": 77, "exact": false}),
            StoreRequest::Act { .. } => {
                json!({"v": 1, "changed": 2, "on_the_wire": 1, "unchanged": [{"why": "held already", "count": 4}]})
            }
            StoreRequest::Trace(id) | StoreRequest::Message(id) | StoreRequest::Octets(id) if id.starts_with('9') => {
                return Err(Refused::new(Code::NoSuchEntry, format!("nothing is known of `{id}`")));
            }
            StoreRequest::Trace(_) | StoreRequest::Find(_) => json!({
                "recipients": [{"entry": row("4711.1", "deferred"), "attempts": [attempt()]}], "answers": null, "call": null,
                "events": [{"at": "2026-11-28T11:30:00Z", "text": "4711.1 held by hand"}],
            }),
            StoreRequest::Octets(_) => json!(control::Octets(b"Subject: \xff\r\n\r\n<script>1</script>".to_vec())),
            StoreRequest::Keys => json!([{"name": "web", "state": "active", "created": "2026-11-01T00:00:00Z",
                "expires": null, "revoked": null, "policy": {"from": ["*@example.edu"], "sandbox": true}}]),
            StoreRequest::Calls => json!([{"id": "1fb6c968", "to": "calendar@x.example", "method": "getMonth",
                "protocol": "soap11", "sent": "2026-11-28T11:59:00Z", "expires": "2026-12-05T00:00:00Z", "state": "answered",
                "listen": null, "answer": "<x>ok</x>"}]),
            _ => Value::Null,
        })
    }
}

impl Operator for Daemon {
    fn ask<'a>(&'a self, _: &'a Actor, request: Request) -> BoxFuture<'a, Answer> {
        let answer = self.answer(&request);
        self.asked.lock().unwrap().push(request);
        Box::pin(std::future::ready(answer))
    }

    fn changed(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn now(&self) -> Timestamp {
        now()
    }
}

/// A browser, and the console before it.
struct Browser {
    console: Console,
    daemon: Arc<Daemon>,
    sessions: Arc<Sessions>,
    cookies: String,
}

/// A page that was shown.
#[derive(Debug)]
struct Shown {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Browser {
    fn outside() -> Self {
        let (daemon, sessions) = (Arc::<Daemon>::default(), Arc::<Sessions>::default());
        let console = Console::new(Arc::clone(&daemon) as Arc<dyn Operator>, Arc::clone(&sessions));
        Self { console, daemon, sessions, cookies: String::new() }
    }

    /// Signed in.
    fn inside(role: Role) -> Self {
        let mut browser = Self::outside();
        let (link, _) = browser.sessions.invite(role, "uid:0", now()).unwrap();
        let shown = browser.post("/in", link.split_once('?').unwrap().1);
        browser.cookies = cookie(&shown.headers);
        browser
    }

    fn get(&self, path: &str) -> Shown {
        self.send(http::Request::get(path).body(Bytes::new()).unwrap())
    }

    fn post(&self, path: &str, form: &str) -> Shown {
        self.send(http::Request::post(path).body(Bytes::from(form.to_owned())).unwrap())
    }

    /// What a form that changes something carries.
    fn token(&self) -> String {
        let page = self.get("/").text;
        let (_, after) = page.split_once("name=\"token\" value=\"").unwrap();
        after.split('"').next().unwrap().to_owned()
    }

    fn send(&self, mut request: http::Request<Bytes>) -> Shown {
        if !self.cookies.is_empty() {
            request.headers_mut().append(header::COOKIE, self.cookies.parse().unwrap());
        }
        let response = at_once(self.console.answer(request, IpAddr::V4(Ipv4Addr::LOCALHOST)));
        shown(response)
    }

    /// What the daemon was asked since it was looked at last.
    fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut *self.daemon.asked.lock().unwrap())
    }
}

fn shown(response: Response<Body>) -> Shown {
    let (parts, body) = response.into_parts();
    let text = match body {
        Body::Whole(octets) => String::from_utf8_lossy(&octets).into_owned(),
        Body::Live(_) => "live".to_owned(),
    };
    Shown { status: parts.status, headers: parts.headers, text }
}

fn cookie(headers: &HeaderMap) -> String {
    let set = headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// Nothing here waits for anything.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}
