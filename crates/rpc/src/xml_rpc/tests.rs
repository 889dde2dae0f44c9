//! XML-RPC as PHP, Perl, Python and Ruby write it, and as we answer it.

use super::{Uses, read, read_answer, write_answer, write_call};
use crate::captures::{bare, http, xml};
use crate::xml::XmlLimits;
use crate::{Call, Code, DateTime, Document, Fault, Map, MethodName, Params, Provenance, Text, Value};
use proptest::prelude::*;

mod answers;

fn text(string: &str) -> Value {
    Value::Text(Text { string: string.to_owned(), provenance: Provenance::Unicode })
}

fn latin1(string: &str) -> Value {
    Value::Text(Text { string: string.to_owned(), provenance: Provenance::Latin1 })
}

fn items(value: &Value) -> &[Value] {
    let Value::List(items) = value else { panic!("{value:?}") };
    items
}

fn members(value: &Value) -> &Map {
    let Value::Map(members) = value else { panic!("{value:?}") };
    members
}

fn call(document: &Document) -> (String, Vec<Value>) {
    let call = read(document, &XmlLimits::default()).call.unwrap_or_else(|fault| panic!("{fault:?}"));
    match call.params {
        Params::Positional(params) => (call.method.0, params),
        other => panic!("{other:?}"),
    }
}

fn request(value: &str) -> Document {
    let head = "<?xml version='1.0'?><methodCall><methodName>a</methodName><params><param>";
    bare(format!("{head}{value}</param></params></methodCall>"))
}

fn value(written: &str) -> Value {
    call(&request(written)).1.remove(0)
}

fn code(document: &Document) -> Code {
    read(document, &XmlLimits::default()).call.unwrap_err().code
}

/// The arguments of `send_message` in all captures.
fn message(key: &str, to: &str, text: fn(&str) -> Value) -> Vec<Value> {
    let fields = [to, "sender@example.org", "Subject", "Hello world!", "AdditionalHeader: XML-RPC mail sender"];
    vec![text(key), Value::List(vec![Value::List(fields.iter().map(|field| text(field)).collect())])]
}

#[test]
fn php_requests_are_read_and_remember_latin1() {
    let read = |n: usize| call(&http(&format!("php-xmlrpc-http.{n}.req")).remove(0));
    assert_eq!(read(1), ("TestAPI.echo".into(), vec![latin1("Hello world")]));
    assert_eq!(read(2).1, [latin1("Za\u{c5}\u{bc}\u{c3}\u{b3}\u{c5}\u{82}\u{c4}\u{87} <&>")]);
    assert_eq!(read(3), ("send_message".into(), message("API-Secret-key", "receiver@example.org", latin1)));
    assert_eq!(read(4).1, message("wrong-key", "receiver@example.org", latin1));
    assert_eq!(read(5).1, message("API-Secret-key", "wrong@mail@example.org", latin1));
    assert_eq!(read(6), ("no.such.method".into(), vec![]));
}

#[test]
fn php_files_are_read_in_both_encodings() {
    assert_eq!(
        call(&xml("php-xmlrpc-request-default.xml")).1,
        message("API-Secret-key", "receiver@example.org", latin1)
    );
    let field = |file: &str, n: usize| items(&items(&call(&xml(file)).1[1])[0])[n].clone();
    assert_eq!(field("php-xmlrpc-request-polish-utf8.xml", 2), text("Temat Żółw"));
    assert_eq!(
        field("php-xmlrpc-request-polish-default.xml", 3),
        latin1("Za\u{c5}\u{bc}\u{c3}\u{b3}\u{c5}\u{82}\u{c4}\u{87}")
    );
    assert_eq!(field("php-xmlrpc-request-polish-default.xml", 4), latin1("A: b\r\nC: d"));
}

#[test]
fn perl_and_ruby_requests_are_read() {
    let perl = |n: usize| call(&http(&format!("perl-xmlrpclite.{n}.req")).remove(0));
    assert_eq!(perl(2), ("TestAPI.echo".into(), vec![text("007")]));
    assert_eq!(perl(3).1, message("API-Secret-key", "receiver@example.org", text));
    assert_eq!(perl(5), ("no.such.method".into(), vec![]));
    let ruby: Vec<_> = http("ruby-xmlrpc.1.req").iter().map(call).collect();
    assert_eq!(ruby[1].1, [text("Zażółć <&>")]);
    assert_eq!(ruby[3].1, message("wrong", "receiver@example.org", text));
    assert_eq!(ruby[4], ("no.such.method".into(), vec![]));
}

#[test]
fn every_value_python_echoes_is_read() {
    let values: Vec<Value> = http("py-xmlrpc.1.req")
        .iter()
        .map(call)
        .take_while(|(method, _)| method == "TestAPI.echo")
        .flat_map(|(_, params)| params)
        .collect();
    let nested: Map =
        [("a".to_owned(), Value::Int(1)), ("b".to_owned(), Value::List(vec![Value::Int(1), text("x")]))].into();
    let date_time = Value::DateTime(DateTime { lexical: "20260102T03:04:05".into() });
    let texts = ["Hello world", "Zażółć <&> ]]> \u{2028} 😀", "", " lead", "a\nb"].map(text);
    let rest = [
        Value::Int(5),
        Value::Int(i32::MIN.into()),
        Value::Int(i32::MAX.into()),
        Value::Bool(true),
        Value::Bool(false),
        Value::Double(1.5),
        Value::Double(-0.25),
        Value::Double(1e300),
        Value::Map(nested),
        Value::List(vec![]),
        Value::Map(Map::new()),
        Value::Bytes(vec![0, 255]),
        date_time,
        Value::Null,
    ];
    assert_eq!(values, texts.into_iter().chain(rest).collect::<Vec<_>>());
}

#[test]
fn an_untyped_value_is_a_string_with_its_white_space() {
    for (written, read) in
        [("<value/>", ""), ("<value></value>", ""), ("<value> a\n</value>", " a\n"), ("<value>  </value>", "  ")]
    {
        assert_eq!(value(written), text(read), "{written}");
    }
    assert_eq!(value("<value>\n<string/>\n</value>"), text(""));
    assert_eq!(value("<value><![CDATA[<x>]]>&amp;<!-- c --></value>"), text("<x>&"));
}

#[test]
fn scalars_are_read_in_all_their_forms() {
    let time = |lexical: &str| Value::DateTime(DateTime { lexical: lexical.into() });
    for (written, read) in [
        ("<int> +7 </int>", Value::Int(7)),
        ("<i4>-2147483648</i4>", Value::Int(-2_147_483_648)),
        ("<i8>9223372036854775807</i8>", Value::Int(i64::MAX)),
        ("<boolean>true</boolean>", Value::Bool(true)),
        ("<boolean>0</boolean>", Value::Bool(false)),
        ("<double> -1e3 </double>", Value::Double(-1000.0)),
        ("<base64>AP8=&#10;</base64>", Value::Bytes(vec![0, 255])),
        ("<base64>\nAP\n8\n</base64>", Value::Bytes(vec![0, 255])),
        ("<dateTime.iso8601>2026-01-02T03:04:05Z</dateTime.iso8601>", time("2026-01-02T03:04:05Z")),
        ("<nil/>", Value::Null),
        ("<e:nil xmlns:e='http://ws.apache.org/xmlrpc/namespaces/extensions'/>", Value::Null),
        ("<e:i1 xmlns:e='urn:e'>-128</e:i1>", Value::Int(-128)),
        ("<bigdecimal>1.50</bigdecimal>", Value::Decimal("1.50".into())),
        ("<biginteger>99999999999999999999</biginteger>", Value::Decimal("99999999999999999999".into())),
        ("<array/>", Value::List(vec![])),
        ("<struct> </struct>", Value::Map(Map::new())),
    ] {
        assert_eq!(value(&format!("<value>{written}</value>")), read, "{written}");
    }
}

#[test]
fn the_last_member_of_a_name_wins() {
    let member = |name: &str, n: u8| format!("<member><name>{name}</name><value><int>{n}</int></value></member>");
    let written = format!("<value><struct>{}{}{}</struct></value>", member("a", 1), member("b", 2), member("a", 3));
    let read: Map = [("a".to_owned(), Value::Int(3)), ("b".to_owned(), Value::Int(2))].into();
    assert_eq!(value(&written), Value::Map(read));
}

#[test]
fn a_value_that_does_not_fit_its_type_names_its_place() {
    let deep = "<value><array><data><value/><value><struct><member><name>n</name><value>{}</value></member></struct></value></data></array></value>";
    for wrong in [
        "<int>2147483648</int>",
        "<int>x</int>",
        "<int/>",
        "<i4>1.0</i4>",
        "<i8>9223372036854775808</i8>",
        "<boolean>2</boolean>",
        "<double>nan</double>",
        "<double>1e999</double>",
        "<double/>",
        "<base64>A</base64>",
        "<nil>x</nil>",
        "<i1>128</i1>",
        "<dateTime.iso8601>yesterday</dateTime.iso8601>",
        "<biginteger>--1</biginteger>",
    ] {
        let fault = read(&request(&deep.replace("{}", wrong)), &XmlLimits::default()).call.unwrap_err();
        assert_eq!((fault.code, fault.path.as_str()), (Code::InvalidParams, "params[0][1].n"), "{wrong}");
    }
}

#[test]
fn what_is_no_xml_rpc_is_an_invalid_request() {
    for wrong in [
        "<a/>",
        "<methodCall/>",
        "<methodCall><methodName/></methodCall>",
        "<methodCall><methodName>a</methodName><x/></methodCall>",
        "<methodCall><methodName>a</methodName><params/><params/></methodCall>",
        "<methodCall>x</methodCall>",
        "<methodCall><methodName><b/></methodName></methodCall>",
        "<methodCall><params/></methodCall>",
    ] {
        assert_eq!(code(&bare(wrong)), Code::InvalidRequest, "{wrong}");
    }
    for wrong in [
        "",
        "<value><int>1</int><int>2</int></value>",
        "<value>x<int>1</int></value>",
        "<value><int>1</int>x</value>",
        "<value/><value/>",
        "<value><string><b/></string></value>",
        "<value><long>1</long></value>",
        "<value><array><value/></array></value>",
        "<value><struct><value/></struct></value>",
        "<value><struct><member><name>a</name></member></struct></value>",
    ] {
        assert_eq!(code(&request(wrong)), Code::InvalidRequest, "{wrong}");
    }
}

#[test]
fn what_is_not_well_formed_is_told_before_what_is_no_xml_rpc() {
    for wrong in [
        "<methodCall>x</wrong>",
        "<methodCall><x/>",
        "<methodCall><methodName>a</methodName><x/></methodCall><second/>",
        "<methodCall><methodName>a</methodName><params><param><value><int>x</int></value></param>",
    ] {
        assert_eq!(code(&bare(wrong)), Code::Parse, "{wrong}");
    }
}

#[test]
fn hostile_documents_have_their_codes() {
    let nested = format!("<methodCall><methodName>a</methodName><params><param>{}", "<value><array><data>".repeat(700));
    assert_eq!(code(&bare(nested)), Code::InvalidRequest);
    let prefixes: String = (0..200).map(|number| format!(" xmlns:p{number}='u'")).collect();
    assert_eq!(
        code(&bare(format!("<methodCall{prefixes}><p199:methodName>a</p199:methodName></methodCall>"))),
        Code::InvalidRequest
    );
    let name = "n".repeat(100_000);
    let echoing = bare(format!("<methodCall><methodName><{name}/></methodName></methodCall>"));
    let message = read(&echoing, &XmlLimits::default()).call.unwrap_err().message;
    assert!(message.len() < 200, "{} octets", message.len());
    for (document, expected) in [
        ("<!DOCTYPE methodCall><methodCall/>", Code::Parse),
        ("<methodCall><methodName>x</methodCall>", Code::Parse),
        ("<methodCall><methodName>a</methodName></methodCall>x", Code::Parse),
        ("<?xml version='1.0' encoding='x'?><methodCall/>", Code::UnsupportedEncoding),
        ("", Code::Parse),
    ] {
        assert_eq!(code(&bare(document)), expected, "{document}");
    }
    assert_eq!(code(&bare(b"<methodCall>\xff")), Code::BadEncoding);
}

fn answer(value: Value, uses: Uses) -> String {
    let document = String::from_utf8(write_answer(&Ok(value), uses)).unwrap();
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><methodResponse><params><param><value>";
    document.strip_prefix(head).unwrap().strip_suffix("</value></param></params></methodResponse>").unwrap().to_owned()
}

#[test]
fn extensions_are_written_only_to_callers_that_used_them() {
    let big = 1_i64 << 40;
    let odd = (1_i64 << 60) + 1;
    let plain = Uses::default();
    assert_eq!(answer(Value::Null, plain), "<string></string>");
    assert_eq!(answer(Value::Int(big), plain), "<double>1099511627776</double>");
    assert_eq!(answer(Value::Int(odd), plain), "<string>1152921504606846977</string>");
    let both = read(
        &request("<value><array><data><value><nil/></value><value><i8>1</i8></value></data></array></value>"),
        &XmlLimits::default(),
    )
    .uses;
    assert_eq!(both, Uses { nil: true, i8: true });
    assert_eq!(answer(Value::Null, both), "<nil/>");
    assert_eq!(answer(Value::Int(odd), both), "<i8>1152921504606846977</i8>");
    assert_eq!(answer(Value::Int(5), both), "<int>5</int>");
}

#[test]
fn dates_have_no_dashes() {
    let written = |lexical: &str| answer(Value::DateTime(DateTime { lexical: lexical.into() }), Uses::default());
    for (lexical, wanted) in
        [("2026-01-02T03:04:05Z", "20260102T03:04:05Z"), ("20260102T03:04:05", "20260102T03:04:05")]
    {
        assert_eq!(written(lexical), format!("<dateTime.iso8601>{wanted}</dateTime.iso8601>"));
    }
}

#[test]
fn doubles_have_no_exponent() {
    assert_eq!(answer(Value::Double(1e21), Uses::default()), "<double>1000000000000000000000</double>");
    assert_eq!(answer(Value::Double(-2.5e-7), Uses::default()), "<double>-0.00000025</double>");
    assert_eq!(answer(Value::Double(f64::INFINITY), Uses::default()), "<string>INF</string>");
}

#[test]
fn a_fault_has_exactly_its_two_members() {
    let fault = Fault::new(Code::InvalidParams, "Text is wanted here.").at("messages[3][0]");
    let document = String::from_utf8(write_answer(&Err(fault), Uses::default())).unwrap();
    assert_eq!(
        document,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><methodResponse><fault><value><struct>\
         <member><name>faultCode</name><value><int>-32602</int></value></member>\
         <member><name>faultString</name><value><string>Text is wanted here. (at messages[3][0])</string></value></member>\
         </struct></value></fault></methodResponse>"
    );
    let back = read_answer(&bare(document), &XmlLimits::default()).unwrap().unwrap_err();
    assert_eq!(back.code, Code::InvalidParams);
}

#[test]
fn answers_of_other_servers_are_read() {
    let answer = |name: &str| read_answer(&xml(name), &XmlLimits::default()).unwrap().unwrap();
    let ok = answer("reconstructed-xmlrpc-ok.xml");
    let keys: Vec<_> = members(&ok).keys().cloned().collect();
    assert_eq!(keys, ["status", "errors", "user_message"]);
    assert_eq!(members(&answer("reconstructed-xmlrpc-bad-key.xml"))["error_code"], Value::Int(100));
    assert_eq!(
        read_answer(&bare("<methodResponse><params/></methodResponse>"), &XmlLimits::default()),
        Ok(Ok(Value::Null))
    );
    for wrong in ["<methodCall/>", "hello", "<methodResponse>", "<html/>"] {
        assert!(read_answer(&bare(wrong), &XmlLimits::default()).is_err(), "{wrong}");
    }
}

#[test]
fn a_client_never_changes_text_silently() {
    let call = |text: &str| Call { method: MethodName("a".into()), params: Params::Positional(vec![self::text(text)]) };
    assert!(write_call(&call("fine")).is_ok());
    assert_eq!(write_call(&call("a\u{1}")).unwrap_err().code, Code::InvalidParams);
    assert!(
        String::from_utf8(write_answer(&Ok(text("a\u{1}")), Uses::default())).unwrap().contains("<string>a\u{FFFD}<")
    );
}

/// Values that every protocol can carry.
fn portable() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("XML-RPC has no infinity", |n| n.is_finite()).prop_map(Value::Double),
        "[\\t\\n\\r\\PC]{0,12}"
            .prop_filter("XML has no U+FFFE", |s| !s.contains(['\u{FFFE}', '\u{FFFF}']))
            .prop_map(|s| text(&s)),
        proptest::collection::vec(any::<u8>(), 0..12).prop_map(Value::Bytes),
        Just(Value::Null),
        Just(Value::DateTime(DateTime { lexical: "20260102T03:04:05".into() })),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let name = "[\\PC]{0,6}".prop_filter("XML has no U+FFFE", |s| !s.contains(['\u{FFFE}', '\u{FFFF}']));
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            proptest::collection::vec((name, inner), 0..5)
                .prop_map(|members| Value::Map(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn values_survive_the_round_trip(value in portable()) {
        let call = Call { method: MethodName("a".into()), params: Params::Positional(vec![value.clone()]) };
        let request = bare(write_call(&call).unwrap());
        prop_assert_eq!(read(&request, &XmlLimits::default()).call.unwrap(), call);
        let answer = bare(write_answer(&Ok(value.clone()), Uses { nil: true, i8: true }));
        prop_assert_eq!(read_answer(&answer, &XmlLimits::default()).unwrap(), Ok(value));
    }

    #[test]
    fn any_octets_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bare(&bytes), &XmlLimits::default()).call.is_err());
        prop_assert!(read_answer(&bare(&bytes), &XmlLimits::default()).is_err());
    }
}

/// Names count without their namespaces, so nothing is lost where nobody says what `ex` stands for.
#[test]
fn extensions_are_read_where_their_prefix_is_not_declared() {
    let document = |value: &str| {
        bare(format!(
            "<methodCall><methodName>a</methodName><params><param><value>{value}</value></param></params></methodCall>"
        ))
    };
    let given = |value: &str| {
        let request = read(&document(value), &XmlLimits::default());
        (request.call.unwrap().params, request.uses)
    };
    let (nil, uses) = given("<ex:nil/>");
    assert_eq!((nil, uses.nil), (Params::Positional(vec![Value::Null]), true));
    let (eight, uses) = given("<ex:i8>5000000000</ex:i8>");
    assert_eq!((eight, uses.i8), (Params::Positional(vec![Value::Int(5_000_000_000)]), true));
    assert!(read(&document("<ex:nil>"), &XmlLimits::default()).call.is_err());
}
