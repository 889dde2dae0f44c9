//! RFC 2047 encoded words: telling one, reading them, and writing any text as a row of them.

mod read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(crate) use read::decoded;

/// Longest encoded word (RFC 2047 §2).
const MAX_WORD: usize = 75;
/// Longest encoded word that is taken from others: old programs write one word however long the text is.
const MAX_FOREIGN_WORD: usize = 500;
/// Longest line that we fold to (RFC 5322 §2.1.1).
pub(crate) const MAX_COLUMN: usize = 78;

const B: &str = "=?UTF-8?B?";
const Q: &str = "=?UTF-8?Q?";
const END: &str = "?=";
/// Room below which a line is folded rather than filled with a tiny word: one character of four octets, in Q.
const MIN_ROOM: usize = 12;

/// True where `word` is one well-formed encoded word that hides no CR, LF or NUL.
pub(crate) fn is_one(word: &str) -> bool {
    let Some(inner) = word.strip_prefix("=?").and_then(|w| w.strip_suffix(END)) else { return false };
    let mut pieces = inner.split('?');
    let (Some(charset), Some(encoding), Some(text), None) =
        (pieces.next(), pieces.next(), pieces.next(), pieces.next())
    else {
        return false;
    };
    let visible = inner.bytes().all(|b| (0x21..0x7f).contains(&b));
    word.len() <= MAX_FOREIGN_WORD && !charset.is_empty() && visible && hides_no_line_end(encoding, text)
}

fn hides_no_line_end(encoding: &str, text: &str) -> bool {
    match encoding {
        "B" | "b" => STANDARD.decode(text).is_ok_and(|octets| !octets.iter().any(|b| matches!(b, b'\r' | b'\n' | 0))),
        "Q" | "q" => {
            let upper = text.to_ascii_uppercase();
            !["=0D", "=0A", "=00"].iter().any(|octet| upper.contains(octet))
        }
        _ => false,
    }
}

/// Appends `text` as encoded words, in whichever of B and Q is shorter; no word is over 75 characters or splits a
/// character, and lines are folded at 78. `column` is where the line stands; gives where it stands afterwards.
pub(crate) fn write(out: &mut Vec<u8>, text: &str, mut column: usize) -> usize {
    let quoted: usize = text.bytes().map(q_length).sum();
    let encoding = if quoted <= text.len().div_ceil(3) * 4 { Encoding::Q } else { Encoding::B };
    let mut rest = text;
    let mut first = true;
    while !rest.is_empty() {
        if !first || column + B.len() + END.len() + MIN_ROOM > MAX_COLUMN {
            column = fold(out);
        }
        let room = MAX_WORD.min(MAX_COLUMN - column) - B.len() - END.len();
        let taken = encoding.fit(rest, room);
        column += encoding.write(out, &rest[..taken]);
        rest = &rest[taken..];
        first = false;
    }
    column
}

/// Begins a new line; white space that is already there belongs to the fold.
fn fold(out: &mut Vec<u8>) -> usize {
    if out.last() == Some(&b' ') {
        out.pop();
    }
    out.extend_from_slice(b"\r\n ");
    1
}

#[derive(Clone, Copy)]
enum Encoding {
    B,
    Q,
}

impl Encoding {
    /// How many octets of `text`, whole characters, fit in `room` characters; at least one character.
    fn fit(self, text: &str, room: usize) -> usize {
        let mut used = 0;
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            used = match self {
                Self::B => end.div_ceil(3) * 4,
                Self::Q => used + text[at..end].bytes().map(q_length).sum::<usize>(),
            };
            if used > room && at > 0 {
                return at;
            }
        }
        text.len()
    }

    fn write(self, out: &mut Vec<u8>, text: &str) -> usize {
        let before = out.len();
        match self {
            Self::B => {
                out.extend_from_slice(B.as_bytes());
                out.extend_from_slice(STANDARD.encode(text).as_bytes());
            }
            Self::Q => {
                out.extend_from_slice(Q.as_bytes());
                text.bytes().for_each(|octet| write_q(out, octet));
            }
        }
        out.extend_from_slice(END.as_bytes());
        out.len() - before
    }
}

/// What may stand for itself everywhere, in a phrase too (RFC 2047 §5 (3)).
fn is_plain_in_q(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'!' | b'*' | b'+' | b'-' | b'/')
}

fn q_length(octet: u8) -> usize {
    if octet == b' ' || is_plain_in_q(octet) { 1 } else { 3 }
}

fn write_q(out: &mut Vec<u8>, octet: u8) {
    match octet {
        b' ' => out.push(b'_'),
        octet if is_plain_in_q(octet) => out.push(octet),
        octet => crate::transfer::push_hex(out, octet),
    }
}

#[cfg(test)]
mod tests;
