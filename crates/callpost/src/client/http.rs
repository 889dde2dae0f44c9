//! A call over HTTP(S), as a client: one POST, one answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rpc::{Document, Protocol};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;

use crate::house::budget::{Budget, Held};

/// Largest answer that is read, in octets.
const LARGEST: usize = 64 << 20;

/// How long the connection and its handshake may take.
const CONNECT: Duration = Duration::from_secs(20);

/// Where to call, and how to be sure of it.
pub struct Endpoint {
    /// `http://…` or `https://…`.
    pub url: Uri,
    /// For `https`.
    pub tls: Arc<rustls::ClientConfig>,
    /// How long the answer may take.
    pub wait: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The URL is not one of ours.
    #[error("`{0}` is no http:// or https:// URL with a host")]
    Url(Uri),
    /// The connection or its handshake broke: nothing was sent.
    #[error("{0}")]
    Connection(#[from] io::Error),
    /// The exchange broke.
    #[error("{0}")]
    Http(#[from] hyper::Error),
    /// An answer that no protocol has: the status and the first words of the body.
    #[error("HTTP {0}: {1}")]
    Status(StatusCode, String),
    /// The answer is too large or broke off.
    #[error("the answer could not be read: {0}")]
    Body(String),
    /// No answer in time.
    #[error("no answer within {0:?}")]
    Late(Duration),
}

impl Endpoint {
    /// Posts the document and reads the answer; `None` where there is none: to a notification (HTTP 204), to what
    /// is one-way (an empty 202).
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post(&self, protocol: Protocol, document: Document) -> Result<Option<Document>, CallError> {
        let mut line = self.connect().await?;
        let exchange = async {
            let response = line.sender.send_request(self.request(protocol, document)).await?;
            read(response, &mut Budget::new(LARGEST as u64).nothing(), LARGEST).await
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
        (largest, budget): (usize, &Budget),
    ) -> Result<Option<Document>, CallError> {
        self.exchange(self.request(protocol, document), (largest, budget)).await
    }

    /// Reads the document at the URL, of up to `largest` octets; it is followed nowhere else.
    ///
    /// # Errors
    /// See [`CallError`]; every status but success is one.
    pub async fn get(&self, (largest, budget): (usize, &Budget)) -> Result<Document, CallError> {
        let mut request = Request::new(Full::default());
        self.address(&mut request);
        self.exchange(request, (largest, budget)).await.map(Option::unwrap_or_default)
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        (largest, budget): (usize, &Budget),
    ) -> Result<Option<Document>, CallError> {
        let is_get = request.method() == hyper::Method::GET;
        let exchange = async {
            let mut line = self.connect().await?;
            let response = line.sender.send_request(request).await?;
            match response.status() {
                status if is_get && !status.is_success() => Err(CallError::Status(status, String::new())),
                _ => read(response, &mut budget.nothing(), largest).await,
            }
        };
        tokio::time::timeout(self.wait, exchange).await.map_err(|_| CallError::Late(self.wait)).flatten()
    }

    /// Says where the request goes.
    fn address(&self, request: &mut Request<Full<Bytes>>) {
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse().unwrap_or_default();
        if let Some(host) = self.url.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
            request.headers_mut().insert(header::HOST, host);
        }
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<Line, CallError> {
        let host = self.url.host().ok_or_else(|| CallError::Url(self.url.clone()))?;
        let secure = match self.url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(CallError::Url(self.url.clone())),
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

    /// The request that carries a document.
    pub(super) fn request(&self, protocol: Protocol, document: Document) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::from(document.bytes));
        *request.method_mut() = hyper::Method::POST;
        self.address(&mut request);
        let fields = request.headers_mut();
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
    connection: AbortHandle,
}

impl Line {
    async fn over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> Result<Self, CallError> {
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(io::Error::other)?;
        Ok(Self { sender, connection: tokio::spawn(connection).abort_handle() })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// Reads an answer of up to `largest` octets, with room in a budget. SOAP faults come with 500 or 400, and are answers; an
/// error page is none.
pub(super) async fn read(
    response: Response<Incoming>,
    held: &mut Held,
    largest: usize,
) -> Result<Option<Document>, CallError> {
    let (head, body) = response.into_parts();
    let bytes = collect(body, held, largest).await?;
    // What is one-way in SOAP is accepted without an answer.
    if head.status == StatusCode::NO_CONTENT || (head.status == StatusCode::ACCEPTED && bytes.is_empty()) {
        return Ok(None);
    }
    let field = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = mail::media_type::MediaType::parse(field);
    let is_document = ["application/json", "text/xml", "application/xml", "application/soap+xml"]
        .contains(&content_type.essence.as_str());
    if !head.status.is_success() && !is_document {
        let words: String = String::from_utf8_lossy(&bytes).chars().take(200).collect();
        return Err(CallError::Status(head.status, words.trim().to_owned()));
    }
    Ok(Some(Document {
        charset: content_type.parameter("charset").map(str::to_owned),
        media_type: content_type.essence,
        bytes,
        ..Document::default()
    }))
}

async fn collect(mut body: Incoming, held: &mut Held, largest: usize) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| CallError::Body(error.to_string()))?;
        let Ok(chunk) = frame.into_data() else { continue };
        let length = bytes.len() + chunk.len();
        if length > largest {
            return Err(CallError::Body(format!("it is larger than {largest} octets")));
        }
        if !held.grow(length) {
            return Err(CallError::Body("there is no room for it now".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn timed<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(limit, work).await.map_err(io::Error::from).flatten()
}
