//! A request as HTTP carries it, and the response: RFC 9110 on one side, [`rpc::Document`] on the other.
//!
//! JSON-RPC and XML-RPC answers, faults included, are HTTP 200 (PHP's `file_get_contents` gives nothing for any other);
//! SOAP faults are 500, SOAP 1.2 Sender faults 400. 405, 413 and 415 are said only of what is no call.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use config::Door;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use pki::served::{Made, Terms, TlsPort};
use rpc::{Caller, Document};
use tokio_rustls::TlsAcceptor;

mod answer;
pub(crate) mod body;
mod caller;
mod discovery;
mod forwarded;
pub(crate) mod host;
mod index;
mod page;

pub use answer::{Answer, Reply};

use crate::binding::mcp;
use crate::binding::rest::{self, Problem};
use crate::binding::single::Desk;
use crate::method::Effects;
use crate::node::Node;
use crate::setup::Setup;
use body::{Body, Unreadable};
use caller::Client;

/// What is spoken here, for whoever asks otherwise.
const SPOKEN: &str = "Callpost speaks JSON-RPC 2.0, XML-RPC and SOAP: POST one of them here.\n";

/// For whoever is not served any more over the connection that he has.
const NOT_SERVED: &str = "You are not served here.\n";

/// The other end of a connection.
#[derive(Clone)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// The proxy that hands the connection on and says that address; none: it is the connection's own.
    pub handed_on_by: Option<SocketAddr>,
    /// The verified client certificate, if it showed one.
    pub certificate: Option<Shown>,
    /// How the connection was made.
    pub made: Made,
    /// On what terms it was taken.
    pub terms: Arc<Terms>,
}

/// A client certificate that was shown and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// SHA-256, lower-case hex.
    pub fingerprint: String,
    /// Its subject.
    pub subject: String,
    /// The one common name in the subject, if there is exactly one.
    pub common_name: Option<String>,
}

impl Shown {
    /// Reads a certificate (DER).
    #[must_use]
    pub fn read(certificate: &[u8]) -> Self {
        let read = x509_parser::parse_x509_certificate(certificate).ok();
        let subject = read.as_ref().map(|(_, read)| read.subject());
        let names: Vec<&str> = subject
            .into_iter()
            .flat_map(|subject| subject.iter_common_name())
            .filter_map(|name| name.as_str().ok())
            .collect();
        Self {
            fingerprint: pki::fingerprint(certificate),
            subject: subject.map(ToString::to_string).unwrap_or_default(),
            common_name: if let [name] = names[..] { Some(name.to_owned()) } else { None },
        }
    }
}

/// What answers at one listener.
pub trait Site: Send + Sync + 'static {
    /// True where an address is served, or is one that is believed whom it hands on.
    fn takes(&self, address: IpAddr) -> bool;

    /// True for a proxy that is believed whom it hands on.
    fn trusts(&self, address: IpAddr) -> bool;

    /// What makes TLS of the next connection (none: it stays plain), and on what terms it is taken; `None` where none is.
    fn terms(&self) -> Option<(Option<TlsAcceptor>, Arc<Terms>)>;

    /// How long a client may take nothing of an answer that waits for it.
    fn stall(&self) -> Duration;

    /// Answers one request.
    fn respond(&self, peer: &Peer, request: Request<Incoming>) -> impl Future<Output = Reply> + Send;
}

impl Site for Http {
    fn takes(&self, address: IpAddr) -> bool {
        let api = self.now();
        api.listener().serves(address) || api.listener().trusts(address)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.now().listener().trusts(address)
    }

    fn terms(&self) -> Option<(Option<TlsAcceptor>, Arc<Terms>)> {
        self.now().port().map(|port| (port.acceptor(), port.terms()))
    }

    fn stall(&self) -> Duration {
        self.now().stall()
    }

    async fn respond(&self, peer: &Peer, request: Request<Incoming>) -> Reply {
        self.now().respond(peer, request).await
    }
}

/// The API at one listener.
pub struct Http {
    /// What answers.
    pub node: Arc<Node>,
    /// Its place among the listeners of the configuration, which no reload changes.
    pub place: usize,
    /// Where it listens.
    pub address: SocketAddr,
}

/// The API as that listener offers it now: one request, or one connection, is judged by it from beginning to end.
pub struct Api<'a> {
    node: &'a Arc<Node>,
    setup: Arc<Setup>,
    place: usize,
    address: SocketAddr,
}

/// The way in that a request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// A document of an RPC protocol.
    Rpc,
    /// A method or a call by its path.
    Rest,
    /// A message of an assistant.
    Mcp,
}

impl Http {
    /// As it is offered now.
    #[must_use]
    pub fn now(&self) -> Api<'_> {
        Api { node: &self.node, setup: self.node.setup(), place: self.place, address: self.address }
    }
}

impl Api<'_> {
    /// The rules of the listener.
    #[must_use]
    pub fn listener(&self) -> &config::Listener {
        &self.setup.config.http.listeners[self.place]
    }

    /// Its TLS.
    #[must_use]
    pub fn port(&self) -> Option<&TlsPort> {
        self.setup.tls.http(self.place)
    }

    /// How long a client may take nothing of an answer that waits for it (`limits.http_stall`).
    #[must_use]
    pub fn stall(&self) -> Duration {
        self.setup.config.limits.http_stall
    }

    /// Answers one request.
    pub async fn respond(&self, peer: &Peer, request: Request<Incoming>) -> Reply {
        let response = match self.client(peer, request.headers()) {
            Ok(client) => self.respond_to(client, request).await,
            Err(why) => text(StatusCode::BAD_REQUEST, why),
        };
        tracing::debug!(address = %peer.address, status = response.status().as_u16(), "http");
        response
    }

    async fn respond_to(&self, client: Client<'_>, request: Request<Incoming>) -> Reply {
        let judged =
            self.admit(&client).and_then(|()| well_formed(&request)).and_then(|()| self.site(&client, &request));
        let site = match judged {
            Ok(site) => site,
            Err(response) => return *response,
        };
        let mut response = match &site {
            Some(site) if page::is_preflight(&request) => site.preflight(request.headers()),
            // Boxed: a request that waits for its turn, and a connection without one, are small.
            _ => match self.accept(&client, &request) {
                Ok(Entry::Rpc) => Box::pin(self.answer(client, request)).await,
                Ok(entry) => Box::pin(self.beside(entry, client, request)).await,
                Err(response) => *response,
            },
        };
        if let Some(site) = site {
            site.let_read(&mut response);
        }
        response
    }

    /// Whoever was let in when he connected, and would not be now, is refused at his next request.
    fn admit(&self, client: &Client<'_>) -> Result<(), Box<Reply>> {
        let peer = client.peer;
        let is_served = client.address.is_some_and(|address| self.listener().serves(address));
        let why = match self.port() {
            _ if !is_served && !self.listener().networks.is_empty() => {
                "the address is in none of the listener's networks"
            }
            Some(port) if !Arc::ptr_eq(&port.terms(), &peer.terms) && !port.terms().take(&peer.made) => {
                "the connection was made on terms that hold no longer"
            }
            _ => return Ok(()),
        };
        tracing::info!(address = %peer.address, client = ?client.address, why, "http: refused over a connection that was open");
        let mut response = text(StatusCode::FORBIDDEN, NOT_SERVED);
        // A proxy's connection carries requests of others too.
        if !client.is_behind_proxy() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Err(Box::new(response))
    }

    fn accept(&self, client: &Client<'_>, request: &Request<Incoming>) -> Result<Entry, Box<Reply>> {
        let is_api = self.listener().paths.iter().any(|known| known == request.uri().path());
        if let Some(entry) = (!is_api).then(|| self.beside_rpc(request)).flatten() {
            return Ok(entry);
        }
        let nothing = || text(StatusCode::NOT_FOUND, SPOKEN);
        match *request.method() {
            Method::POST if is_api => Ok(Entry::Rpc),
            Method::GET | Method::HEAD => {
                Err(Box::new(self.told_within_budget(client, request).unwrap_or_else(nothing)))
            }
            _ if !is_api => Err(Box::new(nothing())),
            _ => {
                let mut response = text(StatusCode::METHOD_NOT_ALLOWED, SPOKEN);
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
                Err(Box::new(response))
            }
        }
    }

    /// The way in that is not RPC's, where the path is there and the door open.
    fn beside_rpc<B>(&self, request: &Request<B>) -> Option<Entry> {
        let path = request.uri().path();
        match () {
            () if rest::below(path).is_some() => self.listener().opens(Door::Rest).then_some(Entry::Rest),
            () if path == mcp::PATH => self.listener().opens(Door::Mcp).then_some(Entry::Mcp),
            () => None,
        }
    }

    fn told_within_budget(&self, client: &Client<'_>, request: &Request<Incoming>) -> Option<Reply> {
        if self.node.budget.is_spent() {
            return Some(refusal(&Unreadable::Busy));
        }
        self.told(client, request).map(|response| response.map(|answer| answer.owed(&self.node.budget)))
    }

    async fn answer(&self, client: Client<'_>, request: Request<Incoming>) -> Reply {
        let (head, incoming) = request.into_parts();
        let read = Body { limit: self.listener().max_body, budget: &self.node.budget };
        let (bytes, held) = match read.collect(&head.headers, incoming).await {
            Ok(bytes) => bytes,
            Err(why) => return refusal(&why),
        };
        let document = match document(&head.headers, bytes) {
            Ok(document) => document,
            Err(limit) => return text(StatusCode::PAYLOAD_TOO_LARGE, &format!("{limit}\n")),
        };
        let response = self.performed(self.caller(&client, &head.headers), document).await;
        drop(held);
        response.map(|answer| answer.owed(&self.node.budget))
    }

    async fn beside(&self, entry: Entry, client: Client<'_>, request: Request<Incoming>) -> Reply {
        let (head, incoming) = request.into_parts();
        let read = Body { limit: self.listener().max_body, budget: &self.node.budget };
        let (body, held) = match read.collect(&head.headers, incoming).await {
            Ok(read) => read,
            Err(why) => return unreadable(&why, &self.node.trace()),
        };
        let desk = Desk { node: Arc::clone(self.node), setup: Arc::clone(&self.setup) };
        let (caller, method, headers) = (self.caller(&client, &head.headers), &head.method, &head.headers);
        let response = match entry {
            Entry::Mcp => mcp::post(&desk, &caller, mcp::Posted { method, headers, body }, held).await,
            Entry::Rest | Entry::Rpc => {
                let path = rest::below(head.uri.path()).unwrap_or_default();
                rest::respond(
                    &desk,
                    &caller,
                    rest::Request { method, path, query: head.uri.query().unwrap_or_default(), headers, body },
                    held,
                )
                .await
            }
        };
        response.map(|body| Answer::of(body).owed(&self.node.budget))
    }

    async fn performed(&self, caller: Caller, document: Document) -> Reply {
        let mut performed = self.setup.api.perform(&document, &caller).await;
        if performed.is_unrecognised() {
            return text(StatusCode::UNSUPPORTED_MEDIA_TYPE, SPOKEN);
        }
        if let Err(why) = self.node.commit_effects(performed.take_effects(), &caller).await {
            performed.refuse(&why);
        }
        if address(&mut performed) {
            return empty(StatusCode::ACCEPTED);
        }
        let class = performed.class();
        // A notification is told nothing: clients in wide use take 204 for an error.
        performed.answer().map_or_else(|| empty(StatusCode::OK), |answer| response(answer, class))
    }
}

fn well_formed(request: &Request<Incoming>) -> Result<(), Box<Reply>> {
    host::judge(request).map_err(|why| Box::new(text(StatusCode::BAD_REQUEST, why)))
}

/// What is addressed gets an id of its own, where an answer is wanted at all; true where it is not.
fn address(performed: &mut rpc::Performed<Effects>) -> bool {
    let Some(reply) = performed.soap() else { return false };
    let Some(addressing) = &reply.addressing else { return false };
    let one_way = addressing.is_one_way();
    reply.message_id = Some(format!("urn:uuid:{}", uuid::Uuid::now_v7()));
    one_way
}

/// What the header fields say about the body.
fn document(headers: &HeaderMap, bytes: Vec<u8>) -> Result<Document, mail::payload::LimitError> {
    let written = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = mail::media_type::MediaType::parse(written);
    let action = headers.get("soapaction").and_then(|value| value.to_str().ok());
    let action = action.map(|value| value.trim().trim_matches('"').to_owned());
    let action =
        action.or_else(|| content_type.parameter("action").map(str::to_owned)).filter(|action| !action.is_empty());
    if content_type.essence.starts_with("multipart/")
        && let Some(document) = client::packed::unpack(written, &bytes)?
    {
        return Ok(Document { action: action.or(document.action), ..document });
    }
    Ok(Document {
        charset: content_type.parameter("charset").map(str::to_owned),
        action,
        media_type: content_type.essence.to_owned(),
        bytes,
        parts: Vec::new(),
    })
}

fn response(answer: Document, class: rpc::Class) -> Reply {
    let status = match class {
        rpc::Class::Ok => StatusCode::OK,
        rpc::Class::Sender => StatusCode::BAD_REQUEST,
        rpc::Class::Receiver => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let content_type = match answer.media_type.as_str() {
        "application/json" => HeaderValue::from_static("application/json"),
        "application/soap+xml" => HeaderValue::from_static("application/soap+xml; charset=utf-8"),
        _ => HeaderValue::from_static("text/xml; charset=utf-8"),
    };
    let mut response = Response::new(Answer::of(answer.bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn refusal(why: &Unreadable) -> Reply {
    let mut response = text(why.status(), &format!("{why}\n"));
    // The rest of the body was not read: the connection cannot be used again.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The same for programs that read problems.
fn unreadable(why: &Unreadable, trace: &str) -> Reply {
    let mut response = Problem::new(why.status(), why.to_string()).traced(trace).answer().map(Answer::of);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn text(status: StatusCode, text: &str) -> Reply {
    let mut response = Response::new(Answer::of(text.to_owned()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn empty(status: StatusCode) -> Reply {
    let mut response = Response::new(Answer::of(Vec::new()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    response
}
