//! Characters: which are allowed, line ends, references, attribute values.

use std::borrow::Cow;

use super::malformed;
use crate::Fault;

/// True where every character is a `Char` of XML 1.0 §2.2.
pub(super) fn is_xml(text: &str) -> bool {
    let bytes = text.as_bytes();
    let control = |byte: &u8| *byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r');
    // U+FFFE and U+FFFF are the only others that a Rust string can hold: EF BF BE, EF BF BF.
    !bytes.iter().any(control)
        && memchr::memchr_iter(0xEF, bytes).all(|at| !matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])))
}

/// True where XML 1.0 §2.2 has this character.
pub(crate) fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Appends without copying where there is nothing yet.
pub(super) fn append<'a>(whole: &mut Cow<'a, str>, piece: Cow<'a, str>) {
    if whole.is_empty() {
        *whole = piece;
    } else {
        whole.to_mut().push_str(&piece);
    }
}

/// Text between markup: no `]]>` (XML 1.0 §2.4), line ends made one.
pub(super) fn content(raw: &str) -> Result<Cow<'_, str>, Fault> {
    if memchr::memchr(b']', raw.as_bytes()).is_some_and(|first| raw[first..].contains("]]>")) {
        return Err(malformed("`]]>` stands in text"));
    }
    Ok(lines(raw))
}

/// CR LF and lone CR become LF (XML 1.0 §2.11).
pub(super) fn lines(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut pieces = raw.split('\r');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        out.push('\n');
        out.push_str(piece.strip_prefix('\n').unwrap_or(piece));
    }
    Cow::Owned(out)
}

/// The character that `&name;` stands for: one of five, or a character reference (XML 1.0 §4.1, §4.6).
pub(super) fn reference(name: &str) -> Result<char, Fault> {
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match name.strip_prefix('#') {
            Some(number) => character(number).ok_or_else(no_character),
            None => Err(malformed("it refers to an entity that is not declared")),
        },
    }
}

/// What is wrong with a reference to U+0000, to a surrogate, to nothing.
pub(super) fn no_character() -> Fault {
    malformed("a character reference names no character")
}

/// The first half of a character's UTF-16 form, where the reference names one.
pub(super) fn high_surrogate(name: &str) -> Option<u16> {
    surrogate(name).filter(|code| (0xD800..0xDC00).contains(code))
}

/// The second half.
pub(super) fn low_surrogate(name: &str) -> Option<u16> {
    surrogate(name).filter(|code| (0xDC00..0xE000).contains(code))
}

fn surrogate(name: &str) -> Option<u16> {
    name.strip_prefix('#').and_then(code).and_then(|code| u16::try_from(code).ok())
}

fn character(number: &str) -> Option<char> {
    code(number).and_then(char::from_u32).filter(|c| is_char(*c))
}

fn code(number: &str) -> Option<u32> {
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` would take a sign.
    let unsigned = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, radix).ok().filter(|_| unsigned)
}

/// The value of an attribute (XML 1.0 §3.3.3): white space becomes blanks, references are replaced.
pub(super) fn attribute(raw: &str) -> Result<Cow<'_, str>, Fault> {
    if raw.contains('<') {
        return Err(malformed("`<` stands in an attribute value"));
    }
    let special = |c: char| matches!(c, '&' | '\t' | '\n' | '\r');
    if !raw.contains(special) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(special) {
        out.push_str(&rest[..at]);
        let (c, behind) = match rest[at..].strip_prefix('&') {
            Some(inside) => {
                let end = inside.find(';').ok_or_else(|| malformed("a lone `&` stands for nothing"))?;
                (reference(&inside[..end])?, &inside[end + 1..])
            }
            None => (' ', rest[at..].strip_prefix("\r\n").unwrap_or(&rest[at + 1..])),
        };
        out.push(c);
        rest = behind;
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}
