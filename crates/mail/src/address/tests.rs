//! Mailboxes against RFC 5321 §4.1.2, and against another reader of the same grammar.

use email_address::{EmailAddress, Options};
use proptest::prelude::*;

use super::{Domain, DomainPattern, Mailbox, Pattern};

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

#[test]
fn ordinary_and_odd_mailboxes_read_and_write_back() {
    for text in [
        "a@b",
        "calendar@localhost",
        "Mike.Olson@Fourthought.com",
        "o'brien+tag{x}|y@example.org",
        "a@[127.0.0.1]",
        "a@[IPv6:2001:db8::1]",
        "\"a b\"@example.org",
        "\"a@b\"@x.org",
        "\"a>b\"@x",
        "\"a\\\"b\\\\c\"@x",
        "\"\"@x",
        "\"a..b\"@x",
        "użytkownik@żółw.example",
        "a@xn--w-uga1v8h.example",
        "a@1.2.3.4",
        "a@x_y.org",
        "a@_dmarc._x.org_",
        "a@my_żółw.example",
    ] {
        assert_eq!(mailbox(text).to_string(), text);
    }
}

#[test]
fn what_is_no_mailbox_is_refused() {
    for text in [
        "",
        "@",
        "a",
        "a@",
        "@b",
        "wrong@mail@example.org",
        "a b@x",
        " a@x",
        "a@x ",
        "<a@x>",
        "a@x\r\nBcc: b@y",
        "a\n@x",
        "a\0@x",
        "\"a\r\nb\"@x",
        "\"a\u{85}b\"@x",
        "a\u{2028}b@x",
        "a\u{a0}b@x",
        ".a@x",
        "a.@x",
        "a..b@x",
        "a(c)@x",
        "`id`$(id)@x",
        "a,b@x",
        "\"a@x",
        "\"a\"b@x",
        "\"a\\\"@x",
        "a@x.",
        "a@.x",
        "a@x..y",
        "a@-x.org",
        "a@x-.org",
        "a@x,y",
        "a@[127.0.0.1",
        "a@[127.0.0.256]",
        "a@[::1]",
        "a@[IPv6:127.0.0.1]",
        "a@[IPv6:fe80::1%eth0]",
        "a@x。org",
        "a@exa mple.org",
        "a@xn--\u{e9}.org",
    ] {
        assert!(Mailbox::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn lengths_are_those_of_the_standard() {
    let local = |n| "l".repeat(n);
    assert!(Mailbox::parse(&format!("{}@x", local(64))).is_ok());
    assert!(Mailbox::parse(&format!("{}@x", local(65))).is_err());
    assert!(Mailbox::parse(&format!("\"{}\"@x", local(64))).is_ok(), "needless quotes do not count");
    assert!(Mailbox::parse(&format!("a@{}", local(63))).is_ok());
    assert!(Mailbox::parse(&format!("a@{}", local(64))).is_err());
    let of_octets = |n: usize| format!("a@{}{}", "abcdefg.".repeat(30), local(n - 242));
    assert!(Mailbox::parse(&of_octets(254)).is_ok());
    assert!(Mailbox::parse(&of_octets(255)).is_err());
    assert!(Mailbox::parse(&format!("a@{}", "ż".repeat(1_000_000))).is_err());
}

#[test]
fn needless_quotes_go_and_needed_ones_stay() {
    assert_eq!(mailbox("\"plain.dot\"@x").to_string(), "plain.dot@x");
    assert_eq!(mailbox("\"pl\\ain\"@x").to_string(), "plain@x");
    assert_eq!(mailbox("\"a b\"@x").local_unquoted(), "a b");
    assert_eq!(mailbox("\"a\\\"b\"@x").local_unquoted(), "a\"b");
    assert_eq!(mailbox("plain@x").local_unquoted(), "plain");
}

#[test]
fn the_domain_has_no_case_and_the_local_part_has() {
    assert!(mailbox("a@Example.ORG").same_mailbox(&mailbox("a@example.org")));
    assert!(!mailbox("A@example.org").same_mailbox(&mailbox("a@example.org")));
    assert!(mailbox("a@żółw.example").same_mailbox(&mailbox("a@xn--w-uga1v8h.Example")));
    assert!(mailbox("a@ŻÓŁW.example").same_mailbox(&mailbox("a@żółw.example")));
    assert!(!mailbox("a@[127.0.0.1]").same_mailbox(&mailbox("a@127.0.0.1")));
    assert!(mailbox("a@[IPv6:0:0::1]").same_mailbox(&mailbox("b@[IPv6:::1]").with_local("a").unwrap()));
}

#[test]
fn a_domain_has_an_ascii_form_for_dns() {
    assert_eq!(mailbox("a@ŻÓŁW.Example").domain().ascii(), "xn--w-uga1v8h.example");
    assert_eq!(mailbox("a@Example.ORG").domain().ascii(), "example.org");
    assert_eq!(mailbox("a@[192.0.2.1]").domain().ascii(), "[192.0.2.1]");
    assert_eq!(Domain::parse("ex\u{ad}ample\u{200b}.org").unwrap(), Domain::Name("example.org".into()));
}

#[test]
fn only_a_local_part_beyond_ascii_has_no_ascii_form() {
    assert_eq!(mailbox("a@żółw.example").to_ascii().unwrap().to_string(), "a@xn--w-uga1v8h.example");
    assert_eq!(mailbox("a@x.org").to_ascii().unwrap().to_string(), "a@x.org");
    assert_eq!(mailbox("ż@x.org").to_ascii(), None);
    assert!(mailbox("ż@x.org").is_international() && mailbox("a@ż.org").is_international());
    assert!(!mailbox("a@x.org").is_international());
}

#[test]
fn patterns_match_whom_they_name() {
    let matches = |pattern: &str, text: &str| Pattern::parse(pattern).unwrap().matches(&mailbox(text));
    assert!(matches("*", "a@b") && matches("*", "a@[127.0.0.1]") && matches("*@*", "a@b"));
    assert!(matches("*@example.edu", "a@Example.EDU"));
    assert!(!matches("*@example.edu", "a@x.example.edu") && !matches("*@example.edu", "a@notexample.edu"));
    assert!(matches("*@*.example.edu", "a@x.example.edu") && matches("*@*.example.edu", "a@x.y.example.edu"));
    assert!(!matches("*@*.example.edu", "a@example.edu") && !matches("*@*.example.edu", "a@xexample.edu"));
    assert!(matches("Jan@example.edu", "jan@example.edu") && !matches("jan@example.edu", "jana@example.edu"));
    assert!(matches("*@żółw.example", "a@xn--w-uga1v8h.example"));
    assert!(matches("calls+*@x", "Calls+abc@x") && matches("calls+*@x", "calls+a+b@x"));
    assert!(!matches("calls+*@x", "calls@x") && !matches("calls+*@x", "calls+@x") && !matches("calls+*@x", "call+s@x"));
    assert_eq!(Pattern::parse("calls+*@x").unwrap().to_string(), "calls+*@x");
    for ill in ["", "example.edu", "*@", "*@*.", "a*@x", "*@x.*", "@x", "+*@x", "a*+*@x", "a+*b@x"] {
        assert!(Pattern::parse(ill).is_err(), "{ill}");
    }
    assert_eq!(Pattern::parse("*@*.example.edu").unwrap().to_string(), "*@*.example.edu");
    assert!(DomainPattern::parse("*.b").unwrap().matches(&Domain::Name("a.b".into())));
}

/// Where both grammars agree: no literals, quotes or letters beyond ASCII.
fn oracle(text: &str) -> bool {
    let options = Options::default().without_display_text().without_domain_literal();
    EmailAddress::parse_with_options(text, options).is_ok()
}

proptest! {
    #[test]
    fn whatever_reads_writes_back_to_the_same(text in "\\PC{0,12}@\\PC{0,12}|\"[ -~]{0,9}\"@[a-z.-]{1,9}") {
        if let Ok(read) = Mailbox::parse(&text) {
            prop_assert_eq!(Mailbox::parse(&read.to_string()).unwrap(), read);
        }
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        let _ = (Mailbox::parse(&text), Pattern::parse(&text), Domain::parse(&text));
    }

    #[test]
    fn another_reader_agrees(text in "[a-z.!#'+-]{0,5}@?[a-z0-9.-]{0,7}@[a-z0-9.-]{0,7}") {
        prop_assert_eq!(Mailbox::parse(&text).is_ok(), oracle(&text), "{}", text);
    }

    #[test]
    fn an_ascii_form_is_ascii_and_the_same_mailbox(text in "[a-z]{1,3}@[a-zżółß日本]{1,6}\\.org") {
        if let Ok(read) = Mailbox::parse(&text) {
            let ascii = read.to_ascii().unwrap();
            prop_assert!(ascii.to_string().is_ascii() && ascii.same_mailbox(&read));
        }
    }
}
