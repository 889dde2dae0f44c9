//! Recognising: a document that is recognised is answered in its own protocol, broken or not.
//!
//! The first octet chooses what the carrier says of the document, the others are the document.

use rpc::{Document, Inquiry, Limits, Outcome, Protocol, Value, recognise};

const MEDIA_TYPES: [&str; 8] = [
    "",
    "application/json",
    "text/xml",
    "application/soap+xml",
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/xml",
    "image/png",
];
const CHARSETS: [Option<&str>; 8] = [
    None,
    Some("utf-8"),
    Some("iso-8859-2"),
    Some("utf-16"),
    Some("windows-1250"),
    Some("no-such"),
    Some("us-ascii"),
    Some(""),
];

pub(crate) fn check(octets: &[u8]) {
    let Some((choice, bytes)) = octets.split_first() else { return };
    let document = Document {
        media_type: MEDIA_TYPES[usize::from(choice & 7)].to_owned(),
        charset: CHARSETS[usize::from(choice >> 3 & 7)].map(str::to_owned),
        action: (choice & 64 != 0).then(|| "urn:x#y".to_owned()),
        bytes: bytes.to_vec(),
        parts: Vec::new(),
    };
    let limits = Limits::default();
    let is_request = recognise::is_request(bytes, document.charset.as_deref());
    let _ = recognise::is_answer(bytes, document.charset.as_deref());
    let Ok(inquiry) = Inquiry::read(&document, &limits) else {
        assert!(!is_request, "a request is read, whatever its carrier says of it");
        return;
    };
    assert!(!inquiry.calls.is_empty());
    let protocol = inquiry.protocol();
    let outcomes: Vec<Outcome> = inquiry.calls.iter().map(|call| call.clone().map(|_| Value::Bool(true))).collect();
    let _ = inquiry.class(&outcomes);
    let Some(answer) = inquiry.answer(outcomes, "t") else { return };
    let written = |mark: &str| String::from_utf8_lossy(&answer.bytes).contains(mark);
    match protocol {
        Protocol::JsonRpc => assert!(written("\"jsonrpc\":\"2.0\"")),
        Protocol::XmlRpc => assert!(written("<methodResponse>")),
        Protocol::Soap11 => assert!(written("http://schemas.xmlsoap.org/soap/envelope/")),
        Protocol::Soap12 => assert!(written("http://www.w3.org/2003/05/soap-envelope")),
    }
    assert!(recognise::is_answer(&answer.bytes, None), "an answer is recognised as one");
}
