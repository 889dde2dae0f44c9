//! Which part of a mail is the request.

use mail::answer::Packaging;
use mail::payload::{self, Attached, Candidate, LimitError, Payload};
use rpc::{Code, Document, Fault, Inquiry};

use crate::setup::MailPolicy;

/// A request document, how it was packed, and what it asks.
pub(super) struct Found {
    pub(super) document: Document,
    pub(super) packaging: Packaging,
    pub(super) inquiry: Inquiry,
    /// The limit that its mail exceeds, if it does: then nothing of it is to run.
    pub(super) exceeded: Option<LimitError>,
}

/// The first part that is a request and can be read, else the first that is one, else the first that claims to be one:
/// those get their fault. An answer is neither: a server that answers answers would talk to its like for ever.
///
/// # Errors
/// The mail exceeds a limit, and no request is among what is within it.
pub(super) fn find(message: &[u8], policy: &MailPolicy) -> Result<Option<Found>, LimitError> {
    let (Payload { candidates, parts, packaging }, exceeded) = payload::find_within(message, &policy.mime);
    let parts: Vec<rpc::Part> = parts.into_iter().map(part).collect();
    let is_request = |part: &Candidate<'_>| rpc::recognise::is_request(&part.bytes, part.charset.as_deref());
    let is_answer = |part: &Candidate<'_>| rpc::recognise::is_answer(&part.bytes, part.charset.as_deref());
    let (requests, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_request);
    let claims = others.into_iter().filter(|part| part.claims && !is_answer(part));
    let mut unreadable: Option<Found> = None;
    for candidate in requests.into_iter().chain(claims) {
        let document = document(candidate, &parts);
        let Ok(inquiry) = Inquiry::read(&document, &policy.documents) else { continue };
        let is_whole = inquiry.calls.iter().all(|call| call.as_ref().err().is_none_or(|fault| !is_about_text(fault)));
        let found = Found { document, packaging, inquiry, exceeded };
        if is_whole {
            return Ok(Some(found));
        }
        unreadable = unreadable.or(Some(found));
    }
    match (unreadable, exceeded) {
        (None, Some(limit)) => Err(limit),
        (unreadable, _) => Ok(unreadable),
    }
}

/// True where the octets are no document of their kind: another part may be.
fn is_about_text(fault: &Fault) -> bool {
    matches!(fault.code, Code::Parse | Code::BadEncoding | Code::UnsupportedEncoding)
}

fn document(part: Candidate<'_>, parts: &[rpc::Part]) -> Document {
    Document {
        media_type: part.media_type,
        charset: part.charset,
        action: part.action,
        bytes: part.bytes.into_owned(),
        parts: parts.to_vec(),
    }
}

fn part(part: Attached<'_>) -> rpc::Part {
    let Attached { content_id, content_location, media_type, bytes } = part;
    rpc::Part { content_id, content_location, media_type, bytes: bytes.into_owned() }
}
