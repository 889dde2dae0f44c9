//! Documents of any size in ordinary and in hostile shapes, and the reader that each is for: for the proof that reading costs
//! its share of the input, counted (`tests/cost.rs`) and by the clock (`benches/reading.rs`).

use mail::payload;
use rpc::{Description, Document, Inquiry, Limits, Part, json_rpc, soap, xml_rpc};

use crate::value::bare;

/// A family of documents, one for each size.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What is in it, the protocol first.
    pub name: &'static str,
    /// One of about so many octets.
    pub make: fn(usize) -> Vec<u8>,
    /// Reads it; true where it was accepted.
    pub read: fn(&[u8]) -> bool,
}

/// The shapes. Those that are refused at a limit cost no more than what was read up to it.
pub const SHAPES: [Shape; 26] = [
    Shape {
        name: "JSON-RPC: rows of text",
        make: |n| json(n, r#"["a@b.example","c@d.example","s","Za\u017c text\n"]"#),
        read: json_rpc,
    },
    Shape { name: "JSON-RPC: wide", make: |n| json(n, "1"), read: json_rpc },
    Shape { name: "JSON-RPC: deep (refused)", make: |n| b"[".repeat(n), read: json_rpc },
    Shape { name: "JSON-RPC: one name again and again", make: |n| json_members(n, |_| "a".to_owned()), read: json_rpc },
    Shape { name: "JSON-RPC: many names", make: |n| json_members(n, |i| i.to_string()), read: json_rpc },
    Shape {
        name: "JSON-RPC: escapes",
        make: |n| json(n, &format!("\"{}\"", r"\ud83d\ude00\n".repeat(1000))),
        read: json_rpc,
    },
    Shape { name: "JSON-RPC: one number", make: |n| json(1, &"7".repeat(n)), read: json_rpc },
    Shape {
        name: "XML-RPC: rows of text",
        make: |n| xml_rpc_array(n, "<value><string>Zażółć &amp; text</string></value>"),
        read: xml_rpc,
    },
    Shape { name: "XML-RPC: wide", make: |n| xml_rpc_array(n, "<value/>"), read: xml_rpc },
    Shape {
        name: "XML-RPC: deep (refused)",
        make: |n| xml_rpc_array(1, &"<value><array><data>".repeat(n / 20)),
        read: xml_rpc,
    },
    Shape {
        name: "XML-RPC: references",
        make: |n| xml_rpc_array(1, &format!("<value>{}</value>", "&lt;".repeat(n / 4))),
        read: xml_rpc,
    },
    Shape {
        name: "XML-RPC: comments in text",
        make: |n| xml_rpc_array(1, &format!("<value>{}</value>", "a<!---->".repeat(n / 8))),
        read: xml_rpc,
    },
    Shape { name: "XML-RPC: many members", make: xml_rpc_members, read: xml_rpc },
    Shape {
        name: "XML-RPC: octets",
        make: |n| xml_rpc_array(1, &format!("<value><base64>{}</base64></value>", "QUJD".repeat(n / 4))),
        read: xml_rpc,
    },
    Shape {
        name: "SOAP: elements without type",
        make: |n| soap(n, |_| "<a><b>text</b><c>7</c></a>".to_owned()),
        read: soap_call,
    },
    Shape {
        name: "SOAP: typed array",
        make: |n| soap(n, |_| "<i xsi:type=\"xsd:int\">7</i>".to_owned()),
        read: soap_call,
    },
    Shape { name: "SOAP: many attributes", make: soap_attributes, read: soap_call },
    Shape {
        name: "SOAP: namespaces declared anew",
        make: |n| soap(n, |i| format!("<p:a xmlns:p=\"urn:{i}\" xmlns:q=\"u\"/>")),
        read: soap_call,
    },
    Shape { name: "SOAP: many prefixes in scope", make: soap_prefixes, read: soap_call },
    Shape {
        name: "SOAP: references",
        make: |n| soap(n, |i| format!("<a href=\"#r{i}\"/><m id=\"r{i}\">x</m>")),
        read: soap_call,
    },
    Shape {
        name: "SOAP: references to 1000 parts",
        make: |n| soap(n, |_| "<a href=\"cid:999%40x\"/>".to_owned()),
        read: soap_parts,
    },
    Shape { name: "WSDL: many types that extend one another", make: wsdl_types, read: wsdl },
    Shape { name: "WSDL: many operations of one message", make: wsdl_operations, read: wsdl },
    Shape { name: "OpenRPC: many methods, each with a type", make: openrpc, read: openrpc_document },
    Shape { name: "mail: lines like boundaries", make: mail, read: mail_payload },
    Shape {
        name: "mail: address list",
        make: |n| "Jan K <jan@b.example>, ".repeat(n / 23).into_bytes(),
        read: address_list,
    },
];

/// Without the caps on nodes, which would end the larger documents early.
fn limits() -> Limits {
    let xml = rpc::xml::XmlLimits { max_nodes: usize::MAX, ..rpc::xml::XmlLimits::default() };
    Limits { max_nodes: usize::MAX, xml, ..Limits::default() }
}

fn json_rpc(octets: &[u8]) -> bool {
    let read = Inquiry::read(&bare(octets), &limits()).is_ok_and(|inquiry| inquiry.calls.iter().all(Result::is_ok));
    read && json_rpc::read_answers(&bare(octets), &limits()).is_err()
}

fn xml_rpc(octets: &[u8]) -> bool {
    xml_rpc::read(&bare(octets), &limits().xml).call.is_ok()
}

fn soap_call(octets: &[u8]) -> bool {
    soap::read(&bare(octets), &limits().xml).call.is_ok()
}

fn soap_parts(octets: &[u8]) -> bool {
    let part = |index| Part { content_id: format!("{index}@x"), ..Part::default() };
    let document = Document { parts: (0..1000).map(part).collect(), ..bare(octets) };
    soap::read(&document, &limits().xml).call.is_ok()
}

fn mail_payload(octets: &[u8]) -> bool {
    payload::find(octets, &payload::MimeLimits::default()).is_ok()
}

fn address_list(octets: &[u8]) -> bool {
    std::str::from_utf8(octets).is_ok_and(|text| mail::parse_list(text).is_ok())
}

fn json(octets: usize, item: &str) -> Vec<u8> {
    let items = vec![item; octets / (item.len() + 1) + 1].join(",");
    format!(r#"{{"jsonrpc":"2.0","method":"a.b","params":[[{items}]],"id":1}}"#).into_bytes()
}

fn json_members(octets: usize, name: fn(usize) -> String) -> Vec<u8> {
    let members: Vec<String> = (0..octets / 10).map(|index| format!("\"{}\":{}", name(index), index % 100)).collect();
    format!(r#"{{"jsonrpc":"2.0","method":"a.b","params":[{{{}}}],"id":1}}"#, members.join(",")).into_bytes()
}

fn xml_rpc_array(octets: usize, value: &str) -> Vec<u8> {
    let values = value.repeat(octets / value.len() + 1);
    let body = format!("<params><param><value><array><data>{values}</data></array></value></param></params>");
    format!("<methodCall><methodName>a.b</methodName>{body}</methodCall>").into_bytes()
}

fn xml_rpc_members(octets: usize) -> Vec<u8> {
    let members: String =
        (0..octets / 50).map(|index| format!("<member><name>n{index}</name><value/></member>")).collect();
    let body = format!("<params><param><value><struct>{members}</struct></value></param></params>");
    format!("<methodCall><methodName>a.b</methodName>{body}</methodCall>").into_bytes()
}

fn envelope(body: &str) -> Vec<u8> {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><e:Body><m:op xmlns:m=\"urn:m\">{body}</m:op></e:Body></e:Envelope>"
    )
    .into_bytes()
}

fn soap(octets: usize, element: fn(usize) -> String) -> Vec<u8> {
    let length = element(1000).len();
    envelope(&(0..octets / length).map(element).collect::<String>())
}

fn soap_attributes(octets: usize) -> Vec<u8> {
    let attributes: String = (0..octets / 12).map(|index| format!(" a{index}='x'")).collect();
    envelope(&format!("<a{attributes}/>"))
}

fn soap_prefixes(octets: usize) -> Vec<u8> {
    let prefixes: String = (0..100).map(|index| format!(" xmlns:p{index}='u{index}'")).collect();
    envelope(&format!("<a{prefixes}>{}</a>", "<p0:b/>".repeat(octets / 7)))
}

fn wsdl(octets: &[u8]) -> bool {
    let limits = limits();
    Description::of_wsdl(&bare(octets).into(), soap::Version::V11, &limits.xml).is_ok()
}

fn openrpc_document(octets: &[u8]) -> bool {
    Description::of_openrpc_document(&bare(octets), &limits()).is_ok()
}

fn wsdl_of(types: &str, [message, port, binding]: [&str; 3]) -> Vec<u8> {
    format!(
        "<w:definitions xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\" xmlns:s=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
         xmlns:x=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:t\" targetNamespace=\"urn:t\"><w:types>\
         <x:schema targetNamespace=\"urn:t\">{types}</x:schema></w:types><w:message name=\"m\">{message}</w:message>\
         <w:portType name=\"P\">{port}</w:portType><w:binding name=\"B\" type=\"t:P\"><s:binding style=\"rpc\"/>{binding}\
         </w:binding></w:definitions>"
    )
    .into_bytes()
}

fn wsdl_types(octets: usize) -> Vec<u8> {
    let one = |index: usize| {
        format!(
            "<x:complexType name=\"T{index}\"><x:complexContent><x:extension base=\"t:T{}\"><x:sequence>\
             <x:element name=\"a\" type=\"t:T{index}\"/></x:sequence></x:extension></x:complexContent></x:complexType>",
            index + 1
        )
    };
    wsdl_of(&(0..octets / 190).map(one).collect::<String>(), ["<w:part name=\"p\" type=\"t:T0\"/>", "", ""])
}

fn wsdl_operations(octets: usize) -> Vec<u8> {
    let parts: String = (0..20).map(|index| format!("<w:part name=\"p{index}\" type=\"x:int\"/>")).collect();
    let all = |write: fn(usize) -> String| (0..octets / 90).map(write).collect::<String>();
    let port = all(|index| format!("<w:operation name=\"o{index}\"><w:input message=\"t:m\"/></w:operation>"));
    wsdl_of("", [&parts, &port, &all(|index| format!("<w:operation name=\"o{index}\"/>"))])
}

fn openrpc(octets: usize) -> Vec<u8> {
    let methods = (0..octets / 120).map(|index| {
        format!(r##"{{"name":"m{index}","params":[{{"name":"a","schema":{{"$ref":"#/s/T{index}"}}}}]}}"##)
    });
    let types = (0..octets / 120)
        .map(|index| format!(r##""T{index}":{{"properties":{{"a":{{"$ref":"#/s/T{}"}}}}}}"##, index + 1));
    let (methods, types): (Vec<String>, Vec<String>) = (methods.collect(), types.collect());
    format!(r#"{{"methods":[{}],"s":{{{}}}}}"#, methods.join(","), types.join(",")).into_bytes()
}

fn mail(octets: usize) -> Vec<u8> {
    let header = "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\n";
    [header.as_bytes(), &b"--c\r\n--\r\n-b\r\n".repeat(octets / 13), b"\r\n--b--\r\n"].concat()
}
