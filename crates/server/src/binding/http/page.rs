//! Requests that a web page in a browser may have made: under which name of ours, and from which site (`Host` and `Origin`,
//! Fetch §3.2). A page may point a name of its own at 127.0.0.1 and then ask us as if we were its own server.

use config::{Scheme, WebOrigin};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, StatusCode};

use super::caller::Client;
use super::{Api, Reply, empty, text};

const MISDIRECTED: &str = "This listener is for programs on this machine, and goes by no such name (http.names).\n";
const FOREIGN: &str = "Pages of this site may not call here (http.origins).\n";

/// What a page of a listed site may read of an answer, beside what every page may.
const READABLE: &str = "Location, Retry-After, Idempotency-Replayed, WWW-Authenticate";
/// What such a page may ask, and for how many seconds its browser may remember that.
const METHODS: &str = "GET, HEAD, POST";
const REMEMBERED: &str = "600";

/// A site that `http.origins` lists, as the request names it.
pub(super) struct ListedSite(HeaderValue);

impl Api<'_> {
    /// From which other site the request comes; none where it comes from none.
    ///
    /// # Errors
    /// 421, where a listener on loopback is asked by a name that is not its own; 403, where a site asks that is not listed.
    pub(super) fn site<B>(&self, client: &Client<'_>, request: &Request<B>) -> Result<Option<ListedSite>, Box<Reply>> {
        let is_near = self.address.ip().to_canonical().is_loopback() && !client.is_behind_proxy();
        if is_near && !authorities(request).all(|authority| self.is_own_name(authority)) {
            tracing::info!(address = %client.peer.address, "http: refused under a name that is not the listener's");
            return Err(Box::new(text(StatusCode::MISDIRECTED_REQUEST, MISDIRECTED)));
        }
        let Some(named) = request.headers().get(header::ORIGIN) else { return Ok(None) };
        let origin = named.to_str().ok().and_then(|origin| WebOrigin::parse(origin).ok());
        match origin {
            Some(origin) if self.setup.config.http.origins.contains(&origin) => Ok(Some(ListedSite(named.clone()))),
            Some(origin) if self.is_own(&origin, request) => Ok(None),
            _ => {
                tracing::info!(address = %client.peer.address, origin = ?named, "http: refused to a page of another site");
                Err(Box::new(text(StatusCode::FORBIDDEN, FOREIGN)))
            }
        }
    }

    /// The name or address of this machine for its own programs, or one that is configured. A page cannot ask without a name.
    fn is_own_name(&self, authority: &str) -> bool {
        if authority.is_empty() {
            return true;
        }
        let Some(site) = WebOrigin::at(Scheme::Http, authority) else { return false };
        let (http, host) = (&self.setup.config.http, &site.host);
        site.is_this_machine()
            || http.names.iter().any(|name| is_called(host, name))
            || http.public_url.as_ref().is_some_and(|url| url.origin.host == *host)
    }

    /// True for a page of ours: the one that the request itself is for, or behind `public_url`. Where TLS ends before us, the
    /// page has been fetched over TLS and we are asked without.
    fn is_own<B>(&self, origin: &WebOrigin, request: &Request<B>) -> bool {
        let http = &self.setup.config.http;
        if http.public_url.as_ref().is_some_and(|url| url.origin == *origin) {
            return true;
        }
        let is_tls = self.listener().tls != config::Tls::Off;
        let asked = authorities(request).last().and_then(|authority| WebOrigin::at(origin.scheme, authority));
        asked.as_ref() == Some(origin) && (origin.scheme == Scheme::Https || !is_tls)
    }
}

/// The name in the request's target, and that of its `Host`: each that there is.
fn authorities<B>(request: &Request<B>) -> impl Iterator<Item = &str> {
    let host = request.headers().get(header::HOST).map(|host| host.to_str().unwrap_or("?"));
    host.into_iter().chain(request.uri().authority().map(hyper::http::uri::Authority::as_str))
}

/// RFC 6125 §6.4.3: `*` stands for one label.
fn is_called(host: &str, name: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(rest) => {
            host.split_once('.').is_some_and(|(label, parent)| !label.is_empty() && parent.eq_ignore_ascii_case(rest))
        }
        None => host.trim_matches(['[', ']']).eq_ignore_ascii_case(name),
    }
}

/// True where a browser asks whether a page may ask (Fetch §4.8).
pub(super) fn is_preflight<B>(request: &Request<B>) -> bool {
    *request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

impl ListedSite {
    /// The page may ask, with whatever header fields it wants to.
    pub(super) fn preflight(&self, asked: &HeaderMap) -> Reply {
        let mut response = empty(StatusCode::NO_CONTENT);
        let fields = response.headers_mut();
        fields.remove(header::CONTENT_LENGTH);
        fields.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        fields.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED));
        if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            fields.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
        response
    }

    /// The page may read the answer.
    pub(super) fn let_read(self, response: &mut Reply) {
        let fields = response.headers_mut();
        fields.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.0);
        fields.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READABLE));
        fields.append(header::VARY, HeaderValue::from_static("Origin"));
    }
}

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn a_name_with_a_star_stands_for_one_label() {
        assert!(is_called("api.example.edu", "api.example.edu") && is_called("api.example.edu", "*.Example.edu"));
        assert!(is_called("[2001:db8::1]", "2001:db8::1"));
        for host in ["example.edu", "a.b.example.edu", ".example.edu", "evilexample.edu"] {
            assert!(!is_called(host, "*.example.edu"), "{host}");
        }
    }
}
