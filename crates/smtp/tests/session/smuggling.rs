//! SMTP smuggling (CVE-2023-51764 and its kin): whatever looks like an end of data to somebody, one transaction stays one.

use crate::player::{Played, settings};

/// Ends of data that some server or other has taken for one.
const FALSE_ENDS: [&[u8]; 22] = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\r.\n",
    b"\n.\r",
    b"\n\n.\n",
    b"\n\n.\r\n",
    b"\r\r.\r\r",
    b"\r\n\n.\n",
    b"\r\n.\r\r\n",
    b"\r\r\n.\r\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
    b"\r\n.\r\0\n",
    b"\r\n.\t\r\n",
    b"\r\n. \r\n",
    b"\r\n .\r\n",
    b"\r\n..\r\n",
    b"\r\n\x0b.\r\n",
];

const START: &[u8] = b"EHLO me\r\nMAIL FROM:<a@x.org>\r\nRCPT TO:<b@x.org>\r\nDATA\r\nSubject: first\r\n\r\nfirst";
const SMUGGLED: &[u8] =
    b"MAIL FROM:<evil@x.org>\r\nRCPT TO:<b@x.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled\r\n.\r\nNOOP\r\n";

fn seen(input: &[u8], piece: usize) -> Vec<String> {
    let mut played = Played::new(&settings(""));
    input.chunks(piece).for_each(|bytes| played.feed(bytes));
    played.seen
}

fn count(seen: &[String], start: &str) -> usize {
    seen.iter().filter(|line| line.starts_with(start)).count()
}

#[test]
fn a_false_end_never_begins_a_second_transaction() {
    for end in FALSE_ENDS {
        let input = [START, end, SMUGGLED].concat();
        for piece in [input.len(), 1, 2, 3, 5] {
            let seen = seen(&input, piece);
            let name = end.escape_ascii();
            assert_eq!(count(&seen, "S: 354"), 1, "{name}: {seen:?}");
            assert_eq!(count(&seen, "M: evil"), 0, "{name}: {seen:?}");
            assert_eq!(seen.last().map(String::as_str), Some("S: 250 2.0.0 Done"), "in step again after {name}");
            let answered = count(&seen, "M: ") + count(&seen, "S: 550 5.6.0");
            assert_eq!(answered, 1, "{name} is taken whole or refused once: {seen:?}");
        }
    }
}

#[test]
fn what_has_a_bare_line_end_is_refused() {
    for end in &FALSE_ENDS[..17] {
        let seen = seen(&[START, end, SMUGGLED].concat(), 64);
        assert_eq!(count(&seen, "M: "), 0, "{}", end.escape_ascii());
    }
}

#[test]
fn the_true_end_is_the_end_byte_by_byte_too() {
    let input = [START, b"\r\n.\r\n", SMUGGLED].concat();
    for piece in [input.len(), 1] {
        let seen = seen(&input, piece);
        assert_eq!(count(&seen, "M: "), 2, "a client may send two mails: {seen:?}");
    }
}

#[test]
fn commands_in_the_clear_behind_starttls_are_never_run() {
    let mut at_once = Played::new(&settings("starttls"));
    at_once.feed(b"EHLO me\r\nSTARTTLS\r\nNOOP\r\n");
    assert_eq!(at_once.seen[at_once.seen.len() - 2..], ["S: 554 5.5.1 Nothing may follow STARTTLS", "X:"]);

    let mut late = Played::new(&settings("starttls"));
    late.feed(b"EHLO me\r\nSTARTTLS\r\n");
    late.feed(b"NOOP\r\n");
    assert_eq!(late.seen[late.seen.len() - 3..], ["S: 220 2.0.0 Ready to start TLS", "T:", "X:"]);
}
