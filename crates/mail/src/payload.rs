//! Which part of a received mail is the request document: the candidates, in the order to try them.
//!
//! Mail programs label and wrap as they please, so no part is trusted for its label: the reader of documents takes the
//! first candidate that parses. The label only orders the candidates, and says which of them deserves a fault when none
//! parses. Subjects and file names decide nothing.

mod footer;

use std::borrow::Cow;

use crate::answer::Packaging;
use crate::mime::{self, Part};
pub use crate::mime::{LimitError, MimeLimits};

/// How much of a part is looked at for the marks of a request, in octets.
const SNIFFED: usize = 4096;

/// What a mail carries.
#[derive(Clone, Debug)]
pub struct Payload<'a> {
    /// What may be the request, in the order to try.
    pub candidates: Vec<Candidate<'a>>,
    /// All leaf parts that have a Content-ID, the candidates among them included: what a document may refer to.
    pub parts: Vec<Attached<'a>>,
    /// How an answer is to be packed.
    pub packaging: Packaging,
}

/// A part that may be the request document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The media type without parameters, lower case; empty where the mail says none.
    pub media_type: String,
    /// The `charset` parameter.
    pub charset: Option<String>,
    /// The `action` parameter, else the field `SOAPAction`, without quotes.
    pub action: Option<String>,
    /// The octets, out of their transfer encoding, in whatever charset they are.
    pub bytes: Cow<'a, [u8]>,
    /// Without angle brackets.
    pub content_id: Option<String>,
    /// True where it says it is a request, by its media type, as the root of a multipart/related, or by its first
    /// octets: then it deserves a fault when it cannot be read.
    pub claims: bool,
}

/// A part that a document may refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached<'a> {
    /// Without angle brackets.
    pub content_id: String,
    /// The URL that it is called by instead, or too (RFC 2557 §4.2); empty where it says none.
    pub content_location: String,
    /// The media type without parameters, lower case; empty where the mail says none.
    pub media_type: String,
    /// The octets, out of their transfer encoding.
    pub bytes: Cow<'a, [u8]>,
}

/// Finds the candidates of a message.
///
/// # Errors
/// Says which limit the message exceeds.
pub fn find<'a>(message: &'a [u8], limits: &MimeLimits) -> Result<Payload<'a>, LimitError> {
    match find_within(message, limits) {
        (payload, None) => Ok(payload),
        (_, Some(limit)) => Err(limit),
    }
}

/// Finds the candidates among the parts that are within the limits, and says which limit the message exceeds, if it does:
/// whoever asked in one of them can be told.
#[must_use]
pub fn find_within<'a>(message: &'a [u8], limits: &MimeLimits) -> (Payload<'a>, Option<LimitError>) {
    let (parts, exceeded) = mime::parts_within(message, limits);
    match mime::unwrapped(message, &parts, limits) {
        _ if exceeded.is_some() => (of_parts(&parts), exceeded),
        Ok(None) => (of_parts(&parts), None),
        Ok(Some(unwrapped)) => {
            let (parts, exceeded) = mime::parts_within(&unwrapped, limits);
            (of_parts(&parts).into_owned(), exceeded)
        }
        Err(limit) => (of_parts(&parts), Some(limit)),
    }
}

/// The octets of the first part within the limits that has this media type, written in lower case, out of their transfer
/// encoding. A message without one costs next to nothing.
#[must_use]
pub fn first_of<'a>(message: &'a [u8], essence: &str, limits: &MimeLimits) -> Option<Cow<'a, [u8]>> {
    memchr::memmem::find(message, essence.as_bytes())?;
    let (parts, _) = mime::parts_within(message, limits);
    parts.iter().find(|part| !part.is_container && part.essence() == essence).map(Part::decode)
}

fn of_parts<'a>(parts: &[Part<'a>]) -> Payload<'a> {
    let roots = Roots::of(parts);
    let leaves = || parts.iter().enumerate().filter(|(_, part)| !part.is_container);
    let mut ranked: Vec<(bool, Candidate<'a>)> = leaves()
        .filter(|&(index, part)| !roots.hides(index) && may_be_document(part.essence()))
        .map(|(index, part)| {
            let labelled = is_document_type(part.essence()) || roots.is_root(index);
            let candidate = candidate(part, &parts[0]);
            (labelled, Candidate { claims: labelled || candidate.claims, ..candidate })
        })
        .collect();
    // Stable: the order of the mail within each rank.
    ranked.sort_by_key(|(labelled, _)| !labelled);
    let attached = leaves().filter_map(|(_, part)| {
        let (content_id, content_location) = (part.content_id().unwrap_or_default(), part.content_location());
        let is_named = !content_id.is_empty() || !content_location.is_empty();
        let media_type = part.essence().to_owned();
        is_named.then(|| Attached { content_id, content_location, media_type, bytes: part.decode() })
    });
    let parts_by_id = attached.collect();
    let candidates = ranked.into_iter().flat_map(|(_, candidate)| with_footer_cut(candidate)).collect();
    Payload { candidates, parts: parts_by_id, packaging: packaging(parts) }
}

impl Payload<'_> {
    fn into_owned(self) -> Payload<'static> {
        let own = |bytes: Cow<'_, [u8]>| Cow::Owned(bytes.into_owned());
        let candidate = |Candidate { media_type, charset, action, bytes, content_id, claims }: Candidate<'_>| {
            Candidate { media_type, charset, action, bytes: own(bytes), content_id, claims }
        };
        let attached = |part: Attached<'_>| Attached {
            content_id: part.content_id,
            content_location: part.content_location,
            media_type: part.media_type,
            bytes: own(part.bytes),
        };
        Payload {
            candidates: self.candidates.into_iter().map(candidate).collect(),
            parts: self.parts.into_iter().map(attached).collect(),
            packaging: self.packaging,
        }
    }
}

/// QUIRK: the SMTP/MIME Base64 Binding wants its own packaging back; everything else is answered with one part.
fn packaging(parts: &[Part<'_>]) -> Packaging {
    match parts {
        [mixed, empty, soap]
            if mixed.is_container
                && empty.essence() == "text/plain"
                && empty.decode().trim_ascii().is_empty()
                && soap.essence() == "application/soap+xml"
                && soap.is_base64() =>
        {
            Packaging::Base64Multipart
        }
        _ => Packaging::Single,
    }
}

/// The roots of each multipart/related (RFC 2387 §3.2), and what they hide.
struct Roots {
    root: Vec<bool>,
    hidden: Vec<bool>,
}

impl Roots {
    fn of(parts: &[Part<'_>]) -> Self {
        // Of each container, the part that `start` names, else its first.
        let mut chosen: Vec<Option<usize>> = vec![None; parts.len()];
        let mut by_start = vec![false; parts.len()];
        for (index, part) in parts.iter().enumerate() {
            let Some(parent) = part.parent else { continue };
            let start = parts[parent].parameter("start").map(|id| id.trim().trim_matches(['<', '>']));
            let named = start.is_some() && part.content_id().as_deref() == start;
            if chosen[parent].is_none() || (named && !by_start[parent]) {
                chosen[parent] = Some(index);
                by_start[parent] = named;
            }
        }
        let mut roots = Self { root: vec![false; parts.len()], hidden: vec![false; parts.len()] };
        for (index, part) in parts.iter().enumerate() {
            let Some(parent) = part.parent else { continue };
            let related = parts[parent].essence() == "multipart/related";
            roots.root[index] = related && chosen[parent] == Some(index);
            roots.hidden[index] = roots.hidden[parent] || (related && !roots.root[index]);
        }
        roots
    }

    fn is_root(&self, index: usize) -> bool {
        self.root[index]
    }

    fn hides(&self, index: usize) -> bool {
        self.hidden[index]
    }
}

fn candidate<'a>(part: &Part<'a>, message: &Part<'a>) -> Candidate<'a> {
    let bytes = part.decode();
    let field = || part.headers.first("SOAPAction").or_else(|| message.headers.first("SOAPAction"));
    let action = part.parameter("action").map(str::to_owned).or_else(|| Some(field()?.value().into_owned()));
    Candidate {
        media_type: part.essence().to_owned(),
        charset: part.parameter("charset").map(str::to_owned),
        action: action.map(|action| action.trim_matches('"').to_owned()),
        claims: looks_like_request(&bytes),
        content_id: part.content_id(),
        bytes,
    }
}

/// The candidate, and after it, where text follows the document in it, the document alone: lists append to what they
/// pass on.
fn with_footer_cut(candidate: Candidate<'_>) -> impl Iterator<Item = Candidate<'_>> {
    let document = footer::without_footer(&candidate.bytes).map(<[u8]>::to_vec);
    let cut = document.map(|document| Candidate { bytes: Cow::Owned(document), ..candidate.clone() });
    std::iter::once(candidate).chain(cut)
}

/// False for what is never a document, whatever is in it: pictures, HTML, whole messages, signatures.
fn may_be_document(essence: &str) -> bool {
    const NEVER: [&str; 4] =
        ["text/html", "application/pkcs7-signature", "application/pgp-signature", "application/pdf"];
    let top = essence.split('/').next().unwrap_or_default();
    !matches!(top, "image" | "audio" | "video" | "font" | "message") && !NEVER.contains(&essence)
}

/// True for the media types of the protocols.
fn is_document_type(essence: &str) -> bool {
    const TYPES: [&str; 6] = [
        "text/xml",
        "application/xml",
        "application/json",
        "application/json-rpc",
        "application/jsonrequest",
        "text/json",
    ];
    let suffixed = essence.ends_with("+xml") || essence.ends_with("+json");
    TYPES.contains(&essence) || (suffixed && essence.starts_with("application/") && essence != "application/xhtml+xml")
}

/// True where the first octets are those of an Envelope, a methodCall or a JSON-RPC request, in UTF-16 too.
fn looks_like_request(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(SNIFFED)];
    let text: Vec<u8> = start.iter().copied().filter(|&b| b != 0 && b.is_ascii()).collect();
    let has = |mark: &str| memchr::memmem::find(&text, mark.as_bytes()).is_some();
    match text.trim_ascii().first() {
        Some(b'<') => has("Envelope") || has("methodCall") || has("methodResponse"),
        Some(b'{' | b'[') => has("\"jsonrpc\"") || has("\"method\""),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
