//! A call over HTTP(S), as a client: one POST, one answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use budget::MemoryBudget;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use rpc::{Document, Protocol};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

pub use super::call_error::CallError;
use super::{answer, message, url};

/// Largest answer that is read, in octets.
const LARGEST: usize = 64 << 20;

/// How long the connection and its handshake may take.
const CONNECT: Duration = Duration::from_secs(20);

/// Who asks: XML-RPC demands it, and firewalls refuse who does not say it.
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("Callpost/", env!("CARGO_PKG_VERSION")));

/// What is unpacked.
const CODINGS: HeaderValue = HeaderValue::from_static("gzip, deflate");

/// What a description may be.
const DESCRIPTIONS: HeaderValue = HeaderValue::from_static("text/xml, application/xml, application/json, */*;q=0.5");

/// Where to call, and how to be sure of it.
pub struct Endpoint {
    /// `http://…` or `https://…`; a name and password in it are said to the service, as Basic authentication.
    pub url: Uri,
    /// For `https`.
    pub tls: Arc<rustls::ClientConfig>,
    /// How long the answer may take.
    pub wait: Duration,
}

impl Endpoint {
    /// Posts the document and reads the answer; `None` where nothing comes back: to a notification, to what is one-way.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post(&self, protocol: Protocol, document: Document) -> Result<Option<Document>, CallError> {
        let mut line = self.connect().await?;
        let exchange = async {
            let response = line.send(self.request(protocol, document)).await?;
            answer::read(response, protocol, &mut MemoryBudget::new(LARGEST as u64).nothing(), LARGEST).await
        };
        tokio::time::timeout(self.wait, exchange).await.map_err(|_| CallError::Late(self.wait)).flatten()
    }

    /// The same with an answer of up to `largest` octets, which take room in the budget.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post_within(
        &self,
        protocol: Protocol,
        document: Document,
        (largest, budget): (usize, &MemoryBudget),
    ) -> Result<Option<Document>, CallError> {
        let exchange = async {
            let mut line = self.connect().await?;
            let response = line.send(self.request(protocol, document)).await?;
            answer::read(response, protocol, &mut budget.nothing(), largest).await
        };
        tokio::time::timeout(self.wait, exchange).await.map_err(|_| CallError::Late(self.wait)).flatten()
    }

    /// Reads the document at the URL, of up to `largest` octets; it is followed nowhere else.
    ///
    /// # Errors
    /// See [`CallError`]; every status but success is one.
    pub async fn get(&self, (largest, budget): (usize, &MemoryBudget)) -> Result<Document, CallError> {
        let mut request = Request::new(Full::default());
        self.address(&mut request);
        request.headers_mut().insert(header::ACCEPT, DESCRIPTIONS);
        let exchange = async {
            let mut line = self.connect().await?;
            let response = line.send(request).await?;
            answer::document(response, &mut budget.nothing(), largest).await
        };
        tokio::time::timeout(self.wait, exchange).await.map_err(|_| CallError::Late(self.wait)).flatten()
    }

    /// Says where the request goes, who sends it, and what may come back.
    pub(super) fn address(&self, request: &mut Request<Full<Bytes>>) {
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse().unwrap_or_default();
        let fields = request.headers_mut();
        fields.extend(url::host(&self.url).map(|host| (header::HOST, host)));
        fields.extend(url::authorization(&self.url).map(|field| (header::AUTHORIZATION, field)));
        fields.insert(header::USER_AGENT, USER_AGENT);
        fields.insert(header::ACCEPT_ENCODING, CODINGS);
    }

    /// A request of somebody else's, addressed to this host.
    pub(super) fn passed_on(&self, request: message::Request) -> Request<Full<Bytes>> {
        let mut request = request.map(Full::new);
        let fields = request.headers_mut();
        fields.remove(header::HOST);
        fields.remove(header::CONTENT_LENGTH);
        fields.extend(url::host(&self.url).map(|host| (header::HOST, host)));
        if let Some(field) = url::authorization(&self.url) {
            fields.insert(header::AUTHORIZATION, field);
        }
        request
    }

    /// Opens a connection, and closes it: nothing is called.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn reach(&self) -> Result<(), CallError> {
        self.connect().await.map(drop)
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<Line, CallError> {
        let host = self.url.host().ok_or_else(|| self.no_url())?;
        let secure = match self.url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(self.no_url()),
        };
        let port = self.url.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let stream = timed(CONNECT, TcpStream::connect((name, port))).await?;
        stream.set_nodelay(true)?;
        if !secure {
            return Line::over(stream).await;
        }
        let server = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        Line::over(timed(CONNECT, connector.connect(server, stream)).await?).await
    }

    fn no_url(&self) -> CallError {
        CallError::Url(diagnostic::url::shown(&self.url.to_string()))
    }

    /// The request that carries a document.
    pub(super) fn request(&self, protocol: Protocol, document: Document) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::from(document.bytes));
        *request.method_mut() = hyper::Method::POST;
        self.address(&mut request);
        let fields = request.headers_mut();
        fields.insert(header::ACCEPT, accepted(protocol));
        let content_type = match protocol {
            Protocol::JsonRpc => "application/json",
            Protocol::XmlRpc => "text/xml",
            Protocol::Soap11 => "text/xml; charset=utf-8",
            Protocol::Soap12 => "application/soap+xml; charset=utf-8",
        };
        let content_type = match document.action.as_deref().filter(|_| protocol == Protocol::Soap12) {
            // RFC 3902 §4.
            Some(action) => HeaderValue::from_str(&format!("{content_type}; action=\"{action}\"")).ok(),
            None => None,
        }
        .unwrap_or(HeaderValue::from_static(content_type));
        fields.insert(header::CONTENT_TYPE, content_type);
        if protocol == Protocol::Soap11 {
            let action = format!("\"{}\"", document.action.unwrap_or_default());
            fields.insert("SOAPAction", HeaderValue::from_str(&action).unwrap_or(HeaderValue::from_static("\"\"")));
        }
        request
    }
}

/// A connection that carries one exchange after another; closed when it is dropped.
pub(super) struct Line {
    pub(super) sender: SendRequest<Full<Bytes>>,
    connection: JoinHandle<hyper::Result<()>>,
}

impl Line {
    async fn over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> Result<Self, CallError> {
        // Fields that are folded, or have white space before their colon, or are none: what they belong to has run.
        let handshake = hyper::client::conn::http1::Builder::new()
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(stream));
        let (sender, connection) = handshake.await.map_err(io::Error::other)?;
        Ok(Self { sender, connection: tokio::spawn(connection) })
    }

    /// Sends a request, and gives the head of its answer.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, CallError> {
        match self.sender.send_request(request).await {
            // The connection had ended before; why, only it knows.
            Err(error) if error.is_canceled() => match (&mut self.connection).await {
                Ok(Err(cause)) => Err(cause.into()),
                Ok(Ok(())) | Err(_) => Err(error.into()),
            },
            sent => Ok(sent?),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// What an answer may be. Some servers refuse whoever does not name what they send; none is refused here.
fn accepted(protocol: Protocol) -> HeaderValue {
    HeaderValue::from_static(match protocol {
        Protocol::JsonRpc => "application/json, application/json-rpc, */*;q=0.5",
        Protocol::XmlRpc => "text/xml, application/xml, */*;q=0.5",
        Protocol::Soap11 => "text/xml, multipart/related, */*;q=0.5",
        Protocol::Soap12 => "application/soap+xml, multipart/related, */*;q=0.5",
    })
}

async fn timed<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(limit, work).await.map_err(io::Error::from).flatten()
}
