//! JSON (RFC 8259) ⇄ [`Value`].
//!
//! Read by hand rather than through serde, because what is asked of it is: numbers without loss, a cap on depth and on
//! the count of values while reading, and ids kept as they were written.

mod error;
mod number;
mod reader;
mod string;
mod writer;

#[cfg(test)]
mod tests;

use crate::{Limits, Value};

pub use error::Error;
pub(crate) use reader::{Kind, Reader};
pub use writer::{write, write_string};

/// Reads one JSON text. Duplicate names: the last one wins, at the place of the first.
///
/// # Errors
/// It is no JSON text (trailing data too), or deeper or larger than the limits.
pub fn read(text: &str, limits: &Limits) -> Result<Value, Error> {
    let mut reader = Reader::new(text, limits);
    let value = reader.value()?;
    reader.end()?;
    Ok(value)
}

/// Writes compact JSON: raw UTF-8, members in their order.
#[must_use]
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}
