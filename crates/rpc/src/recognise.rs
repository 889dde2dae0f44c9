//! Which protocol a document is: by the document itself, never by what its carrier says of it alone.
//!
//! QUIRK: the old PHP class sends JSON as `application/x-www-form-urlencoded`, and mail programs label parts at random.

use std::borrow::Cow;

use crate::json_rpc::{self, Shape};
use crate::{Document, xml};

/// Which reader a document wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// JSON-RPC.
    Json,
    /// XML-RPC.
    XmlRpc,
    /// SOAP of either version.
    Soap,
}

/// Octets in which the root element of an XML document must begin to be seen.
const LOOK: usize = 65_536;

/// Octets that nearly always show it.
const GLANCE: usize = 1024;

/// The family that reads and answers this document, broken or not; `None` where it is of no protocol spoken here.
pub(crate) fn family(document: &Document) -> Option<Family> {
    match first(&document.bytes) {
        None | Some(b'{' | b'[') => Some(Family::Json),
        Some(b'<') => xml_family(document),
        Some(_) => is_ours(&document.media_type).then_some(Family::Json),
    }
}

/// The root element says it; where there is none that we know, the type.
fn xml_family(document: &Document) -> Option<Family> {
    match (root(&document.bytes).as_deref(), document.media_type.as_str()) {
        (Some("methodCall" | "methodResponse"), _) => Some(Family::XmlRpc),
        (Some("Envelope"), _) | (_, "application/soap+xml") => Some(Family::Soap),
        (_, "text/xml" | "application/xml") if document.action.is_some() => Some(Family::Soap),
        (_, "text/xml" | "application/xml") => Some(Family::XmlRpc),
        (_, other) => is_ours(other).then_some(Family::Json),
    }
}

/// True for what is sent as JSON, as a form or with no type: there a JSON-RPC parse error is the answer.
fn is_ours(media_type: &str) -> bool {
    match media_type {
        "" | "application/x-www-form-urlencoded" | "multipart/form-data" => true,
        "application/json-rpc" | "application/jsonrequest" => true,
        other => other.ends_with("json"),
    }
}

/// Whether these octets are a request of some protocol spoken here, perhaps a broken one in XML. For carriers that must
/// find it among other parts.
#[must_use]
pub fn is_request(bytes: &[u8], charset: Option<&str>) -> bool {
    match first(bytes) {
        Some(b'<') => matches!(root(bytes).as_deref(), Some("methodCall" | "Envelope")),
        _ => json_rpc::shape(bytes, charset) == Some(Shape::Request),
    }
}

/// Whether these octets are an answer of some protocol spoken here. A bare `Fault` is one: the server of 2003 writes it so.
#[must_use]
pub fn is_answer(bytes: &[u8], charset: Option<&str>) -> bool {
    match first(bytes) {
        Some(b'<') => matches!(root(bytes).as_deref(), Some("methodResponse" | "Envelope" | "Fault")),
        _ => json_rpc::shape(bytes, charset) == Some(Shape::Answer),
    }
}

/// The first octet that says something: behind byte order marks, white space and the zeros of UTF-16.
fn first(bytes: &[u8]) -> Option<u8> {
    let bytes = unmarked(bytes);
    bytes.iter().copied().find(|octet| !matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | 0))
}

fn unmarked(bytes: &[u8]) -> &[u8] {
    let marks: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
    marks.into_iter().find_map(|mark| bytes.strip_prefix(mark)).unwrap_or(bytes)
}

/// The local name of the root element.
fn root(bytes: &[u8]) -> Option<String> {
    let bytes = unmarked(bytes);
    [GLANCE, LOOK].into_iter().find_map(|octets| {
        let text = legible(&bytes[..bytes.len().min(octets)]);
        let local = xml::root(&text)?.local;
        // A name that the glance may have cut off is looked at again.
        (octets == LOOK || !text.ends_with(local)).then(|| local.to_owned())
    })
}

/// Readable as far as names of elements go, whatever the charset.
fn legible(start: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(0, start).is_some() {
        let eight_bit: Vec<u8> = start.iter().copied().filter(|octet| *octet != 0).collect();
        return Cow::Owned(String::from_utf8_lossy(&eight_bit).into_owned());
    }
    // It is UTF-8 nearly always, and that is seen faster than it is repaired.
    str::from_utf8(start).map_or_else(|_| String::from_utf8_lossy(start), Cow::Borrowed)
}

#[cfg(test)]
mod tests;
