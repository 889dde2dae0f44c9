//! Who is told of a failure, from whom, and with which status.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use mail::evidence::{GivenUp, Reason, Stage};
use mail::{Domain, EnhancedStatus, Evidence, Reply, ReversePath};
use spool::{AttemptKind, Kind, Submission};

use super::{Failure, compose, is_owed};
use crate::policy::Policy;
use crate::report::{Ended, Sequel};
use crate::route::{NextHop, Routes};
use crate::testing::{entry, job};

fn bounce(kind: AttemptKind, evidence: &Evidence) -> Submission {
    let hold = Arc::clone(&job(1, crate::memory::Origin::Fresh).hold);
    let ended = Ended {
        entry: entry("b@y.example"),
        message: None,
        kind,
        site: "mx.y.example:25".into(),
        evidence: evidence.clone(),
        protection: None,
        at: Timestamp::UNIX_EPOCH,
        sequel: Sequel::Schedule,
        hold,
        receipt: None,
    };
    let routes = Routes { routes: Vec::new(), own: Vec::new(), rest: NextHop::Capture };
    let policy = Policy::new(Domain::parse("me.example").unwrap(), routes);
    let message = Bytes::from_static(b"Subject: lunch\r\n\r\nsecret\r\n");
    compose(&policy, &[Failure { ended: &ended, evidence }], &message, Timestamp::UNIX_EPOCH).unwrap()
}

fn replied(code: u16, status: Option<(u8, u16, u16)>, text: &'static str) -> Evidence {
    let status = status.map(|(class, subject, detail)| EnhancedStatus::new(class, subject, detail));
    Evidence::replied(Stage::Recipient, Reply::new(code, status, text))
}

fn text(submission: &Submission) -> String {
    String::from_utf8(submission.message.to_vec()).unwrap()
}

#[test]
fn a_bounce_goes_from_nobody_to_the_reverse_path() {
    let bounce = bounce(AttemptKind::Failed, &replied(550, Some((5, 1, 1)), "nobody"));
    assert_eq!(bounce.envelope.reverse_path, ReversePath::Null);
    assert_eq!(bounce.envelope.recipients()[0].to_string(), "a@x.example");
    assert_eq!(bounce.kind, Kind::Bounce);
    assert!(bounce.message_id.ends_with("@me.example"));
    assert!(text(&bounce).contains(&bounce.message_id));
    assert!(text(&bounce).contains("Subject: lunch") && !text(&bounce).contains("secret"));
}

#[test]
fn the_status_is_the_servers_or_ours() {
    let later = replied(451, Some((4, 3, 0)), "later");
    for (kind, evidence, status, said_by) in [
        (AttemptKind::Failed, replied(550, Some((5, 1, 1)), "nobody"), "5.1.1", "smtp; 550 5.1.1 nobody\r\n"),
        (AttemptKind::Failed, replied(550, None, "nobody"), "5.0.0", "smtp; 550 nobody\r\n"),
        (AttemptKind::Failed, replied(550, Some((4, 7, 1)), "not now"), "5.0.0", "smtp; 550 4.7.1"),
        (AttemptKind::Failed, replied(550, Some((2, 0, 0)), "no"), "5.0.0", "smtp; 550 2.0.0"),
        (AttemptKind::Failed, replied(354, Some((2, 1, 0)), "what"), "5.0.0", "smtp; 354"),
        (AttemptKind::Failed, replied(452, Some((5, 2, 2)), "full"), "4.0.0", "smtp; 452"),
        (AttemptKind::Failed, replied(452, Some((4, 2, 2)), "full"), "4.2.2", "smtp; 452"),
        (AttemptKind::Failed, Evidence::at(Stage::Mail, Reason::TooLarge), "5.3.4", "x-local; 5.3.4 the message"),
        (AttemptKind::Deferred, later.given_up(GivenUp { tries: 20, looks: 0 }), "5.4.7", "x-local; given up after 20"),
    ] {
        let text = text(&bounce(kind, &evidence));
        assert!(text.contains(&format!("Status: {status}\r\n")), "{text}");
        assert!(text.contains(&format!("Diagnostic-Code: {said_by}")), "{text}");
        assert_eq!(text.contains("Remote-MTA: dns; mx.y.example\r\n"), said_by.starts_with("smtp"));
    }
}

#[test]
fn nobody_is_told_of_a_bounce_or_of_mail_from_nobody() {
    let mut mail = entry("b@y.example");
    assert!(is_owed(&mail));
    mail.kind = Kind::Bounce;
    assert!(!is_owed(&mail));
    mail.kind = Kind::Answer;
    assert!(is_owed(&mail));
    mail.reverse_path = ReversePath::Null;
    assert!(!is_owed(&mail));
}
