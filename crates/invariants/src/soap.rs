//! SOAP: calls and results come back the same in both versions, and every request gets an answer of its own version.

use rpc::soap::{self, Request, Version};
use rpc::xml::XmlLimits;
use rpc::{Code, Params, Value};

use crate::oracle::their_pieces;
use crate::value::{SOAP, bare};

pub(crate) fn check(octets: &[u8]) {
    let limits = XmlLimits::default();
    if let Ok(outcome) = soap::read_answer(&bare(octets), &limits) {
        is_bounded(octets, format!("{outcome:?}").len());
    }
    let Request { call, reply } = soap::read(&bare(octets), &limits);
    let outcome = match call {
        Err(fault) => Err(fault),
        Ok(call) => {
            let call = SOAP.call(call);
            for version in [Version::V11, Version::V12] {
                let written = soap::write_call(&call, version, "urn:n").expect("what XML carried, it carries again");
                is_xml(&written);
                let back = soap::read(&bare(&written), &roomy()).call;
                assert_eq!(back.map(|call| SOAP.call(call)).as_ref(), Ok(&call));
            }
            let Params::Elements(elements) = call.params else { panic!("SOAP has elements") };
            Ok(Value::List(elements.into_iter().map(|(_, value)| value).collect()))
        }
    };
    let written = soap::write_answer(&reply, &outcome, "t");
    is_xml(&written);
    let back = soap::read_answer(&bare(&written), &roomy()).expect("our answers are read");
    match (&outcome, back) {
        (Ok(given), Ok(back)) if reply.style == soap::Style::Encoded => assert_eq!(SOAP.value(back), *given),
        (Ok(_), Ok(_)) => {}
        (Err(given), Err(back)) => {
            assert_eq!((class(given.code), given.message.trim()), (class(back.code), &*back.message))
        }
        (given, back) => panic!("{given:?} came back as {back:?}"),
    }
}

/// What a SOAP fault tells apart.
fn class(code: Code) -> i32 {
    match code {
        Code::MustUnderstand => 1,
        Code::VersionMismatch => 2,
        code => code.number(),
    }
}

/// What follows references is larger when it is written out.
fn roomy() -> XmlLimits {
    XmlLimits { max_depth: 2 * XmlLimits::default().max_depth, max_nodes: usize::MAX, ..XmlLimits::default() }
}

fn is_xml(written: &[u8]) {
    let text = std::str::from_utf8(written).expect("XML is UTF-8");
    their_pieces(text).unwrap_or_else(|error| panic!("{text}: {error}"));
}

/// References make a document at most eight times larger; what is shown of a value is about a hundred times its element.
fn is_bounded(octets: &[u8], shown: usize) {
    assert!(shown <= 8 * 128 * octets.len() + 4096, "{} octets became {shown}", octets.len());
}
