//! Making values by hand, and looking into them without serde.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{DateTime, Map, Mismatch, Provenance, Text, Value, ser};

impl Value {
    /// Unicode text.
    pub fn text(string: impl Into<String>) -> Self {
        Self::Text(Text::new(string))
    }

    /// What a method's own type says in this value: the parameter rule. The path of the mismatch starts inside the value.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, Mismatch> {
        T::deserialize(self)
    }

    /// The value of a method's own type. Fails only where the type cannot be written (a struct keyed by lists).
    pub fn of<T: Serialize + ?Sized>(source: &T) -> Result<Self, Mismatch> {
        source.serialize(ser::ValueSerializer)
    }

    /// The characters, where this is text (typed or not).
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Lexical(text) => Some(&text.string),
            Self::DateTime(time) => Some(&time.lexical),
            _ => None,
        }
    }

    /// The items, where this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The members, where this is a struct.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(members) => Some(members),
            _ => None,
        }
    }

    /// True for [`Value::Null`].
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What it is, in the words a caller is told.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Double(_) | Self::Decimal(_) => "a number",
            Self::Text(_) | Self::Lexical(_) => "text",
            Self::Bytes(_) => "base64 octets",
            Self::DateTime(_) => "a date-time",
            Self::List(_) => "a list",
            Self::Map(_) => "a struct",
        }
    }
}

impl Text {
    /// Unicode text.
    pub fn new(string: impl Into<String>) -> Self {
        Self { string: string.into(), provenance: Provenance::Unicode }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new("")
    }
}

impl From<String> for Text {
    fn from(string: String) -> Self {
        Self::new(string)
    }
}

impl From<&str> for Text {
    fn from(string: &str) -> Self {
        Self::new(string)
    }
}

impl From<&str> for Value {
    fn from(string: &str) -> Self {
        Self::text(string)
    }
}

impl From<String> for Value {
    fn from(string: String) -> Self {
        Self::text(string)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<DateTime> for Value {
    fn from(time: DateTime) -> Self {
        Self::DateTime(time)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<Map> for Value {
    fn from(members: Map) -> Self {
        Self::Map(members)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Value {
    fn from(members: [(K, V); N]) -> Self {
        members.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        Self::Map(members.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
