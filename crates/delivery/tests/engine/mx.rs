//! Mail to the mail exchangers of a domain, as a name server on loopback names them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use delivery::{ByMx, NextHop, Policy, Tls};
use dns::{Resolver, Settings};
use spool::{AttemptKind, Next};
use testbed::{NameServer, Sink};

use crate::bed::{Bed, PATIENCE, policy, submission};
use crate::peer::Peer;

/// Mail goes by MX, to this port, by what this name server says.
pub(crate) fn by_mx(names: &NameServer, port: u16) -> Policy {
    asking(names.address(), port)
}

/// The same of a name server at this address.
pub(crate) fn asking(server: SocketAddr, port: u16) -> Policy {
    let settings = Settings { servers: vec![server], trusted: false };
    let next_hop = NextHop::Mx(ByMx { port, tls: Tls::Opportunistic });
    Policy { dns: Some(Arc::new(Resolver::new(&settings).unwrap())), ..policy(next_hop) }
}

/// Sends one mail to each of these, and gives what became of each, in their order.
async fn ends(bed: &mut Bed, to: &[&str]) -> Vec<(AttemptKind, String, String)> {
    let mut ends = Vec::new();
    for recipient in to {
        bed.send(submission("1@x", &[recipient])).await;
        let report = bed.report().await;
        ends.push((report.attempt.kind, report.attempt.site, report.attempt.evidence.to_string()));
    }
    ends
}

#[tokio::test]
async fn the_mail_of_a_domain_goes_to_its_exchangers_or_to_itself() {
    let sink = Sink::start();
    let port = sink.address().port();
    let names = NameServer::start(
        "y.example MX 10 mx.y.example
         mx.y.example A 127.0.0.1
         bare.example A 127.0.0.1
         alias.example CNAME y.example",
    );
    let mut bed = Bed::new(by_mx(&names, port));
    let ends = ends(&mut bed, &["b@y.example", "b@bare.example", "b@Alias.example", "b@[127.0.0.1]"]).await;
    let sites: Vec<String> = ends.into_iter().map(|(kind, site, _)| format!("{kind:?} {site}")).collect();
    let wanted = ["mx.y.example", "bare.example", "mx.y.example", "127.0.0.1"];
    assert_eq!(sites, wanted.map(|host| format!("Delivered {host}:{port}")));
}

#[tokio::test]
async fn what_the_dns_says_for_good_fails_at_once_and_comes_back() {
    let names = NameServer::start(
        "null.example MX 0 .
         dangling.example MX 10 gone.example
         us.example MX 10 me.example
         us.example MX 20 backup.example",
    );
    let mut bed = Bed::new(by_mx(&names, 25));
    for (to, words) in [
        ("b@null.example", "5.1.10 the domain takes no mail (null MX)"),
        ("b@unknown.example", "5.1.2 there is no such domain"),
        ("b@dangling.example", "5.4.4 no mail exchanger has an address: gone.example"),
        (
            "b@us.example",
            "5.4.6 we are the mail exchanger of the domain ourselves, and no route says where its mail goes",
        ),
    ] {
        bed.send(submission("1@x", &[to])).await;
        let report = bed.report().await;
        assert_eq!((report.attempt.kind, report.attempt.evidence.to_string().as_str()), (AttemptKind::Failed, words));
        assert_eq!(report.next, Next::Retire);
        let bounce = report.bounce.expect("its sender is told");
        let text = String::from_utf8_lossy(&bounce.message).into_owned();
        assert!(text.contains(&format!("Status: {}\r\n", &words[..words.find(' ').unwrap()])), "{text}");
        // The bounce goes to a domain that is not there either.
        assert_eq!(bed.report().await.attempt.kind, AttemptKind::Failed);
    }
}

#[tokio::test]
async fn a_name_server_in_trouble_makes_mail_wait_and_nobody_else() {
    let sink = Sink::start();
    let names = NameServer::start("y.example A 127.0.0.1\nlater.example A 127.0.0.1");
    names.fails("later.example");
    let mut bed = Bed::new(by_mx(&names, sink.address().port()));
    bed.send_all((0..3).map(|_| submission("1@x", &["b@later.example"])).collect()).await;
    let site = bed.away().await;
    assert_eq!(&*site.destination, format!("mx:later.example:{}", sink.address().port()));
    let error = site.last_error.expect("what is wrong").to_string();
    assert!(error.starts_with("later.example: 4.4.3 it cannot be looked up: "), "{error}");
    assert_eq!(ends(&mut bed, &["b@y.example"]).await[0].0, AttemptKind::Delivered);
    assert_eq!(bed.queued().await, (3, 0));
}

#[tokio::test]
async fn the_next_exchanger_is_taken_where_the_best_cannot_be_reached_and_from_then_on_first() {
    let (peer, best) = (Peer::listen().await, "127.0.0.2");
    let names = NameServer::start(&format!(
        "y.example MX 10 one.example\ny.example MX 20 two.example\none.example A {best}\ntwo.example A 127.0.0.1"
    ));
    let mut policy = by_mx(&names, peer.address().port());
    policy.connections = 1;
    policy.timeouts.idle = Duration::from_millis(20);
    let mut bed = Bed::new(policy);
    for _ in 0..2 {
        bed.send(submission("1@x", &["b@y.example"])).await;
        let mut talk = peer.greet(&["PIPELINING"]).await;
        talk.take_message(1).await;
        talk.say("250 Ok").await;
        let report = bed.report().await;
        assert_eq!(report.attempt.site, format!("two.example:{}", peer.address().port()));
        talk.hear("QUIT\r\n").await;
        drop(talk);
    }
    assert!(!bed.engine.status().sites[0].is_away);
}

#[tokio::test]
async fn a_connection_to_our_own_listener_is_a_loop_and_no_delivery() {
    let sink = Sink::start();
    let port = sink.address().port();
    let names = NameServer::start("y.example MX 10 mx.y.example\nmx.y.example A 127.0.0.1");
    let everywhere = SocketAddr::from(([0, 0, 0, 0], port));
    for own in [sink.address(), everywhere] {
        let mut bed = Bed::new(Policy { own: vec![own], ..by_mx(&names, port) });
        let (kind, _, words) = ends(&mut bed, &["b@y.example"]).await.remove(0);
        assert_eq!(kind, AttemptKind::Failed, "{own}");
        assert!(words.starts_with("5.4.6 we are the mail exchanger"), "{words}");
    }
    assert_eq!(sink.count(), 0);
}

#[tokio::test]
async fn two_thousand_dead_domains_do_not_hold_up_mail_to_a_living_one() {
    const DEAD: usize = 2_000;
    let sink = Sink::start();
    let names = NameServer::start("alive.example A 127.0.0.1");
    let zone: String = (0..DEAD).map(|n| format!("dead{n}.example A 127.0.0.2\n")).collect();
    names.holds(&zone);
    let mut bed = Bed::new(by_mx(&names, sink.address().port()));
    let dead = (0..DEAD).map(|n| submission("1@x", &[&format!("b@dead{n}.example")])).collect();
    bed.send_all(dead).await;
    for _ in 0..20 {
        bed.send(submission("2@x", &["b@alive.example"])).await;
    }
    for _ in 0..20 {
        let report = tokio::time::timeout(PATIENCE, bed.report()).await.expect("in time");
        assert_eq!(report.attempt.kind, AttemptKind::Delivered);
    }
    assert_eq!(sink.count(), 20);
}
