//! Plays a case's steps as an HTTP client that keeps to nothing, and reads what comes back, a second answer included.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use regex::bytes::Regex;

use super::classify::classify;
use super::expand::Step;
use super::link::{Got, Link};
use super::observed::Observed;
use crate::http::{field, find, unchunk};

/// After a whole answer, so long is waited for a second one: that would be request smuggling.
const LINGER: Duration = Duration::from_millis(700);
/// More than this is not read.
const MOST: usize = 64 << 20;

/// Plays the steps, reads the answer, and takes it apart.
pub(super) fn play(to: SocketAddr, steps: &[Step], patience: Duration) -> Observed {
    let mut seen = Observed::default();
    let Ok(mut link) = Link::open(to) else {
        seen.closed = true;
        return seen;
    };
    for step in steps {
        match step {
            // An early answer to a request that is cut off is still to be read.
            Step::Send(bytes) => drop(link.send(bytes, patience)),
            Step::Wait => seen.closed |= read(&mut link, patience, Duration::ZERO),
            Step::Sleep(time) => std::thread::sleep(*time),
            Step::Shut => link.shut(),
            Step::Close => {
                seen.closed = true;
                return seen;
            }
            Step::Tls => {}
        }
    }
    if !seen.closed {
        seen.closed = read(&mut link, patience, LINGER);
    }
    seen.raw = link.buffer;
    take_apart(&mut seen);
    seen
}

/// Reads until an answer is whole and `linger` has passed, or the patience has. True when the server closed.
fn read(link: &mut Link, patience: Duration, linger: Duration) -> bool {
    let mut end = Instant::now() + patience;
    let mut whole = false;
    while link.buffer.len() < MOST {
        if !whole && is_whole(&link.buffer) {
            whole = true;
            end = Instant::now() + linger;
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        match link.read(left) {
            Got::Bytes => {}
            Got::End => return true,
            Got::Nothing => return false,
        }
    }
    false
}

/// Whether the buffer begins with a whole answer, interim ones passed over.
fn is_whole(buffer: &[u8]) -> bool {
    let Some((head, body)) = split(buffer) else { return false };
    if let Some(length) = field(&head, "content-length").and_then(|l| l.parse::<usize>().ok()) {
        return body.len() >= length;
    }
    field(&head, "transfer-encoding").is_some() && body.ends_with(b"0\r\n\r\n")
}

/// Head and body of the first final answer.
fn split(mut buffer: &[u8]) -> Option<(String, &[u8])> {
    loop {
        let end = find(buffer, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let body = &buffer[end + 4..];
        if !(head.starts_with("HTTP/1.") && head.get(9..12) == Some("100")) {
            return Some((head, body));
        }
        buffer = body;
    }
}

fn take_apart(seen: &mut Observed) {
    let pattern = Regex::new(r"(?:^|\n|>|\}|\])HTTP/1\.[01] (\d{3})").expect("a pattern");
    let codes = pattern.captures_iter(&seen.raw).filter_map(|c| std::str::from_utf8(&c[1]).ok()?.parse().ok());
    let last: Vec<u16> = codes.filter(|code| *code != 100).collect();
    seen.status = last.first().copied();
    seen.responses = last.len();
    let Some((head, body)) = split(&seen.raw) else { return };
    let chunked = field(&head, "transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked"));
    let body = if chunked { unchunk(body).unwrap_or_default() } else { body.to_vec() };
    let document = classify(&body);
    seen.outcome = document.outcome;
    seen.rpc_codes = document.rpc_codes;
    seen.app_codes = document.app_codes;
}
