//! Descriptions of each kind, and what they make of calls and results.

use serde_json::json;

use super::{Description, Documents, Introspected, imports};
use crate::soap::{self, Version};
use crate::xml::XmlLimits;
use crate::{Call, Document, Map, MethodName, Outcome, Params, Protocol, Text, Value};

fn document(text: &str) -> Document {
    Document { bytes: text.as_bytes().to_vec(), ..Document::default() }
}

/// A WSDL with these types, messages, operations of the port, and of the binding.
fn wsdl(style: &str, [types, messages, port, binding]: [&str; 4]) -> String {
    format!(
        "<definitions xmlns=\"http://schemas.xmlsoap.org/wsdl/\" xmlns:s=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
         xmlns:x=\"http://www.w3.org/2001/XMLSchema\" xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\" \
         xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\" xmlns:t=\"urn:t\" targetNamespace=\"urn:t\">\
         <types>{types}</types>{messages}<portType name=\"P\">{port}</portType><binding name=\"B\" type=\"t:P\">\
         <s:binding style=\"{style}\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>{binding}</binding></definitions>"
    )
}

/// A document/literal operation `op` whose two elements are declared in these types.
fn literal(types: &str) -> Description {
    let messages = "<message name=\"in\"><part name=\"p\" element=\"t:op\"/></message>\
                    <message name=\"out\"><part name=\"p\" element=\"t:opResponse\"/></message>";
    let port = "<operation name=\"op\"><documentation>\n Does it.\n Well.</documentation>\
                <input message=\"t:in\"/><output message=\"t:out\"/></operation>";
    let binding = "<operation name=\"op\"><s:operation soapAction=\"urn:do\"/><input><s:body use=\"literal\"/></input>\
                   <output><s:body use=\"literal\"/></output></operation>";
    read(&wsdl("document", [types, messages, port, binding]))
}

fn rpc(usage: &str, types: &str, [input, output]: [&str; 2]) -> Description {
    let messages = format!("<message name=\"in\">{input}</message><message name=\"out\">{output}</message>");
    let port = "<operation name=\"op\"><input message=\"t:in\"/><output message=\"t:out\"/></operation>";
    let body = format!("<s:body use=\"{usage}\" namespace=\"urn:ns\"/>");
    let binding = format!("<operation name=\"op\"><input>{body}</input><output>{body}</output></operation>");
    read(&wsdl("rpc", [types, &messages, port, &binding]))
}

fn read(wsdl: &str) -> Description {
    Description::of_wsdl(&document(wsdl).into(), Version::V11, &XmlLimits::default()).unwrap()
}

fn call(params: Params) -> Call {
    Call { method: MethodName("op".to_owned()), params }
}

fn value(json: serde_json::Value) -> Value {
    Value::of(&json).unwrap()
}

/// What stands in the Body of the request, and its action.
fn request(description: &Description, params: Params) -> (String, String) {
    let written = description.soap_request(call(params), Version::V11).unwrap();
    let text = String::from_utf8(written.bytes).unwrap();
    let body = text.split_once("<SOAP-ENV:Body>").unwrap().1.split_once("</SOAP-ENV:Body>").unwrap().0;
    (body.to_owned(), written.action.unwrap_or_default())
}

/// The result in an answer with this Body, as JSON.
fn result(description: &Description, body: &str) -> String {
    let answer = format!(
        "<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:t=\"urn:t\"><E:Body>{body}</E:Body></E:Envelope>"
    );
    let outcome = soap::read_response(&document(&answer), &XmlLimits::default()).unwrap();
    crate::json::to_string(&description.result("op", outcome).unwrap())
}

const ORDER: &str = "<x:schema targetNamespace=\"urn:t\" elementFormDefault=\"qualified\">\
    <x:element name=\"op\"><x:complexType><x:sequence><x:element name=\"id\" type=\"x:int\"/>\
      <x:element name=\"names\" type=\"x:string\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>\
      <x:element ref=\"t:order\" minOccurs=\"0\"/></x:sequence></x:complexType></x:element>\
    <x:element name=\"order\" type=\"t:Order\"/>\
    <x:complexType name=\"Base\"><x:sequence><x:element name=\"paid\" type=\"x:boolean\"/></x:sequence></x:complexType>\
    <x:complexType name=\"Order\"><x:complexContent><x:extension base=\"t:Base\"><x:sequence>\
      <x:element name=\"price\" type=\"t:Price\"/><x:element name=\"lines\" type=\"t:Lines\"/>\
      <x:element name=\"part\" type=\"t:Order\" minOccurs=\"0\"/></x:sequence></x:extension></x:complexContent></x:complexType>\
    <x:complexType name=\"Lines\"><x:sequence><x:element name=\"line\" maxOccurs=\"9\" minOccurs=\"0\"><x:complexType><x:all>\
      <x:element name=\"n\" type=\"x:long\"/></x:all></x:complexType></x:element></x:sequence></x:complexType>\
    <x:simpleType name=\"Price\"><x:restriction base=\"x:double\"><x:minInclusive value=\"0\"/></x:restriction></x:simpleType>\
    <x:element name=\"opResponse\"><x:complexType><x:sequence><x:element ref=\"t:order\"/></x:sequence></x:complexType></x:element>\
    </x:schema>";

#[test]
fn a_document_literal_request_has_its_elements_in_order_qualified_and_with_its_action() {
    let described = literal(ORDER);
    let order = value(json!({ "lines": [{ "n": 1 }], "price": 2, "paid": true }));
    let (body, action) = request(&described, Params::Positional(vec![Value::Int(7), value(json!(["a"])), order]));
    assert_eq!(action, "urn:do");
    assert_eq!(
        body,
        "<m:op xmlns:m=\"urn:t\"><m:id>7</m:id><m:names>a</m:names><m:order><m:paid>true</m:paid><m:price>2</m:price>\
         <m:lines><m:line><m:n>1</m:n></m:line></m:lines></m:order></m:op>"
    );
    let named = Params::Named(Map::from_iter([
        ("names".to_owned(), value(json!(["a", "b"]))),
        ("id".to_owned(), Value::text("7")),
    ]));
    assert_eq!(
        request(&described, named).0,
        "<m:op xmlns:m=\"urn:t\"><m:id>7</m:id><m:names>a</m:names><m:names>b</m:names></m:op>"
    );
}

/// Our own description of the service writes lists as elements with `item`s; the service's may repeat an element instead.
#[test]
fn a_caller_without_types_may_write_lists_as_our_wsdl_says_or_as_the_service_s() {
    let described = literal(ORDER);
    let names = |value| Params::Elements(vec![("id".to_owned(), lexical("7")), ("names".to_owned(), value)]);
    let item = |value| Value::from([("item", value)]);
    for (given, written) in [
        (lexical(""), ""),
        (lexical("a"), "<m:names>a</m:names>"),
        (item(lexical("a")), "<m:names>a</m:names>"),
        (item(Value::List(vec![lexical("a"), lexical("b")])), "<m:names>a</m:names><m:names>b</m:names>"),
        (Value::List(vec![lexical("a"), lexical("b")]), "<m:names>a</m:names><m:names>b</m:names>"),
    ] {
        let wanted = format!("<m:op xmlns:m=\"urn:t\"><m:id>7</m:id>{written}</m:op>");
        assert_eq!(request(&described, names(given)).0, wanted);
    }
    let lines = |value| Params::Elements(vec![("order".to_owned(), Value::from([("lines", value)]))]);
    let line = || Value::from([("n", lexical("1"))]);
    for given in [item(line()), Value::from([("line", line())])] {
        let wanted = "<m:lines><m:line><m:n>1</m:n></m:line></m:lines>";
        assert!(request(&described, lines(given)).0.contains(wanted));
    }
}

#[test]
fn what_may_be_anything_says_its_type_in_a_literal_request() {
    let part = |name: &str| format!("<part name=\"{name}\" type=\"x:anyType\"/>");
    let described = rpc("literal", "", [&(part("a") + &part("b") + &part("c")), ""]);
    let given = Params::Positional(vec![Value::Int(1), value(json!({ "t": "x" })), Value::Null]);
    assert_eq!(
        request(&described, given).0,
        "<m:op xmlns:m=\"urn:ns\"><a xsi:type=\"xsd:int\">1</a><b><t xsi:type=\"xsd:string\">x</t></b><c xsi:nil=\"true\"/></m:op>"
    );
}

#[test]
fn what_the_types_do_not_have_is_refused_with_its_place() {
    let described = literal(ORDER);
    let refused = |params| described.soap_request(call(params), Version::V11).unwrap_err();
    let unknown = refused(Params::Named(Map::from_iter([("ids".to_owned(), Value::Int(1))])));
    assert!(unknown.message.contains("known are") && unknown.path == "ids", "{unknown:?}");
    let order = value(json!({ "lines": [{ "n": 1, "m": 2 }] }));
    let member = refused(Params::Positional(vec![Value::Int(1), value(json!([])), order]));
    assert_eq!(member.path, "order.lines[0].m", "{member:?}");
    assert!(refused(Params::Positional(vec![Value::Null; 4])).message.contains("too many"));
}

#[test]
fn a_literal_answer_is_typed_and_its_lists_are_lists_however_long() {
    let described = literal(ORDER);
    let answered = |lines: &str| {
        let order = format!("<t:paid>1</t:paid><t:price>2.5</t:price><t:lines>{lines}</t:lines>");
        let part = format!("<t:part>{order}</t:part>");
        result(&described, &format!("<t:opResponse><t:order>{order}{part}</t:order></t:opResponse>"))
    };
    for (lines, written) in [
        ("", "[]"),
        ("<t:line><t:n>1</t:n></t:line>", r#"[{"n":1}]"#),
        ("<t:line><t:n>1</t:n></t:line><t:line><t:n>2</t:n></t:line>", r#"[{"n":1},{"n":2}]"#),
    ] {
        let order = format!(r#""paid":true,"price":2.5,"lines":{written}"#);
        assert_eq!(answered(lines), format!(r#"{{{order},"part":{{{order}}}}}"#));
    }
}

#[test]
fn discovery_tells_of_a_described_method_with_its_types() {
    let signature = literal(ORDER).signature("op").unwrap();
    assert_eq!(
        (signature.help.as_str(), signature.names()),
        ("Does it.", vec!["id".into(), "names".into(), "order".into()])
    );
    assert_eq!(signature.params[1].schema.as_value(), &json!({ "type": "array", "items": { "type": "string" } }));
    let order = signature.result.unwrap();
    assert_eq!(order.as_value()["title"], "Order");
    assert_eq!(order.as_value()["properties"]["lines"]["type"], "array");
    assert!(order.to_value().to_string().len() < 10_000, "a type that holds itself is written to a bounded depth");
}

#[test]
fn an_element_without_struct_is_the_parameter_or_the_result_itself() {
    let described = literal(
        "<x:schema targetNamespace=\"urn:t\"><x:element name=\"op\" type=\"x:int\"/>\
         <x:element name=\"opResponse\" type=\"x:boolean\"/></x:schema>",
    );
    assert_eq!(request(&described, Params::Positional(vec![Value::Int(7)])).0, "<q:op xmlns:q=\"urn:t\">7</q:op>");
    assert_eq!(result(&described, "<t:opResponse>true</t:opResponse>"), "true");
}

#[test]
fn encoded_requests_carry_the_types_of_the_description() {
    let types = "<x:schema targetNamespace=\"urn:t\"><x:complexType name=\"Ints\"><x:complexContent>\
                 <x:restriction base=\"e:Array\"><x:attribute ref=\"e:arrayType\" w:arrayType=\"x:int[]\"/></x:restriction>\
                 </x:complexContent></x:complexType><x:complexType name=\"Point\"><x:all><x:element name=\"x\" type=\"x:double\"/>\
                 </x:all></x:complexType></x:schema>";
    let parts = "<part name=\"all\" type=\"t:Ints\"/><part name=\"at\" type=\"t:Point\"/><part name=\"raw\" type=\"x:hexBinary\"/>";
    let described =
        rpc("encoded", types, [parts, "<part name=\"a\" type=\"t:Ints\"/><part name=\"b\" type=\"x:int\"/>"]);
    let given = vec![value(json!([1, 2])), value(json!({ "x": 1 })), Value::Bytes(vec![0xab, 1])];
    assert_eq!(
        request(&described, Params::Positional(given)).0,
        "<m:op xmlns:m=\"urn:ns\" SOAP-ENV:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><all xsi:type=\"SOAP-ENC:Array\" SOAP-ENC:arrayType=\"xsd:int[2]\"><item xsi:type=\"xsd:int\">1\
         </item><item xsi:type=\"xsd:int\">2</item></all><at xmlns:t=\"urn:t\" xsi:type=\"t:Point\"><x xsi:type=\"xsd:double\">1</x>\
         </at><raw xsi:type=\"xsd:hexBinary\">AB01</raw></m:op>"
    );
    // Out parameters make the result a struct; arrays without types have items of whatever name.
    assert_eq!(result(&described, "<r><a><i>1</i></a><b>2</b></r>"), r#"{"a":[1],"b":2}"#);
}

#[test]
fn a_result_is_found_under_another_name_than_the_description_says() {
    let described = rpc("literal", "", ["", "<part name=\"return\" type=\"x:int\"/>"]);
    assert_eq!(result(&described, "<opResponse><opReturn>7</opReturn></opResponse>"), "7");
    assert_eq!(result(&described, "<opResponse/>"), "null");
    assert_eq!(request(&described, Params::default()).0, "<m:op xmlns:m=\"urn:ns\"></m:op>");
}

/// As PHP and soap4r describe it: a list of keys and values, which the codec reads as the struct that it is.
#[test]
fn apache_s_map_is_a_struct_however_it_is_described() {
    let map = "<x:schema targetNamespace=\"http://xml.apache.org/xml-soap\"><x:complexType name=\"Map\"><x:sequence>\
               <x:element name=\"item\" minOccurs=\"0\" maxOccurs=\"unbounded\"><x:complexType><x:sequence>\
               <x:element name=\"key\" type=\"x:string\"/><x:element name=\"value\" type=\"x:anyType\"/></x:sequence>\
               </x:complexType></x:element></x:sequence></x:complexType></x:schema>";
    let part = "<part xmlns:a=\"http://xml.apache.org/xml-soap\" name=\"return\" type=\"a:Map\"/>";
    let described = rpc("encoded", map, ["", part]);
    let body = "<r><return i:type=\"a:Map\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" \
                xmlns:a=\"http://xml.apache.org/xml-soap\"><item><key>k</key><value><n>1</n></value></item></return></r>";
    assert_eq!(result(&described, body), r#"{"k":{"n":"1"}}"#);
}

/// Axis 1 refers to what it writes behind the answer.
#[test]
fn references_in_an_encoded_answer_are_followed_and_typed() {
    let types = "<x:schema targetNamespace=\"urn:t\"><x:complexType name=\"P\"><x:sequence><x:element name=\"n\" type=\"x:int\"/>\
                 </x:sequence></x:complexType><x:complexType name=\"Ps\"><x:complexContent><x:restriction base=\"e:Array\">\
                 <x:attribute ref=\"e:arrayType\" w:arrayType=\"t:P[]\"/></x:restriction></x:complexContent></x:complexType></x:schema>";
    let described = rpc("encoded", types, ["", "<part name=\"return\" type=\"t:Ps\"/>"]);
    let body = "<r><return><item href=\"#a\"/></return></r><multiRef id=\"a\"><n>7</n></multiRef>";
    assert_eq!(result(&described, body), r#"[{"n":7}]"#);
}

#[test]
fn types_may_come_from_what_is_imported() {
    let main = wsdl(
        "document",
        [
            "<x:schema><x:import namespace=\"urn:t\" schemaLocation=\"t.xsd?a=1&amp;b=2\"/></x:schema>",
            "<message name=\"in\"><part name=\"p\" element=\"t:op\"/></message><message name=\"out\"/>",
            "<operation name=\"op\"><input message=\"t:in\"/><output message=\"t:out\"/></operation>",
            "<operation name=\"op\"><s:operation soapAction=\"\"/><input><s:body use=\"literal\"/></input></operation>",
        ],
    );
    let more = "<schema xmlns=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:t\"><element name=\"op\"><complexType>\
                <sequence><element name=\"n\" type=\"int\"/></sequence></complexType></element></schema>";
    assert_eq!(imports(&document(&main), &XmlLimits::default()).unwrap(), ["t.xsd?a=1&b=2"]);
    let mut both = Documents::from(document(&main));
    both.add(document(more));
    let described = Description::of_wsdl(&both, Version::V11, &XmlLimits::default()).unwrap();
    assert_eq!(
        request(&described, Params::Positional(vec![Value::Int(1)])).0,
        "<m:op xmlns:m=\"urn:t\"><n>1</n></m:op>"
    );
    let alone = Description::of_wsdl(&document(&main).into(), Version::V11, &XmlLimits::default()).unwrap();
    assert!(alone.is_empty(), "an operation whose element nobody declares is left as it was");
}

#[test]
fn a_wsdl_with_a_document_type_or_without_soap_is_no_description() {
    let read = |text: &str| Description::of_wsdl(&document(text).into(), Version::V11, &XmlLimits::default());
    assert!(
        read("<!DOCTYPE d [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><d>&e;</d>")
            .unwrap_err()
            .0
            .contains("document types")
    );
    assert!(read("<html/>").unwrap_err().0.contains("SOAP binding"));
    assert!(read("").is_err());
}

#[test]
fn types_that_go_round_end() {
    let described = literal(
        "<x:schema targetNamespace=\"urn:t\"><x:element name=\"op\" type=\"t:A\"/><x:element name=\"opResponse\" type=\"t:C\"/>\
         <x:simpleType name=\"A\"><x:restriction base=\"t:B\"/></x:simpleType>\
         <x:simpleType name=\"B\"><x:restriction base=\"t:A\"/></x:simpleType>\
         <x:complexType name=\"C\"><x:complexContent><x:extension base=\"t:C\"><x:sequence><x:element name=\"c\" type=\"t:C\"/>\
         </x:sequence></x:extension></x:complexContent></x:complexType></x:schema>",
    );
    assert!(described.signature("op").unwrap().result.is_some());
    assert_eq!(request(&described, Params::Positional(vec![Value::Int(7)])).0, "<q:op xmlns:q=\"urn:t\">7</q:op>");
}

/// One text is one item, as deep as there are lists; a type that repeats itself has no depth.
#[test]
fn text_where_lists_are_nested_is_the_innermost_item() {
    let described = literal(
        "<x:schema targetNamespace=\"urn:t\"><x:element name=\"op\" type=\"t:A\"/><x:element name=\"opResponse\" type=\"t:A\"/>\
         <x:complexType name=\"A\"><x:sequence><x:element name=\"two\" type=\"t:B\"/><x:element name=\"endless\" type=\"t:E\"/>\
         </x:sequence></x:complexType>\
         <x:complexType name=\"B\"><x:sequence><x:element name=\"b\" type=\"t:C\" maxOccurs=\"9\"/></x:sequence></x:complexType>\
         <x:complexType name=\"C\"><x:sequence><x:element name=\"c\" type=\"x:int\" maxOccurs=\"9\"/></x:sequence></x:complexType>\
         <x:complexType name=\"E\"><x:sequence><x:element name=\"e\" type=\"t:E\" maxOccurs=\"9\"/></x:sequence></x:complexType>\
         </x:schema>",
    );
    let members = [("two", lexical("7")), ("endless", lexical("7"))];
    let result = described.result("op", Ok(Value::from(members))).unwrap();
    let nested = |innermost: Value| Value::List(vec![Value::List(vec![innermost])]);
    let wanted = [("two", nested(Value::Int(7))), ("endless", Value::List(vec![lexical("7")]))];
    assert_eq!(result, Value::from(wanted));
}

fn openrpc() -> Description {
    let document = json!({ "openrpc": "1.3.2", "methods": [
        { "name": "op", "summary": "Adds.", "paramStructure": "by-position", "params": [
            { "name": "n", "required": true, "schema": { "type": "integer" } },
            { "$ref": "#/components/contentDescriptors/tags" },
            { "name": "tree", "schema": { "$ref": "#/components/schemas/Tree" } } ],
          "result": { "name": "r", "schema": { "type": "string", "format": "date-time" } } },
        { "name": "rpc.discover", "params": [] },
        { "name": "named", "paramStructure": "by-name", "params": [{ "name": "a", "schema": true }] } ],
      "components": {
        "contentDescriptors": { "tags": { "name": "tags", "schema": { "type": "array", "items": { "type": "number" } } } },
        "schemas": { "Tree": { "type": "object", "title": "Tree", "properties": {
            "value": { "type": ["boolean", "null"] },
            "kids": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } } } } } } });
    Description::of_openrpc(&value(document)).unwrap()
}

fn lexical(text: &str) -> Value {
    Value::Lexical(Text::new(text))
}

#[test]
fn openrpc_types_what_soap_leaves_without_types() {
    let described = openrpc();
    assert_eq!(described.names().collect::<Vec<_>>(), ["op", "named"]);
    let kids = Value::from([("item", Value::from([("value", lexical("true"))]))]);
    let elements = Params::Elements(vec![
        ("n".to_owned(), lexical("7")),
        ("tags".to_owned(), Value::from([("tag", lexical("1.5"))])),
        ("tree".to_owned(), Value::from([("value", lexical("0")), ("kids", kids)])),
    ]);
    let arranged = described.arrange(call(elements), Protocol::JsonRpc).params;
    let Params::Positional(values) = arranged else { panic!("{arranged:?}") };
    let written: Vec<String> = values.iter().map(crate::json::to_string).collect();
    assert_eq!(written, ["7", "[1.5]", r#"{"value":false,"kids":[{"value":true}]}"#]);
    let outcome: Outcome = Ok(Value::text("2026-01-02T03:04:05Z"));
    assert!(matches!(described.result("op", outcome), Ok(Value::DateTime(_))));
}

#[test]
fn names_become_positions_and_positions_names_where_openrpc_says_so() {
    let described = openrpc();
    let named = Params::Named(Map::from_iter([("tags".to_owned(), Value::Null), ("n".to_owned(), Value::Int(1))]));
    assert_eq!(
        described.arrange(call(named), Protocol::JsonRpc).params,
        Params::Positional(vec![Value::Int(1), Value::Null])
    );
    let by_name = Call { method: MethodName("named".to_owned()), params: Params::Positional(vec![Value::Int(1)]) };
    let named = Params::Named(Map::from_iter([("a".to_owned(), Value::Int(1))]));
    assert_eq!(described.arrange(by_name, Protocol::JsonRpc).params, named);
    // What does not fit is the service's to judge.
    let strange = Params::Named(Map::from_iter([("x".to_owned(), Value::Int(1))]));
    assert_eq!(described.arrange(call(strange.clone()), Protocol::JsonRpc).params, strange);
}

#[test]
fn a_document_without_methods_is_no_openrpc() {
    assert!(Description::of_openrpc(&value(json!({ "openrpc": "1.3.2" }))).is_err());
    assert!(Description::of_openrpc_document(&document("{"), &crate::Limits::default()).is_err());
    let endless = json!({ "methods": [{ "$ref": "#/methods/0" }, { "name": "a", "params": [{ "$ref": "#/x" }] }] });
    assert!(Description::of_openrpc(&value(endless)).unwrap().is_empty());
}

#[test]
fn introspection_says_the_types_by_position() {
    let described = Description::of_introspection(vec![
        Introspected {
            name: "op".to_owned(),
            signatures: value(json!([["array", "int"], ["array", "int", "dateTime.iso8601", "struct"]])),
            help: value(json!("\n  Lists.  \nMore.")),
        },
        Introspected {
            name: "told".to_owned(),
            signatures: value(json!("signatures not supported")),
            help: Value::Null,
        },
        Introspected { name: "system.listMethods".to_owned(), ..Introspected::default() },
    ]);
    assert_eq!(described.names().collect::<Vec<_>>(), ["op", "told"]);
    let signature = described.signature("op").unwrap();
    let required: Vec<bool> = signature.params.iter().map(|parameter| parameter.required).collect();
    assert_eq!((signature.help.as_str(), required), ("Lists.", vec![true, false, false]));
    let elements =
        Params::Elements(vec![("a".to_owned(), lexical("7")), ("b".to_owned(), lexical("20260102T03:04:05"))]);
    let Params::Positional(values) = described.arrange(call(elements), Protocol::XmlRpc).params else { panic!() };
    assert!(matches!(values.as_slice(), [Value::Int(7), Value::DateTime(_)]), "{values:?}");
    let untold = Call { method: MethodName("told".to_owned()), params: Params::Positional(vec![lexical("7")]) };
    assert_eq!(described.arrange(untold.clone(), Protocol::XmlRpc), untold);
    assert_eq!(described.signature("told").unwrap().params, []);
}

#[test]
fn json_schemas_that_go_round_end() {
    let node = json!({ "allOf": [{ "$ref": "#/components/schemas/A" }], "properties": { "n": { "type": "integer" } } });
    let round = json!({ "methods": [{ "name": "op", "params": [{ "name": "a", "schema": { "$ref": "#/components/schemas/A" } }] }],
        "components": { "schemas": {
            "A": { "type": "object", "properties": { "p": node, "q": node, "r": { "$ref": "#/components/schemas/R" } } },
            "R": { "$ref": "#/components/schemas/R" } } } });
    let described = Description::of_openrpc(&value(round)).unwrap();
    let signature = described.signature("op").unwrap();
    assert!(signature.params[0].schema.as_value().to_string().len() < 100_000);
}

/// One message of many parts for many operations, one base of many members for many types: each costs its share only once.
#[test]
fn what_is_named_again_and_again_does_not_multiply() {
    let parts: String = (0..200).map(|n| format!("<part name=\"p{n}\" type=\"x:int\"/>")).collect();
    let many = 3000;
    let each = |write: fn(usize) -> String| (0..many).map(write).collect::<String>();
    let port = each(|n| format!("<operation name=\"o{n}\"><input message=\"t:in\"/></operation>"));
    let binding = each(|n| format!("<operation name=\"o{n}\"/>"));
    let members: String = (0..900).map(|n| format!("<x:element name=\"m{n}\" type=\"x:int\"/>")).collect();
    let types = each(|n| {
        format!(
            "<x:complexType name=\"T{n}\"><x:complexContent><x:extension base=\"t:T\"/></x:complexContent></x:complexType>"
        )
    });
    let base = format!("<x:complexType name=\"T\"><x:sequence>{members}</x:sequence></x:complexType>");
    let schema = format!("<x:schema targetNamespace=\"urn:t\">{base}{types}</x:schema>");
    let described = read(&wsdl("rpc", [&schema, &format!("<message name=\"in\">{parts}</message>"), &port, &binding]));
    let params: usize = described.operations.values().flat_map(|operation| &operation.params).map(Vec::len).sum();
    let fields = described.types.iter().map(|known| match known {
        super::Type::Struct(structure) => structure.fields.len(),
        super::Type::Is(_) => 0,
    });
    assert!(params <= super::MAX_FIELDS && described.operations.len() <= super::MAX_OPERATIONS, "{params}");
    assert!(fields.sum::<usize>() <= super::MAX_FIELDS);
    let signature = described.signature("o0").unwrap();
    assert_eq!(signature.params.len(), 200);
}
