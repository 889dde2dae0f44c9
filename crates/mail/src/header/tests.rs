//! Header blocks as they arrive.

use proptest::prelude::*;

use super::{Headers, close, split};

const MAIL: &[u8] =
    b"From client@localhost Sat Nov 21 19:32:29 2026\r\nReturn-path:<a@b>\r\nReceived: x\r\n\ty;\r\n z\r\n\
SUBJECT :  Test \r\nno field here\r\n and its rest: x\r\nX-Empty:\r\nreceived: second\r\n\r\nBody: no\r\n";

#[test]
fn fields_are_found_in_any_case_and_unfolded() {
    let (headers, body) = split(MAIL);
    assert_eq!(body, b"Body: no\r\n");
    let names: Vec<&str> = headers.iter().map(|f| f.name()).collect();
    assert_eq!(names, ["Return-path", "Received", "SUBJECT", "X-Empty", "received"]);
    assert_eq!(headers.first("received").unwrap().value(), "x\ty; z");
    assert_eq!(headers.first("Return-Path").unwrap().value(), "<a@b>");
    assert_eq!(headers.first("subject").unwrap().raw(), b"  Test ");
    assert_eq!(headers.first("subject").unwrap().value(), "Test");
    assert_eq!(headers.first("X-Empty").unwrap().value(), "");
    assert_eq!((headers.count("RECEIVED"), headers.count("Body")), (2, 0));
    assert_eq!(headers.all("Received").nth(1).unwrap().octets(), b"received: second\r\n");
}

#[test]
fn lf_alone_reads_as_crlf_does() {
    let lf: Vec<u8> = MAIL.iter().copied().filter(|&b| b != b'\r').collect();
    let (headers, body) = split(&lf);
    assert_eq!(body, b"Body: no\n");
    assert_eq!(headers.first("Received").unwrap().value(), "x\ty; z");
    assert_eq!(headers.count("From"), 0);
}

#[test]
fn a_message_may_lack_its_body_or_its_header() {
    assert_eq!(Headers::of(b"A: 1\nB: 2").first("b").unwrap().value(), "2");
    assert_eq!(split(b"\r\nA: 1\r\n").1, b"A: 1\r\n");
    assert_eq!(split(b"\nA: 1").0.iter().count(), 0);
    assert_eq!(split(b"").0.octets(), b"");
}

#[test]
fn octets_that_are_not_utf_8_are_shown_and_kept() {
    let headers = Headers::of(b"S: \xb1\xe6\r\n x\r\n");
    let field = headers.first("s").unwrap();
    assert_eq!(field.value(), "\u{fffd}\u{fffd} x");
    assert_eq!(field.legible(), "\u{b1}\u{e6} x");
    assert_eq!(&field.unfolded()[..], b"\xb1\xe6 x");
}

#[test]
fn every_look_up_is_linear() {
    let folded = [b"A: 1\r\n".as_slice(), &b" x\r\n".repeat(300_000), b"B: 2\r\n\r\n"].concat();
    assert_eq!(Headers::of(&folded).first("B").unwrap().value(), "2");
    assert_eq!(Headers::of(&b"\n".repeat(1_000_000)).iter().count(), 0);
    assert_eq!(Headers::of(&b":\n".repeat(500_000)).iter().count(), 0);
}

#[test]
fn the_first_line_that_is_no_field_ends_the_header() {
    let closed = |text: &str| String::from_utf8(close(text.as_bytes()).into_owned()).unwrap();
    assert_eq!(closed("Done.\r\nDisk: full\r\n"), "\r\nDone.\r\nDisk: full\r\n");
    assert_eq!(closed("A: 1\r\n \r\nHello\r\nB: 2\r\n\r\nx"), "A: 1\r\n \r\n\r\nHello\r\nB: 2\r\n\r\nx");
    assert_eq!(closed(" led by a space\r\nA: 1\r\n"), "\r\n led by a space\r\nA: 1\r\n");
    assert_eq!(closed("two words: x\r\n"), "\r\ntwo words: x\r\n");
    for whole in ["", "A: 1\r\n", "A: 1\r\n x y\r\nB : 2\r\n\r\nno field\r\n", "\r\nHello\r\n", "\r\n led by a space"] {
        assert_eq!(closed(whole), whole);
    }
}

proptest! {
    #[test]
    fn any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (headers, body) = split(&octets);
        prop_assert!(headers.octets().len() + body.len() <= octets.len());
        for field in &headers {
            let _ = (field.value(), field.raw());
        }
    }

    #[test]
    fn fields_are_parts_of_the_block_in_order(text in "([A-C]: ?x?(\r?\n[ \t]y)?\r?\n){0,6}\r?\n?[a-z]{0,3}") {
        let (headers, _) = split(text.as_bytes());
        let joined: Vec<u8> = headers.iter().flat_map(|f| f.octets().to_vec()).collect();
        prop_assert!(headers.octets().starts_with(&joined) || text.contains(": \r") || text.contains(" \n"));
    }

    #[test]
    fn a_closed_header_stays_as_it_is_and_nothing_is_lost(text in "([A-C]:?x?(\r?\n[ \t]y)?\r?\n){0,4}(\r?\n| )?[a-z: \n]{0,6}") {
        let closed = close(text.as_bytes()).into_owned();
        prop_assert_eq!(&close(&closed), &closed);
        let (headers, body) = split(&closed);
        let fields: usize = headers.iter().map(|field| field.octets().len()).sum();
        prop_assert!(fields == headers.octets().len() && text.as_bytes().ends_with(body));
    }
}
