//! M17, M25 and §5: which part of a mail is the request, and what is none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail::answer::Packaging;
use rpc::Protocol;

use super::{Letter, MONTH, policy, soap};

fn mixed(parts: &[(&str, &str)]) -> String {
    let parts: String = parts.iter().map(|(head, body)| format!("--b\r\n{head}\r\n\r\n{body}\r\n")).collect();
    format!("{parts}--b--")
}

const JSON: &str = r#"{"jsonrpc": "2.0", "id": 1, "method": "getMonth", "params": [2003, 1]}"#;
const XML_RPC: &str = "<methodCall><methodName>getMonth</methodName></methodCall>";

#[test]
fn the_request_is_found_whatever_is_around_it() {
    let month = soap("", MONTH);
    let coded = STANDARD.encode(&month);
    let base64 = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64";
    let hello = ("Content-Type: text/plain", "see below");
    for (media_type, body) in [
        ("multipart/mixed; boundary=b", mixed(&[hello, ("Content-Type: text/xml", &month)])),
        ("multipart/mixed; boundary=b", mixed(&[("Content-Type: text/xml", "see below"), (base64, &coded)])),
        ("multipart/alternative; boundary=b", mixed(&[hello, ("Content-Type: text/html", "<p>"), (base64, &coded)])),
        ("multipart/signed; boundary=b", mixed(&[("Content-Type: text/xml", &month), hello])),
        (
            "multipart/related; boundary=b; start=\"<root>\"",
            mixed(&[
                ("Content-Type: text/xml\r\nContent-ID: <no>", "<other/>"),
                ("Content-Type: text/xml\r\nContent-ID: <root>", &month),
            ]),
        ),
        ("text/plain", month.clone()),
        ("", month.clone()),
        ("text/plain; charset=iso-8859-2", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{month}")),
        ("text/xml", format!("{month}\r\n-- \r\nA footer that a list appended")),
    ] {
        let letter = Letter::with(media_type, body);
        assert_eq!(letter.request(&policy(""), |request| request.protocol), Some(Protocol::Soap11), "{letter:?}");
    }
}

#[test]
fn the_protocol_is_that_of_the_document_and_the_answer_is_packed_like_the_request() {
    let base64 = "Content-Type: application/soap+xml\r\nContent-Transfer-Encoding: base64";
    let twelve = soap("", MONTH).replace("http://schemas.xmlsoap.org/soap/envelope/", V12);
    let packed = mixed(&[("Content-Type: text/plain", ""), (base64, &STANDARD.encode(&twelve))]);
    for (media_type, body, protocol, packaging) in [
        ("application/json", JSON.to_owned(), Protocol::JsonRpc, Packaging::Single),
        ("text/xml", XML_RPC.to_owned(), Protocol::XmlRpc, Packaging::Single),
        ("text/xml", soap("", MONTH), Protocol::Soap11, Packaging::Single),
        ("application/soap+xml", twelve, Protocol::Soap12, Packaging::Single),
        ("multipart/mixed; boundary=b", packed, Protocol::Soap12, Packaging::Base64Multipart),
    ] {
        let found = Letter::with(media_type, body).request(&policy(""), |it| (it.protocol, it.packaging));
        assert_eq!(found, (Some(protocol), packaging), "{media_type}");
    }
}

const V12: &str = "http://www.w3.org/2003/05/soap-envelope";

#[test]
fn what_claims_to_be_a_request_and_cannot_be_read_gets_its_fault() {
    for (media_type, body) in [
        ("application/json", "{\"jsonrpc\": \"2.0\", \"method\": "),
        ("application/json", ""),
        ("application/json", "Hello"),
        ("text/xml", "<methodCall><methodName>getMonth</methodName>"),
        ("text/xml", "<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body>"),
        ("application/soap+xml", "<Envelope"),
    ] {
        assert_eq!(Letter::with(media_type, body).becomes(&policy("")), "runs", "{media_type} {body}");
    }
}

#[test]
fn a_person_s_mail_and_what_is_of_another_kind_are_no_requests() {
    for (media_type, body) in [("text/plain", "Hello, what month is it?"), ("application/atom+xml", "<feed/>")] {
        assert_eq!(Letter::with(media_type, body).becomes(&policy("")), "550 5.6.0", "{media_type}");
    }
}

/// So many multiparts, each in the one before.
fn nested(depth: usize) -> String {
    let part = |n: usize| format!("--b{n}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", n + 1);
    (0..depth).map(part).collect()
}

#[test]
fn a_mail_of_too_many_or_too_deep_parts_is_refused_where_no_request_is_seen() {
    assert_eq!(Letter::with("multipart/mixed; boundary=b0", nested(500)).becomes(&policy("")), "550 5.6.0");
    let many = mixed(&vec![("Content-Type: text/plain", "x"); 5_000]);
    assert_eq!(Letter::with("multipart/mixed; boundary=b", many).becomes(&policy("")), "550 5.6.0");
}

#[test]
fn a_request_beside_too_many_or_too_deep_parts_gets_a_fault_and_does_not_run() {
    let month = soap("", MONTH);
    let request = ("Content-Type: text/xml", month.as_str());
    let many: Vec<_> = std::iter::once(request).chain(vec![("Content-Type: text/plain", "x"); 50]).collect();
    let deep = mixed(&[request, ("Content-Type: multipart/mixed; boundary=b0", &nested(9))]);
    for (body, limit) in [(mixed(&many), "limits.parts = 50"), (deep, "limits.nesting = 9")] {
        let letter = Letter::with("multipart/mixed; boundary=b", body);
        let outcome = |rules: &str| letter.inquiry(&policy(rules), |inquiry| inquiry.calls.remove(0).err());
        let fault = outcome(limit).unwrap_or_else(|| panic!("it runs under {limit}"));
        assert!(fault.code.is_sender() && fault.message.contains("part"), "{fault:?}");
        assert!(outcome("limits.parts = 52\nlimits.nesting = 10").is_none(), "one more is enough for {limit}");
    }
}
