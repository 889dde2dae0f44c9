//! Reading: quoted-printable and base64 as they arrive, faults and all.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::header::without_line_end;
use crate::media_type;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The octets of a body, by the value of its `Content-Transfer-Encoding`. Unknown encodings are taken as none.
pub(crate) fn decode<'a>(body: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    match media_type::word(encoding) {
        e if e.eq_ignore_ascii_case("base64") => Cow::Owned(base64(body)),
        e if e.eq_ignore_ascii_case("quoted-printable") => Cow::Owned(quoted_printable(body)),
        _ => Cow::Borrowed(body),
    }
}

/// Characters outside the alphabet are passed over (RFC 2045 §6.8); padding ends it, as a list's footer may follow.
fn base64(body: &[u8]) -> Vec<u8> {
    let end = memchr::memchr(b'=', body).unwrap_or(body.len());
    let mut digits: Vec<u8> =
        body[..end].iter().copied().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).collect();
    if digits.len() % 4 == 1 {
        digits.pop(); // six bits are no octet
    }
    LENIENT.decode(&digits).unwrap_or_default()
}

/// RFC 2045 §6.7: white space at the end of a line was added on the way; an `=` that begins nothing stands for itself.
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|&b| b == b'\n') {
        let text = without_line_end(line);
        let end = &line[text.len()..];
        let text = text.trim_ascii_end();
        match text.strip_suffix(b"=") {
            Some(soft) => push_unescaped(&mut out, soft),
            None => {
                push_unescaped(&mut out, text);
                out.extend_from_slice(end);
            }
        }
    }
    out
}

/// Appends a text in which `=XX` stands for an octet.
pub(crate) fn push_unescaped(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        match (rest.get(at + 1).and_then(digit), rest.get(at + 2).and_then(digit)) {
            (Some(high), Some(low)) => {
                out.push(high << 4 | low);
                rest = &rest[at + 3..];
            }
            _ => {
                out.push(b'=');
                rest = &rest[at + 1..];
            }
        }
    }
    out.extend_from_slice(rest);
}

fn digit(hex: &u8) -> Option<u8> {
    char::from(*hex).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
