//! Octets to characters, and which charset said so.
//!
//! A document may name its encoding three times: by a byte order mark, by its carrier (MIME, HTTP), and by its own XML
//! declaration. They are believed in this order (RFC 7303 §3); the default is UTF-8. A mail program that converts a body
//! says so in MIME and leaves the declaration behind: s-nail sends ISO-8859-2 under a declaration of UTF-8.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::{Code, Document, Fault, Provenance};

/// The characters of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// Borrowed where the octets were UTF-8. Without byte order mark.
    pub text: Cow<'a, str>,
    /// [`Provenance::Latin1`] where the charset in effect was declared as ISO-8859-1 or windows-1252.
    pub provenance: Provenance,
}

/// How octets become characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    /// Each octet is the code point of its number. The Encoding Standard would make windows-1252 of it and lose U+0080
    /// to U+009F, without which text that was really UTF-8 could not be repaired.
    Latin1,
    /// US-ASCII promises nothing about octets above 0x7F: the next witness is asked.
    Ascii,
    Known(&'static Encoding),
}

/// Reads the octets of a document as its byte order mark, its carrier or its XML declaration says.
///
/// # Errors
/// [`Code::UnsupportedEncoding`] for a declared encoding unknown here, [`Code::BadEncoding`] for octets that are not of theirs.
pub fn decode(document: &Document) -> Result<Decoded<'_>, Fault> {
    let bytes = document.bytes.as_slice();
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(unsupported("UTF-32"));
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decode_as(Charset::Known(encoding), &bytes[mark..]);
    }
    if let Some(encoding) = bare_utf16(bytes) {
        return decode_as(Charset::Known(encoding), bytes);
    }
    let declared = declared_encoding(bytes);
    // A carrier that names what is no charset (`none`, `unknown-8bit`) has seen nothing: the next witness is asked.
    let carrier = document.charset.as_deref().and_then(|label| charset(label).ok());
    let witness = match carrier {
        None | Some(Charset::Ascii) => declared.map(charset).transpose()?,
        Some(known) => Some(known),
    };
    let mut decoded = decode_as(eight_bit(witness.unwrap_or(Charset::Known(UTF_8))), bytes)?;
    if bytes.is_ascii() && declared.and_then(|label| charset(label).ok()).is_some_and(is_latin1) {
        // All witnesses agree on pure ASCII; then the author's own word says how its character references were meant.
        decoded.provenance = Provenance::Latin1;
    }
    Ok(decoded)
}

/// UTF-16 without a mark: a document starts with `<`.
fn bare_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// QUIRK: .NET writes `encoding="utf-16"` into documents that it then sends as UTF-8. What begins with an eight-bit `<`
/// is not UTF-16.
fn eight_bit(charset: Charset) -> Charset {
    match charset {
        Charset::Known(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Charset::Known(UTF_8),
        // QUIRK: ZSI labels its UTF-8 as us-ascii.
        Charset::Ascii => Charset::Known(UTF_8),
        other => other,
    }
}

fn charset(label: &str) -> Result<Charset, Fault> {
    let label = label.trim();
    let is = |names: &[&str]| names.iter().any(|name| label.eq_ignore_ascii_case(name));
    if is(&["iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1"]) {
        return Ok(Charset::Latin1);
    }
    if is(&["us-ascii", "ascii", "ansi_x3.4-1968"]) {
        return Ok(Charset::Ascii);
    }
    match Encoding::for_label_no_replacement(label.as_bytes()) {
        Some(encoding) => Ok(Charset::Known(encoding)),
        None => Err(unsupported(label)),
    }
}

fn is_latin1(charset: Charset) -> bool {
    charset == Charset::Latin1 || charset == Charset::Known(WINDOWS_1252)
}

fn unsupported(label: &str) -> Fault {
    let shown: String = label.chars().filter(char::is_ascii_graphic).take(40).collect();
    Fault::new(Code::UnsupportedEncoding, format!("The encoding {shown} is not known here; UTF-8 always is."))
}

fn decode_as(charset: Charset, bytes: &[u8]) -> Result<Decoded<'_>, Fault> {
    let provenance = if is_latin1(charset) { Provenance::Latin1 } else { Provenance::Unicode };
    let (text, name) = match charset {
        Charset::Latin1 => (Some(encoding_rs::mem::decode_latin1(bytes)), "ISO-8859-1"),
        Charset::Known(encoding) if encoding != UTF_8 => {
            (encoding.decode_without_bom_handling_and_without_replacement(bytes), encoding.name())
        }
        Charset::Ascii | Charset::Known(_) => (std::str::from_utf8(bytes).ok().map(Cow::Borrowed), "UTF-8"),
    };
    match text {
        Some(text) => Ok(Decoded { text, provenance }),
        None => Err(Fault::new(Code::BadEncoding, format!("The document is not valid {name}."))),
    }
}

/// The value of `encoding` in an XML declaration, read as far as all eight-bit encodings agree.
fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    let head = &bytes[..bytes.len().min(256)];
    let head = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = &head[..memchr::memmem::find(head, b"?>")?];
    let start = memchr::memmem::find(declaration, b"encoding")? + b"encoding".len();
    let rest = declaration[start..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let quote = *rest.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let label = &rest[1..];
    std::str::from_utf8(&label[..memchr::memchr(quote, label)?]).ok()
}

#[cfg(test)]
mod tests;
