//! DANE (RFC 7672): what a name server has proven of the certificates of a mail exchanger, and what it has not.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use delivery::Policy;
use mail::evidence::Reason;
use mail::{TlsOutcome, TlsPolicy};
use spool::AttemptKind;
use testbed::NameServer;

use crate::bed::{Bed, submission};
use crate::mx::by_mx;
use crate::opening::{Certified, starttls};
use crate::peer::Peer;

/// A mail exchanger with a certificate, and a name server that knows it.
struct Stage {
    peer: Peer,
    names: NameServer,
    server: Certified,
}

impl Stage {
    /// What the DNS says of the certificate is written by `tlsa`; all of `y.example` is proven.
    async fn open(tlsa: impl Fn(&Certified) -> String) -> Self {
        let (peer, server) = (Peer::listen().await, Certified::new("elsewhere.example"));
        let names = NameServer::start("y.example MX 10 mx.y.example\nmx.y.example A 127.0.0.1");
        names.proves("y.example");
        let said = tlsa(&server);
        if !said.is_empty() {
            names.holds(&format!("{} TLSA {said}", Self::name(&peer)));
        }
        Self { peer, names, server }
    }

    fn name(peer: &Peer) -> String {
        format!("_{}._tcp.mx.y.example", peer.address().port())
    }

    fn policy(&self) -> Policy {
        by_mx(&self.names, self.peer.address().port())
    }

    async fn taken(&self, bed: &mut Bed) -> mail::Protection {
        taken(bed, &self.peer, &self.server).await
    }
}

/// Takes a mail over TLS, and says how the attempt was protected.
pub(crate) async fn taken(bed: &mut Bed, peer: &Peer, server: &Certified) -> mail::Protection {
    bed.send(submission("1@x", &["b@y.example"])).await;
    let mut talk = starttls(peer, &server.acceptor).await.unwrap();
    talk.hear("EHLO me.example\r\n").await;
    talk.offer(&["PIPELINING"]).await;
    talk.take_message(1).await;
    talk.say("250 safe").await;
    let report = bed.report().await;
    assert_eq!(report.attempt.kind, AttemptKind::Delivered, "{report:?}");
    report.attempt.protection.expect("how it was protected")
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn right(server: &Certified) -> String {
    format!("3 0 1 {}", hex(digest(&SHA256, &server.certificate).as_ref()))
}

fn wrong(_: &Certified) -> String {
    format!("3 0 1 {}", "00".repeat(32))
}

#[tokio::test]
async fn a_certificate_that_the_dns_names_is_taken_whatever_its_name() {
    let stage = Stage::open(right).await;
    let mut bed = Bed::new(stage.policy());
    let protection = stage.taken(&mut bed).await;
    assert_eq!((protection.policy, protection.outcome), (TlsPolicy::Dane, TlsOutcome::Verified));
    assert_eq!(protection.certificate, *digest(&SHA256, &stage.server.certificate).as_ref());
}

#[tokio::test]
async fn another_certificate_gets_no_mail_neither_over_tls_nor_in_clear() {
    let stage = Stage::open(wrong).await;
    let bed = Bed::new(stage.policy());
    bed.send(submission("1@x", &["b@y.example"])).await;
    assert!(starttls(&stage.peer, &stage.server.acceptor).await.is_err());
    let error = bed.away().await.last_error.expect("what is wrong");
    assert_eq!(error.evidence.reason(), Some(Reason::NotAsDaneWants));
    assert_eq!(bed.queued().await, (1, 0), "it waits");
    assert!(stage.peer.is_quiet().await, "nothing is tried in clear");
}

#[tokio::test]
async fn a_server_that_hides_starttls_gets_no_mail_in_clear() {
    let stage = Stage::open(right).await;
    let bed = Bed::new(stage.policy());
    bed.send(submission("1@x", &["b@y.example"])).await;
    let talk = stage.peer.greet(&["PIPELINING"]).await;
    let error = bed.away().await.last_error.expect("what is wrong");
    assert_eq!(error.evidence.reason(), Some(Reason::NoStartTls));
    talk.gone().await;
}

#[tokio::test]
async fn what_nobody_has_proven_is_as_if_it_were_not_there() {
    // Neither a name server that proves nothing nor one that is not believed: mail goes on as without DANE.
    for believed in [true, false] {
        let stage = Stage::open(wrong).await;
        let mut policy = stage.policy();
        if believed {
            let again = NameServer::start("y.example MX 10 mx.y.example\nmx.y.example A 127.0.0.1");
            again.holds(&format!("{} TLSA {}", Stage::name(&stage.peer), wrong(&stage.server)));
            policy.dns = by_mx(&again, 25).dns;
        } else {
            policy.dane = false;
        }
        let mut bed = Bed::new(policy);
        let protection = stage.taken(&mut bed).await;
        assert_eq!((protection.policy, protection.outcome), (TlsPolicy::Opportunistic, TlsOutcome::Unverified));
    }
}

#[tokio::test]
async fn records_that_nobody_can_use_still_want_tls() {
    let stage = Stage::open(|_| format!("1 0 1 {}", "00".repeat(32))).await;
    let mut bed = Bed::new(stage.policy());
    let protection = stage.taken(&mut bed).await;
    assert_eq!((protection.policy, protection.outcome), (TlsPolicy::DaneUnusable, TlsOutcome::Unverified));
}

#[tokio::test]
async fn who_keeps_the_answer_about_certificates_back_gets_no_mail() {
    let stage = Stage::open(|_| String::new()).await;
    stage.names.fails(&Stage::name(&stage.peer));
    let bed = Bed::new(stage.policy());
    bed.send(submission("1@x", &["b@y.example"])).await;
    let error = bed.away().await.last_error.expect("what is wrong");
    assert_eq!(error.evidence.reason(), Some(Reason::LookupFailed));
    assert!(stage.peer.is_quiet().await);
}
