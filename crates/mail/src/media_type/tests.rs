//! `Content-Type` as mail programs write it.

use proptest::prelude::*;

use super::{MediaType, word};

fn parameter(value: &str, name: &str) -> Option<String> {
    MediaType::parse(value).parameter(name).map(str::to_owned)
}

#[test]
fn types_and_parameters_are_read_in_any_dress() {
    for value in [
        "text/xml; charset=utf-8",
        "TEXT/XML ;CHARSET = \"utf-8\"",
        "text/xml;charset=utf-8; x",
        " text/xml (comment; charset=no); (c) charset=utf-8 (c)",
        "text/xml; ; charset=\"ut\\f-8\";",
        "text/xml; x=\"; charset=no\"; charset=utf-8",
        "\"text/xml\"; charset=utf-8",
    ] {
        assert_eq!(MediaType::parse(value).essence, "text/xml", "{value}");
        assert_eq!(parameter(value, "charset").as_deref(), Some("utf-8"), "{value}");
    }
    assert_eq!(MediaType::parse(""), MediaType::default());
    assert_eq!(
        parameter("multipart/related; boundary=b1; start=\"<root@localhost>\"", "start").unwrap(),
        "<root@localhost>"
    );
    assert_eq!(
        parameter("multipart/mixed; boundary=\"1804289383-1795289087=:30792\"", "boundary").unwrap(),
        "1804289383-1795289087=:30792"
    );
}

#[test]
fn sections_are_joined_and_percent_codes_decoded() {
    assert_eq!(parameter("a/b; boundary*0=\"ab \"; boundary*1=cd", "boundary").unwrap(), "ab cd");
    assert_eq!(parameter("a/b; name*=utf-8''%C5%BCx%zz", "name").unwrap(), "żx%zz");
    assert_eq!(
        parameter("a/b; name*0*=utf-8'pl'%C5; name*1*=%BC; name*2=.xml", "name").as_deref(),
        Some("ż.xml"),
        "a character is cut between two sections"
    );
}

#[test]
fn sections_count_by_their_numbers_whatever_stands_between_them() {
    for value in [
        "a/b; boundary*1=part; boundary*0=first",
        "a/b; boundary*0=fi; charset=utf-8; boundary*2=part; x*0=1; boundary*1=rst; x*1=2",
        "a/b; BOUNDARY*1*=%70art; Boundary*0*=us-ascii'en'first",
        "a/b; boundary*0=first; boundary*1=part; boundary*1=twice; boundary*0=again",
        "a/b; boundary*1=part (c); (c) boundary*0=\"first\"",
    ] {
        assert_eq!(parameter(value, "boundary").as_deref(), Some("firstpart"), "{value}");
    }
    let between = "a/b; boundary*0=fi; charset=utf-8; boundary*1=rst; x*1=2; x*0=1";
    assert_eq!(
        (parameter(between, "charset").as_deref(), parameter(between, "x").as_deref()),
        (Some("utf-8"), Some("12"))
    );
    assert_eq!(parameter("a/b; boundary=whole; boundary*0=cut", "boundary").as_deref(), Some("whole"));
}

#[test]
fn many_sections_cost_no_more_than_their_length() {
    let value: String = (0..200_000).map(|n| format!("; a{n}*1=x")).collect();
    assert_eq!(parameter(&format!("a/b{value}"), "a199999").as_deref(), Some("x"));
}

#[test]
fn a_word_is_read_without_comments_quotes_and_parameters() {
    for value in ["base64", " base64 (by a gateway)", "(c) base64", "base64;", "\"base64\"", "base64; x=y", "base64(c)"]
    {
        assert_eq!(word(value), "base64", "{value}");
    }
    assert_eq!((word(""), word("(only a comment)")), (String::new(), String::new()));
}

proptest! {
    #[test]
    fn any_value_is_read_without_panic(value in "[a/;=\"\\\\()*0'% ż]{0,40}") {
        let _ = MediaType::parse(&value);
    }
}
