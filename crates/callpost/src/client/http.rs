//! A call over HTTP(S), as a client: one POST, one answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{self, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rpc::{Document, Protocol};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

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
    /// The connection, the handshake or the exchange broke.
    #[error("{0}")]
    Connection(#[from] io::Error),
    /// HTTP itself broke.
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
    /// Posts the document and reads the answer; `None` where there is none to a notification (HTTP 204).
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post(&self, protocol: Protocol, document: Document) -> Result<Option<Document>, CallError> {
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
        let request = self.request(protocol, document);
        if !secure {
            return self.exchange(stream, request).await;
        }
        let server = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = timed(CONNECT, connector.connect(server, stream)).await?;
        self.exchange(stream, request).await
    }

    fn request(&self, protocol: Protocol, document: Document) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::from(document.bytes));
        *request.method_mut() = hyper::Method::POST;
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse().unwrap_or_default();
        let fields = request.headers_mut();
        if let Some(host) = self.url.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
            fields.insert(header::HOST, host);
        }
        let content_type = match protocol {
            Protocol::JsonRpc => "application/json",
            Protocol::XmlRpc => "text/xml",
            Protocol::Soap11 => "text/xml; charset=utf-8",
            Protocol::Soap12 => "application/soap+xml; charset=utf-8",
        };
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if protocol == Protocol::Soap11 {
            let action = format!("\"{}\"", document.action.unwrap_or_default());
            fields.insert("SOAPAction", HeaderValue::from_str(&action).unwrap_or(HeaderValue::from_static("\"\"")));
        }
        request
    }

    async fn exchange<S>(&self, stream: S, request: Request<Full<Bytes>>) -> Result<Option<Document>, CallError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let answer = tokio::time::timeout(self.wait, async {
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body =
                Limited::new(body, LARGEST).collect().await.map_err(|error| CallError::Body(error.to_string()))?;
            Ok((head, body.to_bytes()))
        });
        let answer = answer.await.map_err(|_| CallError::Late(self.wait)).flatten();
        connection.abort();
        let (head, bytes) = answer?;
        read(head.status, head.headers.get(header::CONTENT_TYPE), bytes)
    }
}

/// SOAP faults come with 500 or 400, and are answers; an error page is none.
fn read(status: StatusCode, field: Option<&HeaderValue>, bytes: Bytes) -> Result<Option<Document>, CallError> {
    if status == StatusCode::NO_CONTENT {
        return Ok(None);
    }
    let field = field.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = mail::media_type::MediaType::parse(field);
    let is_document = ["application/json", "text/xml", "application/xml", "application/soap+xml"]
        .contains(&content_type.essence.as_str());
    if !status.is_success() && !is_document {
        let words: String = String::from_utf8_lossy(&bytes).chars().take(200).collect();
        return Err(CallError::Status(status, words.trim().to_owned()));
    }
    Ok(Some(Document {
        charset: content_type.parameter("charset").map(str::to_owned),
        media_type: content_type.essence,
        bytes: bytes.into(),
        ..Document::default()
    }))
}

async fn timed<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(limit, work).await.map_err(io::Error::from).flatten()
}
