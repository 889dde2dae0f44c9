//! Which of mark, carrier and declaration decides the character set of a document.

use super::decode;
use crate::captures::mail;
use crate::{Code, Document, Provenance};

fn document(bytes: &[u8], charset: Option<&str>) -> Document {
    Document { bytes: bytes.to_vec(), charset: charset.map(str::to_owned), ..Document::default() }
}

fn read(bytes: &[u8], charset: Option<&str>) -> Result<(String, Provenance), Code> {
    let document = document(bytes, charset);
    let decoded = decode(&document).map_err(|fault| fault.code)?;
    Ok((decoded.text.into_owned(), decoded.provenance))
}

fn utf16(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to).collect()
}

#[test]
fn utf8_is_the_default_and_is_borrowed() {
    let plain = document("<a>ż</a>".as_bytes(), None);
    let decoded = decode(&plain).unwrap();
    assert!(matches!(decoded.text, std::borrow::Cow::Borrowed("<a>ż</a>")));
    assert_eq!(decoded.provenance, Provenance::Unicode);
    assert_eq!(read("\u{FEFF}<a/>".as_bytes(), None).unwrap().0, "<a/>");
}

#[test]
fn the_mark_beats_the_carrier_and_the_carrier_beats_the_declaration() {
    assert_eq!(read("\u{FEFF}<a>ż</a>".as_bytes(), Some("iso-8859-2")).unwrap().0, "<a>ż</a>");
    let declared = b"<?xml version='1.0' encoding='UTF-8'?><a>\xbf</a>";
    assert!(read(declared, Some("iso-8859-2")).unwrap().0.ends_with("<a>ż</a>"));
    assert_eq!(read(declared, None), Err(Code::BadEncoding));
    let declared = b"<?xml version='1.0' encoding = \"windows-1250\" ?><a>\xbf\x8c</a>";
    assert!(read(declared, None).unwrap().0.ends_with("<a>żŚ</a>"));
}

#[test]
fn utf16_is_read_with_and_without_a_mark() {
    let text = "<?xml version='1.0' encoding='UTF-16'?><a>ż😀</a>";
    for charset in [None, Some("utf-16"), Some("utf-8")] {
        for bytes in [utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes)] {
            assert_eq!(read(&bytes, charset).unwrap().0, text);
        }
        let marked = utf16(&format!("\u{FEFF}{text}"), u16::to_be_bytes);
        assert_eq!(read(&marked, charset).unwrap().0, text);
    }
    let mail = mail("20-py-utf16-bom-base64.eml");
    assert!(decode(&mail).unwrap().text.contains("prośba o styczeń 2003 / 2003년 1월"));
}

#[test]
fn an_eight_bit_document_that_claims_utf16_is_utf8() {
    assert!(read("<?xml version='1.0' encoding='utf-16'?><a>ż</a>".as_bytes(), None).unwrap().0.ends_with("<a>ż</a>"));
}

#[test]
fn us_ascii_with_eight_bit_octets_asks_the_declaration_and_then_is_utf8() {
    assert_eq!(read("<a>ż</a>".as_bytes(), Some("US-ASCII")).unwrap().0, "<a>ż</a>");
    let declared = b"<?xml version='1.0' encoding='iso-8859-2'?><a>\xbf</a>";
    assert!(read(declared, Some("us-ascii")).unwrap().0.ends_with("<a>ż</a>"));
}

#[test]
fn latin1_is_remembered_and_keeps_every_octet() {
    let declared = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xc5\xbc\x80</a>";
    let (text, provenance) = read(declared, None).unwrap();
    assert!(text.ends_with("<a>\u{c5}\u{bc}\u{80}</a>"));
    assert_eq!(provenance, Provenance::Latin1);
    assert_eq!(read(b"<a/>", Some("Windows-1252")).unwrap().1, Provenance::Latin1);
    assert_eq!(read("<a>\u{f3}</a>".as_bytes(), Some("utf-8")).unwrap().1, Provenance::Unicode);
}

#[test]
fn in_pure_ascii_the_declaration_says_how_references_were_meant() {
    let declared = b"<?xml version='1.0' encoding='iso-8859-1'?><a>&#197;&#188;</a>";
    assert_eq!(read(declared, Some("utf-8")).unwrap().1, Provenance::Latin1);
    assert_eq!(read(declared, None).unwrap().1, Provenance::Latin1);
}

#[test]
fn a_carrier_that_names_no_charset_is_no_witness() {
    for label in ["none", "unknown-8bit", "x-klingon", "utf-7", "binary", "utf8mb4", "", " ", "\"", "UTF-32"] {
        assert_eq!(read("<a>ż</a>".as_bytes(), Some(label)).unwrap().0, "<a>ż</a>", "{label}");
        let declared = b"<?xml version='1.0' encoding='iso-8859-2'?><a>\xbf</a>";
        assert!(read(declared, Some(label)).unwrap().0.ends_with("<a>ż</a>"), "{label}");
        assert_eq!(read(b"<a>\xbf</a>", Some(label)), Err(Code::BadEncoding), "{label}");
    }
}

#[test]
fn unknown_encodings_and_wrong_octets_have_codes_of_their_own() {
    for label in ["utf-7", "x-klingon", "iso-2022-kr", "", "UTF-32"] {
        let declared = format!("<?xml version='1.0' encoding='{label}'?><a/>");
        assert_eq!(read(declared.as_bytes(), None), Err(Code::UnsupportedEncoding), "{label}");
    }
    assert_eq!(read(b"\xff\xfe\0\0<\0\0\0", None), Err(Code::UnsupportedEncoding));
    assert_eq!(read(b"<a>\xff</a>", None), Err(Code::BadEncoding));
    assert_eq!(read(b"<\0a\0>\0\x00\xd8<\0", None), Err(Code::BadEncoding));
    assert_eq!(read(b"<a>\x81\x20</a>", Some("shift_jis")), Err(Code::BadEncoding));
}
