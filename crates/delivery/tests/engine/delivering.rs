//! Mail that arrives, and where.

use std::sync::Arc;

use delivery::{Dialect, MemoryLimits, NextHop, Relay, Servers, Tls};
use spool::{AttemptKind, Next, Spool as _};
use testbed::{Behaviour, Sink};

use crate::bed::{Bed, PATIENCE, host, nobody, policy, relay, route, submission};
use crate::peer::Peer;

#[tokio::test]
async fn a_mail_is_delivered_and_its_evidence_recorded() {
    let sink = Sink::start();
    let mut bed = Bed::new(policy(relay(sink.address())));
    let queued = bed.send(submission("1@x", &["b@y.example"])).await;
    let received = sink.arrived(1, PATIENCE).await;
    assert!(received[0].mail_from.starts_with("<a@x.example>"));
    assert_eq!(received[0].message(), submission("1@x", &["b@y.example"]).message);
    let report = bed.report().await;
    assert_eq!(report.entry, queued.entries[0]);
    assert_eq!((report.attempt.kind, &report.next), (AttemptKind::Delivered, &Next::Retire));
    assert_eq!(report.attempt.evidence.to_string(), "250 2.0.0 kept");
    assert_eq!(report.attempt.site, sink.address().to_string());
    assert_eq!(bed.queued().await, (0, 0));
}

#[tokio::test]
async fn the_recipients_of_one_mail_share_a_transaction() {
    let sink = Sink::start();
    let mut bed = Bed::new(policy(relay(sink.address())));
    bed.send(submission("1@x", &["b@y.example", "c@z.example", "d@y.example"])).await;
    assert_eq!(sink.arrived(1, PATIENCE).await[0].recipients.len(), 3);
    for _ in 0..3 {
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    }
    assert_eq!(sink.count(), 1);
}

#[tokio::test]
async fn the_next_mails_commands_are_written_behind_the_final_dot() {
    let peer = Peer::listen().await;
    let mut policy = policy(relay(peer.address()));
    policy.connections = 1;
    let mut bed = Bed::new(policy);
    bed.send_all(vec![submission("1@x", &["b@y.example"]), submission("2@x", &["c@y.example"])]).await;
    let mut talk = peer.greet(&["PIPELINING"]).await;
    talk.hear("MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n").await;
    talk.say("250 Ok\r\n250 Ok\r\n354 go").await;
    let heard = talk.hear_until("DATA\r\n").await;
    assert!(heard.contains("..dotted\r\n.\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<c@y.example>\r\nDATA\r\n"), "{heard}");
    talk.say("250 first\r\n250 Ok\r\n250 Ok\r\n354 go").await;
    talk.hear_until("\r\n.\r\n").await;
    talk.say("250 second").await;
    assert_eq!(bed.report().await.attempt.evidence.to_string(), "250 first");
    assert_eq!(bed.report().await.attempt.evidence.to_string(), "250 second");
}

#[tokio::test]
async fn a_server_of_2003_gets_its_mail_after_helo() {
    let sink = Sink::with(Behaviour { helo_only: true, ..Behaviour::default() });
    let mut bed = Bed::new(policy(relay(sink.address())));
    bed.send(submission("1@x", &["b@y.example"])).await;
    assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    assert_eq!(sink.received()[0].mail_from, "<a@x.example>");
}

#[tokio::test]
async fn the_second_smarthost_is_taken_where_the_first_is_down() {
    let sink = Sink::start();
    let hosts = vec![host(nobody()), host(sink.address())];
    let mut bed = Bed::new(policy(NextHop::Relay(Arc::new(Relay {
        servers: Servers::Hosts(hosts),
        dialect: Dialect::Smtp,
        tls: Tls::Off,
        login: None,
    }))));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let report = bed.report().await;
    assert_eq!((report.attempt.kind, report.attempt.site), (AttemptKind::Delivered, sink.address().to_string()));
}

#[tokio::test]
async fn capture_keeps_mail_and_routes_and_pins_still_apply() {
    let (sink, own) = (Sink::start(), Sink::start());
    let mut policy = policy(NextHop::Capture);
    policy.routes.routes.push(route("*@y.example", relay(sink.address())));
    policy.routes.own.push(route("calendar@localhost", relay(own.address())));
    let mut bed = Bed::new(policy);
    bed.send(submission("1@x", &["b@z.example"])).await;
    let report = bed.report().await;
    assert_eq!((report.attempt.kind, report.attempt.site.as_str()), (AttemptKind::Captured, "capture"));
    assert_eq!(
        bed.store.message(report.entry).await.unwrap(),
        submission("1@x", &["b@y.example"]).message,
        "kept, to be shown"
    );
    bed.send(submission("2@x", &["b@y.example"])).await;
    sink.arrived(1, PATIENCE).await;
    bed.send(submission("3@x", &["calendar@localhost"])).await;
    own.arrived(1, PATIENCE).await;
    let pinned = Some(sink.address().to_string());
    bed.send(spool::Submission { next_hop: pinned, ..submission("4@x", &["b@z.example"]) }).await;
    sink.arrived(2, PATIENCE).await;
    bed.send(spool::Submission { capture: true, ..submission("5@x", &["b@y.example"]) }).await;
    while bed.report().await.attempt.kind != AttemptKind::Captured {}
    assert_eq!((sink.count(), own.count()), (2, 1));
}

#[tokio::test]
async fn what_finds_no_room_in_memory_is_delivered_from_the_store() {
    let sink = Sink::start();
    let limits = MemoryLimits { entries: 4, octets: 1 << 20 };
    let mut bed = Bed::open(tempfile::tempdir().unwrap(), policy(relay(sink.address())), limits);
    let mails: Vec<_> = (0..40).map(|number| submission(&format!("{number}@x"), &["b@y.example"])).collect();
    bed.send_all(mails).await;
    for _ in 0..40 {
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Delivered);
    }
    let mut ids: Vec<_> = sink.received().iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 40);
}

#[tokio::test]
async fn a_new_policy_holds_for_the_next_mail() {
    let (old, new) = (Sink::start(), Sink::start());
    let mut bed = Bed::new(policy(relay(old.address())));
    bed.send(submission("1@x", &["b@y.example"])).await;
    bed.report().await;
    bed.outbox.obey(policy(relay(new.address())));
    bed.send(submission("2@x", &["b@y.example"])).await;
    bed.report().await;
    assert_eq!((old.count(), new.count()), (1, 1));
}

#[tokio::test]
async fn what_waits_in_memory_behind_a_silent_server_goes_where_the_new_policy_says() {
    // It takes connections, and says nothing.
    let (silent, sink) = (std::net::TcpListener::bind("127.0.0.1:0").unwrap(), Sink::start());
    let bed = Bed::new(policy(relay(silent.local_addr().unwrap())));
    for number in 0..3 {
        bed.send(submission(&format!("{number}@x"), &["b@y.example", "c@y.example"])).await;
    }
    let connected = tokio::task::spawn_blocking(move || silent.accept().unwrap());
    let _connection = connected.await.unwrap();
    assert_eq!(bed.outbox.status().sites.iter().map(|site| site.queued).sum::<usize>(), 6);
    bed.outbox.obey(policy(relay(sink.address())));
    sink.arrived(3, PATIENCE).await;
}
