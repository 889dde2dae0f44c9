//! JSON-RPC: calls and answers come back the same, and each call that wants an answer gets exactly one.

use rpc::json_rpc::{Id, read_answers, write_call};
use rpc::{Call, Inquiry, Limits, Outcome, Value};

use crate::value::bare;

pub(crate) fn check(octets: &[u8]) {
    let limits = Limits::default();
    if let Ok(answers) = read_answers(&bare(octets), &limits) {
        assert!(answers.len() <= octets.len());
    }
    let mut document = bare(octets);
    document.media_type = "application/json".to_owned();
    let Ok(inquiry) = Inquiry::read(&document, &limits) else { return };
    if inquiry.protocol() != rpc::Protocol::JsonRpc {
        return;
    }
    assert!(!inquiry.calls.is_empty() && inquiry.calls.len() <= limits.max_batch);
    inquiry.calls.iter().flatten().for_each(call_comes_back);
    let outcomes: Vec<Outcome> = inquiry.calls.iter().map(outcome).collect();
    let given = outcomes.clone();
    let Some(answer) = inquiry.answer(outcomes, "t") else { return };
    let json: serde_json::Value = serde_json::from_slice(&answer.bytes).expect("an answer is JSON");
    let read = read_answers(&answer, &limits).expect("an answer is read");
    assert!(read.len() <= given.len() && json.as_array().map_or(1, Vec::len) == read.len());
    for answer in read {
        assert!(answer.id.is_some(), "an answer has an id");
        let known = given.iter().any(|given| match (given, &answer.outcome) {
            (Ok(given), Ok(read)) => given == read,
            (Err(given), Err(read)) => given.message == read.message && given.code.number() == read.code.number(),
            _ => false,
        });
        assert!(known, "{:?} was never given", answer.outcome);
    }
}

/// Calls echo their parameters; what faulted stays so.
fn outcome(call: &Result<Call, rpc::Fault>) -> Outcome {
    call.clone().map(|call| Value::List(call.params.into_values()))
}

fn call_comes_back(call: &Call) {
    let written = write_call(call, &Id::number(7));
    let inquiry = Inquiry::read(&bare(&written), &Limits::default()).expect("a call is recognised");
    let read = inquiry.calls.into_iter().next().expect("one call");
    match read {
        // Empty parameters are not written.
        Ok(read) if call.params.is_empty() => assert!(read.params.is_empty() && read.method == call.method),
        read => assert_eq!(read.as_ref(), Ok(call)),
    }
}
