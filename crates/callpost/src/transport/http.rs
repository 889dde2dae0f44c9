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
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::binding::http::{Http, Peer, Shown};
use crate::certificate::served::TlsPort;
use crate::transport::accept;

/// How long a client may take for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client whose handshake failed may take to read why, and how many octets it may have sent meanwhile.
const PARTING: Duration = Duration::from_secs(2);
const UNREAD: u64 = 65_536;

/// How long a client may take for the header block of a request.
const HEADER: Duration = Duration::from_secs(30);

/// Largest number of streams that one HTTP/2 connection may have open.
const STREAMS: u32 = 128;

/// One listener of the API.
pub struct HttpListener {
    /// Bound.
    pub socket: TcpListener,
    /// Its TLS; none: plain HTTP.
    pub tls: Option<Arc<TlsPort>>,
    /// Addresses served; empty: all.
    pub networks: Vec<IpNet>,
    /// Connections at once; more wait in the kernel's queue.
    pub max_connections: usize,
    /// What answers.
    pub http: Arc<Http>,
}

impl HttpListener {
    /// Serves until `stop`; then finishes the requests in hand.
    pub async fn serve(self, stop: CancellationToken) {
        let room = Arc::new(Semaphore::new(self.max_connections));
        let tasks = TaskTracker::new();
        let this = Arc::new(self);
        while let Some((stream, address, permit)) = accept::next(&this.socket, &room, &stop).await {
            if !accept::is_served(&this.networks, address) {
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

    async fn connection(&self, stream: TcpStream, address: SocketAddr, stop: CancellationToken) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else {
            return self.requests(stream, Peer { address, certificate: None }, stop).await;
        };
        let (tls, stop) = tls.acceptor();
        let stream = match tokio::time::timeout(HANDSHAKE, tls.accept(stream).into_fallible()).await? {
            Ok(stream) => stream,
            Err((error, stream)) => {
                part(stream).await;
                return Err(error);
            }
        };
        let chain = stream.get_ref().1.peer_certificates();
        let certificate = chain.and_then(<[_]>::first).map(|certificate| Shown::read(certificate));
        self.requests(stream, Peer { address, certificate }, stop).await
    }

    async fn requests<S>(&self, stream: S, peer: Peer, stop: CancellationToken) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (http, peer) = (Arc::clone(&self.http), Arc::new(peer));
        let service = service_fn(move |request: Request<Incoming>| {
            let (http, peer) = (Arc::clone(&http), Arc::clone(&peer));
            async move { Ok::<Response<Full<Bytes>>, Infallible>(http.respond(&peer, request).await) }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // Without a timer hyper would silently ignore the timeout, or panic.
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER).pipeline_flush(true);
        builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => ended.map_err(io::Error::other),
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await.map_err(io::Error::other)
            }
        }
    }
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
