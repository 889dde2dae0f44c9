//! Which certificates which records name.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;

use crate::verifying::Judged;

use super::*;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "anchor");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn leaf(of: &Authority, name: &str) -> CertificateDer<'static> {
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.signed_by(&KeyPair::generate().unwrap(), of).unwrap().der().clone()
}

fn record(usage: u8, selector: u8, matching: u8, certificate: &CertificateDer<'_>) -> Tlsa {
    let parsed = ParsedCertificate::try_from(certificate).unwrap();
    let selected = if selector == 0 { certificate.to_vec() } else { parsed.subject_public_key_info().to_vec() };
    let data = match matching {
        0 => selected,
        1 => digest(&SHA256, &selected).as_ref().to_vec(),
        _ => digest(&SHA512, &selected).as_ref().to_vec(),
    };
    Tlsa { usage, selector, matching, data }
}

/// Whether these records take a chain for `mx.example`.
fn takes(records: Vec<Tlsa>, chain: &[&CertificateDer<'static>]) -> bool {
    let provider = aws_lc_rs::default_provider();
    let algorithms = provider.signature_verification_algorithms;
    let verifier = Judged { judge: DaneVerifier::new(usable(records), Arc::new(provider)), algorithms };
    let name = ServerName::try_from("mx.example").unwrap();
    let above: Vec<CertificateDer<'static>> = chain[1..].iter().map(|&certificate| certificate.clone()).collect();
    verifier.verify_server_cert(chain[0], &above, &name, &[], UnixTime::now()).is_ok()
}

#[test]
fn a_certificate_that_is_named_itself_is_taken_whatever_its_name() {
    let of = authority();
    let (named, other) = (leaf(&of, "elsewhere.example"), leaf(&of, "mx.example"));
    for selector in [0, 1] {
        for matching in [0, 1, 2] {
            let records = || vec![record(3, selector, matching, &named)];
            assert!(takes(records(), &[&named]), "3 {selector} {matching}");
            assert!(!takes(records(), &[&other]), "3 {selector} {matching}");
        }
    }
    let both = vec![record(3, 1, 1, &named), record(3, 1, 1, &other)];
    assert!(takes(both, &[&other]), "one of several is enough: keys are changed by that");
}

#[test]
fn an_anchor_takes_what_it_has_signed_for_the_right_name() {
    let (of, stranger) = (authority(), authority());
    let (good, wrong) = (leaf(&of, "mx.example"), leaf(&of, "elsewhere.example"));
    for (selector, matching) in [(0, 1), (1, 1), (0, 2), (1, 0)] {
        let records = || vec![record(2, selector, matching, of.der())];
        assert!(takes(records(), &[&good, of.der()]), "2 {selector} {matching}");
        assert!(!takes(records(), &[&wrong, of.der()]), "2 {selector} {matching}: another name");
        assert!(!takes(records(), &[&good]), "2 {selector} {matching}: the anchor is not sent");
        assert!(!takes(records(), &[&leaf(&stranger, "mx.example"), stranger.der(), of.der()]), "not by that anchor");
    }
    assert!(takes(vec![record(2, 0, 0, of.der())], &[&good]), "it stands whole in the DNS");
}

#[test]
fn what_is_not_meant_for_mail_or_is_not_known_is_not_used() {
    let of = authority();
    let named = leaf(&of, "mx.example");
    let odd = |usage, selector, matching| Tlsa { usage, selector, matching, ..record(3, 0, 1, &named) };
    let records = vec![odd(0, 0, 1), odd(1, 0, 1), odd(3, 2, 1), odd(3, 0, 3), odd(3, 0, 2), odd(4, 0, 1)];
    assert_eq!(usable(records), []);
    assert_eq!(usable(vec![odd(3, 0, 1), odd(2, 1, 1)]).len(), 2);
}
