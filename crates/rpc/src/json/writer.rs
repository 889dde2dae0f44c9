//! The writer: compact, raw UTF-8, members in their order.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::number;
use crate::{Value, scan};

/// Appends a value. Octets are base64 text; numbers that JSON cannot say (infinite, not a number) are null.
pub fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(number) => drop(write!(out, "{number}")),
        Value::Double(number) if number.is_finite() => drop(write!(out, "{number:?}")),
        Value::Double(_) => out.push_str("null"),
        Value::Decimal(written) => write_decimal(out, written),
        Value::Text(text) | Value::Lexical(text) => write_string(out, &text.string),
        Value::DateTime(time) => write_string(out, &time.lexical),
        Value::Bytes(octets) => {
            out.push('"');
            STANDARD.encode_string(octets, out);
            out.push('"');
        }
        Value::List(items) => {
            let mut before = '[';
            for item in items {
                out.push(before);
                write(out, item);
                before = ',';
            }
            out.push_str(if before == '[' { "[]" } else { "]" });
        }
        Value::Map(members) => {
            let mut before = '{';
            for (name, member) in members {
                out.push(before);
                write_string(out, name);
                out.push(':');
                write(out, member);
                before = ',';
            }
            out.push_str(if before == '{' { "{}" } else { "}" });
        }
    }
}

/// Appends a string literal; only what RFC 8259 §7 demands is escaped.
pub fn write_string(out: &mut String, string: &str) {
    out.reserve(string.len() + 2);
    out.push('"');
    let mut rest = string;
    let wanted = |octet: u8| (octet < 0x20) | (octet == b'"') | (octet == b'\\');
    while let Some(at) = scan::first(rest.as_bytes(), wanted) {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => drop(write!(out, "\\u{control:04x}")),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

/// As a number where it is one in JSON's grammar (XML Schema allows `+1` and `.5` too), else as text.
fn write_decimal(out: &mut String, written: &str) {
    match number::length(written.as_bytes()) {
        Some(length) if length == written.len() => out.push_str(written),
        _ => write_string(out, written),
    }
}
