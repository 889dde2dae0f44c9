//! Invariant: the same call written in any protocol reads to the same call, and the same outcome is answered in each.

#![allow(clippy::unwrap_used)] // all of this file is test

use proptest::prelude::{Just, ProptestConfig, any, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy;
use rpc::json_rpc::{self, Id};
use rpc::soap::{self, Version};
use rpc::{Call, Document, Fault, Inquiry, Limits, Map, MethodName, Outcome, Params, Protocol, Value, xml_rpc};

const NAMESPACE: &str = "urn:test";
const ALL: [Protocol; 4] = [Protocol::JsonRpc, Protocol::XmlRpc, Protocol::Soap11, Protocol::Soap12];

/// Values that all three carry: no null and no integer above 32 bits (XML-RPC), no control character (XML 1.0).
fn portable() -> impl Strategy<Value = Value> {
    let text = proptest::string::string_regex("[\\t\\n\\r -~ -\u{d7ff}\u{e000}-\u{fffd}😀]{0,12}").unwrap();
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::Double),
        text.prop_map(Value::text),
        Just(Value::text("")),
    ];
    scalar.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            proptest::collection::vec(("[a-z]{1,6}", inner), 1..5)
                .prop_map(|members| Value::Map(members.into_iter().collect::<Map>())),
        ]
    })
}

fn written(call: &Call, protocol: Protocol) -> Document {
    let bytes = match protocol {
        Protocol::JsonRpc => json_rpc::write_call(call, &Id::number(1)),
        Protocol::XmlRpc => xml_rpc::write_call(call).unwrap(),
        Protocol::Soap11 => soap::write_call(call, Version::V11, NAMESPACE).unwrap(),
        Protocol::Soap12 => soap::write_call(call, Version::V12, NAMESPACE).unwrap(),
    };
    Document { bytes, ..Document::default() }
}

fn inquiry(call: &Call, protocol: Protocol) -> Inquiry {
    let inquiry = Inquiry::read(&written(call, protocol), &Limits::default()).unwrap();
    assert_eq!(inquiry.protocol(), protocol);
    inquiry
}

fn read_answer(document: &Document, protocol: Protocol) -> Outcome {
    let limits = Limits::default();
    match protocol {
        Protocol::JsonRpc => json_rpc::read_answers(document, &limits).unwrap().remove(0).outcome,
        Protocol::XmlRpc => xml_rpc::read_answer(document, &limits.xml).unwrap(),
        Protocol::Soap11 | Protocol::Soap12 => soap::read_answer(document, &limits.xml).unwrap(),
    }
}

fn call(values: Vec<Value>) -> Call {
    Call { method: MethodName("TestAPI.echo".into()), params: Params::Positional(values) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_call_reads_the_same_in_every_protocol(values in proptest::collection::vec(portable(), 0..4)) {
        let call = call(values.clone());
        for protocol in ALL {
            let read = inquiry(&call, protocol).calls.remove(0).unwrap();
            prop_assert_eq!(&read.method, &call.method);
            prop_assert_eq!(read.params.into_values(), values.clone(), "{:?}", protocol);
        }
    }

    #[test]
    fn a_result_reads_the_same_in_every_protocol(value in portable()) {
        for protocol in ALL {
            let answer = inquiry(&call(vec![]), protocol).answer(vec![Ok(value.clone())], "t").unwrap();
            prop_assert_eq!(read_answer(&answer, protocol), Ok(value.clone()), "{:?}", protocol);
        }
    }

    #[test]
    fn a_fault_reads_the_same_in_every_protocol(message in "[ -~ą-ż]{1,40}") {
        for protocol in ALL {
            let answer = inquiry(&call(vec![]), protocol).answer(vec![Err(Fault::invalid_params(&message))], "t").unwrap();
            let fault = read_answer(&answer, protocol).unwrap_err();
            prop_assert_eq!(fault.message.trim(), message.trim(), "{:?}", protocol);
        }
    }
}

#[test]
fn untyped_elements_read_as_the_method_asks() {
    let xml = format!(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><m:getMonth xmlns:m='{NAMESPACE}'>\
         <year>2003</year><month> 1 </month></m:getMonth></e:Body></e:Envelope>"
    );
    let document = Document { bytes: xml.into_bytes(), ..Document::default() };
    let soap = Inquiry::read(&document, &Limits::default()).unwrap().calls.remove(0).unwrap();
    let json = inquiry(&call(vec![2003.into(), 1.into()]), Protocol::JsonRpc).calls.remove(0).unwrap();
    for params in [soap.params, json.params] {
        assert_eq!(params.read::<(i32, u8)>(&["year", "month"]).unwrap(), (2003, 1));
    }
}
