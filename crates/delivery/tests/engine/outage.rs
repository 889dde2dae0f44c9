//! Destinations that are away: their mail waits for them alone, and leaves at once when they are back.

use std::net::SocketAddr;
use std::time::Duration;

use delivery::{MemoryLimits, Schedule};
use jiff::SignedDuration;
use mail::evidence::{Reason, Stage};
use mail::{EnhancedStatus, Evidence, Reply};
use spool::{AttemptKind, Inspect as _, Next, QueueAction, Selection, Spool as _};
use testbed::{Behaviour, Sink};

use crate::bed::{Bed, PATIENCE, nobody, policy, relay, route, submission};
use crate::peer::Peer;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

fn sink_at(address: SocketAddr) -> Sink {
    Sink::on(address, Behaviour::default())
}

fn mails(count: usize) -> Vec<spool::Submission> {
    (0..count).map(|number| submission(&format!("{number}@x"), &["b@y.example"])).collect()
}

/// The next look comes, in vain.
async fn look(bed: &Bed) {
    let before = bed.away().await.next_look.unwrap();
    bed.later(Duration::try_from(before.duration_since(delivery::Clock::now(&*bed.clock))).unwrap_or_default());
    let looked = async { while bed.away().await.next_look == Some(before) {} };
    tokio::time::timeout(PATIENCE, looked).await.expect("a look in time");
}

/// Looks at the site again and again, each time a second later, until something is recorded.
async fn until_recorded(bed: &mut Bed) -> spool::Report {
    for _ in 0..600 {
        bed.later(SECOND);
        if let Some(report) = bed.report_soon().await {
            return report;
        }
    }
    panic!("nothing was recorded");
}

#[tokio::test]
async fn what_waits_for_a_dead_site_was_not_tried_and_leaves_when_it_is_back() {
    let dead = nobody();
    let mut bed = Bed::new(policy(relay(dead)));
    bed.send_all(mails(300)).await;
    let site = bed.away().await;
    let error = site.last_error.unwrap();
    assert_eq!((&*error.host, error.evidence.reason()), (&*dead.to_string(), Some(Reason::ConnectionRefused)));
    bed.send_all(mails(5)).await;
    for _ in 0..5 {
        look(&bed).await;
    }
    assert!(bed.is_quiet().await, "no attempt is told that was not made");
    assert_eq!(bed.queued().await, (305, 0));
    let sink = sink_at(dead);
    let first = until_recorded(&mut bed).await;
    assert_eq!(first.attempt.kind, AttemptKind::Delivered);
    // Nothing more is waited for: the clock stands.
    for _ in 1..305 {
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    }
    assert_eq!((sink.count(), bed.queued().await), (305, (0, 0)));
    assert!(sink.connections() > 1, "one connection became more");
}

#[tokio::test]
async fn one_outage_is_one_failure_whatever_was_open() {
    let peer = Peer::listen().await;
    let bed = Bed::new(policy(relay(peer.address())));
    bed.send_all(mails(40)).await;
    // Ten connections, none of which has had an answer to a mail, end at once.
    let mut talks = Vec::new();
    for _ in 0..10 {
        talks.push(peer.greet(&["PIPELINING"]).await);
    }
    let address = peer.address();
    drop(peer);
    drop(talks);
    let site = bed.away().await;
    let wait = site.next_look.unwrap().duration_since(delivery::Clock::now(&*bed.clock));
    assert!(wait <= SignedDuration::from_secs(1) && wait > SignedDuration::from_millis(999), "{wait:?}");
    let sink = sink_at(address);
    bed.later(SECOND);
    sink.arrived(40, PATIENCE).await;
}

#[tokio::test]
async fn an_answer_to_the_greeting_that_refuses_is_an_outage_of_the_site_and_no_attempt() {
    let peer = Peer::listen().await;
    let mut bed = Bed::new(policy(relay(peer.address())));
    bed.send_all(mails(1)).await;
    peer.accept().await.say("554 5.3.2 not today").await;
    let error = bed.away().await.last_error.unwrap();
    let refused = Reply::new(554, EnhancedStatus::new(5, 3, 2), "not today");
    assert_eq!(
        (&*error.host, error.evidence),
        (&*peer.address().to_string(), Evidence::replied(Stage::Greeting, refused))
    );
    bed.send_all(mails(20)).await;
    assert!(peer.is_quiet().await, "it is not called again for every mail");
    assert!(bed.is_quiet().await);
    assert_eq!(bed.queued().await, (21, 0));
}

#[tokio::test]
async fn a_dead_site_holds_up_no_other() {
    let (silent, sink, dead) = (Peer::listen().await, Sink::start(), nobody());
    let mut policy = policy(relay(sink.address()));
    policy.routes.routes.push(route("*@dead.example", relay(dead)));
    policy.routes.routes.push(route("*@silent.example", relay(silent.address())));
    let mut bed = Bed::new(policy);
    let to = ["b@silent.example", "b@dead.example", "b@y.example"];
    bed.send_all((0..3).map(|number| submission(&format!("{number}@x"), &[to[number]])).collect()).await;
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    let both = submission("4@x", &["b@dead.example", "c@y.example"]);
    bed.send(both).await;
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered, "one of two recipients waits alone");
}

#[tokio::test]
async fn mail_that_was_put_off_by_an_answer_keeps_its_place_on_the_ladder_through_an_outage() {
    let sink = Sink::with(Behaviour { defer_first: 1, ..Behaviour::default() });
    let address = sink.address();
    let mut bed = Bed::new(policy(relay(address)));
    bed.send_all(mails(1)).await;
    let Next::Retry(due) = bed.report().await.next else { panic!("it was deferred") };
    drop(sink);
    bed.later(Duration::try_from(due.duration_since(delivery::Clock::now(&*bed.clock))).unwrap());
    bed.away().await;
    assert!(bed.is_quiet().await, "a look is no attempt");
    let sink = Sink::on(address, Behaviour { defer_first: 1, ..Behaviour::default() });
    let report = until_recorded(&mut bed).await;
    let Next::Retry(due) = report.next else { panic!("it was deferred again: {report:?}") };
    let wait = due.duration_since(report.attempt.at);
    assert!(wait >= SignedDuration::from_mins(5) && wait < SignedDuration::from_mins(6), "the second wait: {wait:?}");
    drop(sink);
}

#[tokio::test]
async fn now_means_now_also_while_a_site_is_away() {
    let dead = nobody();
    let mut bed = Bed::new(policy(relay(dead)));
    let queued = bed.send_all(mails(3)).await;
    for _ in 0..30 {
        look(&bed).await;
    }
    let sink = sink_at(dead);
    assert!(bed.is_quiet().await, "it is looked at again in a while");
    let now = delivery::Clock::now(&*bed.clock);
    bed.store.act(QueueAction::Retry, Selection::Ids(vec![queued.entries[0]]), now).await.unwrap();
    bed.outbox.look_now();
    for _ in 0..3 {
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    }
    assert_eq!(sink.count(), 3);
}

#[tokio::test]
async fn what_waited_too_long_is_given_up_with_the_words_of_the_last_look() {
    let dead = nobody();
    let mut policy = policy(relay(dead));
    policy.schedule = Schedule::new(&[SignedDuration::from_mins(10)], SignedDuration::from_hours(1));
    let (bounces, mut bed) = {
        let bounces = Sink::start();
        policy.routes.routes.push(route("a@x.example", relay(bounces.address())));
        (bounces, Bed::new(policy))
    };
    bed.send_all(mails(2)).await;
    bed.away().await;
    // As many looks as the schedule allows attempts, and the hour is not over.
    for _ in 0..10 {
        look(&bed).await;
    }
    assert!(bed.is_quiet().await);
    bed.later(DAY);
    let reports = [bed.report().await, bed.report().await, bed.report().await, bed.report().await];
    let (failed, told): (Vec<_>, Vec<_>) =
        reports.into_iter().partition(|report| report.attempt.kind == AttemptKind::Failed);
    assert_eq!((failed.len(), told.len()), (2, 2), "and their two bounces were delivered");
    for report in failed {
        assert_eq!((report.attempt.kind, &report.next), (AttemptKind::Failed, &Next::Retire));
        let evidence = &report.attempt.evidence;
        assert_eq!((evidence.reason(), evidence.stage), (Some(Reason::ConnectionRefused), Some(Stage::Connect)));
        assert!(evidence.given_up.is_some_and(|given_up| given_up.looks >= 10), "{evidence}");
        assert!(report.bounce.is_some());
    }
    let bounce = bounces.arrived(2, PATIENCE).await.remove(0).text();
    assert!(bounce.contains("Status: 5.4.7") && bounce.contains("Connection refused"), "{bounce}");
}

#[tokio::test]
async fn a_clock_that_jumps_gives_up_nothing_that_waits() {
    let dead = nobody();
    let mut bed = Bed::new(policy(relay(dead)));
    bed.send_all(mails(2)).await;
    bed.away().await;
    for _ in 0..60 {
        look(&bed).await;
    }
    bed.clock.jump(SignedDuration::from_hours(24 * 30));
    bed.later(Duration::ZERO); // The engine looks at the clock now and then by itself; the test does not wait for that.
    for _ in 0..3 {
        look(&bed).await;
    }
    assert!(bed.is_quiet().await);
    assert_eq!(bed.queued().await, (2, 0));
}

#[tokio::test]
async fn a_restart_of_the_engine_waits_no_longer_than_the_outage() {
    let dead = nobody();
    let bed = Bed::new(policy(relay(dead)));
    bed.send_all(mails(3)).await;
    for _ in 0..30 {
        bed.away().await;
        bed.later(60 * SECOND);
    }
    let (folder, _) = bed.stop(PATIENCE).await;
    let sink = sink_at(dead);
    let mut bed = Bed::open(folder, policy(relay(dead)), MemoryLimits::default());
    for _ in 0..3 {
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    }
    assert_eq!(sink.count(), 3);
}

#[tokio::test]
async fn what_waits_goes_where_the_new_policy_says() {
    let (dead, sink) = (nobody(), Sink::start());
    let bed = Bed::new(policy(relay(dead)));
    bed.send_all(mails(3)).await;
    bed.away().await;
    bed.outbox.obey(policy(relay(sink.address())));
    sink.arrived(3, PATIENCE).await;
}

#[tokio::test]
async fn a_mail_that_breaks_every_connection_waits_longer_each_time_and_harms_no_other() {
    let peer = Peer::listen().await;
    let mut bed = Bed::new(policy(relay(peer.address())));
    bed.send_all(mails(1)).await;
    for attempt in 1..=5 {
        let mut talk = peer.greet(&["PIPELINING"]).await;
        talk.hear_until("DATA\r\n").await;
        drop(talk);
        let report = bed.report().await;
        let now = delivery::Clock::now(&*bed.clock);
        let Next::Retry(due) = report.next else { panic!("{report:?}") };
        assert_eq!((report.attempt.kind, due > now), (AttemptKind::Deferred, attempt > 4), "attempt {attempt}");
        bed.away().await;
        bed.later(60 * SECOND);
    }
    assert!(peer.is_quiet().await, "it has its place on the ladder");
    assert!(bed.store.next_due().await.unwrap().is_some());
}

#[tokio::test]
async fn the_recipients_of_a_message_that_fail_make_one_bounce() {
    let refuse = Behaviour { refuse: vec!["@".into()], ..Behaviour::default() };
    let (here, there) = (Sink::with(refuse.clone()), Sink::with(refuse));
    let bounces = Sink::start();
    let mut policy = policy(relay(here.address()));
    policy.routes.routes.push(route("a@x.example", relay(bounces.address())));
    policy.routes.routes.push(route("*@there.example", relay(there.address())));
    let bed = Bed::new(policy);
    let recipients: Vec<String> =
        (0..350).map(|n| format!("r{n}@{}.example", if n % 3 == 0 { "there" } else { "here" })).collect();
    bed.send(submission("1@x", &recipients.iter().map(String::as_str).collect::<Vec<_>>())).await;
    let bounce = bounces.arrived(1, PATIENCE).await.remove(0).text();
    assert_eq!(bounce.matches("Final-Recipient:").count(), 350);
    let (_, drained) = bed.stop(PATIENCE).await;
    assert_eq!((drained, bounces.count()), (delivery::Drained::Clean, 1));
}
