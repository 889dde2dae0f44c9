//! HTTP in: accept, TLS, one task a connection. It brings a request and carries a response; what they mean is the
//! binding's.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use pki::served::Made;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::binding::http::{Peer, Shown, Site};
use crate::node::caps::Room;
use crate::transport::accept;

mod drive;
mod ledger;
mod proxy;
mod wire;

use drive::End;
use ledger::Ledger;
use wire::{Stream, Wire};

/// How long a client may take for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client whose handshake failed may take to read why, and how many octets it may have sent meanwhile.
const PARTING: Duration = Duration::from_secs(2);
const UNREAD: u64 = 65_536;

/// How long a client may take for the header block of a request.
const HEADER: Duration = Duration::from_secs(30);

/// Octets of a request's header block, and of what is read ahead of requests; larger ones are answered by 431.
const HEADERS: usize = 16 * 1024;

/// Largest number of streams that one HTTP/2 connection may have open, and where more than a part of all connections that
/// may be are there.
const STREAMS: u32 = 100;
const FEW_STREAMS: u32 = 8;
const CROWD: usize = 16;

/// Octets that an HTTP/2 client may send ahead of the reading.
const WINDOW: u32 = 65_535;

/// Octets that a connection takes from answers before the client has taken them: of each stream, and for TLS.
const SENDING: usize = 16 * 1024;

/// One listener.
pub struct HttpListener<S> {
    /// Bound.
    pub socket: TcpListener,
    /// For the connections of all listeners; more wait in the kernel's queue.
    pub room: Arc<Room>,
    /// What answers, and by which rules now.
    pub http: Arc<S>,
}

impl<S: Site> HttpListener<S> {
    /// Serves until `stop`; then finishes the requests in hand.
    pub async fn serve(self, stop: CancellationToken) {
        let room = Arc::clone(&self.room);
        let tasks = TaskTracker::new();
        let this = Arc::new(self);
        while let Some((stream, address, permit)) = accept::next(&this.socket, &room, &stop).await {
            if !this.http.takes(address.ip()) {
                tracing::info!(%address, "http: the address is in none of the listener's networks");
                continue;
            }
            let (this, stop) = (Arc::clone(&this), stop.clone());
            tasks.spawn(async move {
                if let Err(error) = this.connection(stream, address, stop).await {
                    tracing::debug!(%address, %error, "http: connection ended");
                }
                drop(permit);
            });
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn connection(&self, mut stream: TcpStream, address: SocketAddr, stop: CancellationToken) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let Some((tls, terms)) = self.http.terms() else { return Err(io::ErrorKind::NotFound.into()) };
        let (address, handed_on_by) = self.opposite(&mut stream, address).await?;
        let Some(tls) = tls else {
            let peer = Peer { address, handed_on_by, certificate: None, made: Made::Plain, terms };
            return self.requests(stream, peer, stop).await;
        };
        let stream = match tokio::time::timeout(HANDSHAKE, tls.accept(stream).into_fallible()).await {
            Ok(Ok(stream)) => stream,
            Ok(Err((error, stream))) => {
                tracing::info!(%address, %error, "http: the TLS handshake failed");
                part(stream).await;
                return Err(error);
            }
            Err(late) => {
                tracing::info!(%address, "http: the TLS handshake was not done in time");
                return Err(late.into());
            }
        };
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let chain: Vec<_> = chain.iter().map(|certificate| certificate.clone().into_owned()).collect();
        let certificate = chain.first().map(|certificate| Shown::read(certificate));
        let peer = Peer { address, handed_on_by, certificate, made: Made::Tls(chain), terms };
        self.requests(bounded(stream), peer, stop).await
    }

    /// Whose connection it is, and the proxy that says so; none where it is that of `address`.
    async fn opposite(
        &self,
        stream: &mut TcpStream,
        address: SocketAddr,
    ) -> io::Result<(SocketAddr, Option<SocketAddr>)> {
        if !self.http.trusts(address.ip()) {
            return Ok((address, None));
        }
        let source = tokio::time::timeout(HANDSHAKE, proxy::take(stream)).await?;
        let source = source.inspect_err(|error| tracing::info!(%address, %error, "http: no connection of a proxy"))?;
        Ok(source.map_or((address, None), |source| (source, Some(address))))
    }

    async fn requests<T: Stream>(&self, stream: T, peer: Peer, stop: CancellationToken) -> io::Result<()> {
        let ledger = Ledger::new();
        let wire = Wire::new(stream, Arc::clone(&ledger));
        let account = (&*ledger, self.http.stall());
        let (builder, terms, peer) = (self.builder(), Arc::clone(&peer.terms), Arc::new(peer));
        let service =
            service_fn(|request| respond((Arc::clone(&self.http), Arc::clone(&peer)), request, ledger.request()));
        let connection = builder.serve_connection(wire.clone(), service);
        let mut connection = std::pin::pin!(connection);
        let mut ended = tokio::select! {
            ended = drive::drive(connection.as_mut(), &wire, account) => Some(ended?),
            () = stop.cancelled() => None,
            () = terms.over().cancelled() => None,
        };
        if !matches!(ended, Some(End::Done(_))) {
            connection.as_mut().graceful_shutdown();
            ended = Some(drive::drive(connection.as_mut(), &wire, account).await?);
        }
        drive::part(&wire, &stop).await;
        match ended {
            Some(End::Done(result)) => result,
            _ => Ok(()),
        }
    }

    /// How hyper is set up for the next connection.
    fn builder(&self) -> auto::Builder<TokioExecutor> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // Without a timer hyper would silently ignore the timeout, or panic. A client that has said all it has to say may
        // still hear the answer (RFC 9112 §9.6).
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER).half_close(true).max_buf_size(HEADERS);
        let streams = if self.room.is_crowded(CROWD) { FEW_STREAMS } else { STREAMS };
        builder.http2().timer(TokioTimer::new()).max_concurrent_streams(streams);
        builder.http2().initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW);
        builder.http2().max_send_buf_size(SENDING);
        builder
    }
}

/// Answers one request; its place is given back when the answer is written.
async fn respond<S: Site>(
    (http, peer): (Arc<S>, Arc<Peer>),
    request: Request<Incoming>,
    open: ledger::Request,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let response = http.respond(&peer, request).await;
    Ok(response.map(|answer| Full::new(answer.watched(open.answered()))))
}

/// A TLS stream that holds little of what the client does not take.
fn bounded(mut stream: TlsStream<TcpStream>) -> TlsStream<TcpStream> {
    stream.get_mut().1.set_buffer_limit(Some(SENDING));
    stream
}

/// Ends a connection whose handshake failed so that the client can read why. A client of TLS 1.3 has sent its request by
/// then; closed with that unread, the connection would be reset, and the alert lost with it (RFC 9112 §9.6).
async fn part(mut stream: TcpStream) {
    let rest = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(UNREAD), &mut tokio::io::sink()).await
    };
    let _ = tokio::time::timeout(PARTING, rest).await;
}
