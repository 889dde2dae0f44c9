//! Addresses: what is read is written on the wire and in a header, and reads back the same.

use mail::compose::{Draft, Row, Rules};
use mail::{Domain, Headers, Mailbox, Pattern, parse_list};

use crate::draft::{STAMP_ID, stamp};
use crate::wire;

pub(crate) fn check(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    if let Ok(mailbox) = Mailbox::parse(text) {
        is_sound(&mailbox);
    }
    if let Ok(domain) = Domain::parse(text) {
        let again = Domain::parse(&domain.to_string()).expect("a domain reads back");
        assert_eq!(again, domain);
        assert!(domain.ascii().is_ascii());
    }
    if let Ok(pattern) = Pattern::parse(text) {
        assert_eq!(Pattern::parse(&pattern.to_string()).as_ref(), Ok(&pattern));
    }
    let Ok(list) = parse_list(text) else { return };
    assert!(!list.is_empty() && list.len() <= text.len());
    list.iter().for_each(|named| is_sound(&named.mailbox));
    let row = Row { to: text, from: "a@b.example", ..Row::default() };
    let draft = Draft::read(row, &Rules::default()).expect("what parse_list takes, a draft takes");
    let message = draft.compose(&stamp(STAMP_ID));
    wire::is_sound(&message);
    wire::has_one_of_each(&message, &["From", "To", "Subject", "Date", "Message-ID"]);
    let written = Headers::of(&message).first("To").expect("To").value().into_owned();
    let back = parse_list(&written).unwrap_or_else(|error| panic!("{text:?} was written {written:?}: {error}"));
    assert_eq!(back.len(), list.len(), "{text:?} was written {written:?}");
    for (back, given) in back.iter().zip(&list) {
        assert!(back.mailbox.same_mailbox(&given.mailbox), "{text:?} was written {written:?}");
        assert_eq!(back.name.is_some(), given.name.is_some(), "{text:?} was written {written:?}");
    }
}

fn is_sound(mailbox: &Mailbox) {
    let written = mailbox.to_string();
    assert!(written.len() <= 254 && !written.contains(char::is_control), "{written:?}");
    assert_eq!(Mailbox::parse(&written).as_ref(), Ok(mailbox));
    if let Some(ascii) = mailbox.to_ascii() {
        assert!(ascii.to_string().is_ascii() && ascii.same_mailbox(mailbox));
    }
    assert!(Pattern::parse("*").is_ok_and(|any| any.matches(mailbox)));
}
