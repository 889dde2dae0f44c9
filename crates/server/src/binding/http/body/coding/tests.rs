//! What packs a body in the field, and what only looks so.

use std::io::Write;

use budget::MemoryBudget;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use hyper::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

use super::super::{BodyReservation, Unreadable};
use super::{Coding, MEMBERS, of};

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

fn undone(coding: Coding, packed: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let mut place = BodyReservation::new(1 << 20, &MemoryBudget::new(1 << 24), &HeaderMap::new())?;
    coding.undo(packed, &mut place)
}

fn codings(values: &[&'static str]) -> Option<Vec<Coding>> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
    }
    of(&headers).ok()
}

#[test]
fn the_members_of_a_gzip_body_are_read_one_after_the_other() {
    let two = [gzip(b"one, "), gzip(b"two")].concat();
    assert_eq!(undone(Coding::Gzip, &two).unwrap(), b"one, two");
    let padded = [two.clone(), gzip(b""), gzip(b"!"), vec![0; 512]].concat();
    assert_eq!(undone(Coding::Gzip, &padded).unwrap(), b"one, two!");
    assert_eq!(undone(Coding::Gzip, &gzip(b"one").repeat(500)).unwrap(), b"one".repeat(500));
}

#[test]
fn what_is_behind_the_members_and_is_none_is_not_dropped_silently() {
    let two = [gzip(b"one, "), gzip(b"two")].concat();
    for end in
        [&two[..two.len() - 1], &two[..two.len() - 9], &[&two[..], b"x"].concat(), &[&two[..], b"\x1f\x8b"].concat()]
    {
        assert!(matches!(undone(Coding::Gzip, end), Err(Unreadable::Garbled)));
    }
    let many = gzip(b"").repeat(MEMBERS + 1);
    assert!(matches!(undone(Coding::Gzip, &many), Err(Unreadable::Members(_))));
}

#[test]
fn deflate_is_read_with_and_without_its_wrapper() {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(b"octets").unwrap();
    let zlib = zlib.finish().unwrap();
    let mut bare = DeflateEncoder::new(Vec::new(), Compression::best());
    bare.write_all(b"octets").unwrap();
    let bare = bare.finish().unwrap();
    for packed in [&zlib, &bare] {
        assert_eq!(undone(Coding::Deflate, packed).unwrap(), b"octets");
        let more = [packed.as_slice(), b"x"].concat();
        assert!(matches!(undone(Coding::Deflate, &more), Err(Unreadable::Garbled)));
    }
}

#[test]
fn unpacked_octets_count_against_the_limit_and_the_budget() {
    let packed = gzip(&vec![b' '; (1 << 20) + 1]);
    assert!(matches!(undone(Coding::Gzip, &packed), Err(Unreadable::TooLarge(_))));
    let mut place = BodyReservation::new(1 << 20, &MemoryBudget::new(1 << 16), &HeaderMap::new()).unwrap();
    assert!(matches!(Coding::Gzip.undo(&gzip(&[b' '; 1 << 17]), &mut place), Err(Unreadable::Busy)));
}

#[test]
fn every_coding_counts_in_the_order_in_which_it_was_applied() {
    assert_eq!(codings(&[]), Some(vec![]));
    assert_eq!(codings(&["identity", ""]), Some(vec![]));
    assert_eq!(codings(&["GZIP, identity"]), Some(vec![Coding::Gzip]));
    assert_eq!(codings(&["deflate", "x-gzip"]), Some(vec![Coding::Deflate, Coding::Gzip]));
    assert_eq!(codings(&["gzip, br"]), None);
    assert_eq!(codings(&["gzip,gzip,gzip"]), None);
}
