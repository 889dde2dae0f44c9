//! A service that knows nothing but HTTP: whatever it is asked, it says, with the octets turned round.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A service that answers whatever it is asked.
///
/// # Errors
/// There is no port for it.
pub(super) async fn serve() -> std::io::Result<SocketAddr> {
    let socket = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
    let address = socket.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service_fn(answer)));
        }
    });
    Ok(address)
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let asked = format!("{} {}", request.method(), request.uri());
    let is_put = *request.method() == Method::PUT;
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let turned: Vec<u8> = body.iter().rev().copied().collect();
    let mut response = Response::new(Full::new(Bytes::from(turned)));
    *response.status_mut() = if is_put { StatusCode::IM_A_TEAPOT } else { StatusCode::NOT_FOUND };
    if let Ok(asked) = asked.parse() {
        response.headers_mut().insert("x-asked", asked);
    }
    Ok(response)
}
