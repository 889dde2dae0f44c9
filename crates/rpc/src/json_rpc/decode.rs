//! From octets to characters. JSON is UTF-8 (RFC 8259 §8.1); others are read where they say so.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::{Code, Fault};

/// The characters of a document.
///
/// UTF-8 is tried first, whatever the carrier's `charset` says: senders in the field put a default there that is not
/// true. UTF-16 is seen by its byte order mark or its zeros (RFC 4627 §3).
pub(super) fn decode<'b>(bytes: &'b [u8], charset: Option<&str>) -> Result<Cow<'b, str>, Fault> {
    if let Some(encoding) = utf16(bytes) {
        return strictly(encoding, bytes);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match (std::str::from_utf8(bytes), charset.and_then(|label| Encoding::for_label(label.as_bytes()))) {
        (Ok(text), _) => Ok(Cow::Borrowed(text)),
        (Err(_), Some(encoding)) if encoding != encoding_rs::UTF_8 => strictly(encoding, bytes),
        (Err(error), _) => {
            let at = error.valid_up_to();
            Err(Fault::new(Code::Parse, format!("the document is not UTF-8 at octet {at}")))
        }
    }
}

fn strictly<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Result<Cow<'b, str>, Fault> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    let text = text.ok_or_else(|| Fault::new(Code::Parse, format!("the document is not {}", encoding.name())))?;
    Ok(match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start_matches('\u{FEFF}')),
        Cow::Owned(text) => Cow::Owned(text.trim_start_matches('\u{FEFF}').to_owned()),
    })
}

fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0xFE, 0xFF, ..] | [0, 1..=255, ..] => Some(UTF_16BE),
        [0xFF, 0xFE, ..] | [1..=255, 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}
