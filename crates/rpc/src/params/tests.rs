//! One struct, every way of giving parameters.

use serde::Deserialize;

use crate::{Code, Params, Text, Value};

const NAMES: [&str; 3] = ["api_key", "messages", "options"];

#[derive(Debug, PartialEq, Deserialize)]
struct SendMessage {
    api_key: String,
    messages: Vec<Value>,
    #[serde(default)]
    options: Option<Options>,
}

#[derive(Debug, PartialEq, Default, Deserialize)]
#[serde(default)]
struct Options {
    dry_run: bool,
}

fn lexical(written: &str) -> Value {
    Value::Lexical(Text::new(written))
}

fn elements(given: &[(&str, Value)]) -> Params {
    Params::Elements(given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn fault(params: Params) -> (String, String) {
    let fault = params.read::<SendMessage>(&NAMES).unwrap_err();
    assert_eq!(fault.code, Code::InvalidParams);
    (fault.path, fault.message)
}

#[test]
fn positions_names_and_elements_read_the_same() {
    let row = Value::from(vec!["a@x", "b@x"]);
    let rows = Value::List(vec![row.clone()]);
    let expected = SendMessage { api_key: "k".into(), messages: vec![row.clone()], options: None };
    let named = Value::from([("messages", rows.clone()), ("api_key", "k".into())]);
    for params in [
        Params::Positional(vec!["k".into(), rows.clone()]),
        Params::Named(named.as_map().unwrap().clone()),
        elements(&[("messages", rows.clone()), ("api_key", "k".into())]),
        elements(&[("c-gensym3", "k".into()), ("c-gensym5", rows.clone())]),
    ] {
        assert_eq!(params.read::<SendMessage>(&NAMES).unwrap(), expected);
    }
}

#[test]
fn an_element_written_again_makes_a_list() {
    let params = elements(&[("api_key", lexical("k")), ("messages", lexical("x")), ("messages", lexical("y"))]);
    assert_eq!(params.read::<SendMessage>(&NAMES).unwrap().messages, [lexical("x"), lexical("y")]);
}

#[test]
fn options_may_be_absent_null_or_an_empty_php_array() {
    let read = |options: Value| {
        let params = Params::Positional(vec!["k".into(), Value::List(vec![]), options]);
        params.read::<SendMessage>(&NAMES).unwrap().options
    };
    assert_eq!(read(Value::Null), None);
    assert_eq!(read(Value::List(vec![])), Some(Options::default()));
    assert_eq!(read(Value::from([("dry_run", true)])), Some(Options { dry_run: true }));
}

#[test]
fn a_fault_names_the_parameter() {
    let named = |name: &str| Params::Named([(name.to_owned(), Value::Null)].into_iter().collect());
    assert_eq!(fault(Params::Positional(vec!["k".into()])), ("messages".into(), "messages: missing".into()));
    assert_eq!(fault(named("api_kez")).0, "api_kez");
    assert_eq!(fault(Params::Positional(vec![Value::Null; 4])).0, "params[3]");
    let misshapen = Params::Positional(vec!["k".into(), "no list".into()]);
    assert_eq!(fault(misshapen), ("messages".into(), "messages: a list is asked for here, not text".into()));
    assert_eq!(
        fault(Params::Positional(vec!["k".into(), Value::List(vec![]), Value::from([("dry_run", 1)])])).0,
        "options.dry_run"
    );
}

#[test]
fn a_tuple_reads_by_position_and_unit_takes_nothing() {
    let params = Params::Positional(vec![2003.into(), lexical("1")]);
    assert_eq!(params.read::<(i32, i32)>(&["year", "month"]).unwrap(), (2003, 1));
    Params::default().read::<()>(&[""; 0]).unwrap();
    assert!(Params::Positional(vec![Value::Null]).read::<()>(&[""; 0]).is_err());
}
