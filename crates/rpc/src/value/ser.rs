//! From a method's own types to a [`Value`]: structs become ordered maps, `None` null, bytes base64 octets.

mod compound;
mod own;

use serde::ser::{Serialize, Serializer};

use self::compound::{Items, Members, VariantItems, VariantMembers};
use super::{DateTime, Map, Mismatch, Provenance, Text, Value, token};

/// Makes values; see [`Value::of`].
pub(super) struct ValueSerializer;

impl Serializer for ValueSerializer {
    type Ok = Value;
    type Error = Mismatch;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = VariantItems;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = VariantMembers;

    fn serialize_bool(self, truth: bool) -> Result<Value, Mismatch> {
        Ok(Value::Bool(truth))
    }

    fn serialize_i8(self, number: i8) -> Result<Value, Mismatch> {
        Ok(Value::Int(number.into()))
    }

    fn serialize_i16(self, number: i16) -> Result<Value, Mismatch> {
        Ok(Value::Int(number.into()))
    }

    fn serialize_i32(self, number: i32) -> Result<Value, Mismatch> {
        Ok(Value::Int(number.into()))
    }

    fn serialize_i64(self, number: i64) -> Result<Value, Mismatch> {
        Ok(Value::Int(number))
    }

    fn serialize_i128(self, number: i128) -> Result<Value, Mismatch> {
        Ok(i64::try_from(number).map_or_else(|_| Value::Decimal(number.to_string()), Value::Int))
    }

    fn serialize_u8(self, number: u8) -> Result<Value, Mismatch> {
        Ok(Value::Int(number.into()))
    }

    fn serialize_u16(self, number: u16) -> Result<Value, Mismatch> {
        Ok(Value::Int(number.into()))
    }

    fn serialize_u32(self, number: u32) -> Result<Value, Mismatch> {
        Ok(Value::Int(number.into()))
    }

    fn serialize_u64(self, number: u64) -> Result<Value, Mismatch> {
        self.serialize_i128(number.into())
    }

    fn serialize_u128(self, number: u128) -> Result<Value, Mismatch> {
        Ok(i64::try_from(number).map_or_else(|_| Value::Decimal(number.to_string()), Value::Int))
    }

    fn serialize_f32(self, number: f32) -> Result<Value, Mismatch> {
        Ok(Value::Double(number.into()))
    }

    fn serialize_f64(self, number: f64) -> Result<Value, Mismatch> {
        Ok(Value::Double(number))
    }

    fn serialize_char(self, character: char) -> Result<Value, Mismatch> {
        Ok(Value::text(character))
    }

    fn serialize_str(self, string: &str) -> Result<Value, Mismatch> {
        Ok(Value::text(string))
    }

    fn serialize_bytes(self, octets: &[u8]) -> Result<Value, Mismatch> {
        Ok(Value::Bytes(octets.to_vec()))
    }

    fn serialize_none(self) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Mismatch> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, Mismatch> {
        Ok(Value::text(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Value, Mismatch> {
        Ok(marked(name, value.serialize(self)?))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Mismatch> {
        Ok(Value::from([(variant, value.serialize(self)?)]))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items, Mismatch> {
        Ok(Items::new(len.unwrap_or(0)))
    }

    fn serialize_tuple(self, len: usize) -> Result<Items, Mismatch> {
        Ok(Items::new(len))
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<Items, Mismatch> {
        Ok(Items::new(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<VariantItems, Mismatch> {
        Ok(VariantItems { variant, items: Items::new(len) })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Members, Mismatch> {
        Ok(Members::new(len.unwrap_or(0)))
    }

    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<Members, Mismatch> {
        Ok(Members::new(len))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<VariantMembers, Mismatch> {
        Ok(VariantMembers { variant, members: Members::new(len) })
    }
}

/// A string under one of our newtype names is the kind of value that the name says.
fn marked(name: &'static str, value: Value) -> Value {
    let Value::Text(text) = value else { return value };
    match name {
        token::LATIN1 => Value::Text(Text { provenance: Provenance::Latin1, ..text }),
        token::LATIN1_LEXICAL => Value::Lexical(Text { provenance: Provenance::Latin1, ..text }),
        token::LEXICAL => Value::Lexical(text),
        token::DECIMAL => Value::Decimal(text.string),
        token::DATE_TIME => Value::DateTime(DateTime { lexical: text.string }),
        _ => Value::Text(text),
    }
}

fn one_member(variant: &'static str, value: Value) -> Value {
    Value::Map(Map::from_iter([(variant.to_owned(), value)]))
}
