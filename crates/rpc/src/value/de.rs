//! The parameter rule: a value deserializes as what the method's type asks for.
//!
//! The codec has guessed nothing; here `Lexical("2003")` becomes an `i32` because an `i32` is asked for. What is lenient
//! is lenient for callers seen in the field, and each such line says for whom.

mod access;
mod own;

use serde::de::value::StringDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use self::access::{Items, Members, Single};
use super::{Mismatch, Provenance, Text, Value, lexical, token};

impl<'de> IntoDeserializer<'de, Mismatch> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(truth) => visitor.visit_bool(truth),
            Self::Int(number) => visitor.visit_i64(number),
            Self::Double(number) => visitor.visit_f64(number),
            Self::Decimal(written) => visit_decimal(&written, visitor),
            Self::Text(text) | Self::Lexical(text) => visitor.visit_string(text.string),
            Self::Bytes(octets) => visitor.visit_byte_buf(octets),
            Self::DateTime(time) => visitor.visit_string(time.lexical),
            Self::List(items) => Items::visit(items, visitor),
            Self::Map(members) => visitor.visit_map(Members::new(members)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Lexical(text) => match lexical::boolean(&text.string) {
                Some(truth) => visitor.visit_bool(truth),
                None => Err(Mismatch::kinds("a boolean", "this text")),
            },
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            // Loosely typed callers (PHP, JavaScript) have doubles where they think of whole numbers.
            Self::Double(number) => match lexical::whole(number) {
                Some(whole) => visitor.visit_i64(whole),
                None => visitor.visit_f64(number),
            },
            Self::Decimal(written) | Self::Lexical(Text { string: written, .. }) => match lexical::integer(&written) {
                Some(number) => visit_wide(number, visitor),
                None => Err(Mismatch::kinds("an integer", "this text")),
            },
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            #[allow(clippy::cast_precision_loss)] // a double was asked for
            Self::Int(number) => visitor.visit_f64(number as f64),
            Self::Decimal(written) | Self::Lexical(Text { string: written, .. }) => match lexical::double(&written) {
                Some(number) => visitor.visit_f64(number),
                None => Err(Mismatch::kinds("a number", "this text")),
            },
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_string(self.into_text()?.string)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Text(text) | Self::Lexical(text) => match lexical::octets(&text.string) {
                Some(octets) => visitor.visit_byte_buf(octets),
                None => Err(Mismatch::kinds("base64", "other text")),
            },
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Null => visitor.visit_none(),
            given => visitor.visit_some(given),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.is_blank() {
            true => visitor.visit_unit(),
            false => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        match name {
            token::VALUE => own::visit(self, visitor),
            token::TEXT => own::visit(Self::Text(self.into_text()?), visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.into_items() {
            Ok(items) => Items::visit(items, visitor),
            Err(other) => other.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::List(items) if items.is_empty() => visitor.visit_map(Members::none()), // PHP's empty array
            blank if blank.is_blank() && !blank.is_null() => visitor.visit_map(Members::none()),
            other => other.deserialize_any(visitor),
        }
    }

    /// A list is the members by position, as the rows of `send_message` are.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self {
            Self::Map(members) => match members.len() {
                1 => visitor.visit_enum(Single::new(members)),
                _ => Err(Mismatch::new("a struct of exactly one member is asked for here")),
            },
            other => {
                let choice: StringDeserializer<Mismatch> = other.into_text()?.string.into_deserializer();
                visitor.visit_enum(choice)
            }
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_string(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_string(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_unit(visitor)
    }

    forward_to_deserialize_any! { i128 u128 }
}

impl Value {
    /// The items, where a list is asked for; else the value itself.
    pub(crate) fn into_items(self) -> Result<Vec<Value>, Value> {
        match self {
            Self::List(items) => Ok(items),
            // PHP's arrays with keys (or with holes, after `array_filter`) arrive as a struct keyed by numbers.
            Self::Map(members) if members.keys().all(|name| is_index(name)) => Ok(members.into_values().collect()),
            Self::Map(members) if members.len() == 1 && members.contains_key(ITEM) => {
                Ok(members.into_values().flat_map(one_or_several).collect())
            }
            blank if blank.is_blank() && !blank.is_null() => Ok(Vec::new()),
            Self::Lexical(text) => Ok(vec![Self::Lexical(text)]), // SOAP: an element that may repeat, once
            other => Err(other),
        }
    }

    /// Null, or an empty element without a type.
    fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Lexical(text) => lexical::trimmed(&text.string).is_empty(),
            _ => false,
        }
    }
}

/// SOAP: what the elements of a list are called where nothing says that it is one, as our WSDL has it.
const ITEM: &str = "item";

fn one_or_several(item: Value) -> Vec<Value> {
    match item {
        Value::List(items) => items,
        item => vec![item],
    }
}

fn is_index(name: &str) -> bool {
    !name.is_empty() && name.len() < 20 && name.bytes().all(|octet| octet.is_ascii_digit())
}

fn visit_decimal<'de, V: Visitor<'de>>(written: &str, visitor: V) -> Result<V::Value, Mismatch> {
    match (lexical::integer(written), lexical::double(written)) {
        (Some(number), _) if u64::try_from(number).is_ok() => visit_wide(number, visitor),
        (_, Some(number)) => visitor.visit_f64(number),
        _ => visitor.visit_str(written),
    }
}

fn visit_wide<'de, V: Visitor<'de>>(number: i128, visitor: V) -> Result<V::Value, Mismatch> {
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(number), _) => visitor.visit_i64(number),
        (_, Ok(number)) => visitor.visit_u64(number),
        _ => Err(Mismatch::invalid_type(serde::de::Unexpected::Other("a wider number"), &visitor)),
    }
}

/// Which text it is, for those who keep provenance apart.
fn is_latin1(text: &Text) -> bool {
    text.provenance == Provenance::Latin1
}
