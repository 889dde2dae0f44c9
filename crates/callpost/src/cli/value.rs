//! How the values of the command line read.

use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use config::Hop;
use diagnostic::screen::ColorChoice;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mail::Mailbox;
use mail::address::Pattern;
use serde::de::{DeserializeOwned, IntoDeserializer};
use spool::Priority;

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

pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    Mailbox::parse(text).map_err(|error| error.to_string())
}

pub(super) fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::parse(text).map_err(|error| error.to_string())
}

pub(super) fn hop(text: &str) -> Result<Hop, String> {
    config::hop(text, 25)
}

/// A time in the past, as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// So long ago.
    Ago(Duration),
    /// Then.
    At(Timestamp),
}

impl Since {
    /// The time, where it is now `now`.
    #[must_use]
    pub fn time(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
            Self::At(time) => time,
        }
    }
}

/// A duration as the configuration writes it, a date, or a time with its zone (RFC 3339).
pub(super) fn since(text: &str) -> Result<Since, String> {
    if let Ok(ago) = config::duration(text) {
        return Ok(Since::Ago(ago));
    }
    let is_date = text.len() == "2026-11-03".len();
    let midnight = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let time = if is_date { midnight() } else { text.parse::<Timestamp>().ok() };
    time.map(Since::At).ok_or_else(|| "write 90s, 10m, 2h or 7d (ago), 2026-11-03 or 2026-11-03T08:30:00Z".into())
}

/// A name that people give: it is shown in lists and stands in certificates.
pub(super) fn name(text: &str) -> Result<String, String> {
    match (1..=64).contains(&text.chars().count()) && text.trim() == text && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err("a name has 1 to 64 characters, no control characters and no space at its ends".into()),
    }
}

/// A time to come, as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// So long from now.
    In(Duration),
    /// Then.
    At(Timestamp),
}

impl Until {
    /// The time, where it is now `now`.
    #[must_use]
    pub fn time(self, now: Timestamp) -> Timestamp {
        match self {
            Self::In(duration) => now.checked_add(duration).unwrap_or(Timestamp::MAX),
            Self::At(time) => time,
        }
    }
}

/// The same words as of a time in the past.
pub(super) fn until(text: &str) -> Result<Until, String> {
    match since(text) {
        Ok(Since::Ago(duration)) => Ok(Until::In(duration)),
        Ok(Since::At(time)) => Ok(Until::At(time)),
        Err(_) => Err("write 90s, 10m, 2h or 7d (from now), 2026-11-03 or 2026-11-03T08:30:00Z".into()),
    }
}

pub(super) fn quota(text: &str) -> Result<u32, String> {
    let count = text.strip_suffix("/day").or(text.strip_suffix("/d")).and_then(|count| count.parse().ok());
    count.filter(|count| *count > 0).ok_or_else(|| "write 1000/day".into())
}

pub(super) fn priority(text: &str) -> Result<Priority, String> {
    text.parse().map_err(|_| "write low, normal or high".into())
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, text)| (name.to_owned(), text.to_owned())).ok_or_else(|| "write NAME=TEXT".into())
}

/// One of a closed set, by the name that it has everywhere.
pub(super) fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    T::deserialize(text.trim().into_deserializer()).map_err(|error: serde::de::value::Error| error.to_string())
}

pub(super) fn after(text: &str) -> Result<config::After, String> {
    config::After::parse(text)
}

pub(super) fn imap(text: &str) -> Result<config::MailSource, String> {
    match config::MailSource::parse(text)? {
        imap @ config::MailSource::Imap(..) => Ok(imap),
        _ => Err("write imaps://USER@HOST/FOLDER".into()),
    }
}

pub(super) fn pop3(text: &str) -> Result<config::MailSource, String> {
    match config::MailSource::parse(text)? {
        pop3 @ config::MailSource::Pop3(_) => Ok(pop3),
        _ => Err("write pop3s://USER@HOST".into()),
    }
}

pub(super) fn duration(text: &str) -> Result<std::time::Duration, String> {
    config::duration(text)
        .and_then(|every| if every.is_zero() { Err("nothing can be done in no time".into()) } else { Ok(every) })
}

/// When output is coloured.
pub(super) fn color() -> impl TypedValueParser<Value = ColorChoice> {
    let words = [("auto", "On a terminal, unless NO_COLOR is set"), ("always", "Always"), ("never", "Never")];
    PossibleValuesParser::new(words.map(|(word, help)| PossibleValue::new(word).help(help))).map(|word| match &*word {
        "always" => ColorChoice::Always,
        "never" => ColorChoice::Never,
        _ => ColorChoice::Auto,
    })
}
