//! What an address says that was made here, and what nobody here has made.

use std::path::Path;

use config::{Config, Options};
use keys::Keys;
use mail::Mailbox;

use super::{ReturnAddresses, base32};

const ID: &str = "0193735c-8f21-7c5e-9a3b-0123456789ab@callpost.test";

fn addresses(toml: &str, pepper: u8) -> ReturnAddresses {
    let toml = format!("hostname = \"callpost.test\"\n{toml}");
    let config = Config::load(&Options::text(&toml, Path::new("/state"))).unwrap();
    ReturnAddresses::of(&config, &Keys::new(&[pepper; 32]))
}

const BOTH: &str = "calls.token_address = true\ndeliver.bounce_domain = \"Bounce.test\"";

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

#[test]
fn an_address_that_was_made_here_is_known_again_in_any_case() {
    let ours = addresses(BOTH, 1);
    let token = ours.token(ID).unwrap();
    let answers = ours.for_answers(&mailbox("calls@callpost.test"), &token).unwrap();
    let bounces = ours.for_bounces(&token).unwrap().mailbox().unwrap().clone();
    assert!(answers.local().starts_with("calls+") && bounces.local().starts_with("bounces+"));
    for address in [&answers, &bounces] {
        assert!(address.local().len() <= 64, "RFC 5321 §4.5.3.1.1: {address}");
        assert_eq!(ours.read(address), Some(token.clone()), "{address}");
        assert_eq!(ours.read(&mailbox(&address.to_string().to_uppercase())), Some(token.clone()), "{address}");
    }
}

#[test]
fn what_was_not_made_here_is_not_known() {
    let (ours, theirs) = (addresses(BOTH, 1), addresses(BOTH, 2));
    let token = ours.token(ID).unwrap().0;
    for (at, character) in token.char_indices() {
        let other = if character == 'a' { "b" } else { "a" };
        let forged = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        assert_eq!(ours.read(&mailbox(&format!("calls+{forged}@callpost.test"))), None, "{forged}");
    }
    let wrong = ["calls@callpost.test".to_owned(), "calls+@callpost.test".to_owned()];
    let elsewhere = ["calls+TOKEN@bounce.test", "bounces+TOKEN@callpost.test", "other+TOKEN@callpost.test"];
    let elsewhere = elsewhere.map(|address| address.replace("TOKEN", &token));
    let longer = ["calls+TOKENa@callpost.test", "calls+TOKEN+a@callpost.test"].map(|one| one.replace("TOKEN", &token));
    for address in wrong.iter().chain(&elsewhere).chain(&longer) {
        assert_eq!(ours.read(&mailbox(address)), None, "{address}");
    }
    assert_eq!(theirs.read(&mailbox(&format!("calls+{token}@callpost.test"))), None, "signed by somebody else");
}

#[test]
fn nothing_is_made_that_nobody_would_receive() {
    let none = addresses("", 1);
    assert_eq!(none.token(ID), None);
    let only_answers = addresses("calls.token_address = true", 1);
    let token = only_answers.token(ID).unwrap();
    assert_eq!(only_answers.for_bounces(&token), None);
    assert_eq!(only_answers.for_answers(&mailbox("somebody@else.test"), &token), None);
    assert_eq!(only_answers.token("2"), None, "not an id of ours");
    assert_eq!(none.read(&mailbox(&format!("calls+{}@callpost.test", token.0))), None, "off");
}

#[test]
fn base_32_reads_back_and_has_one_text_for_each_value() {
    for length in 0..30_u8 {
        let octets: Vec<u8> = (0..length).map(|at| at.wrapping_mul(37) ^ 0xa5).collect();
        assert_eq!(base32::read(&base32::write(&octets)), Some(octets));
    }
    assert_eq!(base32::write(b"foobar"), "mzxw6ytboi", "RFC 4648 §10");
    assert_eq!((base32::read("mz"), base32::read("m"), base32::read("1"), base32::read("A")), (None, None, None, None));
}
