//! Mail that does not arrive at once, or never.

use std::time::Duration;

use jiff::SignedDuration;
use spool::{AttemptKind, Next, Spool as _};
use testbed::{Behaviour, Sink};

use crate::bed::{Bed, PATIENCE, policy, relay, submission};
use crate::peer::Peer;

const TWO_MINUTES: Duration = Duration::from_secs(120);

#[tokio::test]
async fn what_is_deferred_is_tried_again_when_it_is_due() {
    let sink = Sink::with(Behaviour { defer_first: 1, ..Behaviour::default() });
    let mut bed = Bed::new(policy(relay(sink.address())));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let report = bed.report().await;
    assert_eq!(
        (report.attempt.kind, report.attempt.evidence.to_string().as_str()),
        (AttemptKind::Deferred, "451 4.3.0 try again later")
    );
    let Next::Retry(due) = report.next else { panic!("{report:?}") };
    let wait = due.duration_since(report.attempt.at);
    assert!(wait >= SignedDuration::from_mins(1) && wait < SignedDuration::from_mins(2), "{wait:?}");
    bed.later(TWO_MINUTES);
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
}

#[tokio::test]
async fn a_clock_set_by_a_day_either_way_stalls_no_retry_and_bounces_nothing() {
    for jump in [SignedDuration::from_hours(24), SignedDuration::from_hours(-24)] {
        let sink = Sink::with(Behaviour { defer_first: 2, ..Behaviour::default() });
        let mut bed = Bed::new(policy(relay(sink.address())));
        bed.send(submission("1@x", &["b@y.example"])).await;
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Deferred);
        bed.clock.jump(jump);
        bed.later(TWO_MINUTES);
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Deferred, "{jump:?}");
        bed.clock.jump(-jump);
        bed.later(TWO_MINUTES * 3);
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered, "{jump:?}");
    }
}

#[tokio::test]
async fn a_connection_lost_after_the_final_dot_is_uncertain_and_the_mail_goes_again_under_its_message_id() {
    let sink = Sink::with(Behaviour { hang_up_after_dot: 1, ..Behaviour::default() });
    let mut bed = Bed::new(policy(relay(sink.address())));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let report = bed.report().await;
    assert_eq!(report.attempt.kind, AttemptKind::Uncertain);
    assert!(matches!(report.next, Next::Retry(_)));
    bed.later(TWO_MINUTES);
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    let ids: Vec<_> = sink.received().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids, [Some("<1@x>".into()), Some("<1@x>".into())]);
}

#[tokio::test]
async fn a_recipient_that_is_refused_fails_and_the_others_do_not() {
    let sink = Sink::with(Behaviour { refuse: vec!["nobody@".into()], ..Behaviour::default() });
    let mut bed = Bed::new(policy(relay(sink.address())));
    bed.send(submission("1@x", &["b@y.example", "nobody@y.example"])).await;
    let (first, second) = (bed.report().await, bed.report().await);
    assert_eq!(first.attempt.kind, AttemptKind::Delivered);
    assert_eq!((second.attempt.kind, second.next), (AttemptKind::Failed, Next::Retire));
    assert_eq!(second.attempt.evidence.to_string(), "550 5.1.1 no such mailbox");
    let received = sink.arrived(2, PATIENCE).await;
    let bounce = received.iter().find(|mail| mail.mail_from.starts_with("<>")).expect("a bounce");
    assert!(bounce.is_for("a@x.example"));
    assert!(bounce.header("Content-Type").unwrap().contains("multipart/report"));
    let text = bounce.text();
    for part in ["nobody@y.example", "Status: 5.1.1", "550 5.1.1 no such mailbox", "<1@x>"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("b@y.example"), "only who failed is named: {text}");
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered, "the bounce itself");
    assert_eq!(bed.queued().await, (0, 0));
}

#[tokio::test]
async fn a_bounce_that_fails_is_the_end() {
    let sink = Sink::with(Behaviour { refuse: vec!["@".into()], ..Behaviour::default() });
    let mut bed = Bed::new(policy(relay(sink.address())));
    bed.send(submission("1@x", &["b@y.example"])).await;
    assert!(bed.report().await.bounce.is_some());
    let report = bed.report().await;
    assert_eq!((report.attempt.kind, report.bounce), (AttemptKind::Failed, None));
    assert_eq!(bed.queued().await, (0, 0));
}

#[tokio::test]
async fn a_server_that_ends_the_session_after_each_mail_costs_no_mail_its_turn() {
    let peer = Peer::listen().await;
    let mut policy = policy(relay(peer.address()));
    policy.connections = 1;
    let mut bed = Bed::new(policy);
    bed.send_all((0..3).map(|number| submission(&format!("{number}@x"), &["b@y.example"])).collect()).await;
    for number in 0..3 {
        let mut talk = peer.greet(&["PIPELINING"]).await;
        talk.hear_until("DATA\r\n").await;
        talk.say("250 Ok\r\n250 Ok\r\n354 go").await;
        talk.hear_until(if number < 2 { "DATA\r\n" } else { "\r\n.\r\n" }).await;
        talk.say(&format!("250 taken {number}\r\n421 one is enough")).await;
    }
    for number in 0..3 {
        assert_eq!(bed.report().await.attempt.evidence.to_string(), format!("250 taken {number}"));
    }
}

#[tokio::test]
async fn too_many_recipients_go_in_the_next_transaction() {
    let peer = Peer::listen().await;
    let mut bed = Bed::new(policy(relay(peer.address())));
    bed.send(submission("1@x", &["b@y.example", "c@y.example"])).await;
    let mut talk = peer.greet(&["PIPELINING"]).await;
    talk.hear_until("DATA\r\n").await;
    talk.say("250 Ok\r\n250 Ok\r\n452 4.5.3 one at a time\r\n354 go").await;
    talk.hear_until("\r\n.\r\n").await;
    talk.say("250 first").await;
    talk.hear("MAIL FROM:<a@x.example>\r\nRCPT TO:<c@y.example>\r\nDATA\r\n").await;
    talk.say("250 Ok\r\n250 Ok\r\n354 go").await;
    talk.hear_until("\r\n.\r\n").await;
    talk.say("250 second").await;
    assert_eq!(bed.report().await.attempt.evidence.to_string(), "250 first");
    assert_eq!(bed.report().await.attempt.evidence.to_string(), "250 second");
}

#[tokio::test]
async fn a_connection_sends_no_second_mail_while_the_first_is_not_recorded() {
    let sink = Sink::start();
    let mut policy = policy(relay(sink.address()));
    policy.connections = 1;
    let bed = Bed::new(policy);
    bed.break_recording(usize::MAX);
    let mails = ["1@x", "2@x", "3@x"].map(|id| submission(id, &["b@y.example"]));
    bed.send_all(mails.to_vec()).await;
    sink.arrived(1, PATIENCE).await;
    // Long enough for the others, were they not held back: nothing else waits for anything here.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(sink.count(), 1);
    bed.break_recording(0);
    sink.arrived(3, PATIENCE).await;
}

#[tokio::test]
async fn what_was_delivered_is_recorded_however_often_the_store_refuses() {
    let sink = Sink::start();
    let mut bed = Bed::new(policy(relay(sink.address())));
    bed.break_recording(3);
    bed.send(submission("1@x", &["b@y.example"])).await;
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    assert_eq!(sink.count(), 1);
    assert_eq!(bed.store.next_due().await.unwrap(), None);
}
