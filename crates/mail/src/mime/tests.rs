//! Parts of messages, against another reader and against what would cost too much.

use mail_parser::MessageParser;
use proptest::prelude::*;

use super::{LimitError, Limits, parts};

fn bodies(message: &str) -> Vec<String> {
    let parts = parts(message.as_bytes(), &Limits::default()).unwrap();
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
    assert_eq!(parts(many.as_bytes(), &Limits::default()).unwrap_err(), LimitError::Parts(1000));
    let deep: String =
        (0..50_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    assert_eq!(parts(deep.as_bytes(), &Limits::default()).unwrap_err(), LimitError::Nesting(20));
}

proptest! {
    #[test]
    fn any_octets_are_read_without_panic(body in "(--b|--|\r?\n|Content-Type: multipart/mixed; boundary=b|x){0,20}") {
        let mail = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{body}");
        let _ = parts(mail.as_bytes(), &Limits { max_parts: 5, max_nesting: 2 });
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
