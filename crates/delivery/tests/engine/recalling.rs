//! Mail that a person drops or holds while it is being delivered.

use std::collections::HashSet;

use spool::{AttemptKind, EntryId, Inspect as _, QueueAction, Selection};
use testbed::{Behaviour, Sink};

use crate::bed::{Bed, PATIENCE, policy, relay, submission};
use crate::peer::Peer;

async fn drop_all(bed: &Bed, ids: &[EntryId]) -> (Vec<EntryId>, u64) {
    let recalled = bed.outbox.recall(ids.iter().copied().collect::<HashSet<_>>()).await;
    let now = delivery::Clock::now(&*bed.clock);
    let changed = bed.store.act(QueueAction::Drop, Selection::Ids(ids.to_vec()), now).await.unwrap();
    let on_wire = recalled.on_wire().to_vec();
    recalled.decided().await;
    (on_wire, changed)
}

#[tokio::test]
async fn what_waits_behind_a_slow_server_is_dropped_and_not_delivered() {
    let sink = Sink::with(Behaviour { delay: std::time::Duration::from_millis(200), ..Behaviour::default() });
    let bed = Bed::new(policy(relay(sink.address())));
    let mails = (0..500).map(|number| submission(&format!("{number}@x"), &["b@y.example"])).collect();
    let ids = bed.send_all(mails).await.entries;
    sink.arrived(1, PATIENCE).await;
    let (on_wire, changed) = drop_all(&bed, &ids).await;
    let arrived = sink.count();
    assert!(on_wire.len() <= 10, "at most one of each connection: {}", on_wire.len());
    assert_eq!(changed as usize, 500 - arrived, "what was told is what happened");
    assert_eq!(bed.queued().await, (0, 0));
    let (_, drained) = bed.stop(PATIENCE).await;
    assert_eq!((drained, sink.count()), (delivery::Drained::Clean, arrived));
}

#[tokio::test]
async fn a_mail_whose_text_waits_for_its_turn_is_cut_off_and_the_others_go_again_without_an_attempt() {
    let peer = Peer::listen().await;
    let mut policy = policy(relay(peer.address()));
    policy.connections = 1;
    let mut bed = Bed::new(policy);
    let mails = (0..3).map(|number| submission(&format!("{number}@x"), &["b@y.example"])).collect();
    let ids = bed.send_all(mails).await.entries;
    let mut talk = peer.greet(&["PIPELINING"]).await;
    talk.hear_until("DATA\r\n").await;
    talk.say("250 Ok\r\n250 Ok\r\n354 go").await;
    talk.hear_until("DATA\r\n").await; // The first message, and the second one's commands.
    let recalling = tokio::spawn({
        let (outbox, id) = (bed.outbox.clone(), ids[1]);
        async move { outbox.recall(HashSet::from([id])).await }
    });
    tokio::task::yield_now().await;
    assert!(!recalling.is_finished(), "the first one's final dot is on the wire: its answer is awaited");
    talk.say("250 first").await;
    assert_eq!(bed.report().await.attempt.evidence.to_string(), "250 first");
    talk.gone().await;
    let recalled = recalling.await.unwrap();
    assert_eq!(recalled.on_wire(), &[]);
    let now = delivery::Clock::now(&*bed.clock);
    assert_eq!(bed.store.act(QueueAction::Hold, Selection::Ids(vec![ids[1]]), now).await.unwrap(), 1);
    recalled.decided().await;
    let mut talk = peer.greet(&["PIPELINING"]).await;
    let text = talk.take_message(1).await;
    assert!(text.contains("2@x"), "{text}");
    talk.say("250 third").await;
    let report = bed.report().await;
    assert_eq!((report.entry, report.attempt.kind), (ids[2], AttemptKind::Delivered));
    assert!(bed.is_quiet().await);
    let story = bed.store.trace(ids[1].to_string()).await.unwrap();
    assert!(story.chapters[0].attempts.is_empty(), "{story:?}");
}

#[tokio::test]
async fn a_mail_whose_final_dot_is_on_the_wire_is_counted_and_its_outcome_recorded_first() {
    let peer = Peer::listen().await;
    let bed = Bed::new(policy(relay(peer.address())));
    let ids = bed.send(submission("1@x", &["b@y.example"])).await.entries;
    let mut talk = peer.greet(&["PIPELINING"]).await;
    talk.take_message(1).await;
    let dropping = tokio::spawn({
        let (outbox, id) = (bed.outbox.clone(), ids[0]);
        async move { outbox.recall(HashSet::from([id])).await.on_wire().to_vec() }
    });
    talk.say("250 taken").await;
    assert_eq!(dropping.await.unwrap(), ids);
    let now = delivery::Clock::now(&*bed.clock);
    assert_eq!(bed.store.act(QueueAction::Drop, Selection::Ids(ids.clone()), now).await.unwrap(), 0, "it is delivered");
}
