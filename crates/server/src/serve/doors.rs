//! The listeners: bound first, all of them; put to work once the node stands.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use config::{Config, Listener, Origin};
use diagnostic::{Code, Complaint, Outcome};
use pki::served::{Served, TlsPort};
use smtp::StartTls;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::binding::email::Email;
use crate::binding::http::{Http, Scheme};
use crate::node::Node;
use crate::transport::accept::PerClient;
use crate::transport::http::HttpListener;
use crate::transport::smtp::SmtpListener;

/// What is bound.
pub(super) struct Sockets {
    /// In the order of the configuration's listeners.
    pub(super) http: Vec<TcpListener>,
    /// `smtp.listen`.
    pub(super) smtp: Vec<TcpListener>,
    /// `calls.listen`.
    pub(super) replies: Vec<TcpListener>,
}

/// Binds every port, or none.
pub(super) async fn bind(config: &Config) -> Outcome<Sockets> {
    let mut sockets = Sockets { http: Vec::new(), smtp: Vec::new(), replies: Vec::new() };
    for listener in &config.http.listeners {
        sockets.http.push(socket(listener.address, &listener.origin).await?);
    }
    for address in &config.smtp.listen {
        sockets.smtp.push(socket(*address, &config.smtp.origin).await?);
    }
    if let Some(address) = config.calls.listen {
        sockets.replies.push(socket(address, &config.calls.origin).await?);
    }
    Ok(sockets)
}

async fn socket(address: SocketAddr, origin: &Origin) -> Outcome<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(socket) => Ok(socket),
        Err(error) => Err(Box::new(crate::port::complaint(address, origin, &error))),
    }
}

/// The listeners of the API.
pub(super) fn http(node: &Arc<Node>, sockets: Vec<TcpListener>, tls: &Served) -> Vec<HttpListener> {
    let listeners = node.config.http.listeners.iter().zip(sockets).enumerate();
    let room = Arc::new(Semaphore::new(node.config.limits.http_connections));
    let listen = |(place, (listener, socket))| http_listener((node, &room), listener, (socket, tls.http(place)));
    listeners.map(listen).collect()
}

fn http_listener(
    (node, room): (&Arc<Node>, &Arc<Semaphore>),
    listener: &Listener,
    (socket, tls): (TcpListener, Option<Arc<TlsPort>>),
) -> HttpListener {
    let http = Http {
        node: Arc::clone(node),
        paths: listener.paths.clone(),
        max_body: listener.max_body,
        scheme: if tls.is_some() { Scheme::Https } else { Scheme::Http },
        address: socket.local_addr().unwrap_or(listener.address),
    };
    HttpListener {
        socket,
        tls,
        networks: listener.networks.clone(),
        max_connections: node.config.limits.http_connections,
        room: Arc::clone(room),
        stall: node.config.limits.http_stall,
        http: Arc::new(http),
    }
}

/// The listeners for mail.
pub(super) fn smtp(
    node: &Node,
    sockets: Vec<TcpListener>,
    email: &Arc<Email>,
    tls: &Served,
) -> Outcome<Vec<SmtpListener>> {
    let tls = tls.smtp();
    let config = &node.config;
    let starttls = if tls.is_some() { StartTls::Offered } else { StartTls::No };
    let settings = Arc::new(crate::wiring::session(config, starttls)?);
    let per_client = PerClient::new(config.smtp.max_per_client);
    let listener = |socket| SmtpListener {
        socket,
        settings: Arc::clone(&settings),
        tls: tls.clone(),
        receiver: Arc::clone(email) as _,
        max_connections: config.smtp.max_connections,
        per_client: per_client.clone(),
        budget: node.budget.clone(),
    };
    Ok(sockets.into_iter().map(listener).collect())
}

/// The control socket cannot be made.
pub(super) fn unusable_socket(error: io::Error) -> Box<Complaint> {
    let complaint = Complaint::new(Code::StateFolder, "the control socket cannot be made in the state folder");
    Box::new(complaint.because(error.to_string()))
}
