//! What an EHLO reply is read to offer.

use super::{Capabilities, Extension};

#[test]
fn the_words_of_postfix_are_read() {
    let lines = ["mx.example.edu", "PIPELINING", "SIZE 10240000", "VRFY", "STARTTLS", "AUTH PLAIN LOGIN", "8BITMIME"];
    let found = Capabilities::read(lines.into_iter());
    assert!(found.has(Extension::Pipelining) && found.has(Extension::StartTls) && found.has(Extension::EightBitMime));
    assert!(found.has(Extension::AuthPlain) && found.has(Extension::AuthLogin));
    assert!(!found.has(Extension::SmtpUtf8) && !found.has(Extension::Chunking));
    assert_eq!(found.max_size(), Some(10_240_000));
}

#[test]
fn the_first_line_is_a_name_and_never_an_extension() {
    assert!(!Capabilities::read(["PIPELINING"].into_iter()).has(Extension::Pipelining));
}

#[test]
fn words_are_read_in_any_case_and_auth_in_its_old_form() {
    let found = Capabilities::read(["x", "pipelining", "auth=login", "Size 0"].into_iter());
    assert!(found.has(Extension::Pipelining) && found.has(Extension::AuthLogin) && found.has(Extension::Size));
    assert_eq!(found.max_size(), None);
}
