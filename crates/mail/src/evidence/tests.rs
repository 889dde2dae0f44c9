//! What people, reports and stores make of the evidence of an attempt.

use std::collections::HashSet;

use super::{Cause, Evidence, GivenUp, Reason, Stage};
use crate::{EnhancedStatus, Reply};

fn refused(code: u16, status: Option<&str>, text: &'static str) -> Evidence {
    let status = status.and_then(EnhancedStatus::parse);
    Evidence::replied(Stage::Recipient, Reply::new(code, status, text))
}

#[test]
fn the_status_of_a_failure_is_the_servers_or_ours_and_never_a_success() {
    for (code, said, status) in [
        (550, Some("5.1.1"), "5.1.1"),
        (550, None, "5.0.0"),
        (550, Some("4.7.1"), "5.0.0"),
        (550, Some("2.0.0"), "5.0.0"),
        (354, None, "5.0.0"),
        (452, Some("5.2.2"), "4.0.0"),
        (452, Some("4.2.2"), "4.2.2"),
    ] {
        assert_eq!(refused(code, said, "no").failure_status().to_string(), status, "{code} {said:?}");
    }
    for (reason, status) in [(Reason::TooLarge, "5.3.4"), (Reason::Nowhere, "5.4.4"), (Reason::Closed, "5.0.0")] {
        assert_eq!(Evidence::outside(reason).failure_status().to_string(), status);
    }
    let words = Evidence::outside(Cause::Unparsed("550 5.1.1 no".into()));
    assert_eq!(words.failure_status().to_string(), "5.0.0", "words are not read");
    let late = refused(451, Some("4.3.0"), "later").given_up(GivenUp { tries: 20, looks: 0 });
    assert_eq!(late.failure_status().to_string(), "5.4.7");
}

#[test]
fn a_refusal_before_the_first_mail_says_of_what() {
    let told = |stage, code| Evidence::replied(stage, Reply::plain(code, "no")).to_string();
    assert_eq!(told(Stage::Greeting, 554), "connection refused: 554 no");
    assert_eq!(told(Stage::Auth, 535), "user or password refused: 535 no");
    assert_eq!(told(Stage::Recipient, 550), "550 no");
    assert_eq!(told(Stage::Unasked, 250), "the server said, unasked: 250 no");
    assert_eq!(told(Stage::Auth, 421), "421 no", "the server leaves, whatever was asked");
}

#[test]
fn what_is_given_up_says_how_often_it_was_tried_and_what_the_last_was() {
    let refused = Evidence::at(Stage::Connect, Reason::ConnectionRefused.with("Connection refused"));
    assert_eq!(
        refused.clone().given_up(GivenUp { tries: 3, looks: 7 }).to_string(),
        "given up after 3 attempts and 7 looks at a site that is away; the last: Connection refused"
    );
    let late = Evidence::at(Stage::Greeting, Reason::TimedOut).given_up(GivenUp { tries: 3, looks: 0 });
    assert_eq!(late.to_string(), "given up after 3 attempts; the last: no greeting in time");
    assert_eq!(late.text(), "no greeting in time");
}

#[test]
fn a_reply_keeps_its_lines() {
    let evidence = refused(550, Some("5.1.1"), "nobody\nof that name");
    assert_eq!(evidence.text(), "nobody\nof that name");
    assert_eq!(evidence.to_string(), "550 5.1.1 nobody of that name");
}

#[test]
fn every_stage_and_reason_has_a_number_and_a_name_of_its_own() {
    let stages: HashSet<_> = Stage::ALL.iter().map(|stage| stage.name()).collect();
    let reasons: HashSet<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!((stages.len(), reasons.len()), (Stage::ALL.len(), Reason::ALL.len()));
    for (number, stage) in (1..).zip(Stage::ALL) {
        assert_eq!(Stage::of_number(number), Some(stage));
    }
    for (number, reason) in (1..).zip(Reason::ALL) {
        assert_eq!((Reason::of_number(number), number < 200), (Some(reason), true));
        assert!(!reason.words(Some(Stage::Mail), "detail").is_empty());
    }
    assert_eq!((Stage::of_number(0), Reason::of_number(200)), (None, None));
}
