//! Address lists as people and programs write them.

use proptest::prelude::*;

use super::{DisplayName, Named, parse_list, parse_local_list, parse_one, unqualified};
use crate::address::Domain;

fn addresses(text: &str) -> Vec<String> {
    parse_list(text).unwrap().iter().map(|named| named.mailbox.to_string()).collect()
}

fn name(text: &str) -> Option<DisplayName> {
    parse_one(text).unwrap().name
}

fn bad(text: &str) -> String {
    parse_list(text).unwrap_err().address
}

#[test]
fn bare_and_bracketed_addresses_stand_in_one_list() {
    assert_eq!(addresses("a@b"), ["a@b"]);
    assert_eq!(addresses(" a@b ,<c@d>, Jan <e@f> "), ["a@b", "c@d", "e@f"]);
    assert_eq!(addresses("\"a,b\"@x, \"Kowalski, Jan\" <jan@x>"), ["\"a,b\"@x", "jan@x"]);
    assert_eq!(addresses("a@[IPv6:::1], b@y"), ["a@[IPv6:::1]", "b@y"]);
}

#[test]
fn empty_elements_comments_and_white_space_are_passed_over() {
    assert_eq!(addresses(",a@b,, c@d ,"), ["a@b", "c@d"]);
    assert_eq!(addresses("(x (y\\)) z) a@b (Jan, of b), jan @ c (,) , < d@e >"), ["a@b", "jan@c", "d@e"]);
    assert_eq!(addresses("a@(here)b"), ["a@b"]);
}

#[test]
fn groups_give_their_members() {
    assert_eq!(addresses("undisclosed: a@x, b@y;"), ["a@x", "b@y"]);
    assert_eq!(addresses("a@x, \"My group\": B <b@y>, c@z; , d@w"), ["a@x", "b@y", "c@z", "d@w"]);
    assert_eq!(bad("undisclosed-recipients:;"), "undisclosed-recipients:;");
    assert!(parse_list("g: a@x").is_err() && parse_list("g: a@x; b@y").is_err() && parse_list("g: h: a@x;;").is_err());
}

#[test]
fn display_names_are_text_without_their_quotes() {
    let text = |text: &str| Some(DisplayName::Text(text.to_owned()));
    assert_eq!(name("Jan  Kowalski <a@b>"), text("Jan Kowalski"));
    assert_eq!(name("Dr. J.(Biuro)Kowalski <a@b>"), text("Dr. J. Kowalski"));
    assert_eq!(name("\"Kowalski, \\\"Jan\\\"\" <a@b>"), text("Kowalski, \"Jan\""));
    assert_eq!(name("Zażółć gęślą <a@b>"), text("Zażółć gęślą"));
    assert_eq!(name("\"\" <a@b>"), None);
    assert_eq!(name("a@b"), None);
}

#[test]
fn encoded_words_in_names_are_kept() {
    let word = "=?utf-8?q?Zwrot_=C5=BB?= Jan";
    assert_eq!(name(&format!("{word} <a@b>")), Some(DisplayName::Encoded(word.into())));
    assert_eq!(name(&format!("\"{word}\" <a@b>")), Some(DisplayName::Text(word.into())));
    let hidden = "=?utf-8?q?=0D=0ABcc=3A_x=40y?=";
    assert_eq!(name(&format!("{hidden} <a@b>")), Some(DisplayName::Text(hidden.into())));
}

#[test]
fn the_first_bad_address_is_named() {
    assert_eq!(bad("wrong@mail@example.org"), "wrong@mail@example.org");
    assert_eq!(bad("a@b, wrong@mail@example.org, c@d@e"), "wrong@mail@example.org");
    assert_eq!(bad("Jan <wrong@@x>, a@b"), "wrong@@x");
    assert_eq!(bad("Kowalski, Jan <a@b>"), "Kowalski");
    assert_eq!(bad(""), "");
    assert_eq!(bad(" ,, "), ",,");
    assert_eq!(bad("a@b, \"open <c@d>, e@f"), "\"open <c@d>");
    assert_eq!(bad("a@b; c@d"), "a@b; c@d");
    assert_eq!(bad("a@b, Jan <>"), "Jan <>");
    assert_eq!(bad("a@b, Jan <c@d"), "Jan <c@d");
    assert_eq!(bad("a@b c@d"), "a@b c@d");
    assert_eq!(bad("Jan <a@b> Kowalski"), "Jan <a@b> Kowalski");
    assert_eq!(bad("a@b, J@n <c@d>"), "J@n <c@d>");
}

#[test]
fn control_characters_are_refused_wherever_they_stand() {
    for place in ["a@b{}", "{}a@b", "a{}@b", "\"a{}\" <a@b>", "J{}n <a@b>", "(c{}) a@b", "a@b,{}c@d", "a@[1{}]"] {
        for control in ["\r\n", "\r", "\n", "\0", "\u{1}", "\u{7f}", "\u{85}", "\u{2028}", "\r\n Bcc: x@y"] {
            assert!(parse_list(&place.replace("{}", control)).is_err(), "{place} {control:?}");
        }
    }
}

#[test]
fn one_mailbox_is_one() {
    assert_eq!(parse_one("Jan <a@b>").unwrap().mailbox.to_string(), "a@b");
    assert_eq!(parse_one("a@b, c@d").unwrap_err().address, "a@b, c@d");
    assert!(parse_one("").is_err());
    assert!("Jan <a@b>".parse::<Named>().is_ok());
}

#[test]
fn a_long_list_and_deep_comments_cost_no_stack() {
    let list = "a@b,".repeat(100_000);
    assert_eq!(parse_list(&list).unwrap().len(), 100_000);
    let comment = format!("{}{} a@b", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(addresses(&comment), ["a@b"]);
    assert!(parse_list(&"(".repeat(100_000)).is_err());
}

fn local(text: &str) -> Vec<String> {
    let host = Domain::parse("host.test").unwrap();
    parse_local_list(text, &host).unwrap().iter().map(|named| named.mailbox.to_string()).collect()
}

#[test]
fn a_list_of_a_local_program_may_name_nobody() {
    for nobody in ["", " ", ",", "(none)", "undisclosed-recipients:;", "Undisclosed recipients: ;", "g:,;, h: ;"] {
        assert!(local(nobody).is_empty(), "{nobody}");
    }
    for nobody in ["undisclosed-recipients:", "<>", "Nobody <>", "<undisclosed-recipients:;>"] {
        assert!(local(nobody).is_empty(), "{nobody}");
    }
    assert_eq!(local("undisclosed-recipients:; a@x"), ["a@x"]);
    assert_eq!(local("Staff: root, a@x;, b@y"), ["root@host.test", "a@x", "b@y"]);
}

#[test]
fn a_name_without_a_domain_is_at_this_host() {
    assert_eq!(local("root (Cron Daemon)"), ["root@host.test"]);
    assert_eq!(local("mdadm monitoring <root>, \"John Doe\""), ["root@host.test", "\"John Doe\"@host.test"]);
    assert_eq!(local("ann@x <ann@x>"), ["ann@x"]);
    let host = Domain::parse("host.test").unwrap();
    for wrong in ["two words", "a@", "a@b@c", "a b@c", "<a@b> c", "j\u{fffd}rg@"] {
        assert!(parse_local_list(wrong, &host).is_err(), "{wrong}");
    }
}

#[test]
fn the_places_of_missing_domains_are_told() {
    let host = Domain::parse("host.test").unwrap();
    assert_eq!(unqualified("root (Cron Daemon)", &host), [4]);
    assert_eq!(unqualified(" A  <b>,\tc@d (x), g: e ;", &host), [6, 22]);
    for nothing in ["a@b", "undisclosed-recipients:;", "two words"] {
        assert!(unqualified(nothing, &host).is_empty(), "{nothing}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "[a@<>,:;()\"\\\\ \\r\\n.\\[\\]ż]{0,40}") {
        let _ = (parse_list(&text), parse_one(&text));
    }

    #[test]
    fn what_is_read_holds_no_line_end(text in any::<String>()) {
        for named in parse_list(&format!("{text} <a@b>")).unwrap_or_default() {
            let name = match named.name { Some(DisplayName::Text(n) | DisplayName::Encoded(n)) => n, None => continue };
            prop_assert!(!name.contains(char::is_control));
        }
    }
}
