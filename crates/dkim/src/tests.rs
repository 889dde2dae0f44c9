//! The canonical forms by the examples of the standards; keys read and written; who signs. That the signatures verify is
//! for others to say: `tests/verified.rs`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{Algorithm, Identity, Key, KeyError, Signers, canonical};

fn body(octets: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    canonical::body(octets, |piece| whole.extend_from_slice(piece));
    whole
}

fn field(name: &str, raw: &[u8]) -> String {
    let mut out = Vec::new();
    canonical::field(name, raw, &mut out);
    String::from_utf8(out).unwrap()
}

/// RFC 6376 §3.4.5, example 1.
#[test]
fn the_example_of_the_standard_has_its_canonical_form() {
    assert_eq!(field("A", b" X"), "a:X");
    assert_eq!(field("B ", b" Y\t\r\n\tZ  "), "b:Y Z");
    assert_eq!(body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
}

#[test]
fn a_body_ends_as_the_standard_says() {
    assert_eq!(body(b""), b"", "RFC 6376 §3.4.4: the empty body has no line end");
    assert_eq!(body(b"\r\n\r\n"), b"");
    assert_eq!(body(b"x\r\n   \r\n\t\r\n"), b"x\r\n", "lines of white space at the end are empty lines");
    assert_eq!(body(b"x"), b"x\r\n");
    assert_eq!(body(b"a\r\n\r\nb\r\n"), b"a\r\n\r\nb\r\n");
}

/// RFC 8463 §A.3 gives this hash for its message.
#[test]
fn the_body_of_the_standard_s_example_has_its_hash() {
    let text = b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
    let mut hash = Context::new(&SHA256);
    canonical::body(text, |piece| hash.update(piece));
    assert_eq!(STANDARD.encode(hash.finish()), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
}

proptest! {
    /// Canonical is what is canonical already, and what white space a server may change changes nothing.
    #[test]
    fn white_space_on_the_way_changes_nothing(text in "([a-c \\t]|\\r\\n){0,60}") {
        let once = body(text.as_bytes());
        prop_assert_eq!(&body(&once), &once);
        let spaced = text.replace(' ', " \t").replace("\r\n", " \r\n") + "\r\n\r\n \r\n";
        prop_assert_eq!(&body(spaced.as_bytes()), &once);
        let folded = text.replace("\r\n", "");
        prop_assert_eq!(field("X", folded.replace(' ', "\r\n ").as_bytes()), field("x", folded.as_bytes()));
    }
}

#[test]
fn a_key_that_is_written_is_read_and_published_as_the_same() {
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let key = Key::make(algorithm).unwrap();
        let again = Key::read(key.pem().unwrap().as_bytes()).unwrap();
        assert_eq!((again.algorithm(), again.record()), (algorithm, key.record()));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
    // The public key of RFC 8463 §A.2, from its seed.
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    let record = Key::read(pem.as_bytes()).unwrap().record();
    assert_eq!(record, "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
}

#[test]
fn what_is_no_key_for_this_is_refused_with_the_reason() {
    assert!(matches!(Key::read(b"no pem"), Err(KeyError::NoKey(_))));
    let ec = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n\
              OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n\
              -----END PRIVATE KEY-----\n";
    assert!(matches!(Key::read(ec.as_bytes()), Err(KeyError::Unfit(_))));
}

#[test]
fn the_domain_of_the_author_signs_else_the_nearest_above_it() {
    let key = Arc::new(Key::make(Algorithm::Ed25519).unwrap());
    let identity = |domain: &str, selector: &str| Identity {
        domain: domain.to_owned(),
        selector: selector.to_owned(),
        key: Arc::clone(&key),
    };
    let signers = Signers::new(vec![
        identity("example.edu", "old"),
        identity("example.edu", "new"),
        identity("chem.example.edu", "c"),
    ]);
    let signed = |from: &str| {
        let message = format!("From: {from}\r\nSubject: x\r\n\r\nx\r\n");
        let fields = signers.fields(message.as_bytes(), Timestamp::UNIX_EPOCH);
        let tags = fields.split(';').map(str::trim).filter_map(|tag| tag.strip_prefix("s="));
        tags.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(signed("Ann <ann@Example.EDU>"), "old new");
    assert_eq!(signed("ann@lab.chem.example.edu"), "c");
    assert_eq!(signed("ann@math.example.edu"), "old new");
    assert_eq!(signed("ann@example.com, ann@example.edu"), "", "the first author's");
    assert_eq!(signed("ann@notexample.edu"), "");
    assert_eq!(signed("nobody"), "");
    assert_eq!(Signers::default().fields(b"From: a@example.edu\r\n\r\n", Timestamp::UNIX_EPOCH), "");
}

#[test]
fn no_line_of_the_field_is_longer_than_it_should_be() {
    let identity = |algorithm| Identity {
        domain: "example.edu".to_owned(),
        selector: "callpost".to_owned(),
        key: Arc::new(Key::make(algorithm).unwrap()),
    };
    let signers = Signers::new(vec![identity(Algorithm::Rsa), identity(Algorithm::Ed25519)]);
    let message = b"From: a@example.edu\r\nList-Unsubscribe: <mailto:x@example.edu>\r\n\r\nx\r\n";
    let fields = signers.fields(message, Timestamp::UNIX_EPOCH);
    assert_eq!(fields.matches("DKIM-Signature: ").count(), 2);
    assert!(fields.lines().all(|line| line.len() <= 78), "{fields}");
    assert!(fields.contains("h=from:from:reply-to:") && fields.contains("list-unsubscribe"), "{fields}");
}
