//! LMTP as the way out: on a port and on a socket, with one verdict for each recipient.

use std::path::Path;
use std::sync::Arc;

use delivery::{Dialect, HostPort, NextHop, Relay, Servers, Tls};
use spool::{AttemptKind, Next};
use tokio::net::UnixListener;
use tokio::time::timeout;

use crate::bed::{Bed, PATIENCE, host, policy, submission};
use crate::peer::{Peer, Talk};

fn lmtp(host: HostPort) -> NextHop {
    NextHop::Relay(Arc::new(Relay {
        servers: Servers::Hosts(vec![host]),
        dialect: Dialect::Lmtp,
        tls: Tls::Off,
        login: None,
    }))
}

fn socket(path: &Path) -> HostPort {
    HostPort { host: path.display().to_string(), port: 0 }
}

#[tokio::test]
async fn whom_the_server_saved_it_for_is_delivered_and_the_others_have_their_own_end() {
    let peer = Peer::listen().await;
    let mut bed = Bed::new(policy(lmtp(host(peer.address()))));
    bed.send(submission("1@x", &["b@y.example", "full@y.example", "c@y.example", "gone@y.example"])).await;
    let mut talk = peer.accept().await;
    talk.say("220 peer").await;
    talk.hear("LHLO me.example\r\n").await;
    talk.offer(&["PIPELINING"]).await;
    talk.take_message(4).await;
    talk.say("250 2.0.0 saved\r\n452 4.2.2 full\r\n250 2.0.0 saved too\r\n550 5.1.1 gone").await;
    let mut reports = Vec::new();
    for _ in 0..4 {
        reports.push(bed.report().await);
    }
    reports.sort_by_key(|report| report.entry);
    let ends: Vec<_> =
        reports.iter().map(|report| (report.attempt.kind, report.attempt.evidence.to_string())).collect();
    assert_eq!(ends[0], (AttemptKind::Delivered, "250 2.0.0 saved".to_owned()));
    assert_eq!(ends[1], (AttemptKind::Deferred, "452 4.2.2 full".to_owned()));
    assert_eq!(ends[2], (AttemptKind::Delivered, "250 2.0.0 saved too".to_owned()));
    assert_eq!(ends[3], (AttemptKind::Failed, "550 5.1.1 gone".to_owned()));
    assert!(matches!(reports[1].next, Next::Retry(_)), "{:?}", reports[1]);
    assert_eq!(reports.iter().filter(|report| report.bounce.is_some()).count(), 1, "{reports:?}");
}

#[tokio::test]
async fn a_socket_is_a_server_that_can_be_away_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lmtp");
    let mut bed = Bed::new(policy(lmtp(socket(&path))));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let site = bed.away().await;
    assert_eq!(site.name, format!("lmtp:{}", path.display()));
    let listener = UnixListener::bind(&path).unwrap();
    bed.outbox.look_now();
    let (stream, _) = timeout(PATIENCE, listener.accept()).await.expect("a connection in time").unwrap();
    let mut talk = Talk { stream };
    talk.say("220 peer").await;
    talk.hear("LHLO me.example\r\n").await;
    talk.offer(&["PIPELINING", "STARTTLS"]).await;
    talk.take_message(1).await;
    talk.say("250 2.0.0 saved").await;
    let report = bed.report().await;
    assert_eq!((report.attempt.kind, report.attempt.site), (AttemptKind::Delivered, path.display().to_string()));
}
