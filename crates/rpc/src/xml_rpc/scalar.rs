//! The scalar types by the names of their elements.

use crate::xml::lexical::{self, Wanted};
use crate::xml::{is_date_time, trim};
use crate::{DateTime, Provenance, Value};

/// XML-RPC has no such type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoType;

/// The value that a text is in a type, text itself excepted; `None` where it is none of that type, or too large.
///
/// # Errors
/// There is no such type.
pub(super) fn read(name: &str, text: &str) -> Result<Option<Value>, NoType> {
    let number = |range: std::ops::RangeInclusive<i64>| trim(text).parse().ok().filter(|n| range.contains(n));
    Ok(match name {
        "int" | "i4" => number(i32::MIN.into()..=i32::MAX.into()).map(Value::Int),
        "i8" => number(i64::MIN..=i64::MAX).map(Value::Int),
        "i2" => number(i16::MIN.into()..=i16::MAX.into()).map(Value::Int),
        "i1" => number(i8::MIN.into()..=i8::MAX.into()).map(Value::Int),
        "boolean" => lexical::boolean(text).map(Value::Bool),
        "double" | "float" => lexical::double(text).filter(|number| number.is_finite()).map(Value::Double),
        "biginteger" | "bigdecimal" => lexical::decimal(text),
        "dateTime.iso8601" | "dateTime" => {
            let lexical = trim(text);
            is_date_time(lexical).then(|| Value::DateTime(DateTime { lexical: lexical.to_owned() }))
        }
        "base64" => lexical::octets(text).map(Value::Bytes),
        "nil" => trim(text).is_empty().then_some(Value::Null),
        _ => return Err(NoType),
    })
}

/// The same in an answer, of any type, also of those that XML-RPC has not: something is always made of it.
pub(super) fn salvage(name: &str, text: &str, provenance: Provenance) -> Value {
    let wanted = match name {
        "boolean" | "bool" => Wanted::Truth,
        "base64" => Wanted::Octets,
        "int" | "i1" | "i2" | "i4" | "i8" | "i16" | "i32" | "i64" | "double" | "float" | "biginteger"
        | "bigdecimal" | "long" | "short" | "integer" | "decimal" | "number" => Wanted::Number,
        _ => Wanted::Other,
    };
    match read(name, text) {
        Ok(Some(value)) => value,
        _ => lexical::salvaged(text, wanted, provenance),
    }
}
