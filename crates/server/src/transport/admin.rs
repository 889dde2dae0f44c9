//! The listener of `[admin]`: HTTP/1.1 in, the console's pages out. It is on loopback, and knows no page.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use config::{Scheme, WebOrigin};
use console::{Body, Console, Live};
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::node::caps::Room;
use crate::transport::accept;

/// How long a browser may take for the header block of a request, and for its body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Octets of a form at most.
const FORM: usize = 1 << 20;

/// After so long without an event a stream says that nothing is to be said, and learns whether anybody reads.
const QUIET: Duration = Duration::from_secs(15);

/// Between two events of a stream at least.
const PACE: Duration = Duration::from_millis(300);

/// The listener.
pub struct AdminListener {
    /// Bound.
    pub socket: TcpListener,
    /// For its connections.
    pub room: Arc<Room>,
    /// What answers.
    pub console: Arc<Console>,
    /// Whether it answers now.
    pub is_open: Box<dyn Fn() -> bool + Send + Sync>,
}

type Reply = Response<UnsyncBoxBody<Bytes, Infallible>>;

impl AdminListener {
    /// Serves until `stop`.
    pub async fn serve(self, stop: CancellationToken) {
        let room = Arc::clone(&self.room);
        let (tasks, this) = (TaskTracker::new(), Arc::new(self));
        while let Some((stream, address, seat)) = accept::next(&this.socket, &room, &stop).await {
            let (this, stop) = (Arc::clone(&this), stop.clone());
            tasks.spawn(async move {
                if let Err(error) = this.connection(stream, address, stop).await {
                    tracing::debug!(%address, %error, "admin: connection ended");
                }
                drop(seat);
            });
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn connection(&self, stream: TcpStream, address: SocketAddr, stop: CancellationToken) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let service = service_fn(|request| async {
            Ok::<_, Infallible>(self.respond(request, address.ip(), stop.clone()).await)
        });
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
        let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            ended = connection.as_mut() => return ended.map_err(io::Error::other),
            () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        connection.await.map_err(io::Error::other)
    }

    async fn respond(&self, request: Request<Incoming>, from: IpAddr, stop: CancellationToken) -> Reply {
        if !is_asked_by_own_name(request.headers()) {
            return text(
                StatusCode::MISDIRECTED_REQUEST,
                "This listener is for this machine, and goes by no such name.\n",
            );
        }
        if !(self.is_open)() {
            return text(StatusCode::NOT_FOUND, "There is no console here (admin.console).\n");
        }
        let (parts, body) = request.into_parts();
        let form = match tokio::time::timeout(PATIENCE, Limited::new(body, FORM).collect()).await {
            Ok(Ok(form)) => form.to_bytes(),
            Ok(Err(_)) => {
                return text(StatusCode::PAYLOAD_TOO_LARGE, "The form is too large, or did not come whole.\n");
            }
            Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "The form did not come in time.\n"),
        };
        let response = self.console.answer(Request::from_parts(parts, form), from).await;
        response.map(|body| match body {
            Body::Whole(octets) => Full::new(octets).boxed_unsync(),
            Body::Live(live) => events(live, stop),
        })
    }
}

/// The events of a stream, until its session or the daemon ends.
fn events(live: Box<Live>, stop: CancellationToken) -> UnsyncBoxBody<Bytes, Infallible> {
    let next = |(mut live, stop): (Box<Live>, CancellationToken)| async move {
        let event = tokio::select! {
            event = tokio::time::timeout(QUIET, live.next()) => event.unwrap_or(Some(Bytes::from_static(Live::NOTHING))),
            () = stop.cancelled() => None,
        }?;
        tokio::time::sleep(PACE).await;
        Some((Ok(Frame::data(event)), (live, stop)))
    };
    StreamBody::new(stream::unfold((live, stop), next)).boxed_unsync()
}

/// A page of another site may point a name of its own at this machine, and then ask as if it came from here: what it asks
/// by is that name.
fn is_asked_by_own_name(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let site = host.to_str().ok().and_then(|authority| WebOrigin::at(Scheme::Http, authority));
    site.is_some_and(|site| site.is_this_machine())
}

fn text(status: StatusCode, text: &'static str) -> Reply {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use hyper::header::{HOST, HeaderMap, HeaderValue};

    use super::is_asked_by_own_name;

    #[test]
    fn a_console_is_asked_by_a_name_of_this_machine_alone() {
        let asked = |hosts: &[&'static str]| {
            let hosts = hosts.iter().map(|host| (HOST, HeaderValue::from_static(host)));
            let mut headers = HeaderMap::new();
            hosts.for_each(|(name, host)| {
                headers.append(name, host);
            });
            is_asked_by_own_name(&headers)
        };
        assert!(asked(&["127.0.0.1:8021"]) && asked(&["localhost:8021"]) && asked(&["[::1]:8021"]));
        assert!(!asked(&["rebound.example:8021"]) && !asked(&["127.0.0.1.example"]) && !asked(&["192.0.2.1"]));
        assert!(!asked(&[]) && !asked(&["localhost", "localhost"]) && !asked(&[""]));
    }
}
