//! Subjects as they arrive: encoded well and badly, hostile, missing.

use mail_parser::MessageParser;
use proptest::prelude::*;

use super::{MOST, of};

/// The subject of a message whose field has this value.
fn read(value: &[u8]) -> String {
    of(&[b"From: a@b.example\r\nSubject:", value, b"\r\nTo: c@d.example\r\n\r\nSubject: of the text\r\n"].concat())
}

#[test]
fn the_field_is_found_wherever_it_stands_and_only_in_the_header() {
    for (message, subject) in [
        (&b"Subject: one\r\nSubject: two\r\n\r\n"[..], "one"),
        (b"To: x\n\tSubject: folded\nSUBJECT : spaced\n\ntext", "spaced"),
        (b"Sender: a@b\r\nSubject-Line: no\r\nsubject:at the end", "at the end"),
        (b"From a@b Mon\r\nSubject:\r\n two\r\n lines\r\n\r\n", "two lines"),
        (b"To: x\r\n\r\nSubject: of the text\r\n", ""),
        (b"\r\nSubject: of the text\r\n", ""),
        (b"Subject:\r\n\r\n", ""),
        (b"S", ""),
        (b"", ""),
    ] {
        assert_eq!(of(message), subject, "{}", String::from_utf8_lossy(message));
    }
}

#[test]
fn encoded_words_are_read_also_where_their_writer_knew_no_better() {
    for (value, subject) in [
        (" =?iso-8859-2?Q?=AFolty_=BF=F3=B3w?=", "Żolty żółw"),
        (" =?UTF-8?B?xbvDs8WCdw==?= =?utf-8?q?_i?= lis", "Żółw i lis"),
        (" Re: =?utf-8?b?xbvDs8WC?=\r\n =?UTF-8?b?d2nFhA==?=", "Re: Żółwiń"),
        (" =?utf-8?B?xbvDs8U=?= =?utf-8?B?gnc=?=", "Żółw"),
        (" =?utf-8*pl?q?a?= =?koi8-r?q?=D0?=", "aп"),
        (" (=?utf-8?q?in a b?=)", "(in a b)"),
        (" =?utf-8?b?eHg?=", "xx"),
        (" =?shift_jis?B?k/qWe4zq?=", "日本語"),
        (" =?no-such-charset?q?=C5=BBo?=", "Żo"),
        (" 2 =? 3, =?utf-8?x?a?= =?utf-8?q?b", "2 =? 3, =?utf-8?x?a?= =?utf-8?q?b"),
        (" =?utf-8?q?=FF=FE?= x", "\u{fffd}\u{fffd} x"),
        (" Żółw  \tżółwia", "Żółw żółwia"),
    ] {
        assert_eq!(read(value.as_bytes()), subject, "{value}");
    }
    assert_eq!(read(b" Za\xbf\xf3\xb3\xe6 \x93x\x94"), "Za¿ó³æ “x”", "octets that are no UTF-8 are characters each");
}

#[test]
fn what_is_hostile_is_harmless() {
    assert_eq!(read(b" \x1b[2J\x07red\x1b[31m"), "[2Jred[31m");
    assert_eq!(read("\u{202e}moc.live\u{2066} x\u{200b}y\u{feff}".as_bytes()), "moc.live xy");
    assert_eq!(read(b" =?utf-8?q?a=0D=0AX-Evil:_1=00=1B?="), "a X-Evil: 1");
    assert_eq!(read(&b"x".repeat(1 << 20)).chars().count(), MOST);
    assert_eq!(read("ż".repeat(1 << 20).as_bytes()).chars().count(), MOST);
    assert_eq!(read(&b"=?utf-8?q?=C5=BC?= ".repeat(50_000)).chars().count(), MOST);
    assert_eq!(read(&b" \t\r\n ".repeat(100_000)), "");
    assert_eq!(read(&b"=?".repeat(1 << 19)).chars().count(), MOST);
    assert_eq!(read(&b"abc ".repeat(400)).len(), MOST - 1, "no space is left at the end");
}

proptest! {
    #[test]
    fn what_we_write_is_read_back(text in "[!-~]([ -~]{0,80}[!-~])?|\\PC{1,60}") {
        let mut field = b"Subject: ".to_vec();
        crate::encoded_word::write(&mut field, &text, 9);
        field.extend(b"\r\n\r\n");
        let wanted: String = text.chars().filter(|&c| c.is_whitespace() || super::is_seen(c)).collect();
        prop_assert_eq!(of(&field), wanted.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn whatever_the_octets_are_it_is_one_short_line(octets in proptest::collection::vec(any::<u8>(), 0..600), words in "(=\\?(utf-8|big5)\\?[bqBQ]\\?[ -~]{0,20}\\?= ?){0,4}") {
        let subject = read(&[words.as_bytes(), &octets].concat());
        prop_assert!(subject.chars().count() <= MOST);
        prop_assert!(subject.chars().all(|c| super::is_seen(c) && (c == ' ' || !c.is_whitespace())));
        prop_assert!(!subject.contains("  ") && subject.trim() == subject);
    }

    #[test]
    fn another_reader_reads_the_same(text in "[a-zA-Z żółćäß€日本]{1,80}") {
        let mut field = b"Subject: ".to_vec();
        crate::encoded_word::write(&mut field, &text, 9);
        field.extend(b"\r\n\r\n");
        let parsed = MessageParser::default().parse(&field).unwrap();
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(words(&of(&field)), words(parsed.subject().unwrap_or_default()));
    }
}
