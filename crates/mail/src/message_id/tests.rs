//! Ids as they arrive, and what an answer says of them.

use proptest::prelude::*;
use uuid::Uuid;

use super::{MAX_REFERENCES, Thread, in_reply_to, message_id, new_id, read_ids, references};
use crate::address::Domain;
use crate::header::Headers;

fn bare(value: &str) -> Vec<String> {
    read_ids(value).into_iter().map(|id| id.bare).collect()
}

#[test]
fn ids_are_read_with_and_without_brackets() {
    assert_eq!(bare("<a@b>"), ["a@b"]);
    assert_eq!(bare("2"), ["2"]);
    assert_eq!(bare(" <a@b>\t< c@d >(comment <x@y>) e@f"), ["a@b", "c@d", "e@f"]);
    assert_eq!(bare("<a@b><c@d>, <e@f>"), ["a@b", "c@d", "e@f"]);
    assert_eq!(bare("(only (a) comment)"), [""; 0]);
    assert_eq!(bare("<>"), [""; 0]);
    assert_eq!(bare("<open@b"), ["open@b"]);
}

#[test]
fn prose_around_a_bracketed_id_is_no_id() {
    assert_eq!(bare("Your message of \"Mon, 2 Jan\" <a@b>"), ["a@b"]);
}

#[test]
fn a_message_id_is_kept_as_it_was_written() {
    let read = |field: &str| message_id(&Headers::of(field.as_bytes())).map(|id| (id.as_written, id.bare));
    let id = |written: &str, bare: &str| Some((written.as_bytes().to_vec(), bare.to_owned()));
    assert_eq!(read("Message-Id: 2\r\n"), id("2", "2"));
    assert_eq!(read("MESSAGE-ID:<a@b>\n"), id("<a@b>", "a@b"));
    assert_eq!(read("Message-ID:\r\n <a@b>\r\n"), id("<a@b>", "a@b"));
    assert_eq!(read("Message-ID: (x) <a@b> (y)\r\n"), id("(x) <a@b> (y)", "a@b"));
    assert_eq!(read("Message-ID: my id (c)\r\n"), id("my id (c)", "my id"));
    assert_eq!(read("Message-ID: <a b@c>\r\n"), id("<a b@c>", "a b@c"));
    assert_eq!(read("Message-ID:\r\n"), None);
    assert_eq!(read("Message-ID: a\0b\r\n"), None);
    assert_eq!(read("Subject: x\r\n"), None);
}

#[test]
fn an_answer_continues_the_thread() {
    let thread = |text: &str| Thread::answering(&Headers::of(text.as_bytes()));
    let text = |octets: Option<Vec<u8>>| String::from_utf8(octets.unwrap()).unwrap();
    let said = |thread: Thread| (text(thread.in_reply_to), text(thread.references));
    let both = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(said(thread("Message-ID: 3\r\n")), both("3", "3"));
    assert_eq!(
        said(thread("Message-ID: <c@x>\r\nIn-Reply-To: <b@x>\r\nReferences: <a@x>\r\n <b@x>\r\n")),
        both("<c@x>", "<a@x> <b@x> <c@x>")
    );
    assert_eq!(said(thread("Message-ID: <c@x>\r\nIn-Reply-To: <b@x>\r\n")), both("<c@x>", "<b@x> <c@x>"));
    assert_eq!(said(thread("Message-ID: <c@x>\r\nIn-Reply-To: <a@x> <b@x>\r\n")), both("<c@x>", "<c@x>"));
    assert_eq!(thread("References: <a@x>\r\n"), Thread::default());
}

#[test]
fn an_id_that_is_no_utf_8_goes_back_octet_for_octet() {
    let mail = b"Message-ID: <caf\xe9.\x85@x>\r\nReferences: <\xe0@x> <\xc5\xbb@x>\r\n";
    let thread = Thread::answering(&Headers::of(mail));
    assert_eq!(thread.in_reply_to.unwrap(), b"<caf\xe9.\x85@x>");
    assert_eq!(thread.references.unwrap(), b"<\xe0@x> <\xc5\xbb@x> <caf\xe9.\x85@x>");
    let bare =
        |octet: u8| message_id(&Headers::of(&[b"Message-ID: <a".as_slice(), &[octet], b"@x>"].concat())).unwrap().bare;
    assert_ne!(bare(0xe9), bare(0xe8), "two ids are two ids");
    let utf_8 = Thread::answering(&Headers::of("Message-ID: <ż@x>\r\nReferences: <ł@x>\r\n".as_bytes()));
    assert_eq!(utf_8.references.unwrap(), "<ł@x> <ż@x>".as_bytes());
}

#[test]
fn long_threads_lose_their_middle() {
    let ids: String = (0..199).map(|n| format!(" <{n}{}@x>\r\n", "i".repeat(90))).collect();
    let mail = format!("Message-ID: <own@x>\r\nReferences:{ids}");
    let line = String::from_utf8(Thread::answering(&Headers::of(mail.as_bytes())).references.unwrap()).unwrap();
    assert!(line.len() <= MAX_REFERENCES && line.len() > MAX_REFERENCES - 200);
    assert!(line.starts_with("<0i") && line.contains("<198i") && line.ends_with(" <own@x>"));
}

#[test]
fn fields_of_several_ids_give_them_all() {
    let headers = Headers::of(b"References: <a@b>\r\n\t<c@d>\r\nIn-Reply-To: 2\r\nin-reply-to: <e@f>\r\n");
    assert_eq!(references(&headers).len(), 2);
    assert_eq!(in_reply_to(&headers).into_iter().map(|id| id.bare).collect::<Vec<_>>(), ["2", "e@f"]);
}

#[test]
fn a_new_id_is_a_dot_atom_at_the_domain() {
    let domain = Domain::parse("Żółw.example").unwrap();
    assert_eq!(new_id(Uuid::nil(), &domain), "00000000-0000-0000-0000-000000000000@xn--w-uga1v8h.example");
}

proptest! {
    #[test]
    fn any_value_is_read_without_panic(text in "[<>()@ ,\\\\\"a\\r\\nż]{0,40}") {
        for id in read_ids(&text) {
            prop_assert!(!id.bare.is_empty() && text.contains(std::str::from_utf8(&id.as_written).unwrap()));
        }
        let _ = Thread::answering(&Headers::of(format!("Message-ID: {text}\r\n").as_bytes()));
    }
}
