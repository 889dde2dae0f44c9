//! Where the mails of an mbox begin and end, and that what is written is read back.

use std::io::Cursor;

use proptest::prelude::*;

use super::{Extent, Form, mail_at, quoted, unquoted};

/// All mails of a file.
fn all(file: &[u8]) -> Vec<Extent> {
    let (mut mails, mut at) = (Vec::new(), 0);
    while let Some(extent) = mail_at(&mut Cursor::new(file), at).unwrap() {
        assert!(extent.whole.end > at, "no progress at {at} of {}", file.escape_ascii());
        at = extent.whole.end;
        mails.push(extent);
    }
    mails
}

fn texts(file: &str) -> Vec<String> {
    let cut = |extent: &Extent| file[extent.mail.start as usize..extent.mail.end as usize].to_owned();
    all(file.as_bytes()).iter().map(cut).collect()
}

#[test]
fn a_mail_begins_at_a_from_line_after_an_empty_line() {
    let file = "From a@b Sat Nov 21\nS: 1\n\none\nFrom here on\n\nFrom now on it is text\n\nFrom b@c Sat Nov 21\nS: 2\n\ntwo\n";
    assert_eq!(
        texts(file),
        [
            "From a@b Sat Nov 21\nS: 1\n\none\nFrom here on\n\nFrom now on it is text\n",
            "From b@c Sat Nov 21\nS: 2\n\ntwo\n"
        ]
    );
    assert_eq!(texts("From a@b x\nS: 1\n\nFrom c@d x\nS: 2\n"), ["From a@b x\nS: 1\n\n", "From c@d x\nS: 2\n"]);
    assert_eq!(texts(""), Vec::<String>::new());
    assert_eq!(texts("From a@b x"), ["From a@b x"]);
    assert!(mail_at(&mut Cursor::new(b"no mbox"), 0).is_err());
    assert!(mail_at(&mut Cursor::new(b">From a@b x\n"), 0).is_err());
}

#[test]
fn a_content_length_counts_where_it_fits() {
    let text = "one\n\nFrom b@c Sat Nov 21\nno mail\n";
    for (length, form, mails) in [
        (text.len(), Form::Counted, 2),
        (text.len() - 1, Form::Quoted, 3),
        (9_999, Form::Quoted, 3),
        (5, Form::Counted, 3),
    ] {
        let file = format!("From a@b x\ncontent-length: {length}\n\n{text}\nFrom d@e x\nS: 2\n\ntwo\n");
        let found = all(file.as_bytes());
        assert_eq!((found[0].form, found.len()), (form, mails), "{length}: {found:?}");
    }
}

#[test]
fn a_line_of_any_length_is_passed_over() {
    let long = "x".repeat(100_000);
    let file = format!("From a@b x\nS: {long}\n\n{long}\n\nFrom b@c x\n\n{long}");
    assert_eq!(texts(&file).len(), 2);
}

/// Lines that are hard to tell from the beginning of a mail.
fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just(String::new()),
        Just("From a@b Sat Nov 21 10:00:00 2026".to_owned()),
        Just(">From a@b Sat Nov 21 10:00:00 2026".to_owned()),
        Just(">>From x".to_owned()),
        Just("From ".to_owned()),
        Just("Content-Length: 3".to_owned()),
        "[a-c>: F]{0,6}",
    ];
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.iter().map(|line| format!("{line}\n")).collect())
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(mails in prop::collection::vec(text(), 0..6)) {
        let mut file = Vec::new();
        for mail in &mails {
            file.extend_from_slice(b"From a@b Sat Nov 21 10:00:00 2026\nS: x\n\n");
            file.extend(quoted(mail.as_bytes()));
            file.push(b'\n');
        }
        let head = "From a@b Sat Nov 21 10:00:00 2026\nS: x\n\n".len();
        let read: Vec<Vec<u8>> = all(&file).iter().map(|extent| {
            let range = extent.mail.start as usize + head..extent.mail.end as usize;
            unquoted(file.get(range).unwrap_or_default())
        }).collect();
        let written: Vec<Vec<u8>> = mails.iter().map(|mail| mail.clone().into_bytes()).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn any_octets_are_parted_without_loss(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let file = [b"From a@b x\n".as_slice(), &octets].concat();
        let mails = all(&file);
        prop_assert_eq!(mails.first().map(|mail| mail.whole.start), Some(0));
        prop_assert_eq!(mails.last().map(|mail| mail.whole.end), Some(file.len() as u64));
        for two in mails.windows(2) {
            prop_assert_eq!(two[0].whole.end, two[1].whole.start);
            prop_assert!(two[0].mail.end <= two[0].whole.end);
        }
    }
}
