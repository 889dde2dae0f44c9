//! Lists, structs and choices handed to serde one by one, with the place noted on every error.

use std::vec;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use crate::value::{Map, Mismatch, Value, map};

/// The items of a list.
pub(super) struct Items {
    left: vec::IntoIter<Value>,
    index: usize,
}

impl Items {
    /// Hands them all over; what the visitor leaves is too many.
    pub(super) fn visit<'de, V: Visitor<'de>>(items: Vec<Value>, visitor: V) -> Result<V::Value, Mismatch> {
        let given = items.len();
        let mut items = Self { left: items.into_iter(), index: 0 };
        let read = visitor.visit_seq(&mut items)?;
        match items.left.len() {
            0 => Ok(read),
            left => Err(Mismatch::new(format!("{given} items are too many; at most {} are taken", given - left))),
        }
    }
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        let Some(item) = self.left.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(item).map(Some).map_err(|mismatch| mismatch.under_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

/// The members of a struct.
pub(super) struct Members {
    left: map::IntoIter,
    current: Option<(String, Value)>,
}

impl Members {
    pub(super) fn new(members: Map) -> Self {
        Self { left: members.into_iter(), current: None }
    }

    pub(super) fn none() -> Self {
        Self::new(Map::new())
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        self.current = self.left.next();
        match &self.current {
            None => Ok(None),
            Some((name, _)) => seed.deserialize(name.as_str().into_deserializer()).map(Some),
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mismatch> {
        let (name, value) = self.current.take().ok_or_else(|| Mismatch::custom("a value without a name"))?;
        seed.deserialize(value).map_err(|mismatch| mismatch.under_name(&name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

/// A struct of one member, read as a choice with content.
pub(super) struct Single {
    name: String,
    value: Value,
}

impl Single {
    pub(super) fn new(members: Map) -> Self {
        let (name, value) = members.into_iter().next().unwrap_or((String::new(), Value::Null));
        Self { name, value }
    }
}

impl<'de> EnumAccess<'de> for Single {
    type Error = Mismatch;
    type Variant = Value;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Value), Mismatch> {
        let choice = seed.deserialize(self.name.as_str().into_deserializer())?;
        Ok((choice, self.value))
    }
}

impl<'de> VariantAccess<'de> for Value {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        serde::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_map(visitor)
    }
}
