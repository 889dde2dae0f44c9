//! The listeners: bound first, all of them; put to work once the node stands.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use config::{Config, Listener, LmtpListen, Origin};
use console::Console;
use diagnostic::{Code, Diagnostic, Outcome};
use tokio::net::{TcpListener, UnixListener};
use tokio_rustls::TlsAcceptor;

use crate::binding::email::Email;
use crate::binding::http::Http;
use crate::connect::Connected;
use crate::node::Node;
use crate::operator::Operator;
use crate::operator::console::ForConsole;
use crate::setup::Setup;
use crate::transport::accept::PerClient;
use crate::transport::admin::AdminListener;
use crate::transport::http::HttpListener;
use crate::transport::smtp::{Rules, SmtpListener, Socket};

/// What is bound.
pub struct Sockets {
    /// In the order of the configuration's listeners.
    pub http: Vec<TcpListener>,
    /// `smtp.listen`.
    pub smtp: Vec<TcpListener>,
    /// `calls.listen`.
    pub replies: Vec<TcpListener>,
    /// Each `connect.listen`, in the order of the blocks.
    pub connects: Vec<TcpListener>,
    /// `smtp.lmtp`.
    pub lmtp: Option<Socket>,
    /// `admin.listen`.
    pub admin: Option<TcpListener>,
}

/// Binds every port, or none.
///
/// # Errors
/// One of them cannot be had.
pub async fn bind(config: &Config) -> Outcome<Sockets> {
    let mut sockets = Sockets {
        http: Vec::new(),
        smtp: Vec::new(),
        replies: Vec::new(),
        connects: Vec::new(),
        lmtp: None,
        admin: None,
    };
    for listener in &config.http.listeners {
        sockets.http.push(socket(listener.address, &listener.origin).await?);
    }
    for address in &config.smtp.listen {
        sockets.smtp.push(socket(*address, &config.smtp.origin).await?);
    }
    if let Some(address) = config.calls.listen {
        sockets.replies.push(socket(address, &config.calls.origin).await?);
    }
    for connect in &config.connects {
        sockets.connects.push(socket(connect.listen, &connect.origin).await?);
    }
    sockets.lmtp = match &config.smtp.lmtp {
        None => None,
        Some(LmtpListen::Address(address)) => Some(Socket::Tcp(socket(*address, &config.smtp.lmtp_origin).await?)),
        Some(LmtpListen::Socket(path)) => {
            Some(Socket::Local(local(path).map_err(|error| unusable_path(path, &error))?))
        }
    };
    if let Some(address) = config.admin.listen {
        sockets.admin = Some(socket(address, &config.admin.origin).await?);
    }
    Ok(sockets)
}

/// Binds a socket that every program of this machine may connect to. One that lies there and at which nobody listens is what an
/// earlier daemon left.
fn local(path: &Path) -> io::Result<UnixListener> {
    if std::os::unix::net::UnixStream::connect(path)
        .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    {
        std::fs::remove_file(path)?;
    }
    let socket = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
    Ok(socket)
}

fn unusable_path(path: &Path, error: &io::Error) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::PortTaken, format!("LMTP cannot be spoken at {}", path.display()));
    let why = diagnostic.because(error.to_string()).note("set by: smtp.lmtp");
    Box::new(why.help("its folder must be there and be the daemon's to write, and no other program may listen at it"))
}

async fn socket(address: SocketAddr, origin: &Origin) -> Outcome<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(socket) => Ok(socket),
        Err(error) => Err(Box::new(crate::port::diagnostic(address, origin, &error))),
    }
}

/// The listeners of the API.
pub(super) fn http(node: &Arc<Node>, sockets: Vec<TcpListener>) -> Vec<HttpListener<Http>> {
    let (setup, room) = (node.setup(), node.caps.http());
    let listeners = setup.config.http.listeners.iter().zip(sockets).enumerate();
    let listen = |(place, (listener, socket)): (usize, (&Listener, TcpListener))| {
        let address = socket.local_addr().unwrap_or(listener.address);
        let http = Http { node: Arc::clone(node), place, address };
        HttpListener { socket, room: Arc::clone(&room), http: Arc::new(http) }
    };
    listeners.map(listen).collect()
}

/// The local endpoints whose requests travel by mail.
pub(super) fn connects(node: &Arc<Node>, sockets: Vec<TcpListener>) -> Vec<HttpListener<Connected>> {
    let (setup, room) = (node.setup(), node.caps.http());
    let listen = |(place, socket): (usize, TcpListener)| {
        let configured = setup.config.connects.get(place).map(|connect| connect.listen);
        let address = socket.local_addr().ok().or(configured)?;
        let connected = Connected::new(Arc::clone(node), place, address);
        Some(HttpListener { socket, room: Arc::clone(&room), http: Arc::new(connected) })
    };
    sockets.into_iter().enumerate().filter_map(listen).collect()
}

/// The listeners for mail.
pub(super) fn smtp(node: &Arc<Node>, sockets: Vec<TcpListener>, email: &Arc<Email>) -> Vec<SmtpListener> {
    let sockets = sockets.into_iter().map(Socket::Tcp).collect();
    listeners(node, sockets, email, |setup| (Arc::clone(&setup.session), setup.tls.smtp()))
}

/// The listener for LMTP.
pub(super) fn lmtp(node: &Arc<Node>, socket: Option<Socket>, email: &Arc<Email>) -> Vec<SmtpListener> {
    listeners(node, socket.into_iter().collect(), email, |setup| (Arc::clone(&setup.lmtp), None))
}

/// What a listener offers and allows, and its TLS.
type Offer = (Arc<smtp::Settings>, Option<TlsAcceptor>);

fn listeners(
    node: &Arc<Node>,
    sockets: Vec<Socket>,
    email: &Arc<Email>,
    offer: fn(&Setup) -> Offer,
) -> Vec<SmtpListener> {
    let per_client = PerClient::default();
    let listener = |socket| SmtpListener {
        socket,
        rules: rules(node, offer),
        receiver: Arc::clone(email) as _,
        room: node.caps.smtp(),
        per_client: per_client.clone(),
        budget: node.budget.clone(),
    };
    sockets.into_iter().map(listener).collect()
}

/// The listener of the console.
pub(super) fn admin(operator: &Arc<Operator>, socket: TcpListener) -> AdminListener {
    let node = Arc::clone(&operator.node);
    let asked = ForConsole::new(Arc::clone(operator), node.stop.clone());
    AdminListener {
        socket,
        room: node.caps.http(),
        console: Arc::new(Console::new(asked, Arc::clone(&operator.sessions))),
        is_open: Box::new(move || node.setup().config.admin.console),
    }
}

fn rules(node: &Arc<Node>, offer: fn(&Setup) -> Offer) -> Arc<dyn Fn() -> Rules + Send + Sync> {
    let node = Arc::clone(node);
    Arc::new(move || {
        let setup = node.setup();
        let ((settings, tls), clients) = (offer(&setup), setup.tls.mail_clients());
        Rules { settings, tls, clients, max_per_client: setup.config.smtp.max_per_client }
    })
}

/// The control socket cannot be made.
pub(super) fn unusable_socket(error: io::Error) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::StateFolder, "the control socket cannot be made in the state folder");
    Box::new(diagnostic.because(error.to_string()))
}
