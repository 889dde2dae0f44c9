//! The console: what operators see of a running Callpost in a browser, and what they do there. Pages are made here, whole, from
//! the same typed answers that the command line prints; nothing of it needs a script.
//!
//! A request comes in as [`http::Request`] and leaves as [`http::Response`]: whoever listens, and for whom, is the server's.
//! What a page shows and what a button does is asked of an [`Operator`], with the role of whoever is signed in.
//!
//! It must not know the server nor the store: it asks what the command line asks, and shows what it is told.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use control::{Answer, Request};
use http::{Request as HttpRequest, Response};
use jiff::Timestamp;

mod assets;
mod filter;
mod form;
mod frame;
mod inert;
mod live;
mod prefs;
mod reply;
mod route;
mod screen;
mod sessions;
#[cfg(test)]
mod tests;
mod visit;
mod words;

pub use live::Live;
pub use reply::Body;
pub use sessions::{Actor, Sessions};

/// What the trait's methods give.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who answers: the daemon, or whatever a test puts in its place.
pub trait Operator: Send + Sync {
    /// Does as this person asks. The console has looked already whether the role of the person is enough.
    fn ask<'a>(&'a self, actor: &'a Actor, request: Request) -> BoxFuture<'a, Answer>;

    /// Waits until something that a page shows may be different.
    fn changed(&self) -> BoxFuture<'_, ()>;

    /// The time.
    fn now(&self) -> Timestamp;
}

/// The console of one daemon.
pub struct Console {
    operator: Arc<dyn Operator>,
    sessions: Arc<Sessions>,
}

impl Console {
    /// For those who are signed in here.
    #[must_use]
    pub fn new(operator: Arc<dyn Operator>, sessions: Arc<Sessions>) -> Self {
        Self { operator, sessions }
    }

    /// Answers a request that came from this address.
    pub async fn answer(&self, request: HttpRequest<Bytes>, from: IpAddr) -> Response<Body> {
        route::answer(self, request, from).await
    }
}
