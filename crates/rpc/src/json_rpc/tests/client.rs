//! Calls written and answers read, of new servers and old.

use super::document;
use crate::json_rpc::{Answer, Id, read, read_answers, write_call, write_notification};
use crate::{Call, Code, Limits, MethodName, Outcome, Params, Value};

fn call(params: Params) -> Call {
    Call { method: MethodName("getMonth".into()), params }
}

fn read_one(text: &str) -> Answer {
    read_answers(&document(text), &Limits::default()).unwrap().remove(0)
}

fn fault(text: &str) -> (i32, String) {
    let fault = read_one(text).outcome.unwrap_err();
    (fault.code.number(), fault.message)
}

#[test]
fn a_call_that_is_written_is_read_again() {
    let named = [("year".to_owned(), 2003.into())].into_iter().collect();
    for params in [Params::default(), Params::Positional(vec![2003.into(), "ż\"".into()]), Params::Named(named)] {
        let written = write_call(&call(params.clone()), &Id::number(1));
        let (mut calls, _) = read(&document(&written), &Limits::default());
        assert_eq!(calls.remove(0), Ok(call(params)));
    }
    assert_eq!(write_notification(&call(Params::default())), br#"{"jsonrpc":"2.0","method":"getMonth"}"#);
}

#[test]
fn elements_are_names_unless_they_repeat() {
    let elements = |second: &str| {
        let params = Params::Elements(vec![("a".into(), 1.into()), (second.into(), 2.into())]);
        String::from_utf8(write_call(&call(params), &Id::text("x"))).unwrap()
    };
    assert_eq!(elements("b"), r#"{"jsonrpc":"2.0","method":"getMonth","params":{"a":1,"b":2},"id":"x"}"#);
    assert_eq!(elements("a"), r#"{"jsonrpc":"2.0","method":"getMonth","params":[1,2],"id":"x"}"#);
}

#[test]
fn answers_of_a_batch_are_told_apart_by_their_ids() {
    let answers =
        read_answers(&document(r#"[{"id":"b","result":2},{"id":1,"result":1}]"#), &Limits::default()).unwrap();
    assert_eq!(answers[0], Answer { id: Some(Id::text("b")), outcome: Ok(2.into()) });
    assert_eq!(answers[1].id, Some(Id::number(1)));
}

#[test]
fn old_and_sloppy_servers_are_understood() {
    let result: Outcome = Ok(Value::Int(1));
    assert_eq!(read_one(r#"{"result":1,"error":null,"id":1}"#).outcome, result);
    assert_eq!(read_one(r#"{"result":1}"#).id, None);
    assert_eq!(fault(r#"{"result":null,"error":{"code":-32601,"message":"no"},"id":1}"#), (-32601, "no".into()));
    assert_eq!(fault(r#"{"error":{"code":"-32000","message":"no"}}"#), (-32000, "no".into()));
    assert_eq!(fault(r#"{"error":{"code":-32601.0}}"#), (-32601, String::new()));
    assert_eq!(fault(r#"{"error":"boom"}"#), (0, "boom".into()));
    assert!(read_answers(&document(r#"{"id":1}"#), &Limits::default()).is_err());
    assert!(read_answers(&document("<html>"), &Limits::default()).is_err());
}

#[test]
fn the_data_of_an_error_is_kept() {
    let text = r#"{"error":{"code":-32602,"message":"m","data":{"trace":"t","path":"a[1]"}},"id":1}"#;
    let fault = read_one(text).outcome.unwrap_err();
    assert_eq!((fault.code, fault.path.as_str()), (Code::InvalidParams, "a[1]"));
    assert_eq!(fault.detail.unwrap().as_map().unwrap()["trace"], "t".into());
}
