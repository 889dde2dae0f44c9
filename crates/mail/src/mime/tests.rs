//! Parts of messages, against another reader and against what would cost too much.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::MessageParser;
use proptest::prelude::*;

use super::{LimitError, MimeLimits, parts, unwrapped};

fn bodies(message: &str) -> Vec<String> {
    let parts = parts(message.as_bytes(), &MimeLimits::default()).unwrap();
    let leaves = parts.iter().filter(|part| !part.is_container);
    leaves.map(|part| String::from_utf8_lossy(part.body).into_owned()).collect()
}

#[test]
fn delimiters_own_the_line_end_before_them() {
    let mail = "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n\n--b \nA: 1\n\ntwo\n--b--\n--b\nepilogue\n";
    assert_eq!(bodies(mail), ["one\n", "two"]);
    assert_eq!(bodies(&mail.replace('\n', "\r\n")), ["one\r\n", "two"]);
}

#[test]
fn what_only_looks_like_a_delimiter_is_text() {
    let mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--bc\nx --b\n--b-\n--b--x\n--b--\n";
    assert_eq!(bodies(mail), ["--bc\nx --b\n--b-\n--b--x"]);
}

#[test]
fn broken_multiparts_give_what_is_there() {
    assert_eq!(bodies("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nopen end\n"), ["open end\n"]);
    assert_eq!(bodies("Content-Type: multipart/mixed; boundary=b\n\nno part"), ["no part"]);
    assert_eq!(bodies("Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n"), ["--b\n\nx\n--b--\n"]);
    assert_eq!(bodies("Content-Type: multipart/mixed; boundary=b\n\n--b\n--b--"), [""]);
}

#[test]
fn a_boundary_folded_after_its_equals_sign_is_seen_at_any_depth() {
    let mail = "Content-Type: multipart/mixed; boundary=\r\n \"b\"\r\n\r\n--b\r\nContent-Type: multipart/mixed;\r\n\
                boundary=\r\n\t\"c\"\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n";
    let folded = mail.replace("mixed;\r\nboundary", "mixed;\r\n boundary");
    assert_eq!(bodies(&folded), ["x"]);
}

#[test]
fn parts_and_nesting_are_capped() {
    let many = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\n".repeat(200_000));
    assert_eq!(parts(many.as_bytes(), &MimeLimits::default()).unwrap_err(), LimitError::Parts(1000));
    let deep: String =
        (0..50_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    assert_eq!(parts(deep.as_bytes(), &MimeLimits::default()).unwrap_err(), LimitError::Nesting(20));
}

/// The message out of what wraps whole multiparts.
fn opened(message: &str) -> Option<String> {
    let parts = parts(message.as_bytes(), &MimeLimits::default()).unwrap();
    let opened = unwrapped(message.as_bytes(), &parts, &MimeLimits::default()).unwrap();
    opened.map(|message| String::from_utf8(message).unwrap())
}

/// A multipart of these parts, its body in base64.
fn wrap(boundary: &str, parts: &[&str]) -> String {
    let body: String = parts.iter().map(|part| format!("--{boundary}\r\n{part}\r\n")).collect();
    let body = STANDARD.encode(format!("{body}--{boundary}--\r\n"));
    let lines: Vec<&str> = body.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let field = format!("Content-Type: multipart/mixed; boundary={boundary}");
    format!("{field}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n", lines.join("\r\n"))
}

#[test]
fn a_multipart_that_is_encoded_as_a_whole_is_opened_at_any_depth() {
    let plain = "Content-Type: text/plain\r\n\r\none";
    let once = wrap("b", &[plain, "\r\ntwo"]);
    assert_eq!(bodies(&opened(&once).unwrap()), ["one", "two"]);
    let twice = wrap("a", &[plain, &once, &wrap("c", &["\r\nthree"])]);
    assert_eq!(bodies(&opened(&twice).unwrap()), ["one", "one", "two", "three"]);
    let beside =
        format!("Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n{once}\r\n--o\r\n{once}\r\n--o--\r\n");
    assert_eq!(bodies(&opened(&beside).unwrap()), ["one", "two", "one", "two"]);
    let quoted = "Content-Type: multipart/mixed; boundary=\"a=b\"\n\
                  Content-Transfer-Encoding: quoted-printable\n\n--a=3Db\n\none=3D\n--a=3Db--\n";
    assert_eq!(bodies(&opened(quoted).unwrap()), ["one="]);
}

#[test]
fn a_multipart_that_only_says_that_it_is_encoded_is_left_alone() {
    let mail = "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\none\n--b--\n";
    assert_eq!((opened(mail), bodies(mail)), (None, vec!["one".to_owned()]));
    assert_eq!(opened(&wrap("b", &["x"]).replace("boundary=b", "boundary=c")), None);
    assert_eq!(opened("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nLS1i\n"), None);
}

#[test]
fn wrapping_does_not_get_around_the_limits() {
    let deep = (0..23).fold("Subject: x\r\n\r\nend".to_owned(), |inner, n| wrap(&format!("b{n}"), &[&inner]));
    let opened = opened(&deep).unwrap();
    assert_eq!(parts(opened.as_bytes(), &MimeLimits::default()).unwrap_err(), LimitError::Nesting(20));
}

proptest! {
    #[test]
    fn any_octets_are_read_without_panic(body in "(--b|--|\r?\n|Content-Type: multipart/mixed; boundary=b|x){0,20}") {
        let mail = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{body}");
        let _ = parts(mail.as_bytes(), &MimeLimits { max_parts: 5, max_nesting: 2 });
    }

    #[test]
    fn another_reader_finds_the_same_parts(texts in proptest::collection::vec("[a-z][a-z ]{0,8}[a-z](\r\n[a-z]{1,9}){0,2}", 1..5)) {
        let body: String = texts.iter().map(|text| format!("--b\r\n\r\n{text}\r\n")).collect();
        let mail = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{body}--b--\r\n");
        prop_assert_eq!(&bodies(&mail), &texts);
        let read = MessageParser::default().parse(&mail).unwrap();
        let theirs: Vec<String> = read.parts[1..].iter().map(|part| part.text_contents().unwrap().to_owned()).collect();
        prop_assert_eq!(theirs, texts);
    }
}
