//! Stopping and starting.

use std::time::Duration;

use delivery::{Clock as _, Drained, MemoryLimits};
use jiff::Timestamp;
use spool::sqlite::{Options, SqliteSpool};
use spool::{AttemptKind, Commit, Inspect as _, Item, Parcel, Spool as _, State};
use testbed::Sink;

use crate::bed::{Bed, PATIENCE, policy, relay, route, submission};
use crate::peer::Peer;

#[tokio::test]
async fn what_a_dead_process_had_claimed_is_delivered_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    {
        let store = SqliteSpool::open(folder.path(), Options { min_free: 0, ..Options::default() }).unwrap();
        let parcel = Parcel(vec![submission("1@x", &["b@y.example", "c@y.example"])]);
        store.commit(Commit { parcel, claimed: true, ..Commit::default() }, Timestamp::now()).await.unwrap();
    }
    let sink = Sink::start();
    let mut bed = Bed::open(folder, policy(relay(sink.address())), MemoryLimits::default());
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    assert_eq!(sink.count(), 1, "one transaction for both recipients");
    assert_eq!(sink.received()[0].message(), submission("1@x", &["b@y.example"]).message);
}

#[tokio::test]
async fn a_drain_finishes_what_has_begun_and_leaves_the_rest_to_the_next_start() {
    let peer = Peer::listen().await;
    let mut slow = policy(relay(peer.address()));
    slow.connections = 1;
    let bed = Bed::new(slow);
    bed.send_all((0..5).map(|number| submission(&format!("{number}@x"), &["b@y.example"])).collect()).await;
    let mut talk = peer.greet(&["PIPELINING"]).await;
    talk.hear_until("DATA\r\n").await;
    talk.say("250 Ok\r\n250 Ok\r\n354 go").await;
    talk.hear_until("DATA\r\n").await; // The first message, and the commands of the second.
    let outbox = bed.outbox.clone();
    let stop = tokio::spawn(bed.stop(PATIENCE));
    while !outbox.is_draining() {
        tokio::task::yield_now().await;
    }
    talk.say("250 one\r\n250 Ok\r\n250 Ok\r\n354 go").await;
    talk.hear_until("\r\n.\r\n").await;
    let late = Commit { parcel: Parcel(vec![submission("5@x", &["b@y.example"])]), ..Commit::default() };
    outbox.commit(late).await.unwrap();
    talk.say("250 two").await;
    talk.hear("QUIT\r\n").await;
    talk.say("221 bye").await;
    drop(talk);
    let (folder, drained) = stop.await.unwrap();
    drop(outbox);
    assert_eq!(drained, Drained::Clean);
    let sink = Sink::start();
    let mut bed = Bed::open(folder, policy(relay(sink.address())), MemoryLimits::default());
    for _ in 2..6 {
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    }
    let mut ids: Vec<_> = sink.received().iter().filter_map(|mail| mail.header("Message-ID")).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["<2@x>", "<3@x>", "<4@x>", "<5@x>"]);
}

#[tokio::test]
async fn a_drain_whose_time_is_up_cuts_off_and_says_so() {
    let peer = Peer::listen().await;
    let mut bed = Bed::new(policy(relay(peer.address())));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let mut talk = peer.greet(&["PIPELINING"]).await;
    talk.take_message(1).await;
    let (store, watched) = (bed.store.clone(), bed.watched.clone());
    let engine = std::mem::replace(&mut bed.engine, delivery::Engine::start(watched, policy(relay(peer.address()))).1);
    assert_eq!(engine.drain(Duration::from_millis(10)).await, Drained::CutOff);
    let report = bed.report().await;
    assert_eq!(report.attempt.kind, AttemptKind::Uncertain);
    assert!(report.attempt.evidence.to_string().contains("shutting down"));
    assert!(store.next_due().await.unwrap().is_some());
    talk.gone().await;
}

#[tokio::test]
async fn a_slow_site_leaves_room_in_memory_for_the_mail_of_others() {
    let (slow, sink) = (Peer::listen().await, Sink::start());
    let mut policy = policy(relay(sink.address()));
    policy.routes.routes.push(route("*@slow.example", relay(slow.address())));
    let mut bed = Bed::open(tempfile::tempdir().unwrap(), policy, MemoryLimits { entries: 8, octets: 1 << 20 });
    for number in 0..20 {
        bed.send(submission(&format!("{number}@x"), &["b@slow.example"])).await;
    }
    let talk = slow.accept().await; // It never greets.
    bed.send(submission("fast@x", &["b@y.example"])).await;
    let report = bed.report().await;
    assert_eq!((report.attempt.kind, report.attempt.site), (AttemptKind::Delivered, sink.address().to_string()));
    assert!(bed.engine.status().entries < 8);
    drop(talk);
}

#[tokio::test]
async fn an_idle_connection_is_closed_with_quit_and_made_anew_when_needed() {
    let peer = Peer::listen().await;
    let mut hasty = policy(relay(peer.address()));
    hasty.timeouts.idle = Duration::from_millis(20);
    let mut bed = Bed::new(hasty);
    for number in 0..2 {
        bed.send(submission(&format!("{number}@x"), &["b@y.example"])).await;
        let mut talk = peer.greet(&["PIPELINING"]).await;
        talk.take_message(1).await;
        talk.say("250 Ok").await;
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
        talk.hear("QUIT\r\n").await;
        talk.say("221 bye").await;
        talk.gone().await;
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up_in_time() {
    let peer = Peer::listen().await;
    let mut hasty = policy(relay(peer.address()));
    hasty.timeouts.command = Duration::from_millis(20);
    let mut bed = Bed::new(hasty);
    bed.send(submission("1@x", &["b@y.example"])).await;
    let talk = peer.greet(&["PIPELINING"]).await;
    let report = bed.report().await;
    assert_eq!(
        (report.attempt.kind, report.attempt.evidence.to_string().as_str()),
        (AttemptKind::Deferred, "no reply in time")
    );
    talk.gone().await;
}

#[tokio::test]
async fn what_another_process_has_taken_over_is_left_to_it() {
    let peer = Peer::listen().await;
    let mut bed = Bed::new(policy(relay(peer.address())));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let mut talk = peer.greet(&["PIPELINING"]).await;
    talk.take_message(1).await;
    let lock = std::fs::read_dir(bed.folder.path().join("owners")).unwrap().next().unwrap().unwrap();
    std::fs::remove_file(lock.path()).unwrap(); // We count as dead from now on.
    let heir = SqliteSpool::open(bed.folder.path(), Options { min_free: 0, ..Options::default() }).unwrap();
    let held = heir.claim(9, bed.clock.now()).await.unwrap();
    assert_eq!(held.len(), 1);
    talk.say("250 Ok").await;
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    assert!(bed.is_quiet().await, "what is refused is not said again");
    assert_eq!(bed.engine.status().entries, 0, "nor kept");
    let Item::Whole(item) = heir.items(vec![held[0].id]).await.unwrap().remove(0) else { panic!("damaged") };
    assert_eq!((item.state, item.tries, item.last), (State::Queued, 0, None));
    drop(talk);
    bed.send(submission("2@x", &["b@y.example"])).await;
    let mut talk = peer.greet(&["PIPELINING"]).await;
    talk.take_message(1).await;
    talk.say("250 Ok").await;
    bed.report().await;
    assert_eq!(heir.totals().await.unwrap().claimed, 1, "what came later is delivered as ever");
}
