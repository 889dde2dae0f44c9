//! Writing header fields: folded at 78 columns where there is white space, never over 998 octets, ASCII but for
//! international addresses, and never a line end that the caller brought.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;

use crate::address::{DisplayName, Mailbox, Named, is_atext};
use crate::encoded_word::{self, MAX_COLUMN};
use crate::transfer::MAX_LINE;

/// Longest stretch without a place to fold that a text may have before it is cut into encoded words.
const MAX_STRETCH: usize = 900;
/// Longest display name that is written as a quoted string.
const MAX_QUOTED: usize = 60;

/// How addresses are written in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// ASCII only: U-labels as A-labels.
    Ascii,
    /// RFC 6532: as they are. For a message in which some local part is not ASCII.
    International,
}

impl Form {
    /// The form that can write all of these.
    pub(crate) fn for_all<'m>(mailboxes: impl IntoIterator<Item = &'m Mailbox>) -> Self {
        if mailboxes.into_iter().all(|m| m.local().is_ascii()) { Self::Ascii } else { Self::International }
    }
}

/// Appends `Name: value` for any text: as it is where it is plain, else as encoded words.
pub(crate) fn push_text(out: &mut Vec<u8>, name: &str, text: &str) {
    if is_plain(text) {
        return push_folded(out, name, text);
    }
    begin(out, name);
    encoded_word::write(out, text, name.len() + 2);
    out.extend_from_slice(b"\r\n");
}

/// True where the text reads back from a folded field as it is. Encoded words in it are their writer's, and stay.
fn is_plain(text: &str) -> bool {
    let printable = text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\t'));
    let outer = |b: Option<&u8>| b.is_some_and(|b| matches!(b, b' ' | b'\t'));
    let mut words = text.split([' ', '\t']);
    printable
        && !outer(text.as_bytes().first())
        && !outer(text.as_bytes().last())
        && words.all(|word| !word.contains("=?") || encoded_word::is_one(word))
        && Stretches(text).all(|stretch| stretch.len() <= MAX_STRETCH)
}

/// Appends `Name: value` for a value in the syntax of its field, in ASCII without controls but tabs, and with no word
/// over 996 octets. Odd white space is kept where lines stay short.
pub(crate) fn push_syntax(out: &mut Vec<u8>, name: &str, value: &str) {
    if Stretches(value).all(|stretch| stretch.len() <= MAX_STRETCH) {
        return push_folded(out, name, value);
    }
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    push_folded(out, name, &words.join(" "));
}

/// Appends `Name: value` for words of a stranger: white space is made single, controls and what is not ASCII become `?`,
/// and words that fit no line are cut.
pub(crate) fn push_folded_or_cut(out: &mut Vec<u8>, name: &str, value: &str) {
    let ascii: String = value.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    let words: Vec<&str> = ascii.split(' ').map(|word| &word[..word.len().min(MAX_STRETCH)]).collect();
    push_folded(out, name, words.join(" ").trim());
}

/// Folds before single spaces only: many readers make one space of a folded gap.
fn push_folded(out: &mut Vec<u8>, name: &str, value: &str) {
    begin(out, name);
    let mut column = name.len() + 2;
    for (index, stretch) in Stretches(value).enumerate() {
        let full = index > 0 && column + stretch.len() > MAX_COLUMN;
        if full || column + stretch.len() > MAX_LINE {
            column = break_line(out, stretch.as_bytes());
        }
        out.extend_from_slice(stretch.as_bytes());
        column += stretch.len();
    }
    out.extend_from_slice(b"\r\n");
}

/// The stretches of a value that no fold may part; each but the first starts with its one space.
struct Stretches<'a>(&'a str);

impl<'a> Iterator for Stretches<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let octets = self.0.as_bytes();
        let is_fold = |at: usize| {
            let beside = |octet: Option<&u8>| octet.is_some_and(|o| !is_space(*o));
            octets[at] == b' ' && beside(octets.get(at + 1)) && at > 0 && beside(octets.get(at - 1))
        };
        let end = memchr::memchr_iter(b' ', octets).find(|&at| is_fold(at)).unwrap_or(octets.len());
        let (stretch, rest) = self.0.split_at(end);
        self.0 = rest;
        (!stretch.is_empty()).then_some(stretch)
    }
}

/// A new line before `stretch`, which brings its own white space unless it is the first of the value.
fn break_line(out: &mut Vec<u8>, stretch: &[u8]) -> usize {
    if out.last() == Some(&b' ') {
        out.pop();
    }
    out.extend_from_slice(b"\r\n");
    if stretch.first().is_some_and(|b| is_space(*b)) {
        return 0;
    }
    out.push(b' ');
    1
}

fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// Appends `Name: value` on one line, whatever its length up to 998.
pub(crate) fn push_unfolded(out: &mut Vec<u8>, name: &str, value: &str) {
    push_octets(out, name, value.as_bytes());
}

/// The same for octets in whatever charset they came: for ids, which peers compare as they see them.
pub(crate) fn push_octets(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    begin(out, name);
    out.extend(value.iter().map(|&b| if matches!(b, b'\r' | b'\n' | 0) { b' ' } else { b }));
    out.extend_from_slice(b"\r\n");
}

/// Appends `Name: id id …`, ids octet for octet, folded between them.
pub(crate) fn push_ids(out: &mut Vec<u8>, name: &str, ids: &[u8]) {
    begin(out, name);
    let mut column = name.len() + 2;
    for (index, id) in ids.split(|&b| b == b' ').enumerate() {
        if index > 0 {
            // No line is white space alone, where an id has gaps of its own.
            if column > 1 && column + 1 + id.len() > MAX_COLUMN {
                out.extend_from_slice(b"\r\n");
                column = 0;
            }
            out.push(b' ');
            column += 1;
        }
        out.extend(id.iter().map(|&b| if matches!(b, b'\r' | b'\n' | 0) { b' ' } else { b }));
        column += id.len();
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends an address list.
pub(crate) fn push_addresses<'m>(out: &mut Vec<u8>, name: &str, list: impl IntoIterator<Item = &'m Named>, form: Form) {
    begin(out, name);
    let mut column = name.len() + 2;
    for (index, named) in list.into_iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(b", ");
            column += 2;
        }
        if let Some(name) = &named.name {
            column = push_name(out, name, column);
        }
        let address = write_address(&named.mailbox, form);
        let (open, close) = if named.name.is_some() { (" <", ">") } else { ("", "") };
        column = push_piece(out, &[open, &address, close], column);
    }
    out.extend_from_slice(b"\r\n");
}

/// The address in a header field, or in a path.
pub(crate) fn write_address(mailbox: &Mailbox, form: Form) -> String {
    let ascii = if form == Form::Ascii && mailbox.is_international() { mailbox.to_ascii() } else { None };
    ascii.as_ref().unwrap_or(mailbox).to_string()
}

/// Appends a piece given in bits, on a new line where this one is full.
fn push_piece(out: &mut Vec<u8>, piece: &[&str], column: usize) -> usize {
    let at_start = column <= 1 || out.ends_with(b": ");
    let length: usize = piece.iter().map(|bit| bit.len()).sum();
    let first = piece.iter().find(|bit| !bit.is_empty()).map_or(&b""[..], |bit| bit.as_bytes());
    let column = if column + length >= MAX_COLUMN && !at_start { break_line(out, first) } else { column };
    piece.iter().for_each(|bit| out.extend_from_slice(bit.as_bytes()));
    column + length
}

fn push_name(out: &mut Vec<u8>, name: &DisplayName, mut column: usize) -> usize {
    match name {
        DisplayName::Encoded(phrase) if is_plain(phrase) && phrase.split(' ').all(is_atom) => {
            for (index, word) in phrase.split_ascii_whitespace().enumerate() {
                let gap = if index > 0 { " " } else { "" };
                column = push_piece(out, &[gap, word], column);
            }
            column
        }
        DisplayName::Text(text) | DisplayName::Encoded(text) => match as_phrase(text) {
            Some(phrase) => push_piece(out, &[&phrase], column),
            None => encoded_word::write(out, text, column),
        },
    }
}

/// The name as atoms or as one quoted string (RFC 5322 §3.2.5); `None` where it must be encoded.
fn as_phrase(text: &str) -> Option<String> {
    if text.len() > MAX_QUOTED || !text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return None;
    }
    if text.split(' ').all(is_atom) && !text.contains("=?") && !text.contains('.') {
        return Some(text.to_owned());
    }
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// An atom, or atoms with dots between them.
fn is_atom(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c == '.' || (c.is_ascii() && is_atext(c)))
}

/// Appends `Date`, in universal time.
pub(crate) fn push_date(out: &mut Vec<u8>, name: &str, now: Timestamp) {
    begin(out, name);
    // A year beyond 9999 cannot be written; Timestamp ends there, so this never fails.
    if DateTimePrinter::new().print_zoned(&now.to_zoned(TimeZone::UTC), &mut *out).is_err() {
        out.extend_from_slice(b"Thu, 1 Jan 1970 00:00:00 +0000");
    }
    out.extend_from_slice(b"\r\n");
}

fn begin(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
}

#[cfg(test)]
mod tests;
