//! One test for each reason to be silent, and for whom an answer goes to.

use super::{AutoReplyPolicy, LOOP_FIELD, NoReplyAddress, Silence, author, received_count, reply_address, return_path};
use crate::envelope::ReversePath;
use crate::header::Headers;

fn path(text: &str) -> ReversePath {
    if text.is_empty() { ReversePath::Null } else { ReversePath::Mailbox(text.parse().unwrap()) }
}

/// What is said of an ordinary request with one more line in its header.
fn silence(line: &str) -> Option<Silence> {
    let policy = AutoReplyPolicy {
        loop_marker: "callpost.example".into(),
        own: vec!["calendar@example.org".parse().unwrap()],
        max_received: 3,
    };
    let mail = format!("From: client@localhost\r\nSubject: x\r\n{line}\r\n\r\n");
    policy.silence(&Headers::of(mail.as_bytes()), &path("client@localhost"))
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
    assert_eq!(AutoReplyPolicy::default().silence(&headers, &ReversePath::Null), Some(Silence::NullReversePath));
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
    for own in ["calendar@Example.ORG", "Calendar@example.org", "calendar+x@example.org"] {
        assert_eq!(silence(&format!("Reply-To: {own}")), Some(Silence::OwnAddress), "{own}");
    }
    assert_eq!(silence("Reply-To: calendars@example.org"), None);
    let policy = AutoReplyPolicy { own: vec!["a@b".parse().unwrap()], ..AutoReplyPolicy::default() };
    assert_eq!(policy.silence(&Headers::of(b"From: c@d\n"), &path("a@B")), Some(Silence::OwnAddress));
}

#[test]
fn mail_systems_and_lists_are_not_answered_by_their_names() {
    for sender in [
        "MAILER-DAEMON@x.example",
        "Mailer-Daemon+id@x.example",
        "owner-list@x.example",
        "list-owner@x.example",
        "LIST-Request@x.example",
        "list-bounces+ann=y.example@x.example",
        "listserv@x.example",
        "MajorDomo@x.example",
        "\"mailer-daemon\"@x.example",
    ] {
        let plain = Headers::of(b"From: ann@x.example\r\n");
        let policy = AutoReplyPolicy::default();
        assert_eq!(policy.silence(&plain, &path(sender)), Some(Silence::MachineSender), "{sender}");
        let from = format!("From: Somebody <{sender}>\r\nReply-To: ann@x.example\r\n");
        let silence = policy.silence(&Headers::of(from.as_bytes()), &path("ann@x.example"));
        assert_eq!(silence, Some(Silence::MachineSender), "{from}");
    }
    for from in
        ["MAILER-DAEMON (Mail Delivery System)", "Mail Delivery System <MAILER-DAEMON>", "A, B <owner-l@x>, c@d"]
    {
        let from = format!("From: {from}\r\n");
        let silence = AutoReplyPolicy::default().silence(&Headers::of(from.as_bytes()), &path("ann@x.example"));
        assert_eq!(silence, Some(Silence::MachineSender), "{from}");
    }
}

#[test]
fn people_and_our_own_bounce_address_are_no_machines() {
    for sender in ["bounces@x", "bounces+token@x", "owner@x", "request@x", "daemon@x", "listserver@x", "ann-requests@x"]
    {
        let from = format!("From: {sender}\r\n");
        assert_eq!(AutoReplyPolicy::default().silence(&Headers::of(from.as_bytes()), &path(sender)), None, "{sender}");
    }
}

/// Whom a mail with these fields is answered to, sent by `e@f`.
fn reply(fields: &str) -> Result<String, NoReplyAddress> {
    reply_address(&Headers::of(fields.as_bytes()), &path("e@f")).map(|mailbox| mailbox.to_string())
}

#[test]
fn a_reply_to_that_names_nobody_is_none() {
    for nobody in
        ["", " ", "<>", "< >", "\"Nobody\" <>", "undisclosed-recipients:;", "g: ;", "(none)", "<> (none)", ","]
    {
        assert_eq!(reply(&format!("From: a@b\r\nReply-To: {nobody}\r\n")).as_deref(), Ok("a@b"), "{nobody:?}");
    }
}

#[test]
fn one_address_twice_is_one() {
    for twice in ["c@d, c@d", "C <c@d>, c@D", "g: c@d; , <c@d>", "<>, c@d"] {
        assert_eq!(reply(&format!("From: a@b\r\nReply-To: {twice}\r\n")).as_deref(), Ok("c@d"), "{twice}");
    }
    assert_eq!(reply("From: a@b, A <a@B>\r\n").as_deref(), Ok("a@b"));
}

#[test]
fn a_reply_to_that_names_no_single_address_is_an_error() {
    let with = |reply_to: &str| reply(&format!("From: a@b\r\nReply-To: {reply_to}\r\n"));
    assert_eq!(with("a@b, c@d"), Err(NoReplyAddress::Several));
    assert_eq!(with("g: a@b, c@d;"), Err(NoReplyAddress::Several));
    assert_eq!(with("nobody"), Err(NoReplyAddress::Unreadable));
    assert_eq!(with("Example, Inc. <c@d>"), Err(NoReplyAddress::Unreadable));
    assert_eq!(with("c@d\r\nReply-To: c@d"), Err(NoReplyAddress::SeveralFields));
    assert_eq!(with("c@d\r\nReply-To:"), Err(NoReplyAddress::SeveralFields));
    assert_eq!(reply("From: a@b, c@d\r\n"), Err(NoReplyAddress::SeveralAuthors));
    assert_eq!(reply("From: a@b\r\nFrom: c@d\r\n"), Err(NoReplyAddress::SeveralAuthors));
    assert_eq!(reply("From: a@b, c@d\r\nReply-To: c@d\r\n").as_deref(), Ok("c@d"));
}

#[test]
fn where_from_is_absent_or_cannot_be_read_the_reverse_path_is_answered() {
    for from in ["Subject: x", "From: Example, Inc. <a@b>", "From: undisclosed", "From:", "From: <>", "From: a@b@c"] {
        assert_eq!(reply(&format!("{from}\r\n")).as_deref(), Ok("e@f"), "{from}");
    }
    let latin_1 = Headers::of(b"From: jos\xe9@x\r\n");
    assert_eq!(reply_address(&latin_1, &path("e@f")).map(|mailbox| mailbox.to_string()).as_deref(), Ok("e@f"));
    let nobody = reply_address(&Headers::of(b"From: <>\r\n"), &ReversePath::Null);
    assert_eq!(nobody, Err(NoReplyAddress::Nobody));
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
    let both = "From: \"K, J\" <a@b>\r\nReply-To: =?utf-8?q?Z_=C5=BB?= <c@d>\r\n";
    assert_eq!(reply(both).as_deref(), Ok("c@d"));
    assert_eq!(reply("From: root <a@b>\n").as_deref(), Ok("a@b"));
    assert_eq!(reply("From: J@n [Biuro] <a@b>\n").as_deref(), Ok("a@b"));
    let headers = Headers::of(b"From: a@b\nReply-To: c@d\n");
    assert_eq!(author(&headers).unwrap().to_string(), "a@b");
    assert_eq!(author(&Headers::of(b"From: a@b, c@d\n")), None);
}

#[test]
fn the_return_path_is_read_from_the_header() {
    let read = |line: &str| return_path(&Headers::of(line.as_bytes()));
    assert_eq!(read("Return-path: <client@localhost>\n"), Some(path("client@localhost")));
    assert_eq!(read("Return-Path: <>\n"), Some(ReversePath::Null));
    assert_eq!(read("Return-Path: <a@b@c>\n"), None);
    assert_eq!(read("X: 1\n"), None);
}
