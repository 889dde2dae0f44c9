//! Mail as programs hand it to `sendmail`.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Stamp, complete, distinct, recipients, sender};
use crate::address::{DisplayName, Domain, Mailbox, Named};
use crate::header::Headers;

const ADDED: &str =
    "From: \"Me, I\" <me@host.test>\r\nDate: Thu, 1 Jan 1970 00:00:00 +0000\r\nMessage-ID: <1@host.test>\r\n";
const DATED: &str = "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nMessage-ID: <1@host.test>\r\n";

fn host() -> Domain {
    Domain::parse("host.test").unwrap()
}

fn completed(message: &str) -> String {
    let name = Some(DisplayName::Text("Me, I".to_owned()));
    let author = Named { name, mailbox: Mailbox::parse("me@host.test").unwrap() };
    let now = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    let stamp = Stamp { author, now, message_id: "1@host.test", origin: &host() };
    String::from_utf8(complete(message.as_bytes(), &stamp)).unwrap()
}

fn named(header: &str) -> Vec<String> {
    let named = recipients(&Headers::of(header.as_bytes()), &host()).unwrap();
    named.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_missing_is_added_and_blind_copies_go() {
    let whole = completed("To: a@b.org\r\nBcc: c@d.org,\r\n e@f.org\r\nContent-Length: 5\r\n\r\nHello\r\n");
    assert_eq!(whole, format!("{ADDED}To: a@b.org\r\n\r\nHello\r\n"));
    let empty = completed("From:\r\nMessage-ID:\r\nTo: a@b.org\r\n\r\nHello\r\n");
    assert_eq!(empty, format!("{ADDED}To: a@b.org\r\n\r\nHello\r\n"));
}

#[test]
fn what_is_there_stays() {
    let message = "From: a@b.org\r\nDate: Sat, 21 Nov 2026 19:30:00 +0000\r\nMessage-ID: <1@b.org>\r\n\r\nx\r\n";
    assert_eq!(completed(message), message);
}

#[test]
fn text_without_an_empty_line_before_it_is_the_body() {
    let text = "Backup finished.\r\nDisk: 80% full\r\n\r\nAll volumes were copied.\r\n";
    assert_eq!(completed(text), format!("{ADDED}\r\n{text}"));
    assert_eq!(
        completed("From: a@b\r\n \r\nHello\r\nX: y\r\n"),
        format!("{DATED}From: a@b\r\n \r\n\r\nHello\r\nX: y\r\n")
    );
    assert_eq!(completed("To: a@b\r\n"), format!("{ADDED}To: a@b\r\n\r\n"));
}

#[test]
fn names_in_the_header_get_the_domain_of_the_host() {
    let whole = completed(
        "From: root (Cron Daemon)\r\nTo: root,\r\n ann@x (Ann),\r\n\tBob <bob>\r\nX: root\r\n\r\nTo: root\r\n",
    );
    let wanted =
        "From: root@host.test (Cron Daemon)\r\nTo: root@host.test,\r\n ann@x (Ann),\r\n\tBob <bob@host.test>\r\n";
    assert_eq!(whole, format!("{DATED}{wanted}X: root\r\n\r\nTo: root\r\n"));
}

#[test]
fn recipients_are_those_of_to_cc_and_bcc_once_each() {
    assert_eq!(named("To: a@b\r\nCc: \r\nBcc: c@d, A@B\r\nTo: e@f\r\n"), ["a@b", "c@d", "e@f"]);
    assert_eq!(named("To: undisclosed-recipients:;\r\nBcc: root\r\n"), ["root@host.test"]);
    assert!(named("To: undisclosed-recipients:;\r\nCc:\r\n").is_empty());
    let ill = recipients(&Headers::of(b"To: a@b\r\nCc: two words\r\n"), &host()).unwrap_err();
    assert!(ill.to_string().starts_with("`two words` in the field Cc is no address: "), "{ill}");
    let octets = recipients(&Headers::of(b"To: J\xf6rg <a@b>, j\xf6rg@x\r\n"), &host());
    assert!(octets.is_err(), "an address that is no UTF-8: {octets:?}");
}

#[test]
fn the_sender_is_who_last_sent_it() {
    let sends = |header: &str| sender(&Headers::of(header.as_bytes()), &host()).map(|sender| sender.to_string());
    assert_eq!(sends("From: a@b, c@d\r\nSender: s@t\r\n").as_deref(), Some("s@t"));
    assert_eq!(sends("From: root (Cron Daemon)\r\n").as_deref(), Some("root@host.test"));
    assert_eq!(sends("From: a@b\r\nResent-From: r@s\r\nResent-To: t@u\r\n").as_deref(), Some("r@s"));
    assert_eq!(sends("From: two words\r\nSender:\r\n"), None);
}

const RESENT: &str = "Resent-To: carol@x\r\nResent-From: bob@x\r\nResent-Bcc: secret@x\r\n";
const EARLIER: &str = "Resent-From: dan@x\r\nResent-Date: Sat, 21 Nov 2026 19:30:00 +0000\r\nResent-To: eve@x\r\n";
const FIRST: &str = "From: app@x\r\nTo: ann@x\r\nBcc: old@x\r\nSubject: s\r\n";

#[test]
fn mail_that_is_sent_again_goes_to_whom_the_latest_resending_names() {
    assert_eq!(named(&format!("{RESENT}{FIRST}")), ["carol@x", "secret@x"]);
    assert_eq!(named(&format!("{RESENT}{EARLIER}{FIRST}")), ["carol@x", "secret@x"]);
    assert_eq!(named(&format!("Resent-To: carol@x\r\nReceived: x\r\n{EARLIER}{FIRST}")), ["carol@x"]);
    assert_eq!(
        named(&format!("Resent-From: bob@x\r\n{FIRST}Resent-To: carol@x\r\nResent-To: dan@x\r\n")),
        ["carol@x", "dan@x"]
    );
}

#[test]
fn a_resending_is_completed_and_the_first_sending_left_as_it_was() {
    let whole = completed(&format!("Received: x\r\n{RESENT}{EARLIER}{FIRST}\r\nhello\r\n"));
    let added = "Resent-Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nResent-Message-ID: <1@host.test>\r\n";
    let kept =
        format!("Resent-To: carol@x\r\nResent-From: bob@x\r\n{EARLIER}From: app@x\r\nTo: ann@x\r\nSubject: s\r\n");
    let qualified = format!("Received: x\r\n{added}{kept}\r\nhello\r\n");
    assert_eq!(whole, qualified);
}

#[test]
fn a_person_is_the_same_in_any_case() {
    let mailboxes = ["Ann@X.test", "ann@x.test", "bob@x.test"].map(|text| Mailbox::parse(text).unwrap());
    assert_eq!(distinct(mailboxes.to_vec()), [mailboxes[0].clone(), mailboxes[2].clone()]);
}

#[test]
fn long_lines_are_broken() {
    let whole = completed(&format!("From: a@b\r\n\r\n{}\r\n", "x".repeat(1_000)));
    assert!(whole.ends_with(&format!("\r\n\r\n{}\r\n {}\r\n", "x".repeat(998), "xx")), "{whole}");
}
