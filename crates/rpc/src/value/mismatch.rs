//! What a method asked for and what the caller gave differ: where, and in which way.
//!
//! The message names kinds, never contents: the content may be somebody's key.

use std::fmt::{self, Display, Write};

use serde::de::{Expected, Unexpected};

/// A value that does not fit the type it was read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Innermost first.
    path: Vec<Segment>,
    message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Name(String),
    Index(usize),
}

/// A name of a caller's making is cut to this many characters in a path.
const LONGEST_NAME: usize = 64;

impl Mismatch {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into() }
    }

    /// `asked`: what fits there, in words that follow "is asked for here", such as `a list`.
    pub(crate) fn kinds(asked: impl Display, given: &str) -> Self {
        Self::new(format!("{} is asked for here, not {given}", words(&asked.to_string())))
    }

    pub(crate) fn under_name(mut self, name: &str) -> Self {
        let clean = |character: char| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character };
        self.path.push(Segment::Name(name.chars().take(LONGEST_NAME).map(clean).collect()));
        self
    }

    pub(crate) fn under_index(mut self, index: usize) -> Self {
        self.path.push(Segment::Index(index));
        self
    }

    /// The place, e.g. `messages[3][0]` or `options.send_at`; empty for the value itself.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        for segment in self.path.iter().rev() {
            match segment {
                Segment::Index(index) => drop(write!(path, "[{index}]")),
                Segment::Name(name) if path.is_empty() => path.push_str(name),
                Segment::Name(name) => drop(write!(path, ".{name}")),
            }
        }
        path
    }

    /// One sentence without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.is_empty() {
            true => formatter.write_str(&self.message),
            false => write!(formatter, "{}: {}", self.path(), self.message),
        }
    }
}

impl std::error::Error for Mismatch {}

impl serde::ser::Error for Mismatch {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

impl serde::de::Error for Mismatch {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(given: Unexpected<'_>, asked: &dyn Expected) -> Self {
        Self::kinds(asked, kind(given))
    }

    fn invalid_value(given: Unexpected<'_>, asked: &dyn Expected) -> Self {
        match given {
            Unexpected::Signed(number) => Self::new(format!("{number} is out of range ({asked})")),
            Unexpected::Unsigned(number) => Self::new(format!("{number} is out of range ({asked})")),
            other => Self::kinds(asked, &format!("this {}", kind(other).trim_start_matches("a "))),
        }
    }

    fn invalid_length(given: usize, asked: &dyn Expected) -> Self {
        Self::new(format!("{given} items do not make {asked}"))
    }

    fn unknown_variant(_given: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("unknown choice; known are {}", listed(known)))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("unknown name; known are {}", listed(known))).under_name(name)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new("missing").under_name(name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::new("given twice").under_name(name)
    }
}

/// `` `a`, `b` `` for a message.
pub(crate) fn listed(names: &[impl AsRef<str>]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", "),
    }
}

/// Serde's words for what a Rust type expects, in ours.
fn words(asked: &str) -> &str {
    match asked {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => {
            "an integer"
        }
        "f32" | "f64" => "a number",
        "a string" => "text",
        "a sequence" => "a list",
        "a map" => "a struct",
        "byte array" => "base64",
        asked if asked.starts_with("struct ") => "a struct",
        asked => asked,
    }
}

fn kind(given: Unexpected<'_>) -> &'static str {
    match given {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a double",
        Unexpected::Char(_) | Unexpected::Str(_) => "text",
        Unexpected::Bytes(_) => "base64 octets",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq | Unexpected::TupleVariant => "a list",
        Unexpected::Map | Unexpected::StructVariant => "a struct",
        _ => "a value of another kind",
    }
}
