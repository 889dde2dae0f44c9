//! A mail from a pipe or an mbox: made canonical, it stays so.

use std::io::Cursor;

use mail::mbox::file::{mail_at, quoted, unquoted};
use mail::mbox::{normalise, without_from_line};

pub(crate) fn check(octets: &[u8]) {
    let message = normalise(octets);
    assert!(message.len() <= 2 * octets.len() + 2);
    if !message.is_empty() {
        assert!(message.ends_with(b"\r\n"));
    }
    let bare = message.windows(2).filter(|two| (two[0] == b'\r') != (two[1] == b'\n')).count();
    assert_eq!(bare, 0, "a bare line end: {}", message.escape_ascii());
    // A second `From ` line is the first line of the message; it is no field, and nothing else reads it as one.
    if without_from_line(&message).len() == message.len() {
        assert_eq!(normalise(&message), message);
    }
    let text = |octets: &[u8]| -> Vec<u8> { octets.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect() };
    assert_eq!(text(&message), text(without_from_line(octets)), "only line ends change");
    check_file(octets);
    assert_eq!(unquoted(&quoted(octets)), octets, "what is quoted is read back");
}

/// The mails of a file lie in it one after the other, and all of it is theirs.
fn check_file(octets: &[u8]) {
    let file = [b"From a@b x\n".as_slice(), octets].concat();
    let mut at = 0;
    while let Some(extent) = mail_at(&mut Cursor::new(&file), at).expect("a mail begins where the one before it ends") {
        assert_eq!(extent.whole.start, at);
        assert!(extent.whole.end > at && extent.mail.start == at && extent.mail.end <= extent.whole.end);
        at = extent.whole.end;
    }
    assert_eq!(at, file.len() as u64);
}
