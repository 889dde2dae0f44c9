//! The document as a reader of XML sees it.

use roxmltree::{Document, Node};
use schemars::JsonSchema;

use super::{Operation, Service, Style, write};
use crate::{Signature, Value};

/// A row.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema counts")]
struct Row {
    name: String,
    count: Option<i64>,
    octets: crate::Octets,
    when: crate::DateTime,
    #[schemars(range(min = 0, max = 10))]
    small: i64,
    ratio: f64,
    rest: Value,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema counts")]
struct Ask {
    rows: Vec<Row>,
    flag: bool,
}

fn written(operations: &[(&str, &str, Signature)]) -> String {
    written_as(Style::Rpc, operations)
}

fn written_as(style: Style, operations: &[(&str, &str, Signature)]) -> String {
    let operations =
        operations.iter().map(|(name, namespace, signature)| Operation { name, namespace, signature }).collect();
    let service = Service {
        name: "House",
        namespace: "urn:house",
        operations,
        http: vec!["https://h/rpc?a=1&b=2".to_owned()],
        mail: vec!["calendar@localhost".to_owned(), "\"a b\"@localhost".to_owned()],
        style,
    };
    String::from_utf8(write(&service)).unwrap()
}

fn typed() -> String {
    written(&[
        ("put", "urn:put", Signature::of::<Ask, Vec<Row>>("Puts <rows>.")),
        ("a/b", "urn:put", Signature::default()),
    ])
}

fn named<'a>(document: &'a Document<'_>, element: &str, name: &str) -> Node<'a, 'a> {
    let found = document.descendants().find(|node| {
        node.tag_name().name() == element && node.attribute("name").is_some_and(|written| written == name)
    });
    found.unwrap_or_else(|| panic!("no {element} {name}"))
}

fn attributes<'a>(parent: Node<'a, '_>, element: &str, wanted: &str) -> Vec<&'a str> {
    let children = parent.descendants().filter(|node| node.tag_name().name() == element);
    children.filter_map(|node| node.attribute(wanted)).collect()
}

#[test]
fn a_struct_is_a_sequence_of_typed_elements() {
    let text = typed();
    let document = Document::parse(&text).unwrap();
    let row = named(&document, "complexType", "ArrayOfPut.rows.item");
    assert_eq!(attributes(row, "element", "type"), ["tns:put.rows.item"]);
    let row = named(&document, "complexType", "put.rows.item");
    assert_eq!(attributes(row, "element", "name"), ["name", "count", "octets", "when", "small", "ratio", "rest"]);
    assert_eq!(
        attributes(row, "element", "type"),
        ["xsd:string", "xsd:long", "xsd:base64Binary", "xsd:dateTime", "xsd:int", "xsd:double", "xsd:anyType"]
    );
    assert_eq!(
        attributes(row, "element", "nillable"),
        ["true"; 2],
        "only `count`, and what may be anything, may be null"
    );
    assert_eq!(attributes(row, "element", "minOccurs"), ["0"], "only `count` may be absent");
}

#[test]
fn every_reference_leads_somewhere() {
    let text = typed();
    let document = Document::parse(&text).unwrap();
    for (element, attribute, target) in [
        ("part", "type", "complexType"),
        ("input", "message", "message"),
        ("output", "message", "message"),
        ("binding", "type", "portType"),
        ("port", "binding", "binding"),
    ] {
        for reference in attributes(document.root(), element, attribute) {
            let Some(local) = reference.strip_prefix("tns:") else { continue };
            named(&document, target, local);
        }
    }
}

#[test]
fn there_is_a_port_for_each_way() {
    let text = typed();
    let document = Document::parse(&text).unwrap();
    let service = named(&document, "service", "House");
    assert_eq!(attributes(service, "port", "name"), ["HouseSoap11", "HouseSoap12", "HouseMail", "HouseMail2"]);
    let url = "https://h/rpc?a=1&b=2";
    let mail = ["mailto:calendar@localhost", "mailto:%22a%20b%22@localhost"];
    assert_eq!(attributes(service, "address", "location"), [url, url, mail[0], mail[1]]);
    let by_mail = named(&document, "binding", "HouseMail");
    assert_eq!(attributes(by_mail, "binding", "transport"), ["http://schemas.pocketsoap.com/soap/smtp"]);
    assert_eq!(attributes(by_mail, "operation", "soapAction"), ["urn:put#put"]);
    assert_eq!(attributes(by_mail, "body", "namespace"), ["urn:put", "urn:put"]);
}

#[test]
fn a_service_without_mail_has_no_port_for_mail() {
    let service = Service {
        name: "S",
        namespace: "urn:s",
        operations: vec![],
        http: vec!["http://h/".into()],
        mail: vec![],
        style: Style::Rpc,
    };
    assert!(!String::from_utf8(write(&service)).unwrap().contains("Mail"));
}

#[test]
fn a_name_that_xml_cannot_carry_is_left_out() {
    assert!(!typed().contains("a/b"));
}

#[test]
fn types_of_one_title_and_two_shapes_have_two_names() {
    let schema = |member: &str| {
        let schema =
            serde_json::json!({ "title": "T", "type": "object", "properties": { member: { "type": "string" } } });
        Signature { result: Some(schema.try_into().unwrap()), ..Signature::default() }
    };
    let text = written(&[("a", "urn:a", schema("x")), ("b", "urn:a", schema("x")), ("c", "urn:a", schema("y"))]);
    let document = Document::parse(&text).unwrap();
    let result =
        |method: &str| attributes(named(&document, "message", &format!("{method}Response")), "part", "type")[0];
    assert_eq!([result("a"), result("b"), result("c")], ["tns:T", "tns:T", "tns:T2"]);
}

#[test]
fn the_first_struct_of_several_alternatives_is_the_type() {
    let of = |schema: serde_json::Value| {
        let signature = Signature { result: Some(schema.try_into().unwrap()), ..Signature::default() };
        let text = written(&[("a", "urn:a", signature)]);
        let document = Document::parse(&text).unwrap();
        attributes(named(&document, "message", "aResponse"), "part", "type")[0].to_owned()
    };
    let structure = serde_json::json!({ "title": "T", "type": "object", "properties": {} });
    let (text, number) = (serde_json::json!({ "type": "string" }), serde_json::json!({ "type": "number" }));
    let nothing = serde_json::json!({ "type": "null" });
    assert_eq!(of(serde_json::json!({ "anyOf": [text, structure] })), "tns:T");
    assert_eq!(of(serde_json::json!({ "anyOf": [text, nothing] })), "xsd:string");
    assert_eq!(of(serde_json::json!({ "anyOf": [text, number] })), "xsd:anyType");
    assert_eq!(of(serde_json::json!({ "type": ["string", "number"] })), "xsd:anyType");
    assert_eq!(of(serde_json::json!({ "$ref": "#/$defs/T" })), "xsd:anyType");
}

#[test]
fn a_message_of_style_document_is_one_element_in_the_one_namespace() {
    let signature = Signature::of::<Ask, Vec<Row>>("Puts <rows>.");
    let text = written_as(Style::Document, &[("put", "urn:put", signature), ("stop", "urn:x", Signature::default())]);
    let document = Document::parse(&text).unwrap();
    for (message, element) in
        [("putRequest", "tns:put"), ("putResponse", "tns:putResponse"), ("stopRequest", "tns:stop")]
    {
        assert_eq!(attributes(named(&document, "message", message), "part", "element"), [element]);
    }
    let wrapper = |name| attributes(named(&document, "element", name), "element", "name");
    assert_eq!(wrapper("put"), ["put", "rows", "flag"]);
    assert_eq!(wrapper("putResponse"), ["putResponse", "return"]);
    assert_eq!(wrapper("stop"), ["stop"]);
    let binding = named(&document, "binding", "HouseSoap12");
    assert_eq!(attributes(binding, "binding", "style"), ["document"]);
    assert_eq!(attributes(binding, "body", "namespace"), [""; 0], "WS-I R2716");
    assert_eq!(attributes(binding, "operation", "soapAction"), ["urn:house#put", "urn:house#stop"]);
    let faults = |binding| attributes(named(&document, "binding", binding), "fault", "name");
    assert_eq!(faults("HouseSoap11"), ["CallpostFault"; 4], "of WSDL and of SOAP, for two operations");
    assert_eq!(faults("HouseSoap12"), [""; 0], "Axis 1 reads none");
    assert!(!text.contains("urn:put") && !text.contains("mailto:"), "{text}");
}
