//! Characters: which are allowed, line ends, references, attribute values.

use std::borrow::Cow;

use super::malformed;
use crate::Fault;

/// True where every character is a `Char` of XML 1.0 §2.2.
pub(super) fn is_xml(text: &str) -> bool {
    let bytes = text.as_bytes();
    let control = |byte: u8| (byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
    // All octets are looked at without branches, which the compiler turns into wide instructions.
    !bytes.iter().fold(false, |found, byte| found | control(*byte))
        // U+FFFE and U+FFFF are the only others that a Rust string can hold: EF BF BE, EF BF BF.
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

/// Text between markup: no `]]>` (XML 1.0 §2.4), references replaced, line ends made one.
pub(super) fn content(raw: &str) -> Result<Cow<'_, str>, Fault> {
    let Some(first) = memchr::memchr3(b'&', b']', b'\r', raw.as_bytes()) else { return Ok(Cow::Borrowed(raw)) };
    if raw[first..].contains("]]>") {
        return Err(malformed("`]]>` stands in text"));
    }
    let mut whole = Cow::Borrowed("");
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        append(&mut whole, lines(&rest[..at]));
        let (character, length) = reference(&rest[at..])?;
        whole.to_mut().push(character);
        rest = &rest[at + length..];
    }
    append(&mut whole, lines(rest));
    Ok(whole)
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

/// The character that the `&name;` at the start of `rest` stands for, and its octets.
///
/// QUIRK: Axis 1 and Apache's XML-RPC write a character beyond U+FFFF as two references, one for each half of its UTF-16
/// form, which XML does not allow. One half alone stays an error.
fn reference(rest: &str) -> Result<(char, usize), Fault> {
    let (first, length) = name(rest)?;
    let Some(high) = surrogate(first) else { return Ok((named(first)?, length)) };
    let (second, more) = name(&rest[length..]).map_err(|_| no_character())?;
    let low = surrogate(second).ok_or_else(no_character)?;
    let character = char::decode_utf16([high, low]).next().and_then(Result::ok).ok_or_else(no_character)?;
    Ok((character, length + more))
}

/// What stands between `&` and `;` at the start of `rest`, and the octets with both.
fn name(rest: &str) -> Result<(&str, usize), Fault> {
    let inside = rest.strip_prefix('&').ok_or_else(no_character)?;
    let end = memchr::memchr(b';', inside.as_bytes()).ok_or_else(|| malformed("a lone `&` stands for nothing"))?;
    Ok((&inside[..end], end + 2))
}

/// One of five, or a character by its number (XML 1.0 §4.1, §4.6).
fn named(name: &str) -> Result<char, Fault> {
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
fn no_character() -> Fault {
    malformed("a character reference names no character")
}

/// Half of a character's UTF-16 form, where the reference names one.
fn surrogate(name: &str) -> Option<u16> {
    let code = name.strip_prefix('#').and_then(code).and_then(|code| u16::try_from(code).ok())?;
    (0xD800..0xE000).contains(&code).then_some(code)
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
    let bytes = raw.as_bytes();
    if memchr::memchr(b'<', bytes).is_some() {
        return Err(malformed("`<` stands in an attribute value"));
    }
    let special = |byte: &u8| matches!(byte, b'&' | b'\t' | b'\n' | b'\r');
    if !bytes.iter().any(special) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.bytes().position(|byte| special(&byte)) {
        out.push_str(&rest[..at]);
        let found = &rest[at..];
        let (character, length) = match found.as_bytes() {
            [b'&', ..] => reference(found)?,
            [b'\r', b'\n', ..] => (' ', 2),
            _ => (' ', 1),
        };
        out.push(character);
        rest = &found[length..];
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}
