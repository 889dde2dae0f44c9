//! What the type of an element says about its content.

use super::names::{APACHE, is_encoding, is_schema};
use crate::xml::lexical::Wanted;
use crate::xml::{is_date_time, lexical, trim};
use crate::{DateTime, Provenance, Text, Value};

/// A type as far as values differ by it. Types of the caller's own are [`Kind::Open`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not said, or of no known namespace: the content decides between struct and [`Value::Lexical`].
    Open,
    String,
    /// A whole number between these, inclusive, as powers of two: `-2^low..2^high`; low 0 means unsigned.
    Whole {
        low: u8,
        high: u8,
    },
    /// A number of any size.
    Decimal,
    Double,
    Boolean,
    DateTime,
    Base64,
    Hex,
    Array,
    Struct,
    /// Apache's map: `item` elements with `key` and `value`; PHP writes its associative arrays so.
    Map,
}

impl Kind {
    /// The kind of an element that says no type: those of SOAP's encoding are named after theirs (`SOAP-ENC:string`, SOAP 1.1
    /// §5.2.1). Elements of other namespaces are not, `xs:schema` and `xs:element` in a .NET DataSet among them.
    pub(super) fn of_element(namespace: &str, local: &str) -> Self {
        if is_encoding(namespace) { Self::of(namespace, local) } else { Self::Open }
    }

    /// The kind of a type.
    pub(crate) fn of(namespace: &str, local: &str) -> Self {
        if namespace.is_empty() {
            return Self::Open;
        }
        if namespace == APACHE && local == "Map" {
            return Self::Map;
        }
        match (is_encoding(namespace), local) {
            (true, "Array") => Self::Array,
            (true, "Struct") => Self::Struct,
            (true, "base64") => Self::Base64,
            _ if is_encoding(namespace) || is_schema(namespace) => Self::simple(local),
            _ => Self::Open,
        }
    }

    /// XML Schema Part 2; `timeInstant` and `binary` are of the drafts of 1999 and 2000.
    fn simple(local: &str) -> Self {
        match local {
            // QUIRK: PHP's SoapClient calls its 64-bit integers `xsd:int`.
            "int" | "long" => Self::Whole { low: 63, high: 63 },
            "short" => Self::Whole { low: 15, high: 15 },
            "byte" => Self::Whole { low: 7, high: 7 },
            "unsignedInt" => Self::Whole { low: 0, high: 32 },
            "unsignedShort" => Self::Whole { low: 0, high: 16 },
            "unsignedByte" => Self::Whole { low: 0, high: 8 },
            "decimal" | "integer" | "unsignedLong" | "nonNegativeInteger" | "positiveInteger"
            | "nonPositiveInteger" | "negativeInteger" => Self::Decimal,
            "double" | "float" => Self::Double,
            "boolean" => Self::Boolean,
            "dateTime" | "timeInstant" => Self::DateTime,
            "base64Binary" | "binary" => Self::Base64,
            "hexBinary" => Self::Hex,
            "anyType" | "anySimpleType" | "ur-type" => Self::Open,
            _ => Self::String,
        }
    }

    /// The value of an element without child elements; `None` where the text is none of this type.
    pub(crate) fn scalar(self, text: &str, provenance: Provenance) -> Option<Value> {
        let characters = || Text { string: text.to_owned(), provenance };
        match self {
            Self::Open => Some(Value::Lexical(characters())),
            Self::String => Some(Value::Text(characters())),
            Self::Whole { low, high } => whole(text, low, high),
            Self::Decimal => lexical::decimal(text),
            Self::Double => lexical::double(text).map(Value::Double),
            Self::Boolean => lexical::boolean(text).map(Value::Bool),
            Self::DateTime => {
                let written = trim(text);
                is_date_time(written).then(|| Value::DateTime(DateTime { lexical: written.to_owned() }))
            }
            Self::Base64 => lexical::octets(text).map(Value::Bytes),
            Self::Hex => hex(trim(text)).map(Value::Bytes),
            Self::Array => trim(text).is_empty().then(|| Value::List(Vec::new())),
            Self::Struct | Self::Map => trim(text).is_empty().then(|| Value::Map(crate::Map::new())),
        }
    }

    /// The same of what a service has answered: something is always made of it (see [`lexical::salvaged`]).
    pub(crate) fn salvage(self, text: &str, provenance: Provenance) -> Value {
        let wanted = match self {
            Self::Whole { .. } | Self::Decimal | Self::Double => Wanted::Number,
            Self::Boolean => Wanted::Truth,
            Self::Base64 => Wanted::Octets,
            _ => Wanted::Other,
        };
        self.scalar(text, provenance).unwrap_or_else(|| lexical::salvaged(text, wanted, provenance))
    }
}

fn whole(text: &str, low: u8, high: u8) -> Option<Value> {
    let number: i64 = trim(text).parse().ok()?;
    let least = if low == 0 { 0 } else { -(1_i128 << low) };
    (least..1_i128 << high).contains(&i128::from(number)).then_some(Value::Int(number))
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs.remainder().is_empty().then_some(())?;
    pairs.map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}
