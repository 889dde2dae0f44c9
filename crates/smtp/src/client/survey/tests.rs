//! What a message needs from a server, told by one look at its octets.

use bytes::Bytes;

use super::{BareLineEnd, Octets, Survey};

fn survey(message: &'static [u8]) -> Result<Survey, BareLineEnd> {
    Survey::of(&Bytes::from_static(message))
}

#[test]
fn a_cr_or_lf_that_stands_alone_is_found_wherever_it_is() {
    for bad in [&b"\n"[..], b"\r", b"a\nb\r\n", b"a\rb\r\n", b"a\r\r\n", b"a\r\n\n", b"a\r\n.\n.\r\n", b"a\r"] {
        assert_eq!(survey(bad), Err(BareLineEnd), "{bad:?}");
    }
}

#[test]
fn lines_that_begin_with_a_dot_are_counted() {
    assert_eq!(survey(b".\r\na.\r\n..\r\n.").unwrap().dots, 3);
    assert_eq!(survey(b"").unwrap().dots, 0);
}

#[test]
fn octets_above_127_are_told_by_their_place() {
    assert_eq!(survey(b"A: b\r\n\r\nc\r\n").unwrap().octets, Octets::SevenBit);
    assert_eq!(survey(b"A: b\r\n\r\n\xff\r\n").unwrap().octets, Octets::Body);
    assert_eq!(survey(b"A: \xc5\xbb\r\n\r\nc\r\n").unwrap().octets, Octets::Utf8Header);
    assert_eq!(survey(b"A: \xbb\r\n\r\nc\r\n").unwrap().octets, Octets::RawHeader);
}

#[test]
fn a_missing_last_line_end_is_seen() {
    assert!(survey(b"a").unwrap().unended);
    assert!(!survey(b"a\r\n").unwrap().unended);
    assert!(survey(b"").unwrap().unended);
}
