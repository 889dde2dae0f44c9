//! Writing a [`Value`] with any serializer; our own keeps every kind, others see plain data.

use serde::ser::{Serialize, Serializer};

use crate::value::{DateTime, Provenance, Text, Value, token};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Double(number) => serializer.serialize_f64(*number),
            Self::Decimal(written) => serializer.serialize_newtype_struct(token::DECIMAL, written),
            Self::Text(text) => text.serialize(serializer),
            Self::Bytes(octets) => serializer.serialize_bytes(octets),
            Self::DateTime(time) => time.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(members) => serializer.collect_map(members),
            Self::Lexical(text) => match text.provenance {
                Provenance::Unicode => serializer.serialize_newtype_struct(token::LEXICAL, &text.string),
                Provenance::Latin1 => serializer.serialize_newtype_struct(token::LATIN1_LEXICAL, &text.string),
            },
        }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.provenance {
            Provenance::Unicode => serializer.serialize_str(&self.string),
            Provenance::Latin1 => serializer.serialize_newtype_struct(token::LATIN1, &self.string),
        }
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(token::DATE_TIME, &self.lexical)
    }
}
