//! Asking for a [`Value`], [`Text`] or [`DateTime`]: it comes through serde unchanged, provenance included.

use std::fmt;

use serde::de::value::{StringDeserializer, U8Deserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::{Items, Members, is_latin1};
use crate::value::{DateTime, Map, Mismatch, Provenance, Text, Value, token};

/// What serde's own data model cannot say: a kind, and its characters.
struct Tagged {
    tag: u8,
    characters: String,
}

const LATIN1: u8 = 0;
const LEXICAL: u8 = 1;
const LATIN1_LEXICAL: u8 = 2;
const DECIMAL: u8 = 3;
const DATE_TIME: u8 = 4;

/// Hands `value` to the visitor of one of the types of this file.
pub(super) fn visit<'de, V: Visitor<'de>>(value: Value, visitor: V) -> Result<V::Value, Mismatch> {
    let (tag, characters) = match value {
        Value::Text(text) if is_latin1(&text) => (LATIN1, text.string),
        Value::Lexical(text) if is_latin1(&text) => (LATIN1_LEXICAL, text.string),
        Value::Lexical(text) => (LEXICAL, text.string),
        Value::Decimal(written) => (DECIMAL, written),
        Value::DateTime(time) => (DATE_TIME, time.lexical),
        Value::List(items) => return Items::visit(items, visitor),
        Value::Map(members) => return visitor.visit_map(Members::new(members)),
        plain => return plain.deserialize_any(visitor),
    };
    visitor.visit_enum(Tagged { tag, characters })
}

impl<'de> EnumAccess<'de> for Tagged {
    type Error = Mismatch;
    type Variant = Content;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Content), Mismatch> {
        let tag: U8Deserializer<Mismatch> = self.tag.into_deserializer();
        Ok((seed.deserialize(tag)?, Content(self.characters)))
    }
}

struct Content(String);

impl<'de> VariantAccess<'de> for Content {
    type Error = Mismatch;

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        let characters: StringDeserializer<Mismatch> = self.0.into_deserializer();
        seed.deserialize(characters)
    }

    fn unit_variant(self) -> Result<(), Mismatch> {
        Err(Mismatch::custom("text is no unit"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, Mismatch> {
        Err(Mismatch::custom("text is no tuple"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _names: &'static [&'static str], _: V) -> Result<V::Value, Mismatch> {
        Err(Mismatch::custom("text is no struct"))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(token::VALUE, ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_newtype_struct(token::TEXT, ValueVisitor)? {
            Value::Text(text) | Value::Lexical(text) => Ok(text),
            other => Err(D::Error::custom(Mismatch::kinds("text", other.kind()))),
        }
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|lexical| Self { lexical })
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or_else(|_| Value::Decimal(number.to_string()), Value::Int))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Double(number))
    }

    fn visit_str<E: Error>(self, string: &str) -> Result<Value, E> {
        Ok(Value::text(string))
    }

    fn visit_string<E: Error>(self, string: String) -> Result<Value, E> {
        Ok(Value::text(string))
    }

    fn visit_bytes<E: Error>(self, octets: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(octets.to_vec()))
    }

    fn visit_byte_buf<E: Error>(self, octets: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(octets))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0).min(4096));
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::with_capacity(members.size_hint().unwrap_or(0).min(4096));
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            map.insert(name, value);
        }
        Ok(Value::Map(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        let (tag, content) = tagged.variant::<u8>()?;
        let string: String = content.newtype_variant()?;
        Ok(match tag {
            LATIN1 => Value::Text(Text { string, provenance: Provenance::Latin1 }),
            LATIN1_LEXICAL => Value::Lexical(Text { string, provenance: Provenance::Latin1 }),
            LEXICAL => Value::Lexical(Text::new(string)),
            DECIMAL => Value::Decimal(string),
            DATE_TIME => Value::DateTime(DateTime { lexical: string }),
            _ => Value::text(string),
        })
    }
}
