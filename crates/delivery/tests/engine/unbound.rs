//! DANE by what a real name server has proven: unbound, validating and not, over a signed zone.

use aws_lc_rs::digest::{SHA256, digest};
use delivery::Policy;
use mail::evidence::Reason;
use mail::{TlsOutcome, TlsPolicy};
use testbed::{Requirement, Unbound, Validation, need};

use crate::bed::{Bed, submission};
use crate::dane::{hex, taken};
use crate::mx::asking;
use crate::opening::{Certified, starttls};
use crate::peer::Peer;

/// A mail exchanger with a certificate, and unbound, which knows what the DNS says of it.
struct Stage {
    unbound: Unbound,
    peer: Peer,
    server: Certified,
}

impl Stage {
    async fn open(validation: Validation, tlsa: impl Fn(&Certified) -> String) -> Option<Self> {
        let modules = ["dns", "cryptography"].map(Requirement::PythonModule);
        if !need(&[modules[0], modules[1], Requirement::File("/usr/sbin/unbound")]) {
            return None;
        }
        let (peer, server) = (Peer::listen().await, Certified::new("elsewhere.example"));
        let port = peer.address().port();
        let zone = format!(
            "y.example MX 10 mx.y.example\nmx.y.example A 127.0.0.1\n_{port}._tcp.mx.y.example TLSA {}",
            tlsa(&server)
        );
        Some(Self { unbound: Unbound::start("y.example", &zone, validation), peer, server })
    }

    fn policy(&self) -> Policy {
        asking(self.unbound.address(), self.peer.address().port())
    }

    /// Why a mail waits, and that nothing was tried in clear.
    async fn waits(&self, handshakes: usize) -> Option<Reason> {
        let bed = Bed::new(self.policy());
        bed.send(submission("1@x", &["b@y.example"])).await;
        for _ in 0..handshakes {
            assert!(starttls(&self.peer, &self.server.acceptor).await.is_err());
        }
        let error = bed.away().await.last_error.expect("what is wrong");
        assert!(self.peer.is_quiet().await, "nothing is tried in clear");
        error.evidence.reason()
    }
}

fn right(server: &Certified) -> String {
    format!("3 0 1 {}", hex(digest(&SHA256, &server.certificate).as_ref()))
}

fn wrong(_: &Certified) -> String {
    format!("3 0 1 {}", "00112233".repeat(8))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_unbound_has_validated_decides_about_certificates() {
    let Some(stage) = Stage::open(Validation::Done, right).await else { return };
    let mut bed = Bed::new(stage.policy());
    let protection = taken(&mut bed, &stage.peer, &stage.server).await;
    assert_eq!((protection.policy, protection.outcome), (TlsPolicy::Dane, TlsOutcome::Verified));
    let Some(stage) = Stage::open(Validation::Done, wrong).await else { return };
    assert_eq!(stage.waits(1).await, Some(Reason::NotAsDaneWants));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_unbound_finds_forged_gets_no_mail() {
    let Some(stage) = Stage::open(Validation::DoneOverForged, wrong).await else { return };
    assert_eq!(stage.waits(0).await, Some(Reason::LookupFailed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_unbound_has_not_validated_is_as_if_it_were_not_there() {
    let Some(stage) = Stage::open(Validation::NotDone, wrong).await else { return };
    let mut bed = Bed::new(stage.policy());
    let protection = taken(&mut bed, &stage.peer, &stage.server).await;
    assert_eq!((protection.policy, protection.outcome), (TlsPolicy::Opportunistic, TlsOutcome::Unverified));
}
