//! MTA-STS (RFC 8461): what a domain says over HTTPS of its mail exchangers, and what follows from it.

use std::sync::{Arc, Mutex};

use delivery::{Policy, Trust};
use mail::evidence::Reason;
use mail::{TlsOutcome, TlsPolicy};
use spool::AttemptKind;
use testbed::NameServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::bed::{Bed, submission};
use crate::mx::by_mx;
use crate::opening::{Authority, Certified, authority, starttls};
use crate::peer::Peer;

/// A domain with a policy, and a mail exchanger for it.
struct Stage {
    peer: Peer,
    names: NameServer,
    ours: Authority,
    web: u16,
    /// The policy that is served, and how often it was.
    served: Arc<Mutex<(String, usize)>>,
}

impl Stage {
    async fn open(policy: &str) -> Self {
        let (ours, peer) = (authority("ours"), Peer::listen().await);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let web = listener.local_addr().unwrap().port();
        let served = Arc::new(Mutex::new((policy.to_owned(), 0)));
        tokio::spawn(serve(listener, Certified::by(&ours, "mta-sts.y.example"), Arc::clone(&served)));
        let names = NameServer::start(
            "y.example MX 10 mx.y.example
             mx.y.example A 127.0.0.1
             mta-sts.y.example A 127.0.0.1
             _mta-sts.y.example TXT v=STSv1; id=1",
        );
        Self { peer, names, ours, web, served }
    }

    fn policy(&self) -> Policy {
        let trust = Trust::Roots(vec![self.ours.der().clone()]);
        Policy { trust, https_port: self.web, ..by_mx(&self.names, self.peer.address().port()) }
    }

    /// Takes a mail with this certificate, and says how the attempt was protected.
    async fn taken(&self, bed: &mut Bed, server: &Certified) -> mail::Protection {
        bed.send(submission("1@x", &["b@y.example"])).await;
        let mut talk = starttls(&self.peer, &server.acceptor).await.unwrap();
        talk.hear("EHLO me.example\r\n").await;
        talk.offer(&["PIPELINING"]).await;
        talk.take_message(1).await;
        talk.say("250 safe\r\n421 bye").await;
        let report = bed.report().await;
        assert_eq!(report.attempt.kind, AttemptKind::Delivered, "{report:?}");
        talk.gone().await;
        report.attempt.protection.expect("how it was protected")
    }

    fn fetched(&self) -> usize {
        self.served.lock().unwrap().1
    }
}

async fn serve(listener: TcpListener, web: Certified, served: Arc<Mutex<(String, usize)>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = web.acceptor.accept(stream).await else { continue };
        let mut request = [0; 4096];
        let read = stream.read(&mut request).await.unwrap();
        let asked = String::from_utf8_lossy(&request[..read]).into_owned();
        assert!(asked.starts_with("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.y.example\r\n"), "{asked}");
        let answer = {
            let mut served = served.lock().unwrap();
            served.1 += 1;
            let length = served.0.len();
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{}", served.0)
        };
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

fn says(mode: &str, mx: &str) -> String {
    format!("version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 86400\n")
}

#[tokio::test]
async fn a_trusted_certificate_for_a_host_that_is_named_is_taken_and_the_policy_fetched_once() {
    let stage = Stage::open(&says("enforce", "*.y.example")).await;
    let mut bed = Bed::new(stage.policy());
    let server = Certified::by(&stage.ours, "mx.y.example");
    for _ in 0..2 {
        let protection = stage.taken(&mut bed, &server).await;
        assert_eq!((protection.policy, protection.outcome), (TlsPolicy::MtaSts, TlsOutcome::Verified));
    }
    assert_eq!(stage.fetched(), 1);
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_gets_no_mail_neither_over_tls_nor_in_clear() {
    let stage = Stage::open(&says("enforce", "mx.y.example")).await;
    for (server, reason) in [
        (Certified::new("mx.y.example"), Reason::UntrustedCertificate),
        (Certified::by(&stage.ours, "other.example"), Reason::WrongCertificate),
    ] {
        let bed = Bed::new(stage.policy());
        bed.send(submission("1@x", &["b@y.example"])).await;
        assert!(starttls(&stage.peer, &server.acceptor).await.is_err());
        assert_eq!(bed.away().await.last_error.expect("what is wrong").evidence.reason(), Some(reason));
        assert!(stage.peer.is_quiet().await, "nothing is tried in clear");
    }
}

#[tokio::test]
async fn a_host_that_is_not_named_gets_no_mail() {
    let stage = Stage::open(&says("enforce", "other.example")).await;
    let bed = Bed::new(stage.policy());
    bed.send(submission("1@x", &["b@y.example"])).await;
    let error = bed.away().await.last_error.expect("what is wrong");
    assert_eq!(error.evidence.reason(), Some(Reason::NotAsStsWants));
    assert!(stage.peer.is_quiet().await);
}

#[tokio::test]
async fn a_policy_that_is_tested_or_taken_back_stops_no_mail() {
    for (mode, policy) in [("testing", TlsPolicy::MtaStsTesting), ("none", TlsPolicy::Opportunistic)] {
        let stage = Stage::open(&says(mode, "other.example")).await;
        let mut bed = Bed::new(stage.policy());
        let protection = stage.taken(&mut bed, &Certified::new("elsewhere.example")).await;
        assert_eq!((protection.policy, protection.outcome), (policy, TlsOutcome::Unverified), "{mode}");
    }
}

#[tokio::test]
async fn a_new_id_brings_the_new_policy_and_what_cannot_be_fetched_leaves_the_old_one() {
    let stage = Stage::open(&says("enforce", "mx.y.example")).await;
    let mut bed = Bed::new(stage.policy());
    let trusted = Certified::by(&stage.ours, "mx.y.example");
    assert_eq!(stage.taken(&mut bed, &trusted).await.policy, TlsPolicy::MtaSts);
    let renew = |id: &str, text: &str| {
        stage.names.forgets("_mta-sts.y.example");
        stage.names.holds(&format!("_mta-sts.y.example TXT v=STSv1; id={id}"));
        text.clone_into(&mut stage.served.lock().unwrap().0);
    };
    renew("2", "no policy at all");
    assert_eq!(stage.taken(&mut bed, &trusted).await.policy, TlsPolicy::MtaSts);
    renew("2", &says("testing", "mx.y.example"));
    assert_eq!(stage.taken(&mut bed, &trusted).await.policy, TlsPolicy::MtaStsTesting);
    assert_eq!(stage.fetched(), 3);
    stage.names.forgets("_mta-sts.y.example");
    assert_eq!(stage.taken(&mut bed, &trusted).await.policy, TlsPolicy::MtaStsTesting, "it is kept");
}
