//! Bounces written and read back, and reports of other servers.

use jiff::Timestamp;
use proptest::prelude::*;

use super::{Action, Bounce, Notification, ReportKind, Returned, Undelivered, read};
use crate::address::{Domain, Mailbox};
use crate::etiquette::{AutoReplyPolicy, Silence};
use crate::evidence::Stage;
use crate::header::Headers;
use crate::mime::MimeLimits;
use crate::{EnhancedStatus, Evidence, Reply, ReversePath, header};

const ORIGINAL: &[u8] = b"From: sender@example.org\r\nMessage-ID: <orig@x>\r\nSubject: s\r\n\r\nsecret body\r\n";

fn bounce(recipient: &str, action: Action, text: &str) -> Vec<u8> {
    let recipient: Mailbox = recipient.parse().unwrap();
    let status = EnhancedStatus::new(5, 1, 1);
    let evidence = Evidence::replied(Stage::Recipient, Reply::new(550, status, text.to_owned()));
    let recipients =
        [Undelivered { recipient: &recipient, action, status, server: "mx.example.net", evidence: &evidence }];
    Bounce {
        reporting_mta: &Domain::parse("mail.example.org").unwrap(),
        to: &"sender@example.org".parse().unwrap(),
        now: Timestamp::UNIX_EPOCH,
        message_id: "b1@example.org",
        arrival: Timestamp::UNIX_EPOCH,
        envelope_id: Some("QQ314159"),
        recipients: &recipients,
        returned: Returned(ORIGINAL),
    }
    .compose()
}

#[test]
fn a_bounce_reads_back_as_it_was_meant() {
    let message = bounce("nobody@example.net", Action::Failed, "no such user");
    let report = read(&message, &MimeLimits::default()).unwrap().unwrap();
    assert!(report.has_failed());
    assert_eq!((report.kind, report.message_id.as_deref()), (ReportKind::Delivery, Some("orig@x")));
    assert_eq!(report.envelope_id.as_deref(), Some("QQ314159"));
    let expected = Notification {
        recipient: "nobody@example.net".into(),
        action: Some(Action::Failed),
        status: EnhancedStatus::parse("5.1.1"),
        diagnostic: "550 5.1.1 no such user".into(),
    };
    assert_eq!(report.notifications, [expected]);
}

#[test]
fn a_bounce_is_automatic_and_never_answered_and_returns_no_body() {
    let message = bounce("nobody@example.net", Action::Failed, "no");
    let headers = Headers::of(&message);
    assert_eq!(headers.first("From").unwrap().value(), "Mail Delivery System <MAILER-DAEMON@mail.example.org>");
    assert_eq!(headers.first("Auto-Submitted").unwrap().value(), "auto-replied");
    assert_eq!(headers.first("In-Reply-To").unwrap().value(), "<orig@x>");
    let sender = ReversePath::Mailbox("a@b".parse().unwrap());
    assert_eq!(AutoReplyPolicy::default().silence(&headers, &sender), Some(Silence::AutoSubmitted));
    assert!(!String::from_utf8(message).unwrap().contains("secret"));
}

#[test]
fn a_delay_is_no_failure() {
    let message = bounce("nobody@example.net", Action::Delayed, "later");
    let report = read(&message, &MimeLimits::default()).unwrap().unwrap();
    assert!(!report.has_failed());
    assert_eq!(Headers::of(&message).first("Subject").unwrap().value(), "Mail delivery delayed");
}

#[test]
fn an_international_recipient_makes_a_global_report() {
    let message = bounce("żółw@example.net", Action::Failed, "no");
    let text = String::from_utf8(message.clone()).unwrap();
    assert!(text.contains("message/global-delivery-status") && text.contains("message/global-headers"));
    assert!(text.contains("Final-Recipient: utf-8; żółw@example.net"));
    let report = read(&message, &MimeLimits::default()).unwrap().unwrap();
    assert_eq!(
        (report.notifications[0].recipient.as_str(), report.message_id.as_deref()),
        ("żółw@example.net", Some("orig@x"))
    );
}

fn status_of(report: &super::Report) -> String {
    report.notifications[0].status.map(|status| status.to_string()).unwrap_or_default()
}

#[test]
fn a_captured_bounce_is_read() {
    let mail = include_bytes!("../../tests/data/37-bounce-null-sender.eml");
    let report = read(mail, &MimeLimits::default()).unwrap().unwrap();
    assert_eq!(report.message_id.as_deref(), Some("orig@localhost"));
    assert_eq!((report.notifications[0].action, status_of(&report)), (Some(Action::Failed), "5.1.1".to_owned()));
}

#[test]
fn reports_are_read_though_pieces_are_missing() {
    let report = |fields: &str| {
        let mail = format!("Content-Type: message/delivery-status\n\n{fields}");
        read(mail.as_bytes(), &MimeLimits::default()).unwrap().unwrap()
    };
    let joined = report("Reporting-MTA: dns; x\nFinal-Recipient: rfc822;a@b\nStatus: 5.7.1 (no)\n");
    assert!(joined.has_failed());
    assert_eq!((status_of(&joined), joined.message_id.is_none()), ("5.7.1".to_owned(), true));
    let two = report(
        "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b\nAction: DELAYED\n\n\nOriginal-Recipient: rfc822;c@d\nFinal-Recipient: rfc822;e@f\nAction: failed (gone)\n",
    );
    let actions: Vec<_> = two.notifications.iter().map(|n| (n.recipient.as_str(), n.action)).collect();
    assert_eq!(actions, [("a@b", Some(Action::Delayed)), ("c@d", Some(Action::Failed))]);
    assert!(report("").notifications.is_empty());
}

#[test]
fn a_status_that_contradicts_what_happened_is_put_right() {
    for (action, status, diagnostic, expected, failed) in [
        ("failed", "2.0.0", "smtp; 550 5.1.1 nobody", "5.1.1", true),
        ("failed", "2.0.0", "x-unix; gone", "5.0.0", true),
        ("failed", "4.7.1", "smtp; 550 4.7.1 no", "5.0.0", true),
        ("failed", "4.7.1 (no)", "smtp; 554 no", "5.0.0", true),
        ("failed", "4.4.7", "smtp; 451 4.3.0 later", "4.4.7", true),
        ("failed", "5.4.7", "smtp; 451 4.3.0 later", "5.4.7", true),
        ("failed", "5.1.1", "smtp; 550 5.7.1 no", "5.1.1", true),
        ("failed", "5.0.0", "smtp; 550 5.1.1 nobody", "5.1.1", true),
        ("failed", "5.0.0", "smtp; 550 nobody", "5.0.0", true),
        ("delayed", "2.0.0", "smtp; 451 later", "4.0.0", false),
        ("delayed", "4.4.1", "", "4.4.1", false),
        ("delayed", "5.0.0", "", "5.0.0", false),
        ("delivered", "2.0.0", "smtp; 250 ok", "2.0.0", false),
        ("failed", "5.x.x", "x-unix; gone", "5.0.0", true),
        ("failed", "5.1", "", "5.0.0", true),
        ("failed", "none", "smtp; 554 no", "5.0.0", true),
    ] {
        let fields = format!(
            "Final-Recipient: rfc822; a@b\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnostic}\n"
        );
        let mail = format!("Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n{fields}");
        let report = read(mail.as_bytes(), &MimeLimits::default()).unwrap().unwrap();
        assert_eq!((status_of(&report), report.has_failed()), (expected.to_owned(), failed), "{fields}");
    }
}

#[test]
fn a_receipt_is_no_delivery_report() {
    let mail =
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nread\n--b\n\
        Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;a@b\nOriginal-Message-ID: <1@x>\n\
        Disposition: manual-action/MDN-sent-manually; displayed\n--b--\n";
    let report = read(mail, &MimeLimits::default()).unwrap().unwrap();
    assert_eq!((report.kind, report.message_id.as_deref()), (ReportKind::Disposition, Some("1@x")));
    assert!(!report.has_failed());
    assert_eq!(read(b"Subject: x\n\nhello", &MimeLimits::default()).unwrap(), None);
}

proptest! {
    #[test]
    fn no_words_of_a_far_server_write_a_line(diagnostic in "(?s)[a-z:\\r\\n\\t ż\0]{0,40}|[a-z]{900,1500}") {
        let message = bounce("nobody@example.net", Action::Failed, &diagnostic);
        let text = String::from_utf8_lossy(&message);
        prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']));
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 998));
        let report = read(&message, &MimeLimits::default()).unwrap().unwrap();
        prop_assert_eq!(report.notifications.len(), 1);
        prop_assert_eq!(report.message_id.as_deref(), Some("orig@x"));
        prop_assert!(header::split(&message).0.count("From") == 1);
    }

    #[test]
    fn any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mail = [b"Content-Type: message/delivery-status\n\n".as_slice(), &octets].concat();
        let _ = read(&mail, &MimeLimits::default());
    }
}
