//! rpc/encoded: types, arrays, references.

use super::{Style, Value, Version, call, envelope, fault, lexical, members, read, text, write_answer};
use crate::captures::bare;
use crate::xml::XmlLimits;
use crate::{Code, DateTime, Document, Map, Part};

/// The one parameter of a call.
fn value(element: &str) -> Value {
    call(&envelope(&format!("<f>{element}</f>"))).1.remove(0).1
}

#[test]
fn simple_types_are_read() {
    let time = |written: &str| Value::DateTime(DateTime { lexical: written.into() });
    for (written, read) in [
        ("<a i:type='x:string'> 7 </a>", text(" 7 ")),
        ("<a i:type='x:int'> 7 </a>", Value::Int(7)),
        ("<a i:type='e:int'>-7</a>", Value::Int(-7)),
        ("<a i:type='x:int'>3000000000</a>", Value::Int(3_000_000_000)),
        ("<e:string>7</e:string>", text("7")),
        ("<x:int>7</x:int>", lexical("7")),
        ("<a i:type='x:long'>-9223372036854775808</a>", Value::Int(i64::MIN)),
        ("<a i:type='x:unsignedLong'>18446744073709551615</a>", Value::Decimal("18446744073709551615".into())),
        ("<a i:type='x:decimal'>1.50</a>", Value::Decimal("1.50".into())),
        ("<a i:type='x:double'>-INF</a>", Value::Double(f64::NEG_INFINITY)),
        ("<a i:type='x:float'>1E3</a>", Value::Double(1000.0)),
        ("<a i:type='x:boolean'>1</a>", Value::Bool(true)),
        ("<a i:type='x:dateTime'>2026-01-02T03:04:05Z</a>", time("2026-01-02T03:04:05Z")),
        ("<a i:type='e:base64'>AP8=</a>", Value::Bytes(vec![0, 255])),
        ("<a i:type='x:base64Binary'>\nAP8\n</a>", Value::Bytes(vec![0, 255])),
        ("<a i:type='x:hexBinary'>00fF</a>", Value::Bytes(vec![0, 255])),
        ("<a i:nil='true' i:type='x:int'/>", Value::Null),
        ("<a i:nil='0' i:type='x:int'>1</a>", Value::Int(1)),
        ("<a i:type='x:anyURI'>u</a>", text("u")),
        ("<a i:type='x:anyType'>u</a>", lexical("u")),
        ("<a i:type='m:Colour' xmlns:m='urn:m'>red</a>", lexical("red")),
        ("<a i:type='unbound:int'>7</a>", lexical("7")),
        ("<a i:type='e:Struct'/>", Value::Map(Map::new())),
    ] {
        assert_eq!(value(written), read, "{written}");
    }
}

#[test]
fn the_schemas_of_1999_and_2000_are_known() {
    for year in ["1999", "2000/10"] {
        let element = format!(
            "<a y:type='z:timeInstant' xmlns:y='http://www.w3.org/{year}/XMLSchema-instance' \
             xmlns:z='http://www.w3.org/{year}/XMLSchema'>2001-01-01T00:00:00Z</a>"
        );
        assert!(matches!(value(&element), Value::DateTime(_)));
    }
    assert_eq!(value("<a xmlns:y='http://www.w3.org/1999/XMLSchema-instance' y:null='1'/>"), Value::Null);
}

#[test]
fn a_text_that_is_none_of_its_type_names_its_place() {
    for wrong in [
        "int'>9223372036854775808",
        "int'>x",
        "byte'>128",
        "unsignedByte'>-1",
        "boolean'>yes",
        "double'>1e999",
        "hexBinary'>0",
        "dateTime'>x",
    ] {
        let list =
            format!("<f><list e:arrayType='x:anyType[2]'><item/><item><a i:type='x:{wrong}</a></item></list></f>");
        let fault = fault(&envelope(&list));
        assert_eq!((fault.code, fault.path.as_str()), (Code::InvalidParams, "list[1].a"), "{wrong}");
    }
    assert_eq!(fault(&envelope("<f><a>x<b/></a></f>")).path, "a");
    assert_eq!(fault(&envelope("<f><a i:type='x:int'><b/></a></f>")).code, Code::InvalidParams);
}

#[test]
fn arrays_and_structs_are_read() {
    let list = Value::List(vec![text("007"), text("")]);
    assert_eq!(value("<a i:type='e:Array' e:arrayType='x:string[2]'><item>007</item><item/></a>"), list);
    assert_eq!(value("<a e:arrayType='x:string[2]'><item i:type='x:string'>007</item><e:string/></a>"), list);
    assert_eq!(value("<a i:type='e:Array' e:arrayType='x:anyType[0]'/>"), Value::List(vec![]));
    assert_eq!(value("<a i:type='e:Array'><x>1</x></a>"), Value::List(vec![lexical("1")]));
    let row = members([("to", text("a")), ("n", Value::Int(1))]);
    assert_eq!(value("<a i:type='e:Struct'><to i:type='x:string'>a</to><n i:type='x:int'>1</n></a>"), row);
    let map = "<a i:type='p:Map' xmlns:p='http://xml.apache.org/xml-soap'><item><key i:type='x:string'>to</key>\
        <value i:type='x:string'>a</value></item><item><key i:type='x:int'>1</key><value i:nil='1'/></item></a>";
    assert_eq!(value(map), members([("to", text("a")), ("1", Value::Null)]));
}

#[test]
fn soap_12_arrays_are_read() {
    let document = bare(
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' xmlns:e='http://www.w3.org/2003/05/soap-encoding' \
         xmlns:x='http://www.w3.org/2001/XMLSchema'><s:Body><f><a e:itemType='x:int' e:arraySize='2'><item>1</item>\
         <item e:ref='one'/></a><b e:id='one'>5</b></f></s:Body></s:Envelope>",
    );
    assert_eq!(call(&document).1[0].1, Value::List(vec![Value::Int(1), Value::Int(5)]));
}

/// The value of an array with these attributes and items, or the fault's code.
fn array(attributes: &str, items: &str) -> Result<Value, Code> {
    let element = format!("<f><a i:type='e:Array' {attributes}>{items}</a></f>");
    match read(&envelope(&element), &XmlLimits::default()).call {
        Ok(call) => Ok(call.params.into_values().remove(0)),
        Err(fault) => Err(fault.code),
    }
}

#[test]
fn items_of_an_array_stand_where_they_say_they_stand() {
    let list = |items: &[&str]| {
        Value::List(items.iter().map(|item| if item.is_empty() { Value::Null } else { text(item) }).collect())
    };
    let at = |place: &str, item: &str| format!("<i e:position='{place}'>{item}</i>");
    for (attributes, items, wanted) in [
        ("e:arrayType='x:string[3]'", at("[2]", "c") + &at("[0]", "a"), list(&["a", "", "c"])),
        ("e:arrayType='x:string[]'", at("[1]", "b") + "<i>c</i>", list(&["", "b", "c"])),
        ("e:arrayType='x:string[5]' e:offset='[2]'", "<i>c</i><i>d</i>".into(), list(&["", "", "c", "d", ""])),
        ("e:arrayType='x:string[]' e:offset='[1]'", "<i>b</i>".into(), list(&["", "b"])),
        ("e:arrayType='x:string[4]'", "<i>a</i>".into(), list(&["a"])),
        (
            "e:arrayType='x:string[2,2]'",
            "<i>a</i><i>b</i><i>c</i><i>d</i>".into(),
            Value::List(vec![list(&["a", "b"]), list(&["c", "d"])]),
        ),
        (
            "e:arrayType='x:string[2,2]'",
            at("[1,0]", "c") + &at("[0,1]", "b"),
            Value::List(vec![list(&["", "b"]), list(&["c", ""])]),
        ),
        (
            "e:arrayType='x:string[,2]'",
            "<i>a</i><i>b</i><i>c</i><i>d</i>".into(),
            Value::List(vec![list(&["a", "b"]), list(&["c", "d"])]),
        ),
        (
            "e:arrayType='x:string[2][1]'",
            "<i e:arrayType='x:string[2]'><i>a</i><i>b</i></i>".into(),
            Value::List(vec![list(&["a", "b"])]),
        ),
    ] {
        assert_eq!(array(attributes, &items), Ok(wanted), "{attributes} {items}");
    }
}

#[test]
fn places_in_an_array_that_cannot_be_are_refused() {
    let at = |place: &str| format!("<i e:position='{place}'>x</i>");
    for (attributes, items) in [
        ("e:arrayType='x:string[3]'", at("[3]")),
        ("e:arrayType='x:string[3]'", at("[1]") + &at("[1]")),
        ("e:arrayType='x:string[3]'", at("1")),
        ("e:arrayType='x:string[3]'", at("[0,1]")),
        ("e:arrayType='x:string[]'", at("[999999999999]")),
        ("e:arrayType='x:string[]'", at("[18446744073709551615]")),
        ("e:arrayType='x:string[999999999]'", at("[0]")),
        ("e:arrayType='x:string[99999999999,99999999999]'", at("[0,0]")),
        ("e:arrayType='x:string[2,2]'", "<i>1</i>".repeat(5)),
        ("e:arrayType='x:string[,2]'", "<i>1</i>".repeat(3)),
        ("e:arrayType='x:string[,]'", "<i>1</i>".repeat(4)),
        ("e:arrayType='x:string[2]' e:offset='[2]'", "<i>1</i>".into()),
    ] {
        assert_eq!(array(attributes, &items), Err(Code::InvalidParams), "{attributes} {items}");
    }
}

#[test]
fn a_reference_to_a_content_location_gives_its_part() {
    let part =
        |location: &str, octet| Part { content_location: location.into(), bytes: vec![octet], ..Part::default() };
    let parts = vec![part("http://example.org/a/photo.png", 1), part("scan.tif", 2)];
    let with_parts = |body: &str| Document { parts: parts.clone(), ..envelope(body) };
    for (href, octet) in [
        ("http://example.org/a/photo.png", 1),
        ("photo.png", 1),
        ("scan.tif", 2),
        ("./photo.png", 1),
        ("http://example.org/b/scan.tif", 2),
    ] {
        let document = with_parts(&format!("<f><a href='{href}'/></f>"));
        assert_eq!(call(&document).1[0].1, Value::Bytes(vec![octet]), "{href}");
    }
    let lost = fault(&with_parts("<f><a href='other.png'/></f>"));
    assert_eq!((lost.code, lost.path.as_str()), (Code::InvalidParams, "a"));
    // Without parts, or with text, it is an attribute like any other.
    assert_eq!(value("<a href='other.png'/>"), lexical(""));
    assert_eq!(call(&with_parts("<f><a href='other.png'>x</a></f>")).1[0].1, lexical("x"));
}

#[test]
fn references_are_followed() {
    let body = "<m:f xmlns:m='urn:m'><a href='#1'/><b href='#2'/><c href='#1'/></m:f>\
        <multiRef id='1' e:root='0' i:type='x:int'>7</multiRef>\
        <multiRef id='2' e:root='0'><inner href='#1'/></multiRef>";
    let seven = Value::Int(7);
    let expected = [("a", seven.clone()), ("b", members([("inner", seven.clone())])), ("c", seven)];
    assert_eq!(call(&envelope(body)).1, expected.map(|(name, value)| (name.to_owned(), value)));
    let rooted_late = "<multiRef id='1' e:root='0' i:type='x:int'>7</multiRef><f e:root='1'><a href='#1'/></f>";
    assert_eq!(call(&envelope(rooted_late)), ("f".into(), vec![("a".into(), Value::Int(7))]));
    assert_eq!(fault(&envelope("<f><a href='#no'/></f>")).code, Code::InvalidParams);
    assert_eq!(value("<a href='http://example.org/'>x</a>"), lexical("x"));
}

#[test]
fn attachments_are_octets() {
    let part =
        Part { content_id: "p 1@x".into(), media_type: "image/png".into(), bytes: vec![1, 2, 3], ..Part::default() };
    let include = "<x:Include xmlns:x='http://www.w3.org/2004/08/xop/include' href='cid:p%201@x'/>";
    let body = format!("<f><swa href='cid:p%201@x'/><mtom>{include}</mtom></f>");
    let document = Document { parts: vec![part], ..envelope(&body) };
    assert!(call(&document).1.iter().all(|(_, value)| *value == Value::Bytes(vec![1, 2, 3])));
    assert_eq!(fault(&envelope(&body)).code, Code::InvalidParams);
}

#[test]
fn an_encoding_style_anywhere_asks_for_types() {
    let style = |body: &str| read(&envelope(body), &XmlLimits::default()).reply.style;
    assert_eq!(style("<f/>"), Style::Literal);
    assert_eq!(style("<f s:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'/>"), Style::Encoded);
    assert_eq!(style("<f><a i:type='e:Array'/></f>"), Style::Encoded);
    assert_eq!(style("<f><a i:type='e:int'>1</a></f>"), Style::Encoded);
    assert_eq!(style("<f><e:int>1</e:int></f>"), Style::Encoded);
    assert_eq!(style("<f e:root='1'/>"), Style::Encoded);
    assert_eq!(style("<f><a i:type='x:int'>1</a></f>"), Style::Typed, "JAX-WS, .NET and zeep where the schema is open");
    assert_eq!(Version::V11.media_type(), "text/xml");
}

/// What a literal request with types is answered with is valid by its schema: no type of SOAP's encoding is in it.
#[test]
fn types_without_the_encoding_are_answered_with_simple_types_alone() {
    let document = envelope("<f><a i:type='x:int'>1</a></f>");
    let reply = read(&document, &XmlLimits::default()).reply;
    let list = Value::List(vec![Value::Int(1), Value::text("x"), Value::List(vec![]), members([]), Value::Null]);
    let result = members([("list", list), ("open", lexical("2"))]);
    let written = String::from_utf8(write_answer(&reply, &Ok(result), "")).unwrap();
    let wanted = "<return><list><item xsi:type=\"xsd:int\">1</item><item xsi:type=\"xsd:string\">x</item><item></item>\
                  <item></item><item xsi:nil=\"true\"/></list><open>2</open></return>";
    assert!(written.contains(wanted), "{written}");
    assert!(!written.contains("encoding/"), "{written}");
}
