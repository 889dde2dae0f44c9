//! Whole HTTP messages as octets: `application/http` (RFC 9112 §10.2), by which a request and its answer travel in mail.
//!
//! What is written here is read here, so little of HTTP's freedom is allowed: one message, CRLF, no field on two lines, and
//! the body as long as the rest. What concerns one connection alone never travels (RFC 9110 §7.6.1).

use bytes::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode, Uri};

/// The media type of both.
pub const MEDIA_TYPE: &str = "application/http";

/// A request with its whole body.
pub type Request = hyper::Request<Bytes>;

/// An answer with its whole body.
pub type Response = hyper::Response<Bytes>;

/// What a request asks for: path and query.
pub type Target = Uri;

/// Fields of one message, at most.
const MAX_FIELDS: usize = 200;

/// Fields that concern one connection, besides those that `Connection` names.
const ONE_HOP: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
];

/// Why octets are no HTTP message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no HTTP message: {0}")]
pub struct NoMessage(&'static str);

/// Takes out what concerns one connection alone.
pub fn end_to_end(fields: &mut HeaderMap) {
    let named: Vec<String> = fields
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    for name in named.iter().map(String::as_str).chain(ONE_HOP) {
        fields.remove(name);
    }
    // How long a body is, its next carrier says: it may be another one by then.
    fields.remove(header::CONTENT_LENGTH);
}

/// A request, written; its target is path and query.
#[must_use]
pub fn write_request(request: &Request) -> Vec<u8> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let first = format!("{} {target} HTTP/1.1\r\n", request.method());
    written(first, request.headers(), request.body())
}

/// An answer, written.
#[must_use]
pub fn write_response(response: &Response) -> Vec<u8> {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    written(format!("HTTP/1.1 {} {reason}\r\n", status.as_str()), response.headers(), response.body())
}

fn written(first: String, fields: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024 + body.len());
    out.extend_from_slice(first.as_bytes());
    for (name, value) in fields {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

/// A request, read: its target is a path from the root, perhaps with a query.
///
/// # Errors
/// The octets are no request as [`write_request`] writes it.
pub fn read_request(octets: &[u8]) -> Result<Request, NoMessage> {
    let (first, fields, body) = split(octets)?;
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1"), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(NoMessage("its first line is no request line"));
    };
    let mut request = Request::new(Bytes::copy_from_slice(body));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| NoMessage("its method is none"))?;
    *request.uri_mut() = target
        .parse::<Uri>()
        .ok()
        .filter(|target| target.authority().is_none() && target.path().starts_with('/'))
        .ok_or(NoMessage("its target is no path"))?;
    *request.headers_mut() = fields;
    Ok(request)
}

/// An answer, read.
///
/// # Errors
/// The octets are no answer as [`write_response`] writes it.
pub fn read_response(octets: &[u8]) -> Result<Response, NoMessage> {
    let (first, fields, body) = split(octets)?;
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.split(' ').next());
    let status = status.and_then(|code| StatusCode::from_bytes(code.as_bytes()).ok());
    let status = status.filter(|status| !status.is_informational());
    let mut response = Response::new(Bytes::copy_from_slice(body));
    *response.status_mut() = status.ok_or(NoMessage("its first line is no status line"))?;
    *response.headers_mut() = fields;
    Ok(response)
}

/// First line, fields and body.
fn split(octets: &[u8]) -> Result<(&str, HeaderMap, &[u8]), NoMessage> {
    let mut fields = HeaderMap::new();
    let (first, mut rest) = line(octets)?;
    let first = std::str::from_utf8(first).map_err(|_| NoMessage("its first line is no text"))?;
    loop {
        let (field, after) = line(rest)?;
        rest = after;
        if field.is_empty() {
            end_to_end(&mut fields);
            return Ok((first, fields, rest));
        }
        let (name, value) = read_field(field).ok_or(NoMessage("it has a field that is none"))?;
        if fields.len() >= MAX_FIELDS {
            return Err(NoMessage("it has too many fields"));
        }
        fields.append(name, value);
    }
}

fn read_field(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|octet| *octet == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    let value = &line[colon + 1..];
    Some((name, HeaderValue::from_bytes(value.strip_prefix(b" ").unwrap_or(value)).ok()?))
}

fn line(octets: &[u8]) -> Result<(&[u8], &[u8]), NoMessage> {
    let end = octets.windows(2).position(|pair| pair == b"\r\n").ok_or(NoMessage("it breaks off"))?;
    Ok((&octets[..end], &octets[end + 2..]))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::header::{HeaderMap, HeaderValue};

    use super::{end_to_end, read_request, read_response, write_request, write_response};

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let mut request = hyper::Request::new(Bytes::from_static(b"\0\r\n\r\n\xff"));
        *request.method_mut() = hyper::Method::PUT;
        *request.uri_mut() = "/a%20b/c?x=1&y=%C5%BC".parse().unwrap();
        request.headers_mut().append("x-one", HeaderValue::from_static("1"));
        request.headers_mut().append("x-one", HeaderValue::from_bytes(b"\xe9 two").unwrap());
        let read = read_request(&write_request(&request)).unwrap();
        assert_eq!((read.method(), read.uri(), read.body()), (request.method(), request.uri(), request.body()));
        assert_eq!(read.headers(), request.headers());
    }

    #[test]
    fn an_answer_is_read_as_it_was_written_whatever_its_status() {
        for status in [200, 204, 302, 418, 599] {
            let mut response = hyper::Response::new(Bytes::from_static(b"<a/>"));
            *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
            response.headers_mut().insert("content-type", HeaderValue::from_static("text/xml"));
            let read = read_response(&write_response(&response)).unwrap();
            assert_eq!(
                (read.status(), read.body(), read.headers()),
                (response.status(), response.body(), response.headers())
            );
        }
    }

    #[test]
    fn what_is_no_message_is_read_as_none() {
        for octets in [
            &b""[..],
            b"GET / HTTP/1.1",
            b"GET / HTTP/1.1\r\n",
            b"GET / HTTP/1.0\r\n\r\n",
            b"GET  / HTTP/1.1\r\n\r\n",
            b"GET http://other.example/ HTTP/1.1\r\n\r\n",
            b"GET a HTTP/1.1\r\n\r\n",
            b"GET * HTTP/1.1\r\n\r\n",
            b"G(T / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nno field\r\n\r\n",
            b"GET / HTTP/1.1\r\na: b\r\n folded\r\n\r\n",
            b"GET / HTTP/1.1\r\na: b\n\r\n\r\n",
        ] {
            assert!(read_request(octets).is_err(), "{}", String::from_utf8_lossy(octets));
        }
        for octets in [&b"HTTP/1.1 100 Continue\r\n\r\n"[..], b"HTTP/1.1 2x0\r\n\r\n", b"HTTP/2 200\r\n\r\n"] {
            assert!(read_response(octets).is_err());
        }
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(201));
        assert!(read_request(many.as_bytes()).is_err());
    }

    #[test]
    fn what_concerns_one_connection_does_not_travel() {
        let mut fields = HeaderMap::new();
        for (name, value) in
            [("connection", "close, X-Hop"), ("x-hop", "1"), ("keep-alive", "5"), ("te", "trailers"), ("x-end", "2")]
        {
            fields.insert(name, HeaderValue::from_static(value));
        }
        end_to_end(&mut fields);
        assert_eq!(fields.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["x-end"]);
        let read = read_request(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        assert!(read.headers().is_empty());
    }
}
