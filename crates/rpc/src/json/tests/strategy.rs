//! Values that every protocol can carry, and texts that are JSON or almost.

use proptest::prelude::{Just, any, prop_oneof};
use proptest::strategy::{BoxedStrategy, Strategy};

use crate::{Map, Value};

/// Values that JSON keeps as they are.
pub(super) fn portable() -> impl Strategy<Value = Value> {
    values(any::<f64>().prop_filter("finite", |number| number.is_finite()).boxed())
}

/// The same, with doubles that the oracle too reads exactly.
pub(super) fn plain() -> impl Strategy<Value = Value> {
    values(any::<i32>().prop_map(|number| f64::from(number) / 4.0).boxed())
}

fn values(doubles: BoxedStrategy<f64>) -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        doubles.prop_map(Value::Double),
        any::<String>().prop_map(Value::text),
    ];
    scalar.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
            proptest::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|members| Value::Map(members.into_iter().collect::<Map>())),
        ]
    })
}

/// JSON with one octet's worth of damage, or only its pieces.
pub(super) fn nearly_json() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\\",
        "\\u00",
        "\\ud83d",
        "null",
        "true",
        "-",
        "0",
        "1",
        ".",
        "e",
        "E+",
        " ",
        "\n",
        "\u{1}",
        "ż",
        "1.5",
        "99999999999999999999",
    ]);
    let shuffled = proptest::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat());
    let damaged = (portable(), any::<proptest::sample::Index>(), any::<char>()).prop_map(|(value, place, with)| {
        let mut characters: Vec<char> = super::to_string(&value).chars().collect();
        let place = place.index(characters.len());
        characters[place] = with;
        characters.into_iter().collect()
    });
    prop_oneof![shuffled, damaged]
}
