//! The parts of a message, as slices of it (RFC 2046 §5.1): no copy, no charset, no recursion.
//!
//! Written here, since what is needed are the octets of each part exactly: parsers at hand transcode text, lose a
//! `boundary=` that is folded after its `=`, and know no limits.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

use crate::header::{Headers, split, without_line_end};
use crate::media_type::{self, MediaType};
use crate::transfer;

/// What a message from strangers may cost to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MimeLimits {
    /// Most parts, multiparts included; 1000 by default.
    pub max_parts: usize,
    /// Deepest multipart within multipart; 20 by default.
    pub max_nesting: usize,
}

impl Default for MimeLimits {
    fn default() -> Self {
        Self { max_parts: 1000, max_nesting: 20 }
    }
}

/// Which limit a message exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// [`MimeLimits::max_parts`].
    #[error("the message has more than {0} parts")]
    Parts(usize),
    /// [`MimeLimits::max_nesting`].
    #[error("the message has parts nested deeper than {0}")]
    Nesting(usize),
}

/// One part; the message itself is the first.
#[derive(Clone, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) headers: Headers<'a>,
    /// Still in its transfer encoding.
    body: &'a [u8],
    /// Where the body stands in the message.
    place: Range<usize>,
    /// `None` where it says none.
    pub(crate) media_type: Option<MediaType>,
    /// Which part it is in.
    pub(crate) parent: Option<usize>,
    /// True for a multipart whose parts follow.
    pub(crate) is_container: bool,
}

impl<'a> Part<'a> {
    /// `type/subtype` in lower case, empty where it says none.
    pub(crate) fn essence(&self) -> &str {
        self.media_type.as_ref().map_or("", |media_type| &media_type.essence)
    }

    /// A parameter of its media type.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.media_type.as_ref()?.parameter(name)
    }

    /// Without angle brackets.
    pub(crate) fn content_id(&self) -> Option<String> {
        let value = self.headers.first("Content-ID")?.value();
        Some(value.trim_start_matches('<').trim_end_matches('>').to_owned()).filter(|id| !id.is_empty())
    }

    /// The URL that it is called by, without white space (RFC 2557 §4.2); empty where it says none.
    pub(crate) fn content_location(&self) -> String {
        let value = self.headers.first("Content-Location").map(|field| field.value()).unwrap_or_default();
        value.chars().filter(|c| !c.is_whitespace()).collect()
    }

    /// The octets, out of the transfer encoding.
    pub(crate) fn decode(&self) -> Cow<'a, [u8]> {
        transfer::decode(self.body, &self.transfer_encoding())
    }

    /// True where its transfer encoding is base64.
    pub(crate) fn is_base64(&self) -> bool {
        media_type::word(&self.transfer_encoding()).eq_ignore_ascii_case("base64")
    }

    fn transfer_encoding(&self) -> Cow<'a, str> {
        self.headers.first("Content-Transfer-Encoding").map(|field| field.value()).unwrap_or_default()
    }

    /// The parts of a multipart that is encoded as a whole.
    fn wrapped(&self, limits: &MimeLimits) -> Option<Vec<u8>> {
        if self.is_container || !self.media_type.as_ref().is_some_and(MediaType::is_multipart) {
            return None;
        }
        let Cow::Owned(body) = self.decode() else { return None };
        (!inner_parts(self.media_type.as_ref(), &body, limits).is_empty()).then_some(body)
    }
}

/// All parts, each before those in it.
pub(crate) fn parts<'a>(message: &'a [u8], limits: &MimeLimits) -> Result<Vec<Part<'a>>, LimitError> {
    match parts_within(message, limits) {
        (parts, None) => Ok(parts),
        (_, Some(limit)) => Err(limit),
    }
}

/// The parts within the limits, each before those in it, and which limit the message exceeds, if it does: what nests too
/// deep is left out, and what comes after too many.
pub(crate) fn parts_within<'a>(message: &'a [u8], limits: &MimeLimits) -> (Vec<Part<'a>>, Option<LimitError>) {
    let mut parts: Vec<Part<'a>> = Vec::new();
    let (mut open, mut exceeded) = (vec![(0..message.len(), None, 0)], None);
    while let Some((place, parent, depth)) = open.pop() {
        if parts.len() >= limits.max_parts {
            return (parts, exceeded.or(Some(LimitError::Parts(limits.max_parts))));
        }
        if depth > limits.max_nesting {
            exceeded = exceeded.or(Some(LimitError::Nesting(limits.max_nesting)));
            continue;
        }
        let (headers, body) = split(&message[place.clone()]);
        let place = place.end - body.len()..place.end;
        let media_type = headers.first("Content-Type").map(|field| MediaType::parse(&field.value()));
        let inner = inner_parts(media_type.as_ref(), body, limits);
        let index = parts.len();
        let within = |inner: &Range<usize>| place.start + inner.start..place.start + inner.end;
        open.extend(inner.iter().rev().map(|inner| (within(inner), Some(index), depth + 1)));
        parts.push(Part { headers, body, place, media_type, parent, is_container: !inner.is_empty() });
    }
    (parts, exceeded)
}

/// The message with each multipart that is encoded as a whole out of its encoding; `None` where there is none. `parts` are
/// those of `message`.
///
/// QUIRK: SAP writes a whole multipart in base64, which RFC 2045 §6.4 forbids.
pub(crate) fn unwrapped(
    message: &[u8],
    parts: &[Part<'_>],
    limits: &MimeLimits,
) -> Result<Option<Vec<u8>>, LimitError> {
    let Some(mut unwrapped) = unwrap(message, parts, limits) else { return Ok(None) };
    // What was inside may be wrapped too, as deep as parts may nest.
    for _ in 0..limits.max_nesting {
        match unwrap(&unwrapped, &self::parts(&unwrapped, limits)?, limits) {
            Some(deeper) => unwrapped = deeper,
            None => break,
        }
    }
    Ok(Some(unwrapped))
}

fn unwrap(message: &[u8], parts: &[Part<'_>], limits: &MimeLimits) -> Option<Vec<u8>> {
    let (mut unwrapped, mut done) = (Vec::new(), 0);
    // No wrapped part has parts that are seen yet: their places follow each other.
    for part in parts {
        let Some(body) = part.wrapped(limits) else { continue };
        unwrapped.extend_from_slice(&message[done..part.place.start]);
        unwrapped.extend_from_slice(&body);
        done = part.place.end;
    }
    (done > 0).then(|| [&unwrapped, &message[done..]].concat())
}

/// Where the parts of a multipart stand in its body; none where it is no multipart, or no part of it is found.
fn inner_parts(media_type: Option<&MediaType>, body: &[u8], limits: &MimeLimits) -> Vec<Range<usize>> {
    let multipart = media_type.filter(|media_type| media_type.is_multipart());
    match multipart.and_then(|media_type| media_type.parameter("boundary")).map(str::trim_end) {
        Some(boundary) if !boundary.is_empty() => cut(body, boundary, limits.max_parts + 1),
        _ => Vec::new(),
    }
}

/// What stands between delimiter lines, at most `most` parts. The line end before a delimiter belongs to it; a missing
/// close delimiter is forgiven.
fn cut(body: &[u8], boundary: &str, most: usize) -> Vec<Range<usize>> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut start = None;
    for at in memmem::find_iter(body, &delimiter) {
        let line = &body[at + delimiter.len()..];
        let end = memchr::memchr(b'\n', line).map_or(line.len(), |end| end + 1);
        let (rest, closes) = match line[..end].strip_prefix(b"--") {
            Some(rest) => (rest, true),
            None => (&line[..end], false),
        };
        let at_line_start = at == 0 || body[at - 1] == b'\n';
        if !at_line_start || !rest.trim_ascii().is_empty() {
            continue;
        }
        if let Some(start) = start {
            parts.push(start..start + without_line_end(&body[start..at.max(start)]).len());
        }
        if closes || parts.len() >= most {
            return parts;
        }
        start = Some(at + delimiter.len() + end);
    }
    parts.extend(start.map(|start| start..body.len()));
    parts
}

#[cfg(test)]
mod tests;
