//! Responses, each with the header fields that keep strangers out.

use askama::Template;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};

use crate::live::Live;

/// What a response carries.
pub enum Body {
    /// These octets.
    Whole(Bytes),
    /// Events, as they come.
    Live(Box<Live>),
}

/// What every page may load, and from where: nothing but what is ours. No script, style or handler within a page runs.
const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                    frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Fields of every response. With `no-referrer` a browser would send forms without their origin, so it is `same-origin`.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
];

/// A page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response<Body> {
    match template.render() {
        Ok(html) => {
            let mut response = whole("text/html; charset=utf-8", html, PAGE);
            *response.status_mut() = status;
            response
        }
        Err(error) => {
            let mut response =
                whole("text/plain; charset=utf-8", format!("The page could not be made: {error}\n"), PAGE);
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

/// Octets of a type, which may load what the policy says.
pub(crate) fn whole(media_type: &str, octets: impl Into<Bytes>, policy: &str) -> Response<Body> {
    let mut response = Response::new(Body::Whole(octets.into()));
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [(header::CONTENT_TYPE, media_type), (header::CONTENT_SECURITY_POLICY, policy)] {
        headers.insert(name, HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("default-src 'none'")));
    }
    response
}

/// An asset: it may be kept for a while.
pub(crate) fn asset((media_type, octets): (&'static str, &'static [u8])) -> Response<Body> {
    let mut response = whole(media_type, octets, PAGE);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
    response
}

/// Goes on at another page (303, RFC 9110 §15.4.4).
pub(crate) fn see_other(place: &str) -> Response<Body> {
    let mut response = whole("text/plain; charset=utf-8", Bytes::new(), PAGE);
    *response.status_mut() = StatusCode::SEE_OTHER;
    let place = HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, place);
    response
}

/// With a cookie that only we are sent, and that no script reads; an empty value ends it.
pub(crate) fn with_cookie(mut response: Response<Body>, name: &str, value: &str) -> Response<Body> {
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Events.
pub(crate) fn live(live: Live) -> Response<Body> {
    whole("text/event-stream", Bytes::new(), PAGE).map(|_| Body::Live(Box::new(live)))
}
