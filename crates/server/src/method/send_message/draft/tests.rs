//! Rows as programs write them.

use rpc::{Map, Provenance, Text, Value};

use super::{Draft, read_all};

fn texts(fields: &[&str]) -> Value {
    Value::List(fields.iter().map(|field| Value::from(*field)).collect())
}

fn map(members: Vec<(&str, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map>())
}

fn row() -> Value {
    texts(&["a@b.org", "c@d.org", "Subject", "Text", "X-A: 1"])
}

fn one(row: Value) -> Draft {
    read_all(Value::List(vec![row])).unwrap().remove(0)
}

#[test]
fn a_row_is_an_array_an_object_or_what_php_makes_of_them() {
    let expected = one(row());
    assert_eq!((expected.to.as_str(), expected.headers.as_str()), ("a@b.org", "X-A: 1"));
    let named = vec![
        ("to", "a@b.org".into()),
        ("from", "c@d.org".into()),
        ("subject", "Subject".into()),
        ("text", "Text".into()),
        ("headers", "X-A: 1".into()),
    ];
    assert_eq!(one(map(named)), expected);
    let from_one = ["1", "2", "3", "4", "5"].into_iter().zip(["a@b.org", "c@d.org", "Subject", "Text", "X-A: 1"]);
    assert_eq!(one(map(from_one.map(|(name, text)| (name, text.into())).collect())), expected);
    assert_eq!(read_all(map(vec![("0", row()), ("1", row())])).unwrap(), [expected.clone(), expected.clone()]);
    assert_eq!(read_all(map(vec![("message", Value::List(vec![row()]))])).unwrap(), [expected]);
}

#[test]
fn absent_headers_are_written_in_five_ways() {
    for headers in [None, Some(Value::Null), Some(Value::Bool(false)), Some("".into())] {
        let mut fields = vec!["a".into(), "b".into(), "c".into(), "d".into()];
        fields.extend(headers);
        assert_eq!(one(Value::List(fields)).headers, "");
    }
}

#[test]
fn loosely_typed_clients_are_read() {
    let fields = vec![Value::Bytes("ż@b.org".into()), "b".into(), Value::Int(48123), Value::Double(1.5)];
    let draft = one(Value::List(fields));
    assert_eq!((draft.to.as_str(), draft.subject.as_str(), draft.text.as_str()), ("ż@b.org", "48123", "1.5"));
}

#[test]
fn a_wrong_shape_names_its_place() {
    let path = |messages: Value| read_all(messages).unwrap_err().path;
    assert_eq!(path("x".into()), "messages");
    assert_eq!(path(Value::List(vec![row(), "x".into()])), "messages[1]");
    assert_eq!(path(Value::List(vec![texts(&["a", "b", "c"])])), "messages[0]");
    assert_eq!(path(Value::List(vec![Value::List(vec![row(), "b".into(), "c".into(), "d".into()])])), "messages[0][0]");
    assert_eq!(path(Value::List(vec![map(vec![("to", "a".into())])])), "messages[0].from");
}

#[test]
fn an_unknown_member_is_remembered() {
    let mut members = vec![("to", "a".into()), ("from", "b".into()), ("subject", "c".into()), ("text", "d".into())];
    members.push(("colour", "red".into()));
    assert_eq!(one(map(members)).wrong.as_deref(), Some("Unknown member `colour`"));
}

#[test]
fn only_latin_1_is_repaired() {
    let php = |provenance| Value::Text(Text { string: "\u{c5}\u{bb}".to_owned(), provenance });
    let draft = |provenance| one(Value::List(vec!["a".into(), "b".into(), php(provenance), "d".into()]));
    assert_eq!(draft(Provenance::Latin1).repaired().unwrap().subject, "Ż");
    assert_eq!(draft(Provenance::Unicode).repaired(), None);
}
