//! The parameter rule, both ways.

use serde::{Deserialize, Serialize};

use super::{DateTime, Map, Octets, Provenance, Text, Value};

fn lexical(written: &str) -> Value {
    Value::Lexical(Text::new(written))
}

#[test]
fn untyped_text_becomes_what_is_asked_for() {
    assert_eq!(lexical(" 2003\n").read(), Ok(2003_i32));
    assert_eq!(lexical("2003").read(), Ok("2003".to_owned()));
    assert_eq!(lexical("2.5").read(), Ok(2.5_f64));
    assert_eq!(lexical("-INF").read(), Ok(f64::NEG_INFINITY));
    assert_eq!(lexical("1").read(), Ok(true));
    assert_eq!(lexical("aGk=").read(), Ok(Octets(b"hi".to_vec())));
    assert_eq!(lexical("x").read(), Ok(vec!["x".to_owned()]));
    assert_eq!(lexical(" ").read::<Vec<String>>(), Ok(vec![]));
}

#[test]
fn typed_text_is_no_number() {
    assert_eq!(Value::text("2003").read::<i32>().unwrap_err().message(), "an integer is asked for here, not text");
    assert!(Value::text("true").read::<bool>().is_err());
    assert!(Value::text("2.5").read::<f64>().is_err());
}

#[test]
fn scalars_are_their_text_where_text_is_asked_for() {
    for (value, text) in [
        (Value::Int(48123), "48123"),
        (Value::Double(1.5), "1.5"),
        (Value::Bool(true), "true"),
        (Value::Decimal("12345678901234567890".into()), "12345678901234567890"),
        (Value::Bytes("Żółć".into()), "Żółć"),
        (Value::DateTime(DateTime { lexical: "20260102T03:04:05".into() }), "20260102T03:04:05"),
    ] {
        assert_eq!(value.read(), Ok(text.to_owned()));
    }
    assert!(Value::Bytes(vec![0xff]).read::<String>().is_err());
    assert!(Value::Null.read::<String>().is_err());
    assert!(Value::List(vec![]).read::<String>().is_err());
}

#[test]
fn whole_doubles_are_integers_and_others_are_not() {
    assert_eq!(Value::Double(2003.0).read(), Ok(2003_u16));
    assert_eq!(Value::Double(-9_223_372_036_854_775_808.0).read(), Ok(i64::MIN));
    assert!(Value::Double(9_223_372_036_854_775_808.0).read::<i64>().is_err());
    assert!(Value::Double(2003.5).read::<i32>().is_err());
    assert_eq!(Value::Decimal(u64::MAX.to_string()).read(), Ok(u64::MAX));
    assert_eq!(Value::Int(300).read::<u8>().unwrap_err().message(), "300 is out of range (u8)");
}

#[test]
fn a_struct_keyed_by_numbers_is_a_list() {
    let php = |names: &[&str]| names.iter().map(|name| (*name, Value::text(*name))).collect::<Value>();
    assert_eq!(php(&["0", "1"]).read(), Ok(vec!["0".to_owned(), "1".to_owned()]));
    assert_eq!(php(&["1", "2"]).read(), Ok(("1".to_owned(), "2".to_owned())));
    assert_eq!(php(&[]).read::<Vec<String>>(), Ok(vec![]));
    assert!(php(&["0", "a"]).read::<Vec<String>>().is_err());
    assert!(Value::text("x").read::<Vec<String>>().is_err());
}

#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Row {
    to: String,
    subject: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u32>,
}

#[test]
fn a_struct_is_read_by_name_and_by_position() {
    let named = Value::from([("subject", Value::from("s")), ("to", Value::from("a"))]);
    let positional = Value::from(vec!["a", "s"]);
    let expected = Row { to: "a".into(), subject: "s".into(), size: None };
    assert_eq!(named.read::<Row>().as_ref(), Ok(&expected));
    assert_eq!(positional.read::<Row>().as_ref(), Ok(&expected));
}

#[test]
fn a_mismatch_names_its_place_and_no_content() {
    let rows = |row: Value| Value::List(vec![Value::from(vec!["a", "s"]), row]);
    let place = |row: Value| rows(row).read::<Vec<Row>>().unwrap_err().to_string();
    assert_eq!(place(Value::List(vec![Value::Null])), "[1][0]: text is asked for here, not null");
    assert_eq!(place(Value::from([("to", "a")])), "[1].subject: missing");
    assert_eq!(place(Value::from([("tp", "secret")])), "[1].tp: unknown name; known are `to`, `subject`, `size`");
    assert_eq!(place(Value::text("secret")), "[1]: a struct is asked for here, not text");
    let long: Vec<Value> = vec!["a".into(), "s".into(), Value::Int(1), Value::Int(2)];
    assert_eq!(place(Value::List(long)), "[1]: 4 items are too many; at most 3 are taken");
    assert_eq!(place(Value::from([("a\nb", "x")])).split(':').next(), Some("[1].a\u{fffd}b"));
}

#[test]
fn a_value_asked_for_as_a_value_is_unchanged() {
    let latin1 = |string: &str| Text { string: string.into(), provenance: Provenance::Latin1 };
    let all = Value::List(vec![
        Value::Null,
        Value::Bool(false),
        Value::Int(-7),
        Value::Double(0.5),
        Value::Decimal("1e400".into()),
        Value::text("ó"),
        Value::Text(latin1("ó")),
        Value::Lexical(latin1("ó")),
        lexical("2003"),
        Value::Bytes(vec![0, 255]),
        Value::DateTime(DateTime { lexical: "20260102T03:04:05".into() }),
        Value::Map(Map::from_iter([
            ("0".to_owned(), Value::Null),
            ("z".to_owned(), lexical("")),
            ("a".to_owned(), 1.into()),
        ])),
    ]);
    assert_eq!(all.clone().read::<Value>().as_ref(), Ok(&all));
    assert_eq!(Value::of(&all).as_ref(), Ok(&all));
    assert_eq!(Value::Text(latin1("ó")).read::<Text>(), Ok(latin1("ó")));
    assert_eq!(Value::Int(5).read::<Text>(), Ok(Text::new("5")));
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Plain,
    Wrapped(i32),
    Shaped { deep: bool },
}

#[test]
fn choices_go_both_ways() {
    for choice in [Choice::Plain, Choice::Wrapped(3), Choice::Shaped { deep: true }] {
        let written = Value::of(&choice).unwrap();
        assert_eq!(written.read(), Ok(choice));
    }
    assert_eq!(Value::of(&Choice::Plain), Ok(Value::text("plain")));
}

#[test]
fn results_keep_the_order_of_their_struct() {
    let row = Row { to: "a".into(), subject: "s".into(), size: None };
    let written = Value::of(&row).unwrap();
    assert_eq!(written.as_map().unwrap().keys().collect::<Vec<_>>(), ["to", "subject"]);
    assert_eq!(Value::of(&u64::MAX), Ok(Value::Decimal(u64::MAX.to_string())));
    assert_eq!(Value::of(&Octets(vec![1])), Ok(Value::Bytes(vec![1])));
}

#[test]
fn other_formats_read_into_values_too() {
    let value: Value = serde_json::from_str(r#"{"a":[1,2.5,"x",null,true]}"#).unwrap();
    let items = vec![1.into(), 2.5.into(), "x".into(), Value::Null, true.into()];
    assert_eq!(value, Value::from([("a", Value::List(items))]));
}

/// SOAP without types: whether `item` is a member or the element of a list is said by what is asked for.
#[test]
fn a_struct_of_items_is_a_list_where_one_is_asked_for() {
    let items = |value: Value| Value::from([("item", value)]);
    let read = |value: Value| value.read::<Vec<i64>>();
    assert_eq!(read(items(lexical("1"))), Ok(vec![1]));
    assert_eq!(read(items(Value::List(vec![lexical("1"), lexical("2")]))), Ok(vec![1, 2]));
    assert!(read(Value::from([("item", lexical("1")), ("more", lexical("2"))])).is_err());
    assert!(read(Value::from([("count", lexical("1"))])).is_err());
    let rows = items(items(Value::List(vec![lexical("1"), lexical("2")])));
    assert_eq!(rows.read::<Vec<Vec<i64>>>(), Ok(vec![vec![1, 2]]));
    let row = items(Value::from([("a", "x")]));
    assert_eq!(
        row.clone().read::<std::collections::BTreeMap<String, Value>>().unwrap().len(),
        1,
        "a struct where asked"
    );
    assert_eq!(row.read::<Vec<Value>>(), Ok(vec![Value::from([("a", "x")])]));
}
