//! Fields as they stand on the wire.

use jiff::Timestamp;

use super::{Form, push_addresses, push_date, push_text, push_unfolded};
use crate::address::{DisplayName, Named, parse_list};

fn text(value: &str) -> String {
    let mut out = Vec::new();
    push_text(&mut out, "Subject", value);
    String::from_utf8(out).unwrap()
}

fn addresses(list: &[Named]) -> String {
    let mut out = Vec::new();
    push_addresses(&mut out, "To", list, Form::Ascii);
    String::from_utf8(out).unwrap()
}

#[test]
fn plain_text_is_folded_where_it_has_white_space() {
    assert_eq!(text("Hello world"), "Subject: Hello world\r\n");
    assert_eq!(text(""), "Subject: \r\n");
    let long = text("word ".repeat(40).trim_end());
    assert!(long.lines().all(|line| line.len() <= 78) && long.lines().skip(1).all(|line| line.starts_with(" word")));
    assert_eq!(long.replace("\r\n", ""), format!("Subject: {}", "word ".repeat(40).trim_end()));
}

#[test]
fn what_would_not_read_back_is_encoded() {
    for odd in
        [" leading", "trailing ", " ", "a\u{1}b", "=?utf-8?q?broken", "ż", &"w".repeat(901), &"a  b  ".repeat(200)]
    {
        assert!(text(odd).contains("=?UTF-8?"), "{odd:?}");
    }
    for fine in ["a\tb", "a  b", "what =? this", "x=?y"] {
        let plain = !fine.contains("=?");
        assert_eq!(text(fine).contains("?Q?"), !plain, "{fine:?}");
    }
}

#[test]
fn encoded_words_of_the_caller_stay() {
    assert_eq!(
        text("=?UTF-8?B?xbs=?= and =?iso-8859-2?Q?=B1?="),
        "Subject: =?UTF-8?B?xbs=?= and =?iso-8859-2?Q?=B1?=\r\n"
    );
}

#[test]
fn names_are_quoted_or_encoded_where_they_must_be() {
    let one = |list: &str| addresses(&parse_list(list).unwrap());
    assert_eq!(one("Jan Kowalski <a@b>"), "To: Jan Kowalski <a@b>\r\n");
    assert_eq!(one("\"Kowalski, J. \\\"K\\\"\" <a@b>"), "To: \"Kowalski, J. \\\"K\\\"\" <a@b>\r\n");
    assert_eq!(one("\"=?utf-8?q?x?=\" <a@b>"), "To: \"=?utf-8?q?x?=\" <a@b>\r\n");
    assert_eq!(one("=?utf-8?q?x?= Jr. <a@b>"), "To: =?utf-8?q?x?= Jr. <a@b>\r\n");
    assert_eq!(one("Żółw <a@b>"), "To: =?UTF-8?B?xbvDs8WCdw==?= <a@b>\r\n");
}

#[test]
fn a_name_made_elsewhere_injects_nothing() {
    for name in [DisplayName::Text("a\r\nBcc: x@y".into()), DisplayName::Encoded("x@y, =?utf-8?q?a?=\r\nBcc: z".into())]
    {
        let mailbox = "a@b".parse().unwrap();
        let field = addresses(&[Named { name: Some(name), mailbox }]);
        assert_eq!(field.matches("\r\n").count(), 1 + field.matches("\r\n ").count(), "{field}");
        assert!(!field.contains("x@y") && field.ends_with(" <a@b>\r\n"), "{field}");
    }
}

#[test]
fn long_lists_are_folded_between_addresses() {
    let list = "Some Body <some.body@example.org>, ".repeat(50);
    let field = addresses(&parse_list(&list).unwrap());
    assert!(field.lines().all(|line| line.len() <= 78));
    assert_eq!(field.replace("\r\n", "").matches("Some Body <some.body@example.org>").count(), 50);
    let longest = format!("{}@{}", "l".repeat(64), "abcdefg.".repeat(22) + "example");
    assert!(addresses(&parse_list(&format!("a@b, {longest}")).unwrap()).lines().all(|line| line.len() <= 998));
}

#[test]
fn ids_stay_on_their_line_and_dates_are_universal() {
    let mut out = Vec::new();
    push_unfolded(&mut out, "In-Reply-To", "a b\r\nBcc: x");
    push_date(&mut out, "Date", "2026-11-21T19:24:47Z".parse::<Timestamp>().unwrap());
    let expected = "In-Reply-To: a b  Bcc: x\r\nDate: Sat, 21 Nov 2026 19:24:47 +0000\r\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
