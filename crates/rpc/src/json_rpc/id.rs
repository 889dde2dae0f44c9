//! The id of a call, exactly as it was written.

use std::fmt;

use crate::json;

/// A JSON string, number or null in its written form, so that `1.5`, `"1"` and numbers of any width come back unchanged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Id(Box<str>);

impl Id {
    /// `null`: the id of an answer to what could not be read.
    #[must_use]
    pub fn null() -> Self {
        Self("null".into())
    }

    /// A string.
    #[must_use]
    pub fn text(string: &str) -> Self {
        let mut written = String::new();
        json::write_string(&mut written, string);
        Self(written.into())
    }

    /// A number.
    #[must_use]
    pub fn number(number: i64) -> Self {
        Self(number.to_string().into())
    }

    pub(super) fn written(raw: &str) -> Self {
        Self(raw.into())
    }

    /// The JSON text.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Id({})", self.0)
    }
}
