//! WS-Addressing over HTTP: what relates an answer to its request, the faults that are defined for it, and no answer at all.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use server::in_process::InProcess;
use testbed::{Configuration, HttpReply, Port, post};

const WSA: &str = "http://www.w3.org/2005/08/addressing";
const ID: &str = "<a:MessageID>urn:uuid:1</a:MessageID>";

/// What comes of these header blocks, in SOAP 1.1 and in 1.2.
fn asked(header: &str) -> [(HttpReply, String); 2] {
    let http = Port::claim();
    let _server = InProcess::configured(&Configuration::new().closed().http(&http).to_string()).unwrap();
    let versions = [
        ("text/xml", "http://schemas.xmlsoap.org/soap/envelope/"),
        ("application/soap+xml", "http://www.w3.org/2003/05/soap-envelope"),
    ];
    versions.map(|(media, namespace)| {
        let document = format!(
            "<E:Envelope xmlns:E=\"{namespace}\" xmlns:a=\"{WSA}\"><E:Header>{header}</E:Header><E:Body>\
             <m:getMonth xmlns:m=\"urn:calendar\"><year>2003</year><month>1</month></m:getMonth></E:Body></E:Envelope>"
        );
        let reply = post(http.address(), "/soap", media, document.as_bytes()).unwrap();
        let text = String::from_utf8(reply.body.clone()).unwrap();
        (reply, text)
    })
}

#[test]
fn an_answer_relates_to_its_request_and_has_an_id_of_its_own() {
    for (reply, text) in asked(&format!("{ID}<a:Action>urn:calendar#getMonth</a:Action>")) {
        assert_eq!(reply.status, 200, "{text}");
        assert!(text.contains(">urn:uuid:1</wsa:RelatesTo>") && text.contains("    January 2003"), "{text}");
        assert!(text.contains(">urn:calendar:getMonthResponse</wsa:Action>"), "{text}");
        let id = text.split("</wsa:MessageID>").next().unwrap().rsplit('>').next().unwrap();
        assert!(id.starts_with("urn:uuid:") && id != "urn:uuid:1", "{text}");
    }
}

#[test]
fn what_cannot_be_obeyed_has_the_fault_that_is_defined_for_it() {
    let [(one, text11), (two, text12)] = asked("<a:Action>urn:calendar#getMonth</a:Action>");
    assert_eq!((one.status, two.status), (500, 400));
    let problem = "<wsa:ProblemHeaderQName>wsa:MessageID</wsa:ProblemHeaderQName>";
    assert!(text11.contains("<faultcode>wsa:MessageAddressingHeaderRequired</faultcode>"), "{text11}");
    assert!(text11.contains(&format!("{problem}</wsa:FaultDetail></SOAP-ENV:Header>")), "{text11}");
    assert!(text12.contains("<SOAP-ENV:Value>wsa:MessageAddressingHeaderRequired</SOAP-ENV:Value>"), "{text12}");
    assert!(text12.contains(&format!("<SOAP-ENV:Detail>{problem}</SOAP-ENV:Detail>")), "{text12}");
    for (_, text) in asked(&format!("{ID}<a:Action>urn:calendar#getYear</a:Action>")) {
        assert!(text.contains("wsa:ActionNotSupported<") && !text.contains("January"), "{text}");
    }
}

#[test]
fn who_wants_no_answer_gets_none() {
    for (reply, text) in asked(&format!("<a:ReplyTo><a:Address>{WSA}/none</a:Address></a:ReplyTo>")) {
        assert_eq!((reply.status, text.as_str()), (202, ""));
    }
}
