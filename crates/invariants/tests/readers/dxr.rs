//! XML-RPC against dxr: each reads what the other writes, and both read the same where dxr reads at all.
//!
//! Written documents have only what dxr can: no white space around text, no `nil`, no `i8`, date-times without dashes.

use std::cell::RefCell;

use dxr::{MethodCall, MethodResponse};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rpc::xml::XmlLimits;
use rpc::{Call, Document, MethodName, Params, Value, xml_rpc};

use crate::xml_rpc::{Read, candidates, ours};

fn values() -> impl Strategy<Value = Value> {
    let text = "[a-zA-Z0-9<>&\"'żŁ😀]{0,8}";
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(|number| Value::Int(number.into())),
        (-1e15..1e15).prop_map(Value::Double),
        text.prop_map(Value::text),
        proptest::collection::vec(any::<u8>(), 1..12).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::btree_map("[a-z]{1,6}", inner, 1..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// The same value as dxr's, if it has one.
fn theirs(value: &Value) -> Option<dxr::Value> {
    Some(match value {
        Value::Bool(truth) => dxr::Value::Boolean(*truth),
        Value::Int(number) => dxr::Value::Integer(i32::try_from(*number).ok()?),
        Value::Double(number) => dxr::Value::Double(*number),
        Value::Text(text) => dxr::Value::String(text.string.clone()),
        Value::Bytes(octets) => dxr::Value::Base64(octets.clone()),
        Value::List(items) => dxr::Value::Array(items.iter().map(theirs).collect::<Option<_>>()?),
        Value::Map(members) => {
            let members = members.iter().map(|(name, member)| Some((name.clone(), theirs(member)?)));
            dxr::Value::Struct(members.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

#[test]
fn dxr_reads_the_same_where_it_reads_at_all() {
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() });
    let compared = RefCell::new(0);
    let ran = runner.run(&candidates(), |bytes| {
        let document = Document { bytes, ..Document::default() };
        let (Some(ours), Ok(text)) = (ours(&document), std::str::from_utf8(&document.bytes)) else { return Ok(()) };
        // DIFFERENCE: dxr trims texts, and knows no comments or CDATA sections inside them, no `nil`, no `i8`.
        let beyond = |text: &str| ["<!", "nil", "<i8", "<i1", "<i2", "&"].iter().any(|word| text.contains(word));
        let spaced = text.split('>').any(|piece| {
            let (content, tag) = piece.split_once('<').unwrap_or((piece, ""));
            content.trim() != content && (!content.trim().is_empty() || tag.starts_with('/'))
        });
        match ours {
            Read::Call(name, values) if !beyond(text) && !spaced => {
                let (Ok(read), Some(ours)) =
                    (MethodCall::from_xml(text), values.iter().map(theirs).collect::<Option<Vec<_>>>())
                else {
                    return Ok(());
                };
                *compared.borrow_mut() += 1;
                prop_assert_eq!((&*read.name, &read.params), (&*name, &ours), "{}", text);
            }
            Read::Result(value) if !beyond(text) && !spaced => {
                if let (Ok(read), Some(ours)) = (MethodResponse::from_xml(text), theirs(&value)) {
                    *compared.borrow_mut() += 1;
                    prop_assert_eq!(&read.value, &ours, "{}", text);
                }
            }
            _ => {}
        }
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(compared.into_inner() > 20, "dxr reads some of the candidates");
}

proptest! {
    #[test]
    fn dxr_reads_what_we_write(value in values()) {
        let call = Call { method: MethodName("a.b".into()), params: Params::Positional(vec![value.clone()]) };
        let request = String::from_utf8(xml_rpc::write_call(&call).unwrap()).unwrap();
        let read = MethodCall::from_xml(&request).unwrap();
        prop_assert_eq!(&*read.name, "a.b");
        prop_assert_eq!(&read.params, &vec![theirs(&value).unwrap()]);
        let answer = String::from_utf8(xml_rpc::write_answer(&Ok(value.clone()), xml_rpc::Uses::default())).unwrap();
        prop_assert_eq!(MethodResponse::from_xml(&answer).unwrap().value, theirs(&value).unwrap());
    }

    #[test]
    fn we_read_what_dxr_writes(value in values()) {
        let call = MethodCall { name: "a.b".into(), params: vec![theirs(&value).unwrap()] };
        for written in [call.to_xml().unwrap(), call.to_xml_pretty().unwrap()] {
            let document = Document { bytes: written.into_bytes(), ..Document::default() };
            let read = xml_rpc::read(&document, &XmlLimits::default()).call.unwrap();
            let Params::Positional(params) = read.params else { panic!("XML-RPC has positions") };
            prop_assert_eq!(params, vec![value.clone()]);
        }
    }
}
