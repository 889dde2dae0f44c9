//! Encodings: which is chosen, and that each reads back.

use proptest::prelude::*;

use super::{Encoding, decode};

fn encoded(encoding: Encoding, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encoding.write(&mut out, text);
    out
}

#[test]
fn the_shorter_safe_encoding_is_chosen() {
    let long = [b"w".repeat(998), b"\r\n".to_vec(), b"w".repeat(998)].concat();
    assert_eq!(Encoding::fitting(b"Hello\nworld"), Encoding::SevenBit);
    assert_eq!(Encoding::fitting(b""), Encoding::SevenBit);
    assert_eq!(Encoding::fitting(&long), Encoding::SevenBit);
    assert_eq!(Encoding::fitting(&b"w".repeat(999)), Encoding::QuotedPrintable);
    assert_eq!(Encoding::fitting(b"a\0b and some more text"), Encoding::QuotedPrintable);
    assert_eq!(
        Encoding::fitting("Ale jest jeszcze trochę zwykłego tekstu w tym liście".as_bytes()),
        Encoding::QuotedPrintable
    );
    assert_eq!(Encoding::fitting("日本語のテキスト".as_bytes()), Encoding::Base64);
}

#[test]
fn quoted_printable_keeps_what_mail_systems_spoil() {
    let text = encoded(Encoding::QuotedPrintable, b"a \n\t\r=\nend");
    assert_eq!(String::from_utf8(text).unwrap(), "a=20\r\n=09\r\n=3D\r\nend\r\n");
    let long = encoded(Encoding::QuotedPrintable, &b"=".repeat(100));
    assert!(long.split(|&b| b == b'\n').all(|line| line.len() <= 77));
}

/// A cost that grew with the square of a line's length would not end here.
#[test]
fn a_line_of_megabytes_is_written_in_one_pass() {
    let mut long = b"w".repeat(8 << 20);
    for octet in long.iter_mut().step_by(1000) {
        *octet = b'=';
    }
    let written = encoded(Encoding::QuotedPrintable, &long);
    let lines: Vec<&[u8]> = written.split(|&octet| octet == b'\n').collect();
    assert!(lines.iter().all(|line| line.len() <= 77));
    assert!(lines.len() < long.len() / 74 + 200, "{} lines", lines.len());
}

#[test]
fn faulty_encodings_give_what_can_be_read() {
    let octets = |body: &[u8], encoding: &str| decode(body, encoding).into_owned();
    assert_eq!(octets(b"QUJD\r\n RA\n", "BASE64"), b"ABCD");
    assert_eq!(octets(b"QUJD*RA==\r\n\r\nfooter", "base64"), b"ABCD");
    assert_eq!(octets(b"QUJDR", " base64 "), b"ABC");
    for odd in ["base64 (by a gateway)", "(c) Base64", "base64;", "\"base64\"", "base64; x=y", "\"Base64\" ; (c)"] {
        assert_eq!(octets(b"QUJD", odd), b"ABC", "{odd}");
    }
    assert_eq!(octets(b"a=3D", "Quoted-Printable (q)"), b"a=");
    assert_eq!(octets(b"QUJD", "base64x"), b"QUJD");
    assert_eq!(octets(b"====", "base64"), b"");
    assert_eq!(octets(b"a=3d=3D=ZZ=\r\nb \t\r\nc=", "Quoted-Printable"), b"a===ZZb\r\nc");
    assert_eq!(octets(b"a=C5=BB\nb", "quoted-printable"), "aŻ\nb".as_bytes());
    assert_eq!(octets(b"a=3D", "8bit"), b"a=3D");
    assert_eq!(octets(b"a=3D", "x-unknown"), b"a=3D");
}

proptest! {
    #[test]
    fn every_encoding_reads_back(text in "[ a=.\\t\\r\\nż😀\0]{0,300}") {
        let mut canonical = Vec::new();
        super::push_canonical(&mut canonical, text.as_bytes());
        for encoding in [Encoding::QuotedPrintable, Encoding::Base64] {
            let body = encoded(encoding, text.as_bytes());
            prop_assert!(body.is_ascii());
            prop_assert_eq!(&decode(&body, encoding.name())[..], &canonical[..]);
        }
        prop_assert_eq!(encoded(Encoding::SevenBit, text.as_bytes()), canonical);
    }

    #[test]
    fn any_octets_are_decoded_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (decode(&body, "base64"), decode(&body, "quoted-printable"));
    }
}

/// Octet by octet, as RFC 2045 §6.7 says it.
fn quoted_slowly(line: &[u8]) -> Vec<u8> {
    let (mut out, mut column) = (Vec::new(), 0);
    for (index, &octet) in line.iter().enumerate() {
        let last = index + 1 == line.len();
        let escape = !matches!(octet, b' '..=b'~' | b'\t') || octet == b'=' || (last && matches!(octet, b' ' | b'\t'));
        let width = if escape { 3 } else { 1 };
        if column + width > 76 - usize::from(!last) {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if escape {
            out.extend_from_slice(format!("={octet:02X}").as_bytes());
        } else {
            out.push(octet);
        }
        column += width;
    }
    [out, b"\r\n".to_vec()].concat()
}

proptest! {
    #[test]
    fn quoting_in_pieces_is_quoting_octet_by_octet(line in "[a-f]{0,70}[ =aż\\t]{0,20}[a-f]{0,80}[ =aż\\t]{0,3}") {
        prop_assume!(!line.is_empty());
        let quoted = String::from_utf8(encoded(Encoding::QuotedPrintable, line.as_bytes())).unwrap();
        prop_assert_eq!(quoted, String::from_utf8(quoted_slowly(line.as_bytes())).unwrap());
    }
}
