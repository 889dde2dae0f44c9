//! How the values of the command line read.

use std::str::FromStr;
use std::time::Duration;

use mail::Mailbox;
use mail::address::Pattern;
use serde::{Deserialize, Serialize};

use crate::config::{self, Hop};

/// What a call is made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An `http://` or `https://` URL.
    Url(String),
    /// A mail address.
    Mail(Mailbox),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("http" | "https") => Ok(Self::Url(text.to_owned())),
            Some(other) => Err(format!("nothing can be called by {other}; write https://host/rpc or calendar@host")),
            None => {
                let head = text.get(..7).filter(|head| head.eq_ignore_ascii_case("mailto:"));
                mailbox(&text[head.map_or(0, str::len)..]).map(Self::Mail)
            }
        }
    }
}

/// A parameter and its type, `year:int`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedName {
    /// The parameter.
    pub name: String,
    /// Its type.
    pub kind: ParameterType,
}

/// The types that a person can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// true or false.
    Boolean,
    /// A text.
    String,
}

impl FromStr for TypedName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, kind) = text.split_once(':').unwrap_or((text, "string"));
        let kind = match kind {
            "int" | "integer" => ParameterType::Int,
            "double" | "float" | "number" => ParameterType::Double,
            "boolean" | "bool" => ParameterType::Boolean,
            "string" | "text" => ParameterType::String,
            _ => return Err(format!("`{kind}` is no type; write int, double, boolean or string")),
        };
        if name.is_empty() { Err("a parameter needs a name".into()) } else { Ok(Self { name: name.to_owned(), kind }) }
    }
}

/// At most so many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How many, at least 1.
    pub count: u32,
    /// In how many seconds.
    pub seconds: u64,
}

impl Rate {
    /// In how long.
    #[must_use]
    pub fn per(self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no rate; write 60/min, 5/s, 1000/h or 10000/d");
        let (count, unit) = text.split_once('/').ok_or_else(wrong)?;
        let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
        let seconds = match unit {
            "s" | "sec" => 1,
            "m" | "min" => 60,
            "h" | "hour" => 3600,
            "d" | "day" => 86_400,
            _ => return Err(wrong()),
        };
        Ok(Self { count, seconds })
    }
}

pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    Mailbox::parse(text).map_err(|error| error.to_string())
}

pub(super) fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::parse(text).map_err(|error| error.to_string())
}

pub(super) fn hop(text: &str) -> Result<Hop, String> {
    config::hop(text, 25)
}

/// A name that people give: it is shown in lists and stands in certificates.
pub(super) fn name(text: &str) -> Result<String, String> {
    match (1..=64).contains(&text.chars().count()) && text.trim() == text && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err("a name has 1 to 64 characters, no control characters and no space at its ends".into()),
    }
}

pub(super) fn not_built(_: &str) -> Result<String, String> {
    Err("known, but not built in this version".into())
}
