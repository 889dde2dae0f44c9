//! Requests with attachments: SOAP Messages with Attachments and MTOM, a multipart/related whose root is the envelope.

use mail::payload::{self, LimitError, Payload};
use rpc::{Document, Part};

/// What the package holds: its root with the parts that it may refer to. `None` where nothing in it may be a document.
///
/// # Errors
/// The package has too many parts, or nests them too deep.
pub fn unpack(content_type: &str, body: &[u8]) -> Result<Option<Document>, LimitError> {
    // As a message it is what the readers of mail know (RFC 2387); HTTP encodes no part for transfer, nor does it hinder.
    let mut message = format!("MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n").into_bytes();
    message.extend_from_slice(body);
    let Payload { candidates, parts, .. } = payload::find(&message, &payload::MimeLimits::default())?;
    let Some(root) = candidates.into_iter().next() else { return Ok(None) };
    let part = |part: payload::Attached<'_>| Part {
        content_id: part.content_id,
        content_location: part.content_location,
        media_type: part.media_type,
        bytes: part.bytes.into_owned(),
    };
    Ok(Some(Document {
        media_type: root.media_type,
        charset: root.charset,
        action: root.action,
        bytes: root.bytes.into_owned(),
        parts: parts.into_iter().map(part).collect(),
    }))
}
