//! `[[connect]]`: a local HTTP endpoint whose requests travel by mail. A program that knows only HTTP asks here as if its
//! service were here; the request leaves as a call by mail, and what comes back is its answer.
//!
//! Between two Callposts (`[[peer]] callpost = true`) the HTTP request travels whole; to everybody else the RPC document in
//! it, in the binding that any mailed call has. A request is held until its answer is there. One that is not answered in time
//! stays open, as every call by mail: its client is told where the answer will be.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use config::Connect;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use pki::served::Terms;
use spool::Pending;
use tokio_rustls::TlsAcceptor;

mod answer;
mod asked;
mod local;

use crate::binding::http::body::{Body, Unreadable};
use crate::binding::http::{Peer, Reply, Site, host};
use crate::node::Node;
use crate::node::calls::wait_any;
use crate::operator::call::{self, Queued};
use crate::setup::Setup;
use asked::{Asked, Wish};

/// Where the answers of calls are that their clients did not wait for.
const CALLS: &str = "/.well-known/callpost/calls/";

/// One of the endpoints.
pub struct Connected {
    node: Arc<Node>,
    /// Its place among those of the configuration, which no reload changes.
    place: usize,
    address: SocketAddr,
    terms: Arc<Terms>,
}

impl Connected {
    /// The endpoint at this place, which listens at this address.
    #[must_use]
    pub fn new(node: Arc<Node>, place: usize, address: SocketAddr) -> Self {
        Self { node, place, address, terms: Terms::plain() }
    }
}

impl Site for Connected {
    fn takes(&self, address: IpAddr) -> bool {
        self.node.setup().config.connects.get(self.place).is_some_and(|connect| connect.serves(address))
    }

    fn trusts(&self, _: IpAddr) -> bool {
        false
    }

    fn terms(&self) -> Option<(Option<TlsAcceptor>, Arc<Terms>)> {
        Some((None, Arc::clone(&self.terms)))
    }

    fn stall(&self) -> Duration {
        self.node.setup().config.limits.http_stall
    }

    async fn respond(&self, peer: &Peer, request: Request<Incoming>) -> Reply {
        let setup = self.node.setup();
        let Some(connect) = setup.config.connects.get(self.place) else {
            return answer::text(StatusCode::NOT_FOUND, "Nothing is here any more.");
        };
        let visit = Visit { node: &self.node, setup: &setup, connect, address: self.address };
        let reply = match visit.admit(peer, &request) {
            Ok(()) => Box::pin(visit.answer(request)).await,
            Err(refused) => *refused,
        };
        tracing::debug!(connect = connect.name, address = %peer.address, status = reply.status().as_u16(), "http");
        reply.map(|answer| answer.owed(&self.node.budget))
    }
}

/// One request, and what is in force when it comes.
struct Visit<'a> {
    node: &'a Node,
    setup: &'a Setup,
    connect: &'a Connect,
    address: SocketAddr,
}

impl Visit<'_> {
    fn admit(&self, peer: &Peer, request: &Request<Incoming>) -> Result<(), Box<Reply>> {
        let refused = |status, why: &str| Err(Box::new(answer::text(status, why)));
        if !self.connect.serves(peer.address.ip()) {
            return refused(StatusCode::FORBIDDEN, "You are not served here.");
        }
        if let Err(why) = host::judge(request) {
            return refused(StatusCode::BAD_REQUEST, why.trim_end());
        }
        let http = &self.setup.config.http;
        if self.address.ip().to_canonical().is_loopback() {
            if !local::is_for_this_machine(request.headers(), &http.names) {
                return refused(
                    StatusCode::MISDIRECTED_REQUEST,
                    "This is for programs on this machine: ask localhost.",
                );
            }
            if local::is_from_a_foreign_page(request.headers(), &http.origins) {
                return refused(StatusCode::FORBIDDEN, "Pages of other sites are not served here.");
            }
        }
        Ok(())
    }

    async fn answer(&self, request: Request<Incoming>) -> Reply {
        if let Some(id) = request.uri().path().strip_prefix(CALLS) {
            return match *request.method() {
                Method::GET | Method::HEAD => self.told(id).await,
                _ => answer::text(StatusCode::METHOD_NOT_ALLOWED, "The answer of a call is read here: GET it."),
            };
        }
        let (head, incoming) = request.into_parts();
        let read = Body { limit: self.largest(), budget: &self.node.budget };
        let is_whole = self.is_whole();
        let body = match is_whole {
            true => read.as_it_is(&head.headers, incoming).await,
            false => read.collect(&head.headers, incoming).await,
        };
        let (bytes, held) = match body {
            Ok(read) => read,
            Err(why) => return unreadable(&why),
        };
        let wish = Wish::of(&head.headers);
        let asked = match is_whole {
            true => Asked::whole((head, bytes), self.address),
            false => Asked::document(&head, bytes, self.setup.api.limits()),
        };
        let request = match asked {
            Ok(asked) => asked.request(self.connect, self.setup.config.calls.expire),
            Err(refused) => return *refused,
        };
        let way = request.way;
        let queued = call::dispatch(self.node, request).await;
        drop(held);
        match queued {
            Ok(queued) => self.held(queued, (way, wish)).await,
            Err(refused) => {
                tracing::error!(connect = self.connect.name, why = refused.what, "a request could not be mailed");
                answer::busy()
            }
        }
    }

    /// Holds the request until its answer is there, or for as long as is configured.
    async fn held(&self, Queued { call, .. }: Queued, (way, wish): (control::call::Way, Wish)) -> Reply {
        if way == control::call::Way::One {
            return answer::nothing();
        }
        if wish == Wish::Later {
            return answer::open(StatusCode::ACCEPTED, &call, "The call is on its way.");
        }
        let ids = [call.id.clone()];
        let ended = tokio::time::timeout(self.connect.wait, wait_any(&ids, &*self.node.store)).await;
        match ended {
            Ok(Ok(mut ended)) => match ended.pop() {
                Some(ended) => answer::ended(&ended),
                None => answer::busy(),
            },
            Ok(Err(refusal)) => {
                tracing::error!(%refusal, call = call.id, "nobody knows whether a call has ended");
                answer::open(StatusCode::GATEWAY_TIMEOUT, &call, "Whether it has ended is not known now.")
            }
            Err(_) => {
                let late = format!("No answer within {:?}.", self.connect.wait);
                answer::open(StatusCode::GATEWAY_TIMEOUT, &call, &late)
            }
        }
    }

    /// What has become of a call that a client did not wait for.
    async fn told(&self, id: &str) -> Reply {
        // Only by the whole Message-ID, which cannot be guessed: the short ids that people see name no call here.
        let is_ours =
            |call: &Pending| call.message_ids.first().is_some_and(|own| own == id) && call.to == self.connect.to;
        match self.node.store.find_pending(id.to_owned()).await {
            Ok(Some(call)) if is_ours(&call) => match call.outcome {
                Some(_) => answer::ended(&call),
                None => answer::open(StatusCode::ACCEPTED, &call, "The call is open."),
            },
            Ok(_) => answer::text(
                StatusCode::NOT_FOUND,
                "No call of this endpoint has this id, or its answer is kept no longer.",
            ),
            Err(refusal) => {
                tracing::error!(%refusal, "what has become of a call is not known now");
                answer::busy()
            }
        }
    }

    /// True where the other end takes whole HTTP requests.
    fn is_whole(&self) -> bool {
        self.setup.config.peers.iter().any(|peer| peer.callpost && peer.address.same_mailbox(&self.connect.to))
    }

    /// Octets of a body: as the API takes them, and as fit into a mail, which has them in base64.
    fn largest(&self) -> u64 {
        let config = &self.setup.config;
        let api = config.http.listeners.first().map_or(u64::MAX, |listener| listener.max_body);
        api.min(config.smtp.max_size / 4 * 3)
    }
}

fn unreadable(why: &Unreadable) -> Reply {
    answer::closing(answer::text(why.status(), &why.to_string()))
}
