//! Content transfer encodings: 7bit where a text allows it, else the shorter of quoted-printable and base64 (RFC 2045
//! §6), since any relay on the way may be of seven bits. Decoding is lenient and keeps octets: no charset is touched.

mod decode;
mod encode;

pub(crate) use decode::{decode, push_unescaped};
pub(crate) use encode::{push_canonical, push_hex, write_base64, write_quoted_printable};

use memchr::memchr;

/// Longest line, without its CRLF (RFC 5322 §2.1.1).
pub(crate) const MAX_LINE: usize = 998;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As it is: ASCII without NUL, no line over 998 octets.
    SevenBit,
    /// For text that is mostly ASCII.
    QuotedPrintable,
    /// For the rest.
    Base64,
}

impl Encoding {
    /// The encoding that carries this body through any relay, in the fewest octets.
    pub(crate) fn fitting(body: &[u8]) -> Self {
        if is_seven_bit(body) {
            return Self::SevenBit;
        }
        let quoted = body.len() + 2 * encode::count_escapes(body);
        let quoted = quoted + quoted / 73 * 3;
        let based = body.len() / 3 * 4;
        if quoted <= based + based / 76 * 2 { Self::QuotedPrintable } else { Self::Base64 }
    }

    /// Its name in `Content-Transfer-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// Appends `text` with CRLF line ends, the last line's included, in this encoding.
    pub(crate) fn write(self, out: &mut Vec<u8>, text: &[u8]) {
        match self {
            Self::SevenBit => push_canonical(out, text),
            Self::QuotedPrintable => write_quoted_printable(out, text),
            Self::Base64 => {
                let mut canonical = Vec::with_capacity(text.len() + text.len() / 32 + 2);
                push_canonical(&mut canonical, text);
                write_base64(out, &canonical);
            }
        }
    }
}

fn is_seven_bit(body: &[u8]) -> bool {
    body.is_ascii() && memchr(0, body).is_none() && lines_fit(body)
}

/// True where no line is too long; looks for one line end per 998 octets at least.
pub(crate) fn lines_fit(body: &[u8]) -> bool {
    let mut rest = body;
    while rest.len() > MAX_LINE {
        match memchr::memrchr2(b'\n', b'\r', &rest[..=MAX_LINE]) {
            Some(end) => rest = &rest[end + 1..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests;
