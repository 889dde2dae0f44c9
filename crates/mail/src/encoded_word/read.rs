//! Reading: words as they arrive, faults and all. A word may stand in the middle of others' text, be longer than RFC 2047
//! allows, and hold spaces; a character may be cut by the end of a word.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};
use memchr::memchr;
use memchr::memmem::find;

use crate::transfer::{decode, push_unescaped};

/// The value of a field as text, its encoded words read. What is not encoded is UTF-8, else Windows-1252.
pub(crate) fn decoded(value: &[u8]) -> String {
    let mut text = String::new();
    let mut open: Option<Word<'_>> = None;
    let mut rest = value;
    while let Some(start) = find(rest, b"=?") {
        let (before, from) = rest.split_at(start);
        let read = Word::read(from);
        // White space between two words is none of the text (RFC 2047 §6.2).
        let joins = read.is_some() && open.is_some() && before.trim_ascii().is_empty();
        match (&mut open, read) {
            (Some(open), Some((word, after))) if joins && open.is_in(word.charset) => {
                open.octets.extend(word.octets);
                rest = after;
            }
            (_, Some((word, after))) => {
                close(&mut text, open.replace(word));
                // The word that has just begun is not written yet.
                text.push_str(&if joins { Cow::Borrowed("") } else { legible(before) });
                rest = after;
            }
            (_, None) => {
                close(&mut text, open.take());
                text.push_str(&legible(before));
                text.push_str("=?");
                rest = &from[2..];
            }
        }
    }
    close(&mut text, open);
    text.push_str(&legible(rest));
    text
}

fn close(text: &mut String, word: Option<Word<'_>>) {
    if let Some(word) = word {
        text.push_str(&word.text());
    }
}

/// The octets of one word, or of several that follow each other.
struct Word<'a> {
    charset: &'a [u8],
    octets: Vec<u8>,
}

impl<'a> Word<'a> {
    /// The word at the start of this, and what follows it.
    fn read(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (charset, rest) = upto_question_mark(text.strip_prefix(b"=?")?)?;
        let (encoding, rest) = upto_question_mark(rest)?;
        let (encoded, rest) = upto_question_mark(rest)?;
        let rest = rest.strip_prefix(b"=")?;
        let octets = match encoding {
            b"B" | b"b" => decode(encoded, "base64").into_owned(),
            b"Q" | b"q" => unquoted(encoded),
            _ => return None,
        };
        // RFC 2231 §5: a language may follow.
        let charset = charset.split(|&octet| octet == b'*').next().filter(|charset| !charset.is_empty())?;
        Some((Self { charset, octets }, rest))
    }

    fn is_in(&self, charset: &[u8]) -> bool {
        self.charset.eq_ignore_ascii_case(charset)
    }

    fn text(&self) -> Cow<'_, str> {
        match Encoding::for_label(self.charset) {
            Some(encoding) => encoding.decode_without_bom_handling(&self.octets).0,
            None => legible(&self.octets),
        }
    }
}

fn upto_question_mark(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b'?', text)?;
    Some((&text[..end], &text[end + 1..]))
}

/// RFC 2047 §4.2.
fn unquoted(encoded: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = encoded.iter().map(|&octet| if octet == b'_' { b' ' } else { octet }).collect();
    let mut octets = Vec::with_capacity(spaced.len());
    push_unescaped(&mut octets, &spaced);
    octets
}

/// Octets that say nothing of their charset; a character that their end cuts is left out.
fn legible(octets: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(octets) {
        Ok(text) => text.into(),
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(&octets[..error.valid_up_to()]),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(octets).0,
    }
}
