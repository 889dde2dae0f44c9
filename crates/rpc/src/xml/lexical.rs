//! Lexical forms that both XML codecs read and that no other needs; the others are the value's own.

use crate::value::lexical::lax_octets;
use crate::{Provenance, Text, Value};

pub(crate) use crate::value::lexical::{boolean, double, octets, trimmed as trim};

/// White space as XML means it (XML 1.0 §2.3).
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// A decimal number of any length: an integer where it fits.
pub(crate) fn decimal(written: &str) -> Option<Value> {
    let written = trim(written);
    let digits = written.trim_start_matches(['+', '-']);
    let one_sign = written.len() - digits.len() <= 1;
    let some = digits.bytes().any(|byte| byte.is_ascii_digit());
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let number = || written.parse().map_or_else(|_| Value::Decimal(written.to_owned()), Value::Int);
    (one_sign && some && all).then(number)
}

/// What a text that is none of its type was to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A number of any kind.
    Number,
    /// A truth value.
    Truth,
    /// Octets in base64.
    Octets,
    /// Anything else.
    Other,
}

/// What is made of such a text in an answer. Its call has run and cannot be asked again, so one odd value must not lose the
/// others: nothing is null, a number out of its range is that number, `True` is true, and everything else is its text.
pub(crate) fn salvaged(text: &str, wanted: Wanted, provenance: Provenance) -> Value {
    let written = trim(text);
    let number = || decimal(written).or_else(|| double(written).filter(|n| n.is_finite()).map(Value::Double));
    let found = match wanted {
        _ if written.is_empty() => Some(Value::Null),
        Wanted::Number => number(),
        Wanted::Truth if written.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        Wanted::Truth if written.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        Wanted::Octets => lax_octets(written).map(Value::Bytes),
        Wanted::Truth | Wanted::Other => None,
    };
    found.unwrap_or_else(|| Value::Text(Text { string: text.to_owned(), provenance }))
}

/// True for `20260102T03:04:05`, `2026-01-02T03:04:05`, `20260102T030405`, each with or without a fraction and a zone.
/// The digits are not checked against a calendar: a date-time is kept as it was written.
pub(crate) fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    is_date(date.strip_prefix('-').unwrap_or(date)) && is_time(time)
}

fn is_date(date: &str) -> bool {
    fits(date, "dddddddd") || fits(date, "dddd-dd-dd")
}

fn is_time(time: &str) -> bool {
    let end = time.find(['Z', '+', '-', '.']).unwrap_or(time.len());
    let (clock, rest) = time.split_at(end);
    let rest = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
    };
    (fits(clock, "dd:dd:dd") || fits(clock, "dddddd")) && is_zone(rest)
}

fn is_zone(zone: &str) -> bool {
    match zone.strip_prefix(['+', '-']) {
        Some(offset) => fits(offset, "dd:dd") || fits(offset, "dddd"),
        None => zone.is_empty() || zone == "Z",
    }
}

/// `d` stands for a digit, everything else for itself.
fn fits(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(t, p)| if p == b'd' { t.is_ascii_digit() } else { t == p })
}

#[cfg(test)]
mod tests {
    use super::{is_date_time, trim};

    #[test]
    fn date_times_come_with_and_without_dashes_and_zone() {
        for good in [
            "20260102T03:04:05",
            "2026-01-02T03:04:05Z",
            "20260102T03:04:05Z",
            "20260102T030405",
            "2026-01-02T03:04:05.123+01:00",
            "-0044-03-15T12:00:00",
        ] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in
            ["", "T", "2026-01-02", "2026-1-2T03:04:05", "20260102T03:04", "20260102T03:04:05.", "20260102T03:04:05ZZ"]
        {
            assert!(!is_date_time(bad), "{bad}");
        }
    }

    #[test]
    fn only_xml_white_space_is_trimmed() {
        assert_eq!(trim(" \t\r\n\u{a0}x\u{a0}\n"), "\u{a0}x\u{a0}");
    }
}
