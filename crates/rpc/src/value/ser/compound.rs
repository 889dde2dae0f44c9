//! Lists and structs in the making.

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::{ValueSerializer, one_member};
use crate::value::{Map, Mismatch, Value};

/// A list in the making.
pub(in crate::value) struct Items(Vec<Value>);

impl Items {
    pub(super) fn new(len: usize) -> Self {
        Self(Vec::with_capacity(len))
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        self.0.push(value.serialize(ValueSerializer)?);
        Ok(())
    }
}

impl SerializeSeq for Items {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(Value::List(self.0))
    }
}

impl SerializeTuple for Items {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(Value::List(self.0))
    }
}

impl SerializeTupleStruct for Items {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(Value::List(self.0))
    }
}

/// A struct in the making.
pub(in crate::value) struct Members {
    members: Map,
    name: Option<String>,
}

impl Members {
    pub(super) fn new(len: usize) -> Self {
        Self { members: Map::with_capacity(len), name: None }
    }

    fn insert<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<(), Mismatch> {
        let value = value.serialize(ValueSerializer)?;
        self.members.insert(name, value);
        Ok(())
    }
}

impl SerializeMap for Members {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Mismatch> {
        match key.serialize(ValueSerializer)? {
            Value::List(_) | Value::Map(_) => Err(Mismatch::custom("the name of a member is text")),
            name => {
                self.name = Some(name.into_text()?.string);
                Ok(())
            }
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        let name = self.name.take().ok_or_else(|| Mismatch::custom("a value without a name"))?;
        self.insert(name, value)
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(Value::Map(self.members))
    }
}

impl SerializeStruct for Members {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Mismatch> {
        self.insert(name.to_owned(), value)
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(Value::Map(self.members))
    }
}

/// A choice with a list, in the making.
pub(in crate::value) struct VariantItems {
    pub(super) variant: &'static str,
    pub(super) items: Items,
}

impl SerializeTupleVariant for VariantItems {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        self.items.push(value)
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(one_member(self.variant, Value::List(self.items.0)))
    }
}

/// A choice with a struct, in the making.
pub(in crate::value) struct VariantMembers {
    pub(super) variant: &'static str,
    pub(super) members: Members,
}

impl SerializeStructVariant for VariantMembers {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Mismatch> {
        self.members.insert(name.to_owned(), value)
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(one_member(self.variant, Value::Map(self.members.members)))
    }
}
