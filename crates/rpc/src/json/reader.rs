//! The reader: one pass, depth and count capped while reading.

use std::borrow::Cow;

use super::{Error, number, string};
use crate::{Limits, Map, Value};

/// A JSON text and how far it has been read.
pub(crate) struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth_left: usize,
    nodes_left: usize,
    limits: &'t Limits,
    takes: Takes,
}

/// How much is taken beyond RFC 8259.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    /// Numbers that are none, as their text; half of a surrogate pair, as U+FFFD.
    Oddities,
}

/// What the next value is, as its first character says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    /// `null`, `true`, `false`, or no JSON at all.
    Literal,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t str, limits: &'t Limits) -> Self {
        Self { text, at: 0, depth_left: limits.max_depth, nodes_left: limits.max_nodes, limits, takes: Takes::Nothing }
    }

    /// The same for answers: `NaN`, `Infinity` and `-Infinity`, which Python and Perl write, are their text, and half of a
    /// surrogate pair is U+FFFD.
    pub(crate) fn lenient(text: &'t str, limits: &'t Limits) -> Self {
        Self { takes: Takes::Oddities, ..Self::new(text, limits) }
    }

    /// The next value, whole.
    pub(crate) fn value(&mut self) -> Result<Value, Error> {
        match self.kind() {
            Kind::Object => Ok(Value::Map(self.map()?)),
            Kind::Array => Ok(Value::List(self.list()?)),
            Kind::String => {
                self.node()?;
                Ok(Value::text(self.string()?))
            }
            Kind::Number => self.number(),
            Kind::Literal => self.word(),
        }
    }

    /// The next value, which must be an array.
    pub(crate) fn list(&mut self) -> Result<Vec<Value>, Error> {
        let mut items = Vec::new();
        self.each_item(|reader| {
            items.push(reader.value()?);
            Ok(())
        })?;
        Ok(items)
    }

    /// The next value, which must be an object.
    pub(crate) fn map(&mut self) -> Result<Map, Error> {
        let mut members = Map::new();
        self.each_member(|reader, name| {
            let value = reader.value()?;
            members.insert(name.into_owned(), value);
            Ok(())
        })?;
        Ok(members)
    }

    /// Calls `read` where each item of the array stands.
    pub(crate) fn each_item(&mut self, mut read: impl FnMut(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        self.open(b'[', "a list is expected")?;
        if self.take_if(b']') {
            return self.close();
        }
        loop {
            read(self)?;
            if self.take_if(b']') {
                return self.close();
            }
            self.take(b',', "`,` or `]` is expected")?;
        }
    }

    /// Calls `read` with each name of the object, where its value stands.
    pub(crate) fn each_member(
        &mut self,
        mut read: impl FnMut(&mut Self, Cow<'t, str>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.open(b'{', "an object is expected")?;
        if self.take_if(b'}') {
            return self.close();
        }
        loop {
            self.skip_white();
            let name = self.string()?;
            self.take(b':', "`:` is expected")?;
            read(self, name)?;
            if self.take_if(b'}') {
                return self.close();
            }
            self.take(b',', "`,` or `}` is expected")?;
        }
    }

    /// The next value, which must be a string.
    pub(crate) fn string(&mut self) -> Result<Cow<'t, str>, Error> {
        self.take(b'"', "a string is expected")?;
        let text = self.text;
        let halves = match self.takes {
            Takes::Nothing => string::Halves::Refused,
            Takes::Oddities => string::Halves::Replaced,
        };
        let (string, length) =
            string::literal(&text[self.at..], halves).map_err(|(what, at)| self.error_at(what, self.at + at))?;
        self.at += length;
        Ok(string)
    }

    /// What the next value is, as its first character says.
    pub(crate) fn kind(&mut self) -> Kind {
        self.skip_white();
        match self.peek() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            _ => Kind::Literal,
        }
    }

    /// Reads over the next value and gives it back as it was written.
    pub(crate) fn raw(&mut self) -> Result<&'t str, Error> {
        self.skip_white();
        let from = self.at;
        self.value()?;
        Ok(&self.text[from..self.at])
    }

    /// Nothing but white space may follow.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.skip_white();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("nothing more is expected")),
        }
    }

    fn number(&mut self) -> Result<Value, Error> {
        self.node()?;
        let rest = &self.text[self.at..];
        let Some(length) = number::length(rest.as_bytes()) else {
            return self.odd_number().ok_or_else(|| self.error("a number is expected"));
        };
        self.at += length;
        Ok(number::value(&rest[..length]))
    }

    fn word(&mut self) -> Result<Value, Error> {
        self.node()?;
        let words = [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))];
        for (word, value) in words {
            if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.odd_number().ok_or_else(|| self.error("a value is expected"))
    }

    fn odd_number(&mut self) -> Option<Value> {
        let rest = &self.text[self.at..];
        let odd = ["NaN", "Infinity", "-Infinity"].into_iter().filter(|_| self.takes == Takes::Oddities);
        let word = odd.into_iter().find(|word| rest.starts_with(word))?;
        self.at += word.len();
        Some(Value::text(word))
    }

    fn open(&mut self, bracket: u8, expected: &'static str) -> Result<(), Error> {
        self.take(bracket, expected)?;
        self.node()?;
        self.depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or_else(|| self.error(format!("more than {} levels", self.limits.max_depth)))?;
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps)] // the last word of those who call it
    fn close(&mut self) -> Result<(), Error> {
        self.depth_left += 1;
        Ok(())
    }

    /// One more value.
    fn node(&mut self) -> Result<(), Error> {
        self.nodes_left = self
            .nodes_left
            .checked_sub(1)
            .ok_or_else(|| self.error(format!("more than {} values", self.limits.max_nodes)))?;
        Ok(())
    }

    fn take(&mut self, octet: u8, expected: &'static str) -> Result<(), Error> {
        match self.take_if(octet) {
            true => Ok(()),
            false => Err(self.error(expected)),
        }
    }

    fn take_if(&mut self, octet: u8) -> bool {
        self.skip_white();
        let is_next = self.peek() == Some(octet);
        self.at += usize::from(is_next);
        is_next
    }

    fn skip_white(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn error(&self, what: impl Into<String>) -> Error {
        self.error_at(what, self.at)
    }

    fn error_at(&self, what: impl Into<String>, at: usize) -> Error {
        Error { what: what.into(), at }
    }
}
