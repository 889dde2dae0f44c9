//! What an HTTP response says: an answer, nothing, or how far the call came. Lenient, for what is answered has run; strict
//! only in saying that nothing was run.

use budget::Reservation;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};
use hyper::{Response, StatusCode};
use mail::media_type::MediaType;
use rpc::codec;
use rpc::{Document, Protocol};

use super::call_error::CallError;
use super::unpack::{Room, unpack};
use crate::packed;

/// Reads an answer in this protocol of up to `largest` octets, with room in a budget. Whatever status and media type it has,
/// if the body is an answer, it is the answer; `None` where nothing came back.
///
/// # Errors
/// See [`CallError`].
pub(super) async fn read(
    response: Response<Incoming>,
    protocol: Protocol,
    held: &mut Reservation,
    largest: usize,
) -> Result<Option<Document>, CallError> {
    let (head, body) = response.into_parts();
    let room = Room { largest, held };
    let (document, broken) = match content(&head.headers, body, room).await {
        Ok(read) => read,
        Err(_) if !head.status.is_success() => return Err(refused(head.status, &head.headers, "")),
        Err(why) => return Err(CallError::Body(why)),
    };
    if head.status.is_success() && broken.is_none() {
        return Ok(Some(document).filter(|document| !is_void(head.status, protocol, document)));
    }
    // XML and JSON end where they end, so what is read is whole even where the connection broke.
    if codec::is_answer(protocol, &document) {
        return Ok(Some(document));
    }
    match broken {
        Some(why) if head.status.is_success() => Err(CallError::Body(why)),
        _ => Err(refused(head.status, &head.headers, &String::from_utf8_lossy(&document.bytes))),
    }
}

/// Reads a document of up to `largest` octets.
///
/// # Errors
/// See [`CallError`]; every status but success is one.
pub(super) async fn document(
    response: Response<Incoming>,
    held: &mut Reservation,
    largest: usize,
) -> Result<Document, CallError> {
    let (head, body) = response.into_parts();
    if !head.status.is_success() {
        return Err(CallError::Status(head.status, String::new()));
    }
    match content(&head.headers, body, Room { largest, held }).await {
        Ok((document, None)) => Ok(document),
        Ok((_, Some(why))) | Err(why) => Err(CallError::Body(why)),
    }
}

/// What is one-way in SOAP, and a notification, is accepted without an answer, under whichever status of success. XML-RPC
/// knows no call without one: there nothing is a program that died.
fn is_void(status: StatusCode, protocol: Protocol, document: &Document) -> bool {
    let said = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::ACCEPTED].contains(&status);
    document.bytes.trim_ascii().is_empty() && (said || protocol != Protocol::XmlRpc)
}

/// How far the call came, as a status says that no answer came with (RFC 9110 §15): redirected, refused or put off before
/// anything was run; or nobody knows.
fn refused(status: StatusCode, headers: &HeaderMap, page: &str) -> CallError {
    let words: String = page.trim().chars().take(200).collect();
    let did_not_run = match status.as_u16() {
        300..=407 | 410..=417 | 421 | 426 | 429 => true,
        503 => headers.contains_key(header::RETRY_AFTER),
        _ => false,
    };
    if did_not_run { CallError::Refused(status, words) } else { CallError::Status(status, words) }
}

/// The body as a document, and why it broke off, if it did.
async fn content(
    headers: &HeaderMap,
    body: Incoming,
    mut room: Room<'_>,
) -> Result<(Document, Option<String>), String> {
    let (packed, broken) = collect(body, &mut room).await?;
    let bytes = unpack(headers, packed, &mut room)?;
    let written = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let written = written.unwrap_or_default();
    let content_type = MediaType::parse(&written);
    // SOAP with Attachments and MTOM: CXF and Metro answer so, faults too.
    if content_type.is_multipart()
        && let Some(document) = packed::unpack(&written, &bytes).map_err(|limit| limit.to_string())?
    {
        return Ok((document, broken));
    }
    let charset = content_type.parameter("charset").filter(|charset| is_witness(charset, &bytes));
    Ok((
        Document {
            charset: charset.map(str::to_owned),
            media_type: content_type.essence,
            bytes,
            ..Document::default()
        },
        broken,
    ))
}

/// QUIRK: what the field `Content-Type` says of the charset is a default of the web server as often as not, and no client
/// of the field heeds it: it counts where the document neither says its own nor is UTF-8.
fn is_witness(charset: &str, bytes: &[u8]) -> bool {
    let is_utf8 = |label: &str| label.trim().to_ascii_lowercase().starts_with("utf");
    match (std::str::from_utf8(bytes), declared(bytes)) {
        (Ok(_), _) => is_utf8(charset),
        (Err(_), Some(declared)) => is_utf8(&declared),
        (Err(_), None) => true,
    }
}

/// The encoding that an XML declaration names.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]);
    let declaration = head.trim_start().strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_owned)
}

/// The octets of a body, up to `largest`, with room in a budget.
///
/// # Errors
/// Why they are not there.
pub(super) async fn octets(body: Incoming, held: &mut Reservation, largest: usize) -> Result<Vec<u8>, String> {
    match collect(body, &mut Room { largest, held }).await? {
        (bytes, None) => Ok(bytes),
        (_, Some(why)) => Err(why),
    }
}

async fn collect(mut body: Incoming, room: &mut Room<'_>) -> Result<(Vec<u8>, Option<String>), String> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Ok((bytes, Some(error.to_string()))),
        };
        let Ok(chunk) = frame.into_data() else { continue };
        let length = bytes.len() + chunk.len();
        if length > room.largest {
            return Err(format!("it is larger than {} octets", room.largest));
        }
        if !room.held.grow(length) {
            return Err("there is no room for it now".to_owned());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, None))
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use hyper::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::{CallError, is_witness, refused};

    #[test]
    fn only_what_refuses_before_anything_runs_says_that_nothing_was_run() {
        let did_not_run = |status: u16, headers: &HeaderMap| {
            matches!(refused(StatusCode::from_u16(status).unwrap(), headers, ""), CallError::Refused(..))
        };
        let none = HeaderMap::new();
        let listed: Vec<u16> = (300..600).filter(|status| did_not_run(*status, &none)).collect();
        let wanted: Vec<u16> = (300..=399).chain(400..=407).chain(410..=417).chain([421, 426, 429]).collect();
        assert_eq!(listed, wanted);
        let later = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("120"))]);
        assert!(did_not_run(503, &later) && !did_not_run(500, &later) && !did_not_run(502, &later));
    }

    #[test]
    fn a_charset_of_the_carrier_counts_where_the_document_says_nothing_better() {
        let latin1 = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
        assert!(is_witness("utf-8", "<a>é</a>".as_bytes()));
        assert!(!is_witness("iso-8859-1", "<a>é</a>".as_bytes()) && !is_witness("none", b"<a/>"));
        assert!(!is_witness("utf-8", latin1));
        assert!(is_witness("iso-8859-1", b"<a>\xe9</a>"));
        assert!(is_witness("iso-8859-1", b"<?xml version='1.0' encoding='UTF-8'?><a>\xe9</a>"));
    }
}
