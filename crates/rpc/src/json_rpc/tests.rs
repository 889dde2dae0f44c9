//! The specification, the old PHP class, and documents that mean harm.

mod client;
mod specification;

use proptest::prelude::{any, prop_assert, proptest};

use super::read;
use crate::{Call, Code, Document, Fault, Limits, Outcome, Params, Value, captures};

fn document(bytes: impl AsRef<[u8]>) -> Document {
    Document { bytes: bytes.as_ref().to_vec(), ..Document::default() }
}

fn calls(bytes: impl AsRef<[u8]>) -> Vec<Result<Call, Fault>> {
    read(&document(bytes), &Limits::default()).0
}

/// The answer where every readable call has the result 1.
fn answer(bytes: impl AsRef<[u8]>) -> Option<String> {
    let (calls, form) = read(&document(bytes), &Limits::default());
    let outcomes: Vec<Outcome> = calls.into_iter().map(|call| call.map(|_| Value::Int(1))).collect();
    form.answer(&outcomes, "").map(|document| String::from_utf8(document.bytes).unwrap())
}

fn code_of(bytes: impl AsRef<[u8]>) -> i32 {
    let calls = calls(bytes);
    assert_eq!(calls.len(), 1);
    calls[0].as_ref().unwrap_err().code.number()
}

#[test]
fn ids_come_back_as_they_were_written() {
    for id in
        ["1", "\"1\"", "null", "1.5", "-0", "1e2", "123456789012345678901234567890", r#""\u017c\/""#, "\"\"", r#""ż""#]
    {
        let text = format!(r#"{{"id": {id} ,"jsonrpc":"2.0","method":"m"}}"#);
        assert_eq!(answer(text), Some(format!(r#"{{"jsonrpc":"2.0","result":1,"id":{id}}}"#)));
    }
    for wrong in ["[]", "{}", "true", "[1]"] {
        let told = answer(format!(r#"{{"jsonrpc":"2.0","method":"m","id":{wrong}}}"#)).unwrap();
        assert!(told.contains("-32600") && told.ends_with(r#""id":null}"#), "{told}");
    }
}

#[test]
fn what_is_no_request_says_why_and_keeps_its_id() {
    for wrong in [
        r#"{"method":"m","id":7}"#,
        r#"{"jsonrpc":"1.0","method":"m","id":7}"#,
        r#"{"jsonrpc":2.0,"method":"m","id":7}"#,
        r#"{"jsonrpc":"2.0","id":7}"#,
        r#"{"jsonrpc":"2.0","method":null,"id":7}"#,
        r#"{"jsonrpc":"2.0","method":"m","params":"x","id":7}"#,
        r#"{"jsonrpc":"2.0","method":"m","params":true,"id":7}"#,
    ] {
        let told = answer(wrong).unwrap();
        assert!(told.contains(r#""code":-32600"#) && told.ends_with(r#""id":7}"#), "{told}");
    }
    for wrong in ["42", "\"x\"", "null"] {
        assert_eq!(code_of(wrong), -32600, "{wrong}");
    }
}

#[test]
fn params_that_are_null_are_none() {
    for text in [
        r#"{"jsonrpc":"2.0","method":"m","params":null,"id":7}"#,
        r#"[{"params": null ,"jsonrpc":"2.0","method":"m"}]"#,
    ] {
        let calls = calls(text);
        assert_eq!(calls[0].as_ref().unwrap().params, Params::default(), "{text}");
    }
}

#[test]
fn what_is_no_json_is_a_parse_error() {
    let deep = format!(r#"{{"jsonrpc":"2.0","method":"m","params":{}"#, "[".repeat(100_000));
    let levels =
        format!(r#"{{"jsonrpc":"2.0","method":"m","id":1,"params":{}{}}}"#, "[".repeat(1000), "]".repeat(1000));
    for wrong in ["", " \r\n", "\0\0", "hello", "{} x", deep.as_str(), levels.as_str(), r#"{"a":"\ud83d"}"#] {
        assert_eq!(code_of(wrong), -32700, "{}", &wrong[..wrong.len().min(40)]);
    }
    assert_eq!(code_of(b"{\"method\":\"\xC5\"}"), -32700);
    assert_eq!(code_of(b"\xFF\xFE{\x00x"), -32700);
}

#[test]
fn many_values_are_a_parse_error_that_names_the_limit() {
    let many = format!(r#"{{"jsonrpc":"2.0","method":"m","id":1,"params":[{}1]}}"#, "1,".repeat(1_000_000));
    let told = answer(many).unwrap();
    assert!(told.contains("-32700") && told.contains("more than 1000000 values"), "{told}");
}

#[test]
fn a_batch_is_capped_with_one_clear_error() {
    let batch = |count: usize| format!("[{}]", vec![r#"{"jsonrpc":"2.0","method":"m","id":1}"#; count].join(","));
    assert_eq!(calls(batch(1000)).len(), 1000);
    let told = answer(batch(1001)).unwrap();
    assert!(told.starts_with("{") && told.contains("-32600") && told.contains("1001 requests; at most 1000"), "{told}");
}

#[test]
fn other_encodings_are_read_where_they_say_so() {
    let text = r#"{"jsonrpc":"2.0","method":"żółć","id":1}"#;
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [&[0xFF, 0xFE], little.as_slice()].concat();
    for bytes in [text.as_bytes().to_vec(), format!("\u{FEFF}{text}").into_bytes(), little, big, marked] {
        assert_eq!(calls(bytes)[0].as_ref().unwrap().method.0, "żółć");
    }
    let mailed =
        Document { charset: Some("iso-8859-2".into()), ..document(b"{\"jsonrpc\":\"2.0\",\"method\":\"\xBF\"}") };
    assert_eq!(read(&mailed, &Limits::default()).0[0].as_ref().unwrap().method.0, "ż");
}

#[test]
fn errors_carry_trace_path_and_detail() {
    let (_, form) = read(&document(r#"{"jsonrpc":"2.0","method":"m","id":1}"#), &Limits::default());
    let fault = Fault::new(Code::InvalidParams, "no").at("messages[3][0]").with_detail(Value::from(vec![1]));
    let told = form.answer(&[Err(fault)], "t\"1").unwrap();
    assert_eq!(told.media_type, "application/json");
    assert_eq!(
        String::from_utf8(told.bytes).unwrap(),
        r#"{"jsonrpc":"2.0","error":{"code":-32602,"message":"no","data":{"trace":"t\"1","path":"messages[3][0]","detail":[1]}},"id":1}"#
    );
}

#[test]
fn the_old_php_class_is_understood() {
    for (name, method, id) in [
        ("php-seed-jsonrpc-http.1.req", "TestAPI.echo", "kevcn"),
        ("php-seed-jsonrpc-http.2.req", "TestAPI.echo", "zi2en"),
        ("php-seed-jsonrpc-http.3.req", "TestAPI.echo", "j6g68"),
        ("php-seed-jsonrpc-http.4.req", "send_message", "z89k1"),
        ("php-seed-jsonrpc-http.7.req", "no.such.method", "hljxg"),
        ("php-seed-jsonrpc-named.1.req", "send_message", "necd9"),
    ] {
        let document = captures::http(name).remove(0);
        let (calls, form) = read(&document, &Limits::default());
        assert_eq!(calls[0].as_ref().unwrap().method.0, method);
        let answer = form.answer(&[Ok(Value::Null)], "").unwrap();
        assert_eq!(
            String::from_utf8(answer.bytes).unwrap(),
            format!(r#"{{"jsonrpc":"2.0","result":null,"id":"{id}"}}"#)
        );
    }
    let document = captures::http("php-seed-jsonrpc-http.3.req").remove(0);
    let call = read(&document, &Limits::default()).0.remove(0).unwrap();
    let said = "Zażółć gęślą jaźń 😀 \"/\\\n</script>\u{2028}";
    assert_eq!(call.params, Params::Positional(vec![Value::text(said)]));
}

#[test]
fn the_empty_body_of_php_is_a_parse_error() {
    let document = captures::http("php-seed-jsonrpc-invalid-utf8.1.req").remove(0);
    let (calls, form) = read(&document, &Limits::default());
    let outcomes: Vec<Outcome> = calls.into_iter().map(|call| Err(call.unwrap_err())).collect();
    let told = String::from_utf8(form.answer(&outcomes, "").unwrap().bytes).unwrap();
    assert!(told.contains("-32700") && told.ends_with(r#""id":null}"#), "{told}");
}

proptest! {
    #[test]
    fn any_octets_are_read_and_answered(bytes in any::<Vec<u8>>()) {
        prop_assert!(!calls(&bytes).is_empty());
        if let Some(told) = answer(&bytes) {
            let told: serde_json::Value = serde_json::from_str(&told).unwrap();
            prop_assert!(told.is_object() || told.is_array());
        }
    }

    #[test]
    fn any_pieces_of_a_request_are_read_and_answered(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "{", "}", "[", "]", ",", ":", r#""jsonrpc":"2.0""#, r#""method":"m""#, r#""params":"#, r#""id":"#, "1", "null", "\"x\"", "\u{FEFF}",
    ]), 0..20)) {
        let text = pieces.concat();
        let oracle: Result<serde_json::Value, _> = serde_json::from_str(&text);
        if let Some(told) = answer(&text) {
            let told: serde_json::Value = serde_json::from_str(&told).unwrap();
            let is_parse_error = told["error"]["code"] == -32700;
            let is_marked = text.starts_with('\u{FEFF}');
            prop_assert!(is_marked || is_parse_error == oracle.is_err(), "{} {}", text, told);
        }
    }
}
