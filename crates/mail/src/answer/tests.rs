//! Answers and requests as they leave.

use jiff::Timestamp;
use proptest::prelude::*;

use super::{AnswerKind, AnswerMail, Packaging, reply_subject};
use crate::address::Mailbox;
use crate::header::{Headers, split};
use crate::message_id::Thread;
use crate::payload::{MimeLimits, find};

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

const DOCUMENT: &[u8] = b"<?xml version=\"1.0\"?>\n<Envelope/>";

/// Composes an answer to a request with these header fields.
fn answer(request: &str, document: &[u8], change: impl FnOnce(&mut AnswerMail<'_>)) -> Vec<u8> {
    let request = Headers::of(request.as_bytes());
    let subject = reply_subject(&request);
    let mut mail = AnswerMail {
        from: &mailbox("calendar@localhost"),
        to: &mailbox("client@localhost"),
        subject: Some(&subject),
        thread: Thread::answering(&request),
        now: Timestamp::UNIX_EPOCH,
        message_id: "1@x",
        kind: AnswerKind::Answer,
        packaging: Packaging::Single,
        media_type: "text/xml",
        charset: "utf-8",
        fields: &[("X-Loop", "x")],
        document,
    };
    change(&mut mail);
    mail.compose()
}

#[test]
fn an_answer_is_one_part_in_reply_to_what_came() {
    let message = answer("Message-Id: 2\r\nSubject: Test Message\r\n", DOCUMENT, |_| {});
    let expected = "From: calendar@localhost\r\nTo: client@localhost\r\nSubject: Re: Test Message\r\n\
        Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nMessage-ID: <1@x>\r\nIn-Reply-To: 2\r\nReferences: 2\r\n\
        Auto-Submitted: auto-replied\r\nX-Loop: x\r\nMIME-Version: 1.0\r\nContent-Type: text/xml; charset=utf-8\r\n\
        Content-Transfer-Encoding: 7bit\r\n\r\n<?xml version=\"1.0\"?>\r\n<Envelope/>\r\n";
    assert_eq!(String::from_utf8(message).unwrap(), expected);
}

#[test]
fn a_request_without_a_subject_gets_re_alone() {
    for request in ["Message-ID: <a@b>\r\n", "Subject:\r\n", "Subject:   \r\n \r\n"] {
        let message = answer(request, DOCUMENT, |_| {});
        assert_eq!(Headers::of(&message).first("Subject").unwrap().octets(), b"Subject: Re:\r\n", "{request:?}");
    }
    let message = answer("", DOCUMENT, |mail| mail.subject = None);
    assert_eq!(Headers::of(&message).count("Subject"), 0);
}

#[test]
fn an_id_in_another_charset_goes_back_octet_for_octet() {
    let request = b"Message-ID: <caf\xe9@x>\r\nReferences: <\xe8@x>\r\n";
    let message = answer("", DOCUMENT, |mail| mail.thread = Thread::answering(&Headers::of(request)));
    let headers = Headers::of(&message);
    assert_eq!(headers.first("In-Reply-To").unwrap().raw(), b" <caf\xe9@x>");
    assert_eq!(headers.first("References").unwrap().raw(), b" <\xe8@x> <caf\xe9@x>");
}

#[test]
fn a_request_says_nothing_of_being_automatic() {
    let message = answer("", DOCUMENT, |mail| mail.kind = AnswerKind::Request);
    let headers = Headers::of(&message);
    for name in ["Auto-Submitted", "In-Reply-To", "References"] {
        assert_eq!(headers.count(name), 0, "{name}");
    }
}

#[test]
fn a_document_beyond_ascii_or_with_long_lines_is_quoted_printable() {
    let document = format!("<a>{}Ż</a>\n", "日本".repeat(600));
    let message = answer("", document.as_bytes(), |_| {});
    assert!(message.is_ascii() && message.split(|&b| b == b'\n').all(|line| line.len() <= 999));
    let payload = find(&message, &MimeLimits::default()).unwrap();
    assert_eq!(String::from_utf8_lossy(&payload.candidates[0].bytes), document.replace('\n', "\r\n"));
}

#[test]
fn the_base64_binding_gets_its_packaging_back() {
    let message = answer("Subject: s\r\n", DOCUMENT, |mail| {
        mail.packaging = Packaging::Base64Multipart;
        mail.media_type = "application/soap+xml; action=\"urn:x\"";
    });
    let payload = find(&message, &MimeLimits::default()).unwrap();
    assert_eq!(payload.packaging, Packaging::Base64Multipart);
    let soap = &payload.candidates[0];
    assert_eq!(soap.bytes, b"<?xml version=\"1.0\"?>\r\n<Envelope/>\r\n".as_slice());
    assert_eq!((soap.action.as_deref(), soap.charset.as_deref()), (Some("urn:x"), Some("utf-8")));
}

#[test]
fn a_long_folded_id_comes_back_on_one_line() {
    let id = format!("<{}@a-very-long-host-name.example.org>", "0123456789".repeat(20));
    let message = answer(&format!("Message-ID:\r\n {id}\r\nReferences: <a@b>\r\n <c@d>\r\n"), DOCUMENT, |_| {});
    let text = String::from_utf8(message.clone()).unwrap();
    assert!(text.contains(&format!("\r\nIn-Reply-To: {id}\r\n")));
    let references = Headers::of(&message).first("References").unwrap().value().into_owned();
    assert_eq!(references, format!("<a@b> <c@d> {id}"));
}

#[test]
fn a_subject_is_answered_once() {
    let subject = |line: &str| reply_subject(&Headers::of(line.as_bytes()));
    assert_eq!(subject("Subject: 48ac:-8000\r\n"), "Re: 48ac:-8000");
    assert_eq!(subject("Subject: RE: x\r\n"), "RE: x");
    assert_eq!(subject("Subject: żó\r\n"), "Re: żó");
    assert_eq!(subject(""), "Re:");
}

proptest! {
    #[test]
    fn no_request_writes_a_field_of_its_own(
        id in "[<>a@ ()\\r\\n\\t:ż\0]{0,30}", subject in any::<String>(), document in "(?s:.){0,60}",
    ) {
        let request = format!("Message-ID: {id}\r\nReferences: {id}\r\nSubject: {subject}\r\n");
        let message = answer(&request, document.as_bytes(), |_| {});
        let allowed = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
            "X-Loop", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"];
        let (headers, _) = split(&message);
        let mut names: Vec<&str> = headers.iter().map(|field| field.name()).collect();
        prop_assert!(names.iter().all(|name| allowed.contains(name)), "{:?}", names);
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), headers.iter().count());
        let text = String::from_utf8_lossy(&message).replace("\r\n", "");
        prop_assert!(!text.contains(['\r', '\n', '\0']));
    }
}

proptest! {
    #[test]
    fn octets_come_as_they_were_sent(document in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let message = answer("", &document, |mail| {
            mail.packaging = Packaging::Octets;
            (mail.media_type, mail.charset) = ("application/http; msgtype=response", "");
        });
        prop_assert!(message.is_ascii() && message.split(|octet| *octet == b'\n').all(|line| line.len() < 100));
        let found = crate::payload::first_of(&message, "application/http", &MimeLimits::default());
        prop_assert_eq!(found.as_deref(), Some(&*document));
    }
}
