//! A POST of whatever there is to tell, of whose answer only the status counts.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};

use super::http::{CallError, Endpoint};

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The status.
    pub status: StatusCode,
    /// How long to wait before it is told again, where the receiver says so in seconds (RFC 9110 §10.2.3).
    pub wish: Option<Duration>,
}

impl Endpoint {
    /// Posts this with these header fields, and does not read what comes back. It is followed nowhere else.
    ///
    /// # Errors
    /// See [`CallError`]; a status is none.
    pub async fn tell(&self, fields: &[(&'static str, String)], body: Bytes) -> Result<Told, CallError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        self.address(&mut request);
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_str(value) {
                request.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        let exchange = async {
            let mut line = self.connect().await?;
            line.send(request).await
        };
        let response =
            tokio::time::timeout(self.wait, exchange).await.map_err(|_| CallError::Late(self.wait)).flatten()?;
        let wish = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let wish = wish.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
        Ok(Told { status: response.status(), wish })
    }

    /// The URL for people: without a password.
    #[must_use]
    pub fn shown(&self) -> String {
        let authority = self.url.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let path = self.url.path_and_query().map_or("", |path| path.as_str());
        format!("{}://{host}{path}", self.url.scheme_str().unwrap_or("http"))
    }
}
