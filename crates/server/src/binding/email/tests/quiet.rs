//! M12 and M13: what is never answered, and why people are told that it was not.

use super::super::listener::ListenerRole;
use super::{Letter, MONTH, policy, soap};

#[track_caller]
fn is_kept(letter: &Letter, why: &str) {
    assert_eq!(letter.becomes(&policy("")), format!("kept: not answered: {why}"), "{letter:?}");
}

#[test]
fn mail_with_a_null_reverse_path_is_not_answered() {
    is_kept(&Letter::calendar().from(""), "the reverse-path is null");
}

#[test]
fn mail_that_says_it_must_not_be_answered_is_not() {
    for (field, why) in [
        ("Auto-Submitted: auto-replied", "it was submitted automatically"),
        ("auto-submitted: Auto-Generated; owner-email=\"a@b\"", "it was submitted automatically"),
        ("X-Loop: callpost.test", "it carries our own loop marker"),
        ("List-Id: <calendar.lists.example>", "it comes from a mailing list"),
        ("List-Unsubscribe: <mailto:leave@lists.example>", "it comes from a mailing list"),
        ("Precedence: bulk", "its precedence is bulk, list or junk"),
        ("Precedence: List", "its precedence is bulk, list or junk"),
        ("Precedence: junk", "its precedence is bulk, list or junk"),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", "it suppresses automatic responses"),
        ("Reply-To: calendar@LOCALHOST", "it comes from an address of our own"),
        ("Reply-To: Calendar@localhost", "it comes from an address of our own"),
        ("Reply-To: echo+x@localhost", "it comes from an address of our own"),
    ] {
        is_kept(&Letter::calendar().field(field), why);
    }
}

#[test]
fn what_suppresses_nothing_is_answered() {
    let letter = Letter::calendar().field("X-Auto-Response-Suppress: None").field("Auto-Submitted: no");
    assert_eq!(letter.field("Precedence: first-class").becomes(&policy("")), "runs");
}

#[test]
fn a_report_is_not_answered() {
    let body = format!("--b\r\nContent-Type: text/xml\r\n\r\n{}\r\n--b--", soap("", MONTH));
    is_kept(&Letter::with("multipart/report; report-type=delivery-status; boundary=b", body), "it is a report");
}

#[test]
fn an_address_of_our_own_is_not_answered() {
    for sender in ["echo@localhost", "Echo@localhost", "ECHO+again@LocalHost"] {
        is_kept(&Letter::calendar().from(sender), "it comes from an address of our own");
    }
}

#[test]
fn a_mail_system_or_a_list_is_not_answered_whether_the_envelope_or_from_names_it() {
    for sender in [
        "MAILER-DAEMON@x.test",
        "owner-l@x.test",
        "l-owner@x.test",
        "l-request@x.test",
        "L-Bounces+asker=y.test@x.test",
        "listserv@x.test",
        "Majordomo@x.test",
    ] {
        is_kept(&Letter::calendar().from(sender), "its sender is a mail system or a mailing list");
        let fields = format!("From: Somebody <{sender}>\nReply-To: asker@x.test\nTo: calendar@localhost");
        is_kept(&Letter::calendar().addresses(&fields), "its sender is a mail system or a mailing list");
    }
    assert_eq!(
        Letter::calendar().from("bounces+token@x.test").becomes(&policy("")),
        "runs",
        "a bare `bounces` is ours"
    );
}

#[test]
fn mail_that_has_passed_too_many_hands_is_refused_everywhere() {
    let handed_on =
        |times: usize| (0..times).fold(Letter::calendar(), |letter, _| letter.field("Received: from a by b"));
    let policy = policy("limits.received = 5");
    assert_eq!(handed_on(5).becomes(&policy), "runs");
    assert_eq!(handed_on(6).becomes(&policy), "554 5.4.6");
    assert_eq!(handed_on(6).becomes_at(&policy, ListenerRole::Replies), "554 5.4.6");
}

#[test]
fn an_answer_at_a_service_is_no_request() {
    for document in [
        soap("", "<E:Fault><faultcode>E:Client</faultcode><faultstring>no</faultstring></E:Fault>"),
        soap("", "<getMonthResponse xmlns=\"urn:calendar\"><return>January</return></getMonthResponse>"),
        soap("<a:RelatesTo>urn:uuid:1</a:RelatesTo>", MONTH),
        "<methodResponse><params><param><value>January</value></param></params></methodResponse>".to_owned(),
    ] {
        assert_eq!(Letter::with("text/xml", document.clone()).becomes(&policy("")), "550 5.6.0", "{document}");
    }
    let json = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"January\"}";
    assert_eq!(Letter::with("application/json", json).becomes(&policy("")), "550 5.6.0");
}
