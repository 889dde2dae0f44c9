//! The smallest HTTP/1.1 client that tests need: one request on one plain connection, bytes in, bytes out.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What came back, unchunked.
#[derive(Debug)]
pub struct HttpReply {
    /// The three digits of the status line.
    pub status: u16,
    /// Status line and header fields as they came.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpReply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON. Panics with the whole reply when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e} in {self:?}"))
    }

    /// The value of the first header field of that name; empty where there is none.
    pub fn field(&self, name: &str) -> &str {
        field(&self.head, name).unwrap_or_default()
    }
}

/// Sends these octets, a request after which the connection ends, and reads the whole answer.
pub fn exchange(to: SocketAddr, request: &[u8]) -> std::io::Result<HttpReply> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "an answer cut short"))
}

/// Posts `body` and reads the whole answer. An error is a connection that broke or an answer cut short: in a kill
/// test that is an expected outcome, so it is returned and not a panic.
pub fn post(to: SocketAddr, path: &str, content_type: &str, body: &[u8]) -> std::io::Result<HttpReply> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "an answer cut short"))
}

/// Sends a request without a body (GET, HEAD) with this Host, and reads the whole answer; a HEAD's has no body.
pub fn ask(to: SocketAddr, method: &str, path: &str, host: &str) -> std::io::Result<HttpReply> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let cut_short = || std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "an answer cut short");
    if method == "HEAD" {
        let head = answer.strip_suffix(b"\r\n\r\n").ok_or_else(cut_short)?;
        let head = String::from_utf8_lossy(head).into_owned();
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).ok_or_else(cut_short)?;
        return Ok(HttpReply { status, head, body: Vec::new() });
    }
    parse(&answer).ok_or_else(cut_short)
}

fn parse(answer: &[u8]) -> Option<HttpReply> {
    let end = find(answer, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.get(9..12)?.parse().ok()?;
    let raw = &answer[end + 4..];
    let body = match field(&head, "content-length") {
        Some(length) => {
            let length: usize = length.parse().ok()?;
            raw.get(..length)?.to_vec()
        }
        None if field(&head, "transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) => unchunk(raw)?,
        None => raw.to_vec(),
    };
    Some(HttpReply { status, head, body })
}

/// The value of the first header field of that name.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Chunked transfer coding undone (RFC 9112 §7.1); `None` when it ends before its last chunk.
pub(crate) fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = find(rest, b"\r\n")?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

/// Where `needle` begins in `hay`.
pub(crate) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}
