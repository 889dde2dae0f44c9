//! §4: SOAP over mail, its bindings and its faults.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use testbed::{Configuration, Table};

use super::house::{JANUARY, Letter, get_month, text};
use super::node::Node;

const V11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const V12: &str = "http://www.w3.org/2003/05/soap-envelope";
const WSA: &str = "http://www.w3.org/2005/08/addressing";

fn envelope(namespace: &str, header: &str, body: &str) -> String {
    format!("<E:Envelope xmlns:E=\"{namespace}\" xmlns:a=\"{WSA}\">{header}<E:Body>{body}</E:Body></E:Envelope>")
}

const MONTH: &str = "<m:getMonth xmlns:m=\"urn:calendar\"><year>2003</year><month>1</month></m:getMonth>";

/// The answer to this document, at once and nothing else.
fn answer(node: &Node, media_type: &str, document: impl Into<Vec<u8>>) -> String {
    let id = format!("<s{}@x.test>", node.sink.count());
    text(&node.answer(&Letter::with(media_type, document).id(&id)))
}

#[test]
fn the_answer_keeps_the_version() {
    let node = Node::open();
    let one = answer(&node, "text/xml", envelope(V11, "", MONTH));
    assert!(
        one.contains("Content-Type: text/xml; charset=utf-8\n") && one.contains(V11) && one.contains(JANUARY),
        "{one}"
    );
    let two = answer(&node, "application/soap+xml", envelope(V12, "", MONTH));
    assert!(
        two.contains("Content-Type: application/soap+xml; charset=utf-8") && two.contains(V12) && two.contains(JANUARY),
        "{two}"
    );
}

#[test]
fn the_base64_binding_gets_its_own_packaging_back() {
    let node = Node::open();
    let coded = STANDARD.encode(envelope(V12, "", MONTH));
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b\r\nContent-Type: application/soap+xml\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{coded}\r\n--b--"
    );
    let answer = answer(&node, "multipart/mixed; boundary=b", body);
    let parts: Vec<&str> = answer.split("\n--=_").collect();
    assert!(
        parts.len() == 4 && parts[1].contains("Content-Type: text/plain") && parts[2].contains("application/soap+xml"),
        "{answer}"
    );
    let coded: String = parts[2].split_once("\n\n").unwrap().1.split_whitespace().collect();
    let document = String::from_utf8(STANDARD.decode(coded).unwrap()).unwrap();
    assert!(document.replace("\r\n", "\n").contains(JANUARY), "{document}");
}

#[test]
fn an_unknown_version_is_told_which_are_spoken() {
    let node = Node::open();
    let one = answer(&node, "text/xml", envelope("urn:soap-of-the-future", "", MONTH));
    assert!(one.contains("SOAP-ENV:VersionMismatch<") && one.contains(V11), "{one}");
    let two = answer(&node, "application/soap+xml", envelope("urn:soap-of-the-future", "", MONTH));
    assert!(two.contains("VersionMismatch<") && two.contains("Upgrade") && two.contains(V12), "{two}");
}

#[test]
fn dtds_and_processing_instructions_are_faults() {
    let node = Node::open();
    let entity = format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{}", envelope(V11, "", MONTH));
    for document in [entity, format!("<?php echo 1 ?>{}", envelope(V11, "", MONTH))] {
        let fault = answer(&node, "text/xml", document);
        assert!(
            fault.contains("SOAP-ENV:Client<") && !fault.contains("January") && !fault.contains("root:"),
            "{fault}"
        );
    }
}

#[test]
fn a_header_that_must_be_understood_is_or_nothing_runs() {
    let node = Node::open();
    let block = |more: &str| format!("<E:Header><t:tx xmlns:t=\"urn:t\" {more}/></E:Header>");
    let one = answer(&node, "text/xml", envelope(V11, &block("E:mustUnderstand=\"1\""), MONTH));
    assert!(one.contains("SOAP-ENV:MustUnderstand<") && !one.contains("January"), "{one}");
    let two = answer(&node, "application/soap+xml", envelope(V12, &block("E:mustUnderstand=\"true\""), MONTH));
    assert!(two.contains("NotUnderstood") && !two.contains("January"), "{two}");
    let other = block("E:mustUnderstand=\"1\" E:actor=\"urn:somebody-else\"");
    assert!(answer(&node, "text/xml", envelope(V11, &other, MONTH)).contains(JANUARY));
}

#[test]
fn every_failure_is_one_fault_of_the_right_side() {
    let node = Node::open();
    let wrong = [
        "<m:getMonth xmlns:m=\"urn:calendar\"><year>2003</year><month>13</month></m:getMonth>",
        "<m:getMonth xmlns:m=\"urn:calendar\"><year>0</year><month>1</month></m:getMonth>",
        "<m:getMonth xmlns:m=\"urn:calendar\"/>",
        "<m:getYear xmlns:m=\"urn:calendar\"/>",
        "",
    ];
    for body in wrong {
        let one = answer(&node, "text/xml", envelope(V11, "", body));
        assert!(one.contains("<faultcode>SOAP-ENV:Client</faultcode><faultstring>"), "{body}: {one}");
        assert_eq!(one.matches("Fault>").count(), 2, "{one}");
        let two = answer(&node, "application/soap+xml", envelope(V12, "", body));
        assert!(two.contains("SOAP-ENV:Sender<") && two.contains("xml:lang=\"en\""), "{body}: {two}");
    }
}

#[test]
fn the_operation_is_the_body_s_element_in_any_namespace_or_none() {
    let node = Node::open();
    for tag in ["m:getMonth xmlns:m=\"http://www.example.org/other\"", "getMonth"] {
        let end = tag.split(' ').next().unwrap();
        let body = format!("<{tag}><year>2003</year><month>1</month></{end}>");
        let month = answer(&node, "text/xml", envelope(V11, "", &body));
        assert!(month.contains(JANUARY) && month.contains("getMonthResponse") && month.contains("<return"), "{month}");
    }
}

#[test]
fn an_action_that_names_another_operation_is_a_fault() {
    let node = Node::open();
    let with = |action: &str, id: &str| Letter::calendar(2003, 1).id(id).field(&format!("SOAPAction: {action}"));
    assert!(text(&node.answer(&with("\"urn:calendar#getMonth\"", "<a1@x>"))).contains(JANUARY));
    assert!(text(&node.answer(&with("\"urn:calendar#getYear\"", "<a2@x>"))).contains("SOAP-ENV:Client<"));
}

fn addressed(blocks: &str) -> String {
    let header = format!("<E:Header><a:MessageID>urn:uuid:1</a:MessageID>{blocks}</E:Header>");
    envelope(V11, &header, MONTH)
}

#[test]
fn addressing_relates_the_answer_to_its_request() {
    let node = Node::open();
    let answer = answer(&node, "text/xml", addressed("<a:Action>urn:calendar:getMonth</a:Action>"));
    assert!(answer.contains(">urn:uuid:1</wsa:RelatesTo>"), "{answer}");
    assert!(answer.contains(">urn:calendar:getMonthResponse</wsa:Action>"), "{answer}");
    let id = answer.split("</wsa:MessageID>").next().unwrap().rsplit('>').next().unwrap();
    assert!(id.starts_with("urn:uuid:") && id != "urn:uuid:1", "{answer}");
}

#[test]
fn addressing_without_an_id_is_a_fault_where_an_answer_is_due() {
    let node = Node::open();
    let header = "<E:Header><a:Action>urn:calendar:getMonth</a:Action></E:Header>";
    let fault = answer(&node, "text/xml", envelope(V11, header, MONTH));
    assert!(fault.contains("<faultcode>wsa:MessageAddressingHeaderRequired</faultcode>"), "{fault}");
    assert!(
        fault.contains("<wsa:ProblemHeaderQName>wsa:MessageID</wsa:ProblemHeaderQName></wsa:FaultDetail>"),
        "{fault}"
    );
    assert!(!fault.contains("January"), "{fault}");
}

#[test]
fn a_call_that_wants_no_answer_gets_none() {
    let node = Node::open();
    let none = format!("<a:ReplyTo><a:Address>{WSA}/none</a:Address></a:ReplyTo>");
    assert!(Letter::with("text/xml", addressed(&none)).send(&node.smtp).starts_with("250"));
    let unknown = addressed(&none).replace("getMonth", "getYear").replace("uuid:1", "uuid:2");
    assert!(Letter::with("text/xml", unknown.clone()).id("<two@x>").send(&node.smtp).starts_with("250"));
    node.sent_only(0);
    let to = "<a:FaultTo><a:Address>mailto:faults@x.test</a:Address></a:FaultTo></E:Header>";
    let unknown = unknown.replace("</E:Header>", to).replace("uuid:2", "uuid:3");
    assert!(Letter::with("text/xml", unknown).id("<three@x>").send(&node.smtp).starts_with("250"));
    assert!(node.sent_only(1)[0].is_for("<faults@x.test>"), "{:#?}", node.sink.received());
}

#[test]
fn an_answer_goes_where_addressing_wants_it_and_is_allowed_to() {
    let listed = Table::builtin("calendar", "calendar").set("allow", ["*@x.test"]);
    let node = Node::with(Configuration::new().service(listed));
    let reply_to = |address: &str| format!("<a:ReplyTo><a:Address>{address}</a:Address></a:ReplyTo>");
    let cases = [
        ("mailto:desk@x.test", "<desk@x.test>"),
        ("mailto:desk@elsewhere.test", "<asker@x.test>"),
        (&format!("{WSA}/anonymous"), "<asker@x.test>"),
        ("mailto:calendar@localhost", "<asker@x.test>"),
    ];
    for (at, (address, wanted)) in cases.into_iter().enumerate() {
        let document = addressed(&reply_to(address)).replace("uuid:1", &format!("uuid:{at}"));
        let letter = Letter::with("text/xml", document).id(&format!("<w{at}@x.test>"));
        assert_eq!(node.answer(&letter).recipients, [wanted], "{address}");
    }
}

#[test]
fn what_the_message_says_is_carried_whatever_its_subject() {
    let node = Node::open();
    let letter = Letter::with("text/xml", get_month(2003, 1)).field("Subject: Out of office");
    assert!(text(&node.answer(&letter)).contains(JANUARY));
}
