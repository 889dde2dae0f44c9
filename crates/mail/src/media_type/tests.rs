//! `Content-Type` as mail programs write it.

use proptest::prelude::*;

use super::MediaType;

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
        parameter("a/b; name*0*=utf-8'pl'%C5; name*1*=%BC; name*2=.xml", "name").unwrap().chars().last(),
        Some('l')
    );
}

proptest! {
    #[test]
    fn any_value_is_read_without_panic(value in "[a/;=\"\\\\()*0'% ż]{0,40}") {
        let _ = MediaType::parse(&value);
    }
}
