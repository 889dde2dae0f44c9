//! TLS and AUTH on the way to the first mail.

use std::sync::Arc;

use delivery::{Dialect, HostPort, Login, NextHop, Policy, Relay, Servers, Tls, Trust};
use mail::TlsOutcome;
use mail::evidence::{Reason, Stage};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::bed::{Bed, policy, submission};
use crate::peer::{Peer, Talk};

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server's side of TLS, with a certificate for `localhost`.
fn acceptor(authority: &Authority) -> TlsAcceptor {
    Certified::by(authority, "localhost").acceptor
}

/// A server's side of TLS.
pub(crate) struct Certified {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) certificate: CertificateDer<'static>,
}

impl Certified {
    /// With a certificate for this name, by an authority that nobody knows.
    pub(crate) fn new(name: &str) -> Self {
        Self::by(&authority("theirs"), name)
    }

    /// By this authority.
    pub(crate) fn by(authority: &Authority, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, authority).unwrap().der().clone();
        Self { acceptor: serving(certificate.clone(), &key), certificate }
    }
}

fn serving(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn trusting(authority: &Authority, peer: &Peer, tls: Tls, login: Option<Login>) -> Policy {
    let hosts = vec![HostPort { host: "localhost".into(), port: peer.address().port() }];
    let mut policy =
        policy(NextHop::Relay(Arc::new(Relay { servers: Servers::Hosts(hosts), dialect: Dialect::Smtp, tls, login })));
    policy.trust = Trust::Roots(vec![CertificateDer::clone(authority.der())]);
    policy
}

pub(crate) async fn starttls(peer: &Peer, acceptor: &TlsAcceptor) -> std::io::Result<Talk<TlsStream<TcpStream>>> {
    let mut talk = peer.greet(&["STARTTLS", "PIPELINING"]).await;
    talk.hear("STARTTLS\r\n").await;
    talk.say("220 go").await;
    Ok(Talk { stream: acceptor.accept(talk.stream).await? })
}

#[tokio::test]
async fn required_starttls_is_verified_and_the_password_goes_through_it() {
    let (authority, peer) = (authority("ours"), Peer::listen().await);
    let login = Some(Login { user: "tim".into(), password: "tanstaaftanstaaf".into() });
    let mut bed = Bed::new(trusting(&authority, &peer, Tls::Required, login));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let mut talk = starttls(&peer, &acceptor(&authority)).await.unwrap();
    talk.hear("EHLO me.example\r\n").await;
    talk.offer(&["PIPELINING", "AUTH PLAIN"]).await;
    talk.hear("AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n").await;
    talk.say("235 welcome").await;
    talk.take_message(1).await;
    talk.say("250 safe").await;
    assert_eq!(bed.report().await.attempt.evidence.to_string(), "250 safe");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_defers_in_clear_words() {
    let peer = Peer::listen().await;
    let bed = Bed::new(trusting(&authority("ours"), &peer, Tls::Required, None));
    bed.send(submission("1@x", &["b@y.example"])).await;
    assert!(starttls(&peer, &acceptor(&authority("theirs"))).await.is_err());
    let words =
        format!("localhost:{}: TLS: its certificate is signed by no authority that we trust", peer.address().port());
    let error = bed.away().await.last_error.unwrap();
    assert_eq!(error.evidence.reason(), Some(Reason::UntrustedCertificate));
    assert_eq!(error.to_string(), words);
}

#[tokio::test]
async fn required_starttls_that_is_not_offered_defers_and_nothing_is_sent() {
    let (authority, peer) = (authority("ours"), Peer::listen().await);
    let bed = Bed::new(trusting(&authority, &peer, Tls::Required, None));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let talk = peer.greet(&["PIPELINING"]).await;
    let error = bed.away().await.last_error.unwrap();
    assert_eq!((error.evidence.reason(), error.evidence.stage), (Some(Reason::NoStartTls), Some(Stage::StartTls)));
    talk.gone().await;
}

#[tokio::test]
async fn opportunistic_tls_takes_any_certificate_and_goes_on_in_clear_where_tls_fails() {
    let peer = Peer::listen().await;
    let mut bed = Bed::new(trusting(&authority("ours"), &peer, Tls::Opportunistic, None));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let mut talk = starttls(&peer, &acceptor(&authority("theirs"))).await.unwrap();
    talk.hear("EHLO me.example\r\n").await;
    talk.offer(&["PIPELINING"]).await;
    talk.take_message(1).await;
    talk.say("250 encrypted\r\n421 bye").await;
    let attempt = bed.report().await.attempt;
    assert_eq!(attempt.evidence.to_string(), "250 encrypted");
    assert_eq!(attempt.protection.unwrap().outcome, TlsOutcome::Unverified);
    talk.gone().await;

    bed.send(submission("2@x", &["b@y.example"])).await;
    let mut talk = peer.greet(&["STARTTLS", "PIPELINING"]).await;
    talk.hear("STARTTLS\r\n").await;
    talk.say("220 go").await;
    talk.hear_something().await; // The ClientHello.
    talk.say("this is no TLS").await;
    talk.gone().await;
    let mut talk = peer.greet(&["STARTTLS", "PIPELINING"]).await;
    talk.take_message(1).await;
    talk.say("250 in clear").await;
    let attempt = bed.report().await.attempt;
    assert_eq!(attempt.evidence.to_string(), "250 in clear");
    assert_eq!(attempt.protection.unwrap().outcome, TlsOutcome::ClearAfterFailure);
}

#[tokio::test]
async fn implicit_tls_begins_before_the_greeting() {
    let (authority, peer) = (authority("ours"), Peer::listen().await);
    let mut bed = Bed::new(trusting(&authority, &peer, Tls::Implicit, None));
    bed.send(submission("1@x", &["b@y.example"])).await;
    let stream = acceptor(&authority).accept(peer.accept().await.stream).await.unwrap();
    let mut talk = Talk { stream };
    talk.say("220 peer").await;
    talk.hear("EHLO me.example\r\n").await;
    talk.offer(&["PIPELINING"]).await;
    talk.take_message(1).await;
    talk.say("250 safe").await;
    assert_eq!(bed.report().await.attempt.evidence.to_string(), "250 safe");
}
