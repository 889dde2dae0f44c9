//! The reader and writer beside an oracle (serde_json), and at their limits.

mod strategy;

use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use proptest::strategy::Strategy;

use super::{read, to_string};
use crate::{DateTime, Limits, Map, Value};

fn reads(text: &str) -> Value {
    read(text, &Limits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refuses(text: &str) -> String {
    read(text, &Limits::default()).expect_err(text).to_string()
}

#[test]
fn numbers_are_read_without_loss() {
    let decimal = |written: &str| Value::Decimal(written.to_owned());
    for (written, value) in [
        ("0", Value::Int(0)),
        ("-7", Value::Int(-7)),
        ("9223372036854775807", Value::Int(i64::MAX)),
        ("-9223372036854775808", Value::Int(i64::MIN)),
        ("9223372036854775808", decimal("9223372036854775808")),
        ("9223372036854775809", decimal("9223372036854775809")),
        ("12345678901234567890.5", decimal("12345678901234567890.5")),
        ("1.50", Value::Double(1.5)),
        ("0.1", Value::Double(0.1)),
        ("0.10000000000000000555", decimal("0.10000000000000000555")),
        ("1e2", Value::Double(100.0)),
        ("100000000000000000000", Value::Double(1e20)),
        ("1E400", decimal("1E400")),
        ("1e-400", decimal("1e-400")),
        ("5e-324", Value::Double(5e-324)),
        ("1e99999999999999999999", decimal("1e99999999999999999999")),
        ("0e99999999999999999999", Value::Double(0.0)),
    ] {
        assert_eq!(reads(written), value, "{written}");
    }
    assert!(matches!(reads("-0"), Value::Double(zero) if zero.is_sign_negative()));
    assert_eq!(
        to_string(&reads("[-0,1.0,1e20,1e-7,12345678901234567890]")),
        "[-0.0,1.0,1e20,1e-7,12345678901234567890]"
    );
}

#[test]
fn strings_are_unescaped_strictly() {
    assert_eq!(reads(r#""\"\\\/\b\f\n\r\tA\u017c\uD83D\uDE00""#), Value::text("\"\\/\u{8}\u{c}\n\r\tAż😀"));
    assert_eq!(reads("\"\\u0000\u{7f}\""), Value::text("\0\u{7f}"));
    for wrong in [
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83dx""#,
        r#""\ud83d\u0041""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\x41""#,
        r#""\"#,
        r#"""#,
        "\"a\nb\"",
        "\"a\0b\"",
        "\"ab\u{1f}\\n\"",
    ] {
        refuses(wrong);
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for wrong in [
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x10",
        "NaN",
        "Infinity",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{1:2}",
        "1 2",
        "[] []",
        "\u{FEFF}1",
        "// x\n1",
        "\u{a0}1",
        "\0",
    ] {
        refuses(wrong);
    }
    assert_eq!(refuses("[1,x]"), "a value is expected at octet 3");
    assert_eq!(refuses(r#"{"a" 1}"#), "`:` is expected at octet 5");
    assert_eq!(refuses("1 x"), "nothing more is expected at octet 2");
}

#[test]
fn the_last_of_a_name_wins_and_order_is_kept() {
    assert_eq!(to_string(&reads(r#"{"z":1,"a":2,"z":3}"#)), r#"{"z":3,"a":2}"#);
}

#[test]
fn depth_and_count_are_capped() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    reads(&nested(64));
    assert_eq!(refuses(&nested(65)), "more than 64 levels at octet 65");
    refuses(&nested(100_000));
    refuses(&"[".repeat(1_000_000));
    refuses(&"{\"a\":".repeat(1_000_000));
    reads(&format!("[{}1]", "[],".repeat(1000))); // beside each other is not in each other
    let limits = Limits { max_nodes: 10, ..Limits::default() };
    assert!(read("[1,2,3,4,5,6,7,8,9]", &limits).is_ok());
    assert!(read("[1,2,3,4,5,6,7,8,9,10]", &limits).unwrap_err().what.contains("more than 10 values"));
    assert!(read(&format!("{{{}}}", ["\"a\":1"; 10].join(",")), &limits).is_err());
}

#[test]
fn values_that_json_has_not_are_written_as_promised() {
    let value = Value::List(vec![
        Value::Bytes(vec![0, 0xFF]),
        Value::DateTime(DateTime { lexical: "20260102T03:04:05".into() }),
        Value::Double(f64::NAN),
        Value::Double(f64::NEG_INFINITY),
        Value::Decimal("1e400".into()),
        Value::Decimal("+.5".into()),
        Value::text("\u{1}\u{2028}/é\u{7f}\"\\\n"),
        Value::List(vec![]),
        Value::Map(Map::new()),
    ]);
    let written =
        "[\"AP8=\",\"20260102T03:04:05\",null,null,1e400,\"+.5\",\"\\u0001\u{2028}/é\u{7f}\\\"\\\\\\n\",[],{}]";
    assert_eq!(to_string(&value), written);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn portable_values_come_back_unchanged(value in strategy::portable()) {
        prop_assert_eq!(reads(&to_string(&value)), value);
    }

    #[test]
    fn the_oracle_reads_what_is_written(value in strategy::plain()) {
        let text = to_string(&value);
        let oracle: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(reads(&oracle.to_string()), reads(&text));
    }

    #[test]
    fn what_the_oracle_refuses_is_refused_here(text in strategy::nearly_json()) {
        let oracle: Result<serde_json::Value, _> = serde_json::from_str(&text);
        let ours = read(&text, &Limits::default());
        // The oracle refuses numbers that no double reaches; we keep them.
        let is_number = oracle.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range"));
        prop_assert!(is_number || oracle.is_ok() == ours.is_ok(), "{} {:?} {:?}", text, oracle, ours);
    }

    #[test]
    fn any_double_comes_back(bits in any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |number| number.is_finite())) {
        let back = reads(&to_string(&Value::Double(bits)));
        prop_assert!(matches!(back, Value::Double(number) if number.to_bits() == bits.to_bits()), "{:?}", back);
    }
}
