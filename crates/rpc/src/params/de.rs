//! Arranged parameters as a serde deserializer: a struct by name, a tuple or list by position.

use std::iter::Zip;
use std::{slice, vec};

use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::Value;
use crate::value::Mismatch;

/// Each known name with the value given for it.
pub(super) struct Arranged<'n, N> {
    pub(super) names: &'n [N],
    pub(super) values: Vec<Option<Value>>,
}

struct Given<'n, N> {
    left: Zip<slice::Iter<'n, N>, vec::IntoIter<Option<Value>>>,
    current: Option<(&'n N, Value)>,
}

impl<'n, N> Arranged<'n, N> {
    fn given(self) -> Given<'n, N> {
        Given { left: self.names.iter().zip(self.values), current: None }
    }
}

impl<'de, N: AsRef<str>> Deserializer<'de> for Arranged<'_, N> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_map(self.given())
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(self.given())
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(self.given())
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(self.given())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option map struct enum
        identifier ignored_any
    }
}

impl<'de, N: AsRef<str>> MapAccess<'de> for Given<'_, N> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        let Some((name, value)) = self.left.find_map(|(name, value)| value.map(|value| (name, value))) else {
            return Ok(None);
        };
        self.current = Some((name, value));
        seed.deserialize(name.as_ref().into_deserializer()).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mismatch> {
        let (name, value) = self.current.take().ok_or_else(|| Mismatch::new("a value without a name"))?;
        seed.deserialize(value).map_err(|mismatch| mismatch.under_name(name.as_ref()))
    }
}

impl<'de, N: AsRef<str>> SeqAccess<'de> for Given<'_, N> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        seed.deserialize(value.unwrap_or(Value::Null)).map(Some).map_err(|mismatch| mismatch.under_name(name.as_ref()))
    }
}
