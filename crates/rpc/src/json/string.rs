//! String literals: found fast, unescaped strictly.

use std::borrow::Cow;

const HALF: &str = "half of a surrogate pair";

/// What is wrong in a literal, and at which octet of it.
pub(super) type Wrong = (&'static str, usize);

/// What becomes of half of a surrogate pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halves {
    Refused,
    /// By U+FFFD.
    Replaced,
}

/// The characters of the literal whose opening quote stands before `text`, and the octets up to and with its closing quote.
pub(super) fn literal(text: &str, halves: Halves) -> Result<(Cow<'_, str>, usize), Wrong> {
    let plain = plain(text, 0)?;
    if text.as_bytes()[plain] == b'"' {
        return Ok((Cow::Borrowed(&text[..plain]), plain + 1));
    }
    let mut string = String::with_capacity(plain + 16);
    let (mut from, mut to) = (0, plain);
    loop {
        string.push_str(&text[from..to]);
        if text.as_bytes()[to] == b'"' {
            return Ok((Cow::Owned(string), to + 1));
        }
        let (character, length) = match escape(&text.as_bytes()[to..]) {
            Err(HALF) if halves == Halves::Replaced => (char::REPLACEMENT_CHARACTER, 6),
            escaped => escaped.map_err(|what| (what, to))?,
        };
        string.push(character);
        from = to + length;
        to = self::plain(text, from)?;
    }
}

/// Where the next quote or backslash stands; no control character may come before it (RFC 8259 §7).
fn plain(text: &str, from: usize) -> Result<usize, Wrong> {
    let rest = &text.as_bytes()[from..];
    let length = memchr::memchr2(b'"', b'\\', rest).ok_or(("a string without end", text.len()))?;
    // The least octet of all is found without branches, which the compiler turns into wide instructions.
    match rest[..length].iter().fold(u8::MAX, |least, octet| least.min(*octet)) {
        0..=0x1F => {
            let at = rest.iter().position(|octet| *octet < 0x20).unwrap_or(length);
            Err(("a control character in a string", from + at))
        }
        _ => Ok(from + length),
    }
}

/// The character that the escape at the start of `bytes` stands for, and the octets of the escape.
fn escape(bytes: &[u8]) -> Result<(char, usize), &'static str> {
    let character = match bytes.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(bytes),
        _ => return Err("an unknown escape"),
    };
    Ok((character, 2))
}

fn unicode(bytes: &[u8]) -> Result<(char, usize), &'static str> {
    let first = unit(bytes, 2)?;
    if let Some(character) = char::from_u32(first) {
        return Ok((character, 6));
    }
    let is_high = (0xD800..0xDC00).contains(&first);
    if is_high && bytes.get(6..8) == Some(b"\\u".as_slice()) {
        let second = unit(bytes, 8)?;
        if (0xDC00..0xE000).contains(&second) {
            let scalar = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            return char::from_u32(scalar).map(|character| (character, 12)).ok_or(HALF);
        }
    }
    Err(HALF)
}

fn unit(bytes: &[u8], at: usize) -> Result<u32, &'static str> {
    let digits = bytes.get(at..at + 4).ok_or("an escape without four hex digits")?;
    digits.iter().try_fold(0, |unit, octet| {
        let digit = char::from(*octet).to_digit(16).ok_or("an escape without four hex digits")?;
        Ok(unit * 16 + digit)
    })
}
