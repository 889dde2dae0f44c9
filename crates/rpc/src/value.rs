//! The neutral value that every protocol reads to and is written from.
//!
//! [`Value::read`] gives it to a method's own types, [`Value::of`] makes it from them; both go through serde.

mod convert;
mod de;
pub(crate) mod lexical;
pub mod map;
mod mismatch;
mod octets;
mod schema;
mod ser;
mod token;

#[cfg(test)]
mod tests;

pub use map::Map;
pub use mismatch::Mismatch;
pub(crate) use mismatch::listed;
pub use octets::Octets;

/// What a document said, before any method has asked for a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// JSON `null`, XML-RPC `<nil/>`, `xsi:nil="true"`.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number; wider ones are [`Value::Decimal`].
    Int(i64),
    /// A binary floating point number.
    Double(f64),
    /// A number that fits neither `Int` nor `Double` without loss, in its written form.
    Decimal(String),
    /// Text whose type was said.
    Text(Text),
    /// Octets (base64 on every wire).
    Bytes(Vec<u8>),
    /// A point in time as it was written.
    DateTime(DateTime),
    /// A list.
    List(Vec<Value>),
    /// A struct.
    Map(Map),
    /// Text without a type (a SOAP element with no `xsi:type`): it becomes what the method asks for.
    Lexical(Text),
}

/// Text, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// The characters, exactly as they were read.
    pub string: String,
    /// Which charset the document declared; decides only whether the mail composer may repair it.
    pub provenance: Provenance,
}

/// The charset a text was declared in.
///
/// PHP's `xmlrpc_encode_request` declares ISO-8859-1 and writes each *byte* of UTF-8 as a character reference. Only text
/// that came as [`Provenance::Latin1`] may be such a case; the repair is the mail composer's decision, never the codec's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// Declared (or by default) Unicode.
    Unicode,
    /// Declared, or by the protocol's default, ISO-8859-1 (or its superset windows-1252).
    Latin1,
}

/// A date and time as XML-RPC and XML Schema write it, kept lexically: no clock, no zone is assumed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// The written form, e.g. `20260102T03:04:05` or `2026-01-02T03:04:05Z`.
    pub lexical: String,
}
