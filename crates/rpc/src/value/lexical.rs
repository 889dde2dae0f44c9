//! From written forms to scalars and back: XML Schema's lexical spaces, read leniently, and base64.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Mismatch, Text, Value};

/// Padding may be missing: PHP and JavaScript programs in the field leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The same, where the last digit has bits that mean nothing, too.
const LAX: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// XML Schema's white space.
const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Without the white space that XML Schema collapses around scalars.
pub(crate) fn trimmed(written: &str) -> &str {
    written.trim_matches(WHITE)
}

/// `true`, `1`, `false`, `0` (XML Schema Part 2 §3.2.2).
pub(crate) fn boolean(written: &str) -> Option<bool> {
    match trimmed(written) {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// A whole number with an optional sign.
pub(crate) fn integer(written: &str) -> Option<i128> {
    trimmed(written).parse().ok()
}

/// A number, with XML Schema's `INF`, `-INF` and `NaN`.
pub(crate) fn double(written: &str) -> Option<f64> {
    match trimmed(written) {
        "INF" | "+INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        // Rust would make infinity of 1e999, and take `inf` and `nan` too.
        number if number.ends_with(|last: char| last.is_ascii_digit() || last == '.') => {
            number.parse().ok().filter(|number: &f64| number.is_finite())
        }
        _ => None,
    }
}

/// base64, whose lines may be broken anywhere.
pub(crate) fn octets(written: &str) -> Option<Vec<u8>> {
    match written.bytes().any(|octet| octet.is_ascii_whitespace()) {
        false => BASE64.decode(written).ok(),
        true => {
            let compact: Vec<u8> = written.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
            BASE64.decode(compact).ok()
        }
    }
}

/// The same in an answer: bits that mean nothing are passed over.
pub(crate) fn lax_octets(written: &str) -> Option<Vec<u8>> {
    let compact: Vec<u8> = written.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    LAX.decode(compact).ok()
}

/// The whole number that a double is, if it is one.
pub(crate) fn whole(number: f64) -> Option<i64> {
    // −2^63 ≤ number < 2^63: there the conversion loses nothing.
    let fits = number.fract() == 0.0 && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    #[allow(clippy::cast_possible_truncation)]
    fits.then_some(number as i64)
}

impl Value {
    /// Its text, where a method asks for text.
    ///
    /// QUIRK: numbers, truth values and UTF-8 octets count as their text: Perl's XMLRPC::Lite sends `<int>48123</int>`
    /// for `"48123"`, and base64 for every string that is not ASCII.
    pub(crate) fn into_text(self) -> Result<Text, Mismatch> {
        match self {
            Self::Text(text) | Self::Lexical(text) => Ok(text),
            Self::Int(number) => Ok(Text::new(number.to_string())),
            Self::Double(number) => Ok(Text::new(number.to_string())),
            Self::Decimal(written) => Ok(Text::new(written)),
            Self::Bool(truth) => Ok(Text::new(if truth { "true" } else { "false" })),
            Self::DateTime(time) => Ok(Text::new(time.lexical)),
            Self::Bytes(octets) => String::from_utf8(octets)
                .map(Text::new)
                .map_err(|_| Mismatch::kinds("text", "octets that are not UTF-8")),
            other => Err(Mismatch::kinds("text", other.kind())),
        }
    }
}
