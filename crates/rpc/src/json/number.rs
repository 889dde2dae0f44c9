//! Numbers: an `i64` is an `Int`, what a double holds without loss is a `Double`, all others keep their written form.

use crate::Value;

/// Digits that any double holds without loss, whatever they are.
const SAFE_DIGITS: usize = 15;

/// The octets of the number that `bytes` starts with (RFC 8259 §6); `None` where there is none.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take_while(|octet| octet.is_ascii_digit()).count();
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut at = match bytes.get(start)? {
        b'0' => start + 1,
        b'1'..=b'9' => start + digits(start),
        _ => return None,
    };
    if bytes.get(at) == Some(&b'.') {
        at = at + 1 + Some(digits(at + 1)).filter(|count| *count > 0)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = at + 1 + sign + Some(digits(at + 1 + sign)).filter(|count| *count > 0)?;
    }
    Some(at)
}

/// The value of a number as RFC 8259 writes it.
pub(super) fn value(written: &str) -> Value {
    if written != "-0"
        && let Ok(number) = written.parse::<i64>()
    {
        return Value::Int(number);
    }
    match written.parse::<f64>() {
        Ok(number) if holds(number, written) => Value::Double(number),
        _ => Value::Decimal(written.to_owned()),
    }
}

/// Whether the double, written as shortly as possible, is the same number.
fn holds(number: f64, written: &str) -> bool {
    if !number.is_finite() {
        return false;
    }
    let wanted = Scientific::of(written);
    (wanted.digits.len() <= SAFE_DIGITS && wanted.exponent.abs() < 290)
        || wanted == Scientific::of(&format!("{number:e}"))
}

/// The significant digits, and the power of ten of the first of them.
#[derive(PartialEq, Eq)]
struct Scientific {
    digits: Vec<u8>,
    exponent: i64,
}

impl Scientific {
    fn of(written: &str) -> Self {
        let unsigned = written.trim_start_matches('-');
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // An exponent too long for i64 is far outside of what doubles reach: any far number says so.
        let far = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
        let exponent: i64 = exponent.parse().unwrap_or(far).clamp(i64::MIN / 4, i64::MAX / 4);
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        let trailing = digits[zeros..].iter().rev().take_while(|digit| **digit == b'0').count();
        digits.truncate(digits.len() - trailing);
        digits.drain(..zeros);
        match digits.is_empty() {
            true => Self { digits, exponent: 0 },
            #[allow(clippy::cast_possible_wrap)] // lengths of a document
            false => Self { digits, exponent: exponent + whole.len() as i64 - zeros as i64 },
        }
    }
}
