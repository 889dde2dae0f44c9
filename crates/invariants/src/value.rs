//! Values, less what a protocol does not carry.

use rpc::{Call, DateTime, Document, Params, Provenance, Text, Value};

/// What becomes of a value on its way through a protocol.
#[derive(Clone, Copy, Debug)]
pub struct Carried {
    /// Numbers beyond double and integer leave as text.
    pub decimals_as_text: bool,
}

/// XML-RPC's way.
pub const XML_RPC: Carried = Carried { decimals_as_text: true };
/// SOAP's way, with types.
pub const SOAP: Carried = Carried { decimals_as_text: false };

impl Carried {
    /// The value as it must come back: Unicode, untyped text as text, date-times without the signs that both forms differ by.
    #[must_use]
    pub fn value(self, value: Value) -> Value {
        match value {
            Value::Text(text) | Value::Lexical(text) => Value::Text(unicode(text.string)),
            Value::Decimal(written) if self.decimals_as_text => Value::Text(unicode(written)),
            Value::DateTime(time) => Value::DateTime(DateTime { lexical: time.lexical.replace(['-', ':'], "") }),
            Value::List(items) => Value::List(items.into_iter().map(|item| self.value(item)).collect()),
            Value::Map(members) => {
                Value::Map(members.into_iter().map(|(name, member)| (name, self.value(member))).collect())
            }
            // NaN is unequal to itself.
            Value::Double(number) if number.is_nan() => Value::text("not a number"),
            other => other,
        }
    }

    /// The same for each value of a call.
    #[must_use]
    pub fn call(self, call: Call) -> Call {
        let params = match call.params {
            Params::Positional(values) => Params::Positional(values.into_iter().map(|v| self.value(v)).collect()),
            Params::Named(members) => Params::Named(members.into_iter().map(|(n, v)| (n, self.value(v))).collect()),
            Params::Elements(all) => Params::Elements(all.into_iter().map(|(n, v)| (n, self.value(v))).collect()),
        };
        Call { method: call.method, params }
    }
}

fn unicode(string: String) -> Text {
    Text { string, provenance: Provenance::Unicode }
}

/// A document with nothing said about it.
#[must_use]
pub fn bare(bytes: &[u8]) -> Document {
    Document { bytes: bytes.to_vec(), ..Document::default() }
}
