//! Values to XML-RPC, without a needless octet.

use std::borrow::Cow;

use super::Uses;
use crate::xml::Writer;
use crate::{Call, Code, Fault, Outcome, Params, Value};

/// What a client may write: it chose its server.
const EVERYTHING: Uses = Uses { nil: true, i8: true };

pub(super) fn answer(outcome: &Outcome, uses: Uses) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.raw("<methodResponse>");
    match outcome {
        Ok(result) => {
            writer.raw("<params><param>");
            value(&mut writer, result, uses);
            writer.raw("</param></params>");
        }
        Err(fault) => {
            writer.raw("<fault><value><struct><member><name>faultCode</name>");
            value(&mut writer, &Value::Int(fault.code.number().into()), uses);
            writer.raw("</member><member><name>faultString</name><value>");
            writer.element("string", &fault_string(fault));
            writer.raw("</value></member></struct></value></fault>");
        }
    }
    writer.raw("</methodResponse>");
    writer.finish()
}

/// The message; the place too, since a fault has no member for it.
fn fault_string(fault: &Fault) -> String {
    if fault.path.is_empty() || fault.message.contains(&fault.path) {
        return fault.message.clone();
    }
    format!("{} (at {})", fault.message, fault.path)
}

pub(super) fn call(call: &Call) -> Result<Vec<u8>, Fault> {
    let mut writer = Writer::new();
    writer.raw("<methodCall>").element("methodName", &call.method.0).raw("<params>");
    match &call.params {
        Params::Positional(params) => params.iter().for_each(|param| self::param(&mut writer, param)),
        Params::Elements(params) => params.iter().for_each(|(_, param)| self::param(&mut writer, param)),
        Params::Named(params) => {
            writer.raw("<param><value>");
            members(&mut writer, params, EVERYTHING);
            writer.raw("</value></param>");
        }
    }
    writer.raw("</params></methodCall>");
    if writer.replaced() > 0 {
        return Err(Fault::new(Code::InvalidParams, "A text has a character that XML cannot carry."));
    }
    Ok(writer.finish())
}

fn param(writer: &mut Writer, param: &Value) {
    writer.raw("<param>");
    value(writer, param, EVERYTHING);
    writer.raw("</param>");
}

/// As deep as the value, which a method or a capped reader made.
fn value(writer: &mut Writer, value: &Value, uses: Uses) {
    writer.raw("<value>");
    match value {
        Value::Null if uses.nil => writer.raw("<nil/>"),
        Value::Null => writer.raw("<string></string>"),
        Value::Bool(truth) => writer.raw(if *truth { "<boolean>1</boolean>" } else { "<boolean>0</boolean>" }),
        Value::Int(number) => int(writer, *number, uses),
        // `{}` writes no exponent, and as many digits as the number needs to come back the same.
        Value::Double(number) if number.is_finite() => writer.element("double", &number.to_string()),
        Value::Double(number) => writer.element("string", not_finite(*number)),
        Value::Decimal(written) => writer.element("string", written),
        Value::Text(text) | Value::Lexical(text) => writer.raw("<string>").text(&text.string).raw("</string>"),
        Value::Bytes(octets) => writer.raw("<base64>").base64(octets).raw("</base64>"),
        Value::DateTime(time) => writer.element("dateTime.iso8601", &without_dashes(&time.lexical)),
        Value::List(items) => {
            writer.raw("<array><data>");
            items.iter().for_each(|item| self::value(writer, item, uses));
            writer.raw("</data></array>")
        }
        Value::Map(map) => members(writer, map, uses),
    };
    writer.raw("</value>");
}

fn members<'w>(writer: &'w mut Writer, members: &crate::Map, uses: Uses) -> &'w mut Writer {
    writer.raw("<struct>");
    for (name, member) in members {
        writer.raw("<member><name>").text(name).raw("</name>");
        value(writer, member, uses);
        writer.raw("</member>");
    }
    writer.raw("</struct>")
}

/// A number beyond 32 bits, for a caller that did not use `i8`: a double where that is exact, else its digits as a string.
fn int(writer: &mut Writer, number: i64, uses: Uses) -> &mut Writer {
    /// Up to here every whole number is a double.
    const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
    let name = match number {
        _ if i32::try_from(number).is_ok() => return writer.raw("<int>").int(number).raw("</int>"),
        _ if uses.i8 => "i8",
        _ if number.unsigned_abs() <= EXACT => "double",
        _ => "string",
    };
    writer.element(name, &number.to_string())
}

/// XML Schema writes dates with dashes, XML-RPC without; programs of the field take nothing else.
fn without_dashes(written: &str) -> Cow<'_, str> {
    match written.split_once('T') {
        Some((date, time)) if date.len() == 10 => Cow::Owned(format!("{}T{time}", date.replace('-', ""))),
        _ => Cow::Borrowed(written),
    }
}

/// XML Schema's words for what XML-RPC has none for.
fn not_finite(number: f64) -> &'static str {
    match number {
        _ if number.is_nan() => "NaN",
        _ if number.is_sign_negative() => "-INF",
        _ => "INF",
    }
}
