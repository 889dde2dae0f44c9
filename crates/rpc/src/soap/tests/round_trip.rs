//! What is written in one version and style reads back the same.

use super::{
    Call, MethodName, Params, Style, Value, Version, bare, lexical, members, read, read_answer, text, write_answer,
    write_call,
};
use crate::DateTime;
use crate::xml::XmlLimits;
use proptest::prelude::*;

fn carried() -> impl Strategy<Value = String> {
    "[\\t\\n\\r\\PC]{0,12}".prop_filter("XML has no U+FFFE", |s| !s.contains(['\u{FFFE}', '\u{FFFF}']))
}

/// Values that every protocol can carry.
fn portable() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("NaN is not itself", |n| !n.is_nan()).prop_map(Value::Double),
        carried().prop_map(|string| text(&string)),
        proptest::collection::vec(any::<u8>(), 0..12).prop_map(Value::Bytes),
        Just(Value::Null),
        Just(Value::DateTime(DateTime { lexical: "2026-01-02T03:04:05Z".into() })),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let name = prop_oneof!["[a-z_][a-z0-9._-]{0,5}", carried()];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            proptest::collection::vec((name, inner), 0..5)
                .prop_map(|members| Value::Map(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn encoded_values_survive_calls_and_answers(value in portable(), newer in any::<bool>()) {
        let version = if newer { Version::V12 } else { Version::V11 };
        let params = Params::Elements(vec![("text".to_owned(), value.clone())]);
        let call = Call { method: MethodName("TestAPI.echo".into()), params };
        let request = read(&bare(write_call(&call, version, "urn:test").unwrap()), &XmlLimits::default());
        prop_assert_eq!(request.call.unwrap(), call);
        let answer = bare(write_answer(&request.reply, &Ok(value.clone()), ""));
        prop_assert_eq!(read_answer(&answer, &XmlLimits::default()).unwrap(), Ok(value));
    }

    #[test]
    fn every_literal_answer_is_well_formed(value in portable()) {
        let reply = read(&super::envelope("<f xmlns='urn:f'/>"), &XmlLimits::default()).reply;
        prop_assert_eq!(reply.style, Style::Literal);
        let answer = String::from_utf8(write_answer(&reply, &Ok(value), "")).unwrap();
        prop_assert!(roxmltree::Document::parse(&answer).is_ok());
        prop_assert!(!answer.contains("xsi:type"));
    }
}

#[test]
fn a_literal_answer_reads_as_its_text() {
    let errors = Value::List(vec![members([("to", text("a")), ("error_code", Value::Int(50))])]);
    let answer = members([("status", text("error")), ("errors", errors), ("none", Value::Null)]);
    let reply = read(&super::envelope("<f xmlns='urn:f'/>"), &XmlLimits::default()).reply;
    let document = String::from_utf8(write_answer(&reply, &Ok(answer), "")).unwrap();
    assert!(document.contains("<errors><item><to>a</to><error_code>50</error_code></item></errors>"), "{document}");
    let row = members([("to", lexical("a")), ("error_code", lexical("50"))]);
    let read = members([("status", lexical("error")), ("errors", members([("item", row)])), ("none", Value::Null)]);
    assert_eq!(read_answer(&bare(document), &XmlLimits::default()), Ok(Ok(read)));
}

#[test]
fn dates_of_xml_rpc_leave_in_the_form_of_xml_schema() {
    let reply = read(&super::envelope("<f/>"), &XmlLimits::default()).reply;
    for (written, form) in [
        ("20260102T03:04:05", "2026-01-02T03:04:05"),
        ("20260102T030405Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
    ] {
        let time = Value::DateTime(DateTime { lexical: written.into() });
        let document = String::from_utf8(write_answer(&reply, &Ok(time), "")).unwrap();
        assert!(document.contains(&format!("<return>{form}</return>")), "{document}");
    }
}

/// SOAP 1.2 Part 2 §4.2.1: PHP's SoapServer writes it first, others do not.
#[test]
fn rpc_result_names_the_result_and_is_none_itself() {
    let answer = |children: &str| {
        format!(
            "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body><m:fResponse xmlns:m='urn:f' \
             xmlns:rpc='http://www.w3.org/2003/05/soap-rpc'>{children}</m:fResponse></e:Body></e:Envelope>"
        )
    };
    let result = |children: &str| read_answer(&bare(answer(children)), &XmlLimits::default());
    assert_eq!(result("<rpc:result>return</rpc:result><return>7</return>"), Ok(Ok(lexical("7"))));
    assert_eq!(result("<out>1</out><rpc:result>m:back</rpc:result><back>7</back>"), Ok(Ok(lexical("7"))));
    assert_eq!(result("<rpc:result>gone</rpc:result><return>7</return>"), Ok(Ok(lexical("7"))));
    assert_eq!(result("<result>return</result><return>7</return>"), Ok(Ok(lexical("return"))));
    assert_eq!(result("<rpc:result>return</rpc:result>"), Ok(Ok(Value::Null)));
}
