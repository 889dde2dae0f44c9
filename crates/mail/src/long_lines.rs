//! Lines that are longer than SMTP takes (RFC 5321 §4.5.3.1.6), broken where a program of ours or of others wrote them.

use std::borrow::Cow;

use memchr::memmem;

use crate::transfer::{MAX_LINE, lines_fit};

/// Most octets that a character of UTF-8 has behind its first.
const MAX_TRAILING: usize = 3;

/// The message with no line over 998 octets: a longer one goes on in the next line behind a space, as Postfix writes it.
/// A field is folded where it has white space, so that it reads as before; no character of UTF-8 is parted.
#[must_use]
pub fn broken(message: &[u8]) -> Cow<'_, [u8]> {
    if lines_fit(message) {
        return Cow::Borrowed(message);
    }
    let mut out = Vec::with_capacity(message.len() + message.len() / 256 + 16);
    let (mut rest, mut place) = (message, Section::Header);
    while !rest.is_empty() {
        let end = memmem::find(rest, b"\r\n").unwrap_or(rest.len());
        if end == 0 {
            place = Section::Body;
        }
        push(&mut out, &rest[..end], place);
        let next = rest.len().min(end + 2);
        out.extend_from_slice(&rest[end..next]);
        rest = &rest[next..];
    }
    Cow::Owned(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Header,
    Body,
}

fn push(out: &mut Vec<u8>, mut line: &[u8], place: Section) {
    let mut room = MAX_LINE;
    while line.len() > room {
        let fold = if place == Section::Header { fold(line, room) } else { None };
        let (piece, rest) = line.split_at(fold.unwrap_or_else(|| cut(line, room)));
        out.extend_from_slice(piece);
        // RFC 5322 §2.2.3: a fold before white space adds nothing to the field.
        out.extend_from_slice(if fold.is_some() { b"\r\n" } else { b"\r\n " });
        room = if fold.is_some() { MAX_LINE } else { MAX_LINE - 1 };
        line = rest;
    }
    out.extend_from_slice(line);
}

/// The last white space up to `room` that has words before it.
fn fold(line: &[u8], room: usize) -> Option<usize> {
    let is_space = |octet: u8| matches!(octet, b' ' | b'\t');
    let at = line[..=room].iter().rposition(|&octet| is_space(octet))?;
    (line[..at].iter().filter(|&&octet| !is_space(octet)).count() > 0 && !line[..at].ends_with(b":")).then_some(at)
}

/// `room`, or as many octets less as a character needs to stay whole.
fn cut(line: &[u8], room: usize) -> usize {
    let is_trailing = |octet: u8| octet & 0b1100_0000 == 0b1000_0000;
    (room - MAX_TRAILING..=room).rev().find(|&at| !is_trailing(line[at])).unwrap_or(room)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::broken;

    fn text(message: &str) -> String {
        String::from_utf8(broken(message.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn a_long_line_goes_on_behind_a_space() {
        let (long, head) = ("x".repeat(2_100), "S: s\r\n\r\n");
        let wanted = format!("{head}{}\r\n {}\r\n {}\r\n", "x".repeat(998), "x".repeat(997), "x".repeat(105));
        assert_eq!(text(&format!("{head}{long}\r\n")), wanted);
        let fits = format!("{head}{}\r\n", "x".repeat(998));
        assert!(matches!(broken(fits.as_bytes()), Cow::Borrowed(_)));
        assert_eq!(text(&format!("{head}{}", "x".repeat(999))), format!("{head}{}\r\n x", "x".repeat(998)));
    }

    #[test]
    fn a_field_is_folded_where_it_has_white_space() {
        let to = ["ann@example.edu,"; 200].join(" ");
        let message = format!("To: {to}\r\n\r\nx\r\n");
        let folded = text(&message);
        assert_eq!(folded.replace("\r\n ", " "), message);
        assert!(folded.lines().all(|line| line.len() <= 998), "{folded}");
        let solid = text(&format!("X-Long: {}\r\n\r\n", "y".repeat(1_000)));
        assert_eq!(solid, format!("X-Long: {}\r\n {}\r\n\r\n", "y".repeat(990), "y".repeat(10)));
    }

    #[test]
    fn no_character_is_parted() {
        let message = format!("\r\nx{}\r\n", "é".repeat(1_000));
        let lines = text(&message);
        assert_eq!(lines.replace("\r\n ", ""), message);
        assert_eq!(lines.lines().nth(1).map(str::len), Some(997));
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_what_was_written_is_there(message in "([a :]{0,1200}\r\n){0,3}(\r\n)?[b .é]{0,2500}") {
            let lines = broken(message.as_bytes()).into_owned();
            let lines = String::from_utf8(lines).unwrap();
            prop_assert!(lines.split("\r\n").all(|line| line.len() <= 998));
            let bare = |text: &str| text.replace(['\r', '\n', ' '], "");
            prop_assert_eq!(bare(&lines), bare(&message));
        }
    }
}
