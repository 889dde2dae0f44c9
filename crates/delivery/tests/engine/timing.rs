//! Mail whose sender said when it leaves, and when it is given up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use spool::queue::{QueueAction, Selection};
use spool::{AttemptKind, Inspect as _, Next, Submission, Timing, Wishes};
use testbed::{Behaviour, Sink};

use crate::bed::{Bed, nobody, policy, relay, submission};

fn timed(id: &str, timing: Timing) -> Submission {
    Submission { wishes: Wishes { timing, labels: String::new() }, ..submission(id, &["b@y.example"]) }
}

/// So long from now, in whole seconds.
fn minutes(minutes: i64) -> Option<Timestamp> {
    let then = Timestamp::now() + SignedDuration::from_mins(minutes);
    Timestamp::from_second(then.as_second()).ok()
}

#[tokio::test]
async fn a_mail_for_later_leaves_at_its_time_unless_it_is_taken_back() {
    let sink = Sink::start();
    let mut bed = Bed::new(policy(relay(sink.address())));
    let later = Timing { not_before: minutes(60), ..Timing::default() };
    bed.send(timed("1@x", later)).await;
    let taken = bed.send(timed("2@x", later)).await.entries;
    assert!(bed.is_quiet().await);
    bed.store.act(QueueAction::Drop, Selection::Ids(taken), Timestamp::now()).await.unwrap();
    bed.later(Duration::from_secs(58 * 60));
    assert!(bed.is_quiet().await, "it is early");
    bed.later(Duration::from_secs(3 * 60));
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    assert!(bed.is_quiet().await, "what was taken back does not leave");
    assert_eq!(sink.received().len(), 1);
}

#[tokio::test]
async fn a_mail_for_later_is_captured_at_its_time_and_not_before() {
    let mut bed = Bed::new(policy(delivery::NextHop::Capture));
    bed.send(timed("1@x", Timing { not_before: minutes(60), ..Timing::default() })).await;
    assert!(bed.is_quiet().await);
    assert_eq!(bed.queued().await, (1, 0));
    bed.later(Duration::from_secs(61 * 60));
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Captured);
}

#[tokio::test]
async fn what_is_over_in_time_is_given_up_while_its_site_is_away_and_its_sender_is_told() {
    let mut bed = Bed::new(policy(relay(nobody())));
    bed.send(timed("1@x", Timing { expires: minutes(30), ..Timing::default() })).await;
    bed.send(submission("2@x", &["b@y.example"])).await;
    bed.away().await;
    bed.later(Duration::from_secs(31 * 60));
    let report = bed.report().await;
    assert_eq!((report.attempt.kind, report.next), (AttemptKind::Failed, Next::Retire));
    let words = "given up after 0 attempts; the last: the time that its sender gave it is over";
    assert_eq!(report.attempt.evidence.to_string(), words);
    assert!(report.bounce.is_some());
    assert!(bed.is_quiet().await, "the other goes on waiting");
}

#[tokio::test]
async fn what_is_deferred_beyond_its_time_ends_then_and_not_later() {
    let sink = Sink::with(Behaviour { defer_first: 9, ..Behaviour::default() });
    let mut bed = Bed::new(policy(relay(sink.address())));
    let expires = Timestamp::from_second(Timestamp::now().as_second() + 30).ok();
    bed.send(timed("1@x", Timing { expires, ..Timing::default() })).await;
    let report = bed.report().await;
    assert_eq!((report.attempt.kind, report.next), (AttemptKind::Deferred, Next::Retry(expires.unwrap())));
    bed.later(Duration::from_secs(31));
    let report = bed.report().await;
    assert_eq!((report.attempt.kind, report.attempt.evidence.given_up.unwrap().tries), (AttemptKind::Failed, 1));
}
