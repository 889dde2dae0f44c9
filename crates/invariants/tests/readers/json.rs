//! JSON beside serde_json and Python's `json`.

use std::cell::RefCell;

use invariants::oracle::is_same_json;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert, prop_oneof};
use proptest::test_runner::TestRunner;
use rpc::{Limits, json};
use testbed::{Requirement, need};

use crate::mutation::mutated;
use crate::python::{Python, Reader, is_same};

const WORDS: [&str; 24] = [
    "null",
    "true",
    "-0",
    "1e5",
    "1E400",
    "0.1",
    "9223372036854775808",
    "12345678901234567890.5",
    "\\u0000",
    "\\ud83d",
    "\\ude00",
    "\"",
    "\\",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"a\":",
    "\u{feff}",
    "\u{2028}",
    "NaN",
    "[[[[",
];

/// JSON texts, with white space and every way to write a character; now and then a piece that is none.
fn texts() -> impl Strategy<Value = String> {
    let number = prop_oneof!["-?(0|[1-9][0-9]{0,22})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", "-?[0-9.eE+-]{1,6}"];
    let string = "\"([ a-zĄ😀/]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-f]{2}|\\\\ud83d\\\\ude0[0-9]|\\\\ud8[0-9]{2}){0,6}\"";
    let leaf = prop_oneof![
        4 => number,
        4 => string,
        1 => Just("null".to_owned()),
        1 => Just("true".to_owned()),
        1 => Just(String::new()),
    ];
    let space = "[ \\t\\r\\n]{0,2}";
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let member = (string, space, inner.clone()).prop_map(|(name, space, value)| format!("{name}{space}:{value}"));
        prop_oneof![
            (proptest::collection::vec(inner, 0..5), space)
                .prop_map(|(items, space)| format!("[{space}{}]", items.join(","))),
            (proptest::collection::vec(member, 0..5), space)
                .prop_map(|(members, space)| format!("{{{space}{}{space}}}", members.join(","))),
        ]
    })
}

fn candidates() -> impl Strategy<Value = String> {
    let mutated = mutated("json", &WORDS).prop_map(|octets| String::from_utf8_lossy(&octets).into_owned());
    prop_oneof![texts(), mutated]
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

#[test]
fn serde_json_reads_what_we_read() {
    let accepted = RefCell::new(0);
    let ran = runner(4000).run(&candidates(), |text| {
        let Ok(ours) = json::read(&text, &Limits::default()) else { return Ok(()) };
        *accepted.borrow_mut() += 1;
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(theirs) => prop_assert!(is_same_json(&ours, &theirs), "{text}: {ours:?} is not {theirs:?}"),
            // DIFFERENCE: a number beyond a double. serde_json refuses it; ours keeps it as it was written, for methods
            // that take decimals.
            Err(error) => prop_assert!(error.to_string().starts_with("number out of range"), "{text}: {error}"),
        }
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(accepted.into_inner() > 300, "most candidates are JSON");
}

#[test]
fn python_reads_what_we_read() {
    if !need(&[Requirement::Python]) {
        return;
    }
    let (python, accepted) = (RefCell::new(Python::start()), RefCell::new(0));
    let ran = runner(3000).run(&candidates(), |text| {
        let Ok(ours) = json::read(&text, &Limits::default()) else { return Ok(()) };
        *accepted.borrow_mut() += 1;
        let theirs = python.borrow_mut().read(Reader::Json, text.as_bytes());
        prop_assert!(is_same(&ours, &theirs), "{text}: {ours:?} is not {theirs}");
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(accepted.into_inner() > 300, "most candidates are JSON");
}
