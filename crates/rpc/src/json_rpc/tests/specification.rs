//! Every example of JSON-RPC 2.0 §7, with the texts of errors as we say them.

use serde_json::{Value as Json, json};

use super::super::read;
use super::document;
use crate::{Code, Fault, Limits, Outcome, Params, Value};

/// What the examples' server does.
fn run(method: &str, params: Params) -> Outcome {
    match method {
        "subtract" => {
            let (minuend, subtrahend) = params.read::<(i64, i64)>(&["minuend", "subtrahend"])?;
            Ok(Value::Int(minuend - subtrahend))
        }
        "sum" => Ok(Value::Int(params.into_values().into_iter().map(|value| value.read::<i64>().unwrap()).sum())),
        "get_data" => Ok(Value::List(vec!["hello".into(), 5.into()])),
        "update" | "notify_sum" | "notify_hello" => Ok(Value::Null),
        _ => Err(Fault::new(Code::UnknownMethod, "Method not found")),
    }
}

fn answered(text: &str) -> Option<Json> {
    let (calls, form) = read(&document(text), &Limits::default());
    let outcomes: Vec<Outcome> =
        calls.into_iter().map(|call| call.and_then(|call| run(&call.method.0, call.params))).collect();
    let answer = form.answer(&outcomes, "")?;
    let mut json: Json = serde_json::from_slice(&answer.bytes).unwrap();
    without_messages(&mut json);
    Some(json)
}

fn without_messages(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(without_messages),
        answer => {
            if let Some(error) = answer.get_mut("error").and_then(Json::as_object_mut) {
                assert!(!error.remove("message").unwrap().as_str().unwrap().is_empty());
            }
        }
    }
}

fn error(code: i32, id: Json) -> Json {
    json!({"jsonrpc": "2.0", "error": {"code": code}, "id": id})
}

fn result(value: Json, id: Json) -> Json {
    json!({"jsonrpc": "2.0", "result": value, "id": id})
}

#[test]
fn positional_and_named_parameters() {
    for (text, expected) in [
        (r#"{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}"#, result(json!(19), json!(1))),
        (r#"{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}"#, result(json!(-19), json!(2))),
        (
            r#"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#,
            result(json!(19), json!(3)),
        ),
        (
            r#"{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}"#,
            result(json!(19), json!(4)),
        ),
    ] {
        assert_eq!(answered(text), Some(expected));
    }
}

#[test]
fn notifications() {
    assert_eq!(answered(r#"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#), None);
    assert_eq!(answered(r#"{"jsonrpc": "2.0", "method": "foobar"}"#), None);
}

#[test]
fn single_errors() {
    let unknown = r#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#;
    assert_eq!(answered(unknown), Some(error(-32601, json!("1"))));
    let broken = r#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#;
    assert_eq!(answered(broken), Some(error(-32700, Json::Null)));
    let invalid = r#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#;
    assert_eq!(answered(invalid), Some(error(-32600, Json::Null)));
}

#[test]
fn broken_empty_and_invalid_batches() {
    let broken = r#"[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"jsonrpc": "2.0", "method"]"#;
    assert_eq!(answered(broken), Some(error(-32700, Json::Null)));
    assert_eq!(answered("[]"), Some(error(-32600, Json::Null)));
    assert_eq!(answered("[1]"), Some(json!([error(-32600, Json::Null)])));
    assert_eq!(answered("[1,2,3]"), Some(json!(vec![error(-32600, Json::Null); 3])));
}

#[test]
fn a_mixed_batch() {
    let batch = r#"[
        {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
    ]"#;
    let expected = json!([
        result(json!(7), json!("1")),
        result(json!(19), json!("2")),
        error(-32600, Json::Null),
        error(-32601, json!("5")),
        result(json!(["hello", 5]), json!("9")),
    ]);
    assert_eq!(answered(batch), Some(expected));
}

#[test]
fn a_batch_of_notifications() {
    let batch = r#"[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
                    {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]"#;
    assert_eq!(answered(batch), None);
}
