//! XML-RPC: what is accepted is written and read back the same.

use rpc::xml::XmlLimits;
use rpc::xml_rpc::{self, Request, Uses};
use rpc::{Inquiry, Outcome, Params, Value};

use crate::oracle::their_pieces;
use crate::value::{XML_RPC, bare};

/// A request.
pub(crate) fn check(octets: &[u8]) {
    let limits = XmlLimits::default();
    let Request { call, uses } = xml_rpc::read(&bare(octets), &limits);
    if let Err(fault) = &call {
        return answers(octets, &Err(fault.clone()), uses);
    }
    let call = XML_RPC.call(call.expect("the other case"));
    let written = xml_rpc::write_call(&call).expect("what XML carried, it carries again");
    is_xml(&written);
    is_bounded(octets, &written);
    let back = xml_rpc::read(&bare(&written), &limits);
    assert_eq!(back.call.map(|call| XML_RPC.call(call)).as_ref(), Ok(&call));
    let Params::Positional(values) = call.params else { panic!("XML-RPC has positions") };
    answers(octets, &Ok(Value::List(values)), Uses { nil: true, i8: true });
}

/// The answer to a request that was broken, or an echo.
fn answers(octets: &[u8], outcome: &Outcome, uses: Uses) {
    let written = xml_rpc::write_answer(outcome, uses);
    is_xml(&written);
    is_bounded(octets, &written);
    let back = xml_rpc::read_answer(&bare(&written), &deeper()).expect("our answers are read");
    match (outcome, back) {
        (Ok(given), Ok(back)) => assert_eq!(XML_RPC.value(back), *given),
        (Err(given), Err(back)) => assert_eq!(given.code, back.code),
        (given, back) => panic!("{given:?} came back as {back:?}"),
    }
}

/// An echo is a list around what was read.
fn deeper() -> XmlLimits {
    XmlLimits { max_depth: XmlLimits::default().max_depth + 8, max_nodes: usize::MAX, ..XmlLimits::default() }
}

/// An answer of a server.
pub(crate) fn check_answer(octets: &[u8]) {
    let Ok(outcome) = xml_rpc::read_answer(&bare(octets), &XmlLimits::default()) else { return };
    let outcome = outcome.map(|value| XML_RPC.value(value));
    let written = xml_rpc::write_answer(&outcome, Uses { nil: true, i8: true });
    is_xml(&written);
    is_bounded(octets, &written);
    let back = xml_rpc::read_answer(&bare(&written), &deeper()).expect("our answers are read");
    assert_eq!(back.map(|value| XML_RPC.value(value)), outcome);
    assert!(!rpc::recognise::is_request(&written, None) && rpc::recognise::is_answer(&written, None));
    assert!(Inquiry::read(&bare(&written), &rpc::Limits::default()).is_ok_and(|inquiry| inquiry.calls[0].is_err()));
}

fn is_xml(written: &[u8]) {
    let text = std::str::from_utf8(written).expect("XML is UTF-8");
    their_pieces(text).unwrap_or_else(|error| panic!("{text}: {error}"));
}

/// The worst: a double of five characters (`1e308`) is written with 309 digits.
fn is_bounded(octets: &[u8], written: &[u8]) {
    assert!(written.len() <= 16 * octets.len() + 2048, "{} octets became {}", octets.len(), written.len());
}
