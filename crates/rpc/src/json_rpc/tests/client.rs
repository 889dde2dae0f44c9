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
    assert_eq!(answers[0], Answer { id: Some(Id::text("b")), outcome: Ok(2.into()), is_evident: true });
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
    assert_eq!(fault(r#"{"error":{"msg":"no"},"id":1}"#), (0, r#"{"msg":"no"}"#.into()));
    assert_eq!(
        fault(r#"{"error":{"code":7,"message":{"en":"no"}}}"#),
        (7, r#"{"code":7,"message":{"en":"no"}}"#.into())
    );
    for none in ["{}", r#"{"status":"ok"}"#, "<html>", "[1]", r#"{"id":1,"result":1"#] {
        assert!(read_answers(&document(none), &Limits::default()).is_err(), "{none}");
    }
}

#[test]
fn odd_answers_of_calls_that_have_run_are_kept() {
    for void in [r#"{"id":1}"#, r#"{"jsonrpc":"2.0","id":1,"error":null}"#, r#"{"result":null,"error":null,"id":1}"#] {
        assert_eq!(read_one(void).outcome, Ok(Value::Null), "{void}");
    }
    for no_error in ["false", "0", "\"\"", "{}", "[]", "null"] {
        let text = format!(r#"{{"id":1,"error":{no_error},"result":1}}"#);
        assert_eq!(read_one(&text).outcome, Ok(Value::Int(1)), "{text}");
    }
    let odd = read_one(r#"{"id":1,"result":[NaN,Infinity,-Infinity,"\ud83d!",1]} <!-- cached -->"#).outcome.unwrap();
    let texts = ["NaN", "Infinity", "-Infinity", "\u{FFFD}!"].map(Value::text);
    assert_eq!(odd, Value::List([&texts[..], &[Value::Int(1)]].concat()));
    let latin1 = crate::Document { bytes: b"{\"id\":1,\"result\":\"caf\xe9\"}".to_vec(), ..crate::Document::default() };
    assert_eq!(read_answers(&latin1, &Limits::default()).unwrap()[0].outcome, Ok(Value::text("café")));
}

#[test]
fn a_page_that_happens_to_be_json_does_not_say_that_it_is_an_answer() {
    for page in [r#"{"timestamp":"x","status":404,"error":"Not Found"}"#, r#"{"result":"error"}"#] {
        assert!(!read_one(page).is_evident, "{page}");
    }
    for answer in [r#"{"id":null,"error":"no"}"#, r#"{"error":{"code":1,"message":"no"}}"#, r#"{"jsonrpc":"2.0"}"#] {
        assert!(read_one(answer).is_evident, "{answer}");
    }
}

#[test]
fn the_data_of_an_error_is_kept() {
    let text = r#"{"error":{"code":-32602,"message":"m","data":{"trace":"t","path":"a[1]"}},"id":1}"#;
    let fault = read_one(text).outcome.unwrap_err();
    assert_eq!((fault.code, fault.path.as_str()), (Code::InvalidParams, "a[1]"));
    assert_eq!(fault.detail.unwrap().as_map().unwrap()["trace"], "t".into());
}
