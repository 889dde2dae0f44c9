//! One test for each reason to be silent, and for whom an answer goes to.

use super::{House, LOOP_FIELD, Silence, author, received_count, reply_address, return_path};
use crate::envelope::ReversePath;
use crate::header::Headers;

fn path(text: &str) -> ReversePath {
    if text.is_empty() { ReversePath::Null } else { ReversePath::Mailbox(text.parse().unwrap()) }
}

/// What is said of an ordinary request with one more line in its header.
fn silence(line: &str) -> Option<Silence> {
    let house = House {
        loop_marker: "callpost.example".into(),
        own: vec!["calendar@example.org".parse().unwrap()],
        max_received: 3,
    };
    let mail = format!("From: client@localhost\r\nSubject: x\r\n{line}\r\n\r\n");
    house.silence(&Headers::of(mail.as_bytes()), &path("client@localhost"))
}

#[test]
fn an_ordinary_request_is_answered() {
    for line in [
        "X: 1",
        "Auto-Submitted: no",
        "auto-submitted:NO (comment)",
        "Precedence: first-class",
        "X-Auto-Response-Suppress: None",
        "X-Loop: another.example",
        "Listen: x",
        "Content-Type: multipart/mixed",
    ] {
        assert_eq!(silence(line), None, "{line}");
    }
}

#[test]
fn a_null_reverse_path_is_not_answered() {
    let headers = Headers::of(b"From: a@b\r\n\r\n");
    assert_eq!(House::default().silence(&headers, &ReversePath::Null), Some(Silence::NullReversePath));
}

#[test]
fn automatic_mail_is_not_answered() {
    for value in ["auto-replied", "auto-generated; x=y", "auto-notified", ""] {
        assert_eq!(silence(&format!("Auto-Submitted: {value}")), Some(Silence::AutoSubmitted), "{value}");
    }
}

#[test]
fn reports_are_not_answered() {
    let line = "Content-Type: Multipart/Report;\r\n report-type=delivery-status; boundary=b";
    assert_eq!(silence(line), Some(Silence::Report));
}

#[test]
fn lists_are_not_answered() {
    for line in ["List-Id: <l.x>", "list-unsubscribe: <mailto:x@y>", "List-Post: NO"] {
        assert_eq!(silence(line), Some(Silence::MailingList), "{line}");
    }
}

#[test]
fn bulk_list_and_junk_are_not_answered() {
    for value in ["bulk", "LIST", "junk"] {
        assert_eq!(silence(&format!("Precedence: {value}")), Some(Silence::Precedence));
    }
}

#[test]
fn suppressed_responses_are_not_sent() {
    for value in ["All", "DR, AutoReply", "OOF"] {
        assert_eq!(silence(&format!("X-Auto-Response-Suppress: {value}")), Some(Silence::ResponseSuppressed));
    }
}

#[test]
fn our_own_marker_and_address_are_not_answered() {
    assert_eq!(silence(&format!("{LOOP_FIELD}: CALLPOST.example")), Some(Silence::LoopMarker));
    assert_eq!(silence("Reply-To: calendar@Example.ORG"), Some(Silence::OwnAddress));
    let house = House { own: vec!["a@b".parse().unwrap()], ..House::default() };
    assert_eq!(house.silence(&Headers::of(b"From: c@d\n"), &path("a@B")), Some(Silence::OwnAddress));
}

#[test]
fn a_mail_without_a_reply_address_is_not_answered() {
    for line in [
        "Reply-To: a@b, c@d",
        "Reply-To: nobody",
        "Reply-To: a@b\r\nReply-To: c@d",
        "From: second@x",
        "Reply-To: g:;",
        "Reply-To:",
    ] {
        assert_eq!(silence(line), Some(Silence::NoReplyAddress), "{line}");
    }
}

#[test]
fn a_mail_that_went_in_circles_is_not_answered() {
    let received = |times: usize| vec!["Received: x"; times].join("\r\n");
    assert_eq!(silence(&received(3)), None);
    assert_eq!(silence(&received(4)), Some(Silence::TooManyReceived));
    assert_eq!(received_count(&Headers::of(received(4).as_bytes())), 4);
}

#[test]
fn an_answer_goes_to_reply_to_else_from() {
    let reply = |mail: &str| reply_address(&Headers::of(mail.as_bytes()), &path("e@f")).map(|m| m.to_string());
    assert_eq!(reply("From: \"K, J\" <a@b>\r\nReply-To: =?utf-8?q?Z_=C5=BB?= <c@d>\r\n").as_deref(), Some("c@d"));
    assert_eq!(reply("From: root <a@b>\n").as_deref(), Some("a@b"));
    assert_eq!(reply("From: J@n [Biuro] <a@b>\n").as_deref(), Some("a@b"));
    assert_eq!(reply("From: a@b, J@n <c@d>\n"), None);
    assert_eq!(reply("Subject: x\n").as_deref(), Some("e@f"), "neither is there: the reverse-path says who asks");
    assert_eq!(reply_address(&Headers::of(b"Subject: x\n"), &ReversePath::Null), None);
    let headers = Headers::of(b"From: a@b\nReply-To: c@d\n");
    assert_eq!(author(&headers).unwrap().to_string(), "a@b");
}

#[test]
fn the_return_path_is_read_from_the_header() {
    let read = |line: &str| return_path(&Headers::of(line.as_bytes()));
    assert_eq!(read("Return-path: <client@localhost>\n"), Some(path("client@localhost")));
    assert_eq!(read("Return-Path: <>\n"), Some(ReversePath::Null));
    assert_eq!(read("Return-Path: <a@b@c>\n"), None);
    assert_eq!(read("X: 1\n"), None);
}
