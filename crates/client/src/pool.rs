//! Many calls to one service over HTTP: connections are used again, and their number is bounded.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use budget::MemoryBudget;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
pub use hyper::http::uri::PathAndQuery as Path;
use hyper::{Request, Response};
use rpc::{Document, Protocol};
use tokio::sync::Semaphore;

use super::answer;
use super::http::{CallError, Endpoint, Line};
use super::message;

/// What one service may cost us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Calls at once; more of them wait, within their time. Default 32.
    pub connections: usize,
    /// Octets of one answer. Default 32 MiB.
    pub answer: usize,
    /// How long an unused connection is kept. Default 1 s, which is less than the servers of the field keep it (gunicorn
    /// 2 s, Node 5 s): a request that meets a connection being closed can be neither answered nor sent again.
    pub idle: Duration,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self { connections: 32, answer: 32 << 20, idle: Duration::from_secs(1) }
    }
}

/// A service, and the connections to it that wait for the next call.
pub struct Pool {
    endpoint: Endpoint,
    limits: PoolLimits,
    budget: MemoryBudget,
    room: Semaphore,
    idle: Mutex<Vec<(Line, Instant)>>,
}

impl Pool {
    /// Calls this endpoint; the answers being read take room in the budget.
    #[must_use]
    pub fn new(endpoint: Endpoint, limits: PoolLimits, budget: MemoryBudget) -> Self {
        let room = Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS));
        Self { endpoint, limits, budget, room, idle: Mutex::default() }
    }

    /// As [`Endpoint::post`]; its time includes all waiting.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post(&self, protocol: Protocol, document: Document) -> Result<Option<Document>, CallError> {
        self.post_to(None, protocol, document).await
    }

    /// The same to another path of the same server.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post_to(
        &self,
        path: Option<Path>,
        protocol: Protocol,
        document: Document,
    ) -> Result<Option<Document>, CallError> {
        let wait = self.endpoint.wait;
        let mut request = self.endpoint.request(protocol, document);
        if let Some(path) = path {
            *request.uri_mut() = path.into();
        }
        let exchange = self.exchange(protocol, request);
        tokio::time::timeout(wait, exchange).await.map_err(|_| CallError::Late(wait)).flatten()
    }

    /// Sends a request as it is, but for its host and what its URL says of a name and password, and gives the answer as it
    /// is, of up to `largest` octets; its time includes all waiting. Nothing is followed, nothing is unpacked.
    ///
    /// # Errors
    /// See [`CallError`]; no status is one.
    pub async fn forward(&self, request: message::Request, largest: usize) -> Result<message::Response, CallError> {
        let wait = self.endpoint.wait;
        let exchange = async {
            let _room = self.room.acquire().await.ok();
            let request = self.endpoint.passed_on(request);
            let (line, response) = self.sent(request).await?;
            let (head, body) = response.into_parts();
            let body = answer::octets(body, &mut self.budget.nothing(), largest).await.map_err(CallError::Body)?;
            self.keep(line);
            Ok(message::Response::from_parts(head, Bytes::from(body)))
        };
        tokio::time::timeout(wait, exchange).await.map_err(|_| CallError::Late(wait)).flatten()
    }

    async fn exchange(&self, protocol: Protocol, request: Request<Full<Bytes>>) -> Result<Option<Document>, CallError> {
        // It is never closed; were it, nothing would be bounded, and nothing else would change.
        let _room = self.room.acquire().await.ok();
        let mut held = self.budget.nothing();
        let (line, response) = self.sent(request).await?;
        self.read(line, (protocol, response), &mut held).await
    }

    /// Sends a request over a connection that is there, else over a new one.
    async fn sent(&self, mut request: Request<Full<Bytes>>) -> Result<(Line, Response<Incoming>), CallError> {
        while let Some(mut line) = self.take() {
            match line.sender.try_send_request(request).await {
                Ok(response) => return Ok((line, response)),
                // Only what has not been written at all is sent again: the service may not be called twice.
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(error.into_error().into()),
                },
            }
        }
        let mut line = self.endpoint.connect().await?;
        let response = line.send(request).await?;
        Ok((line, response))
    }

    async fn read(
        &self,
        line: Line,
        (protocol, response): (Protocol, Response<Incoming>),
        held: &mut budget::Reservation,
    ) -> Result<Option<Document>, CallError> {
        let answer = answer::read(response, protocol, held, self.limits.answer).await;
        if matches!(answer, Ok(_) | Err(CallError::Status(..) | CallError::Refused(..))) {
            self.keep(line);
        }
        answer
    }

    /// Keeps a connection for the next call.
    fn keep(&self, line: Line) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((line, Instant::now()));
    }

    /// The connection that was used last, if it is still good; old ones are closed.
    fn take(&self) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(line, since)| since.elapsed() < self.limits.idle && !line.sender.is_closed());
        idle.pop().map(|(line, _)| line)
    }
}

#[cfg(test)]
mod tests;
