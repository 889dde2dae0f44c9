//! Documents are known by what they are.

use super::{Family, family, is_answer, is_request};
use crate::Document;

fn sent(media_type: &str, bytes: impl AsRef<[u8]>) -> Option<Family> {
    family(&Document { media_type: media_type.into(), bytes: bytes.as_ref().into(), ..Document::default() })
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn the_document_decides_and_not_its_type() {
    for media_type in
        ["", "text/xml", "application/json", "application/x-www-form-urlencoded", "text/html", "image/png"]
    {
        for json in ["{}", "[", " \r\n{", "\u{FEFF}{\"method\":"] {
            assert_eq!(sent(media_type, json), Some(Family::Json), "{media_type} {json}");
        }
        assert_eq!(sent(media_type, utf16("{}")), Some(Family::Json));
        for xml in ["<methodCall", "<?xml version='1.0'?>\n<!-- x --><methodCall><methodNa", " <methodCall>\u{1}"] {
            assert_eq!(sent(media_type, xml), Some(Family::XmlRpc), "{media_type} {xml}");
        }
        assert_eq!(sent(media_type, utf16("<methodCall/>")), Some(Family::XmlRpc));
        for soap in ["<Envelope", "<!-- x --><soap:Envelope xmlns:soap='urn:other'><broken"] {
            assert_eq!(sent(media_type, soap), Some(Family::Soap), "{media_type} {soap}");
        }
        assert_eq!(
            sent(media_type, b"<?xml version='1.0' encoding='iso-8859-2'?><!-- \xB1 --><methodCall>"),
            Some(Family::XmlRpc)
        );
    }
}

#[test]
fn what_is_nothing_is_judged_by_its_type() {
    for ours in [
        "",
        "application/json",
        "application/vnd.api+json",
        "application/json-rpc",
        "application/x-www-form-urlencoded",
    ] {
        for nothing in ["hello", "<html>", "\"text\""] {
            assert_eq!(sent(ours, nothing), Some(Family::Json), "{ours} {nothing}");
        }
    }
    assert_eq!(sent("text/html", "<html>"), None);
    assert_eq!(sent("text/plain", "hello"), None);
    assert_eq!(sent("text/xml", "<html>"), Some(Family::XmlRpc));
    assert_eq!(sent("image/png", ""), Some(Family::Json));
    assert_eq!(sent("application/soap+xml", "<html>"), Some(Family::Soap));
    let action = Some("urn:calendar#getMonth".to_owned());
    let acting = Document { media_type: "text/xml".into(), action, bytes: b"<html>".into(), ..Document::default() };
    assert_eq!(family(&acting), Some(Family::Soap));
}

#[test]
fn a_request_is_found_and_told_from_an_answer() {
    for request in
        [r#"{"jsonrpc":"2.0","method":"a"}"#, r#"[{"method":"a"},1]"#, "<methodCall/>", "<s:Envelope xmlns:s='x'>"]
    {
        assert!(is_request(request.as_bytes(), None), "{request}");
    }
    for answer in [r#"{"result":null,"id":1}"#, r#"[{"error":{}}]"#, "<methodResponse>", "<SOAP-ENV:Fault>"] {
        assert!(is_answer(answer.as_bytes(), None) && !is_request(answer.as_bytes(), None), "{answer}");
    }
    for neither in ["", "hello", "{}", "[]", "{\"method\"", "<html>", "42", "{\"method\":1} x"] {
        assert!(!is_answer(neither.as_bytes(), None) && !is_request(neither.as_bytes(), None), "{neither}");
    }
}
