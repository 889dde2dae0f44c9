//! One mail as a pipe or an mbox gives it: perhaps a `From ` line before it, and LF where SMTP has CRLF.

pub mod file;

use crate::transfer::push_canonical;

/// The message in the form of the wire: no mbox line before it, every line end (CRLF, LF or CR) a CRLF, and one at the
/// end. Lines of any length stay.
#[must_use]
pub fn normalise(mail: &[u8]) -> Vec<u8> {
    canonical(without_from_line(mail))
}

/// A message with every line end (CRLF, LF or CR) a CRLF, and one at the end.
#[must_use]
pub fn canonical(message: &[u8]) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(message.len());
    push_canonical(&mut canonical, message);
    canonical
}

/// The mail without the `From ` line of an mbox, or the `>From ` line that some pipes quote it to. A text that begins with
/// that word ("From now on …") keeps its first line.
#[must_use]
pub fn without_from_line(mail: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', mail).map_or(mail.len(), |end| end + 1);
    let (line, rest) = mail.split_at(end);
    if from_line(line).is_some() { rest } else { mail }
}

/// The envelope sender that the `From ` line of an mbox names, empty for the null reverse-path (`From MAILER-DAEMON …`).
/// `None` where there is no such line.
#[must_use]
pub fn sender(mail: &[u8]) -> Option<String> {
    let end = memchr::memchr(b'\n', mail).unwrap_or(mail.len());
    let word = String::from_utf8_lossy(from_line(&mail[..end])?);
    let sender = word.trim_start_matches('<').trim_end_matches('>');
    Some(if sender.contains('@') { sender.to_owned() } else { String::new() })
}

/// The word behind `From `, where the line is an mbox's: that word is an address or the mail system's name, or a time
/// follows it.
fn from_line(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b">").unwrap_or(line).strip_prefix(b"From ")?;
    let mut words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let sender = words.next()?;
    let is_address = sender.contains(&b'@') || sender.eq_ignore_ascii_case(b"MAILER-DAEMON");
    (is_address || words.any(is_time)).then_some(sender)
}

/// `19:32` and `19:32:29`.
fn is_time(word: &[u8]) -> bool {
    let mut parts = word.split(|&octet| octet == b':');
    let two = |part: &[u8]| (1..=2).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    (2..=3).contains(&parts.clone().count()) && parts.all(two)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{normalise, sender};

    #[test]
    fn the_mbox_line_names_the_envelope_sender() {
        assert_eq!(sender(b"From a@b Sat Nov 21\nS: x\n"), Some("a@b".to_owned()));
        assert_eq!(sender(b">From <a@b>  Sat Nov 21\n"), Some("a@b".to_owned()));
        assert_eq!(sender(b"From MAILER-DAEMON Sat Nov 21\n"), Some(String::new()));
        assert_eq!(sender(b"From root Sat Nov 21 19:32:29 2026\n"), Some(String::new()));
        assert_eq!((sender(b"From: a@b\n"), sender(b"From here on\n"), sender(b"From ")), (None, None, None));
    }

    #[test]
    fn the_mbox_line_goes_and_line_ends_become_crlf() {
        assert_eq!(normalise(b"From a@b Sat Nov 21\nS: x\n\n>From here\n.\n"), b"S: x\r\n\r\n>From here\r\n.\r\n");
        assert_eq!(normalise(b">From a@b\r\nS: x\r\n\r\na\rb"), b"S: x\r\n\r\na\r\nb\r\n");
        assert_eq!(normalise(b"From: a@b\n\nFrom c"), b"From: a@b\r\n\r\nFrom c\r\n");
        assert_eq!(normalise(b"From a@b"), b"");
        assert_eq!(normalise(b"From root Sat Nov 21 19:32 2026\nS: x\n"), b"S: x\r\n");
        assert_eq!(normalise(b"From now on\nit is 3:1\n"), b"From now on\r\nit is 3:1\r\n");
        assert_eq!(normalise(b""), b"");
    }

    proptest! {
        #[test]
        fn no_bare_line_end_is_left_and_a_second_pass_changes_nothing(mail in "(?s)[a\\r\\nF]{0,40}") {
            let once = normalise(mail.as_bytes());
            prop_assert!(!String::from_utf8_lossy(&once).replace("\r\n", "").contains(['\r', '\n']));
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
