//! The third parameter of `send_message`: what holds for the whole call.

use jiff::Timestamp;
use mail::Mailbox;
use rpc::{Fault, Map, Text, Value};
use serde::Deserialize;
use spool::Priority;

use super::draft::{When, time};

/// Longest key of a call that may be made again, in octets.
const MAX_KEY: usize = 256;

/// What holds for the whole call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The caller's key of a call that may be made again.
    pub idempotency_key: Option<String>,
    /// Nothing is queued.
    pub dry_run: bool,
    /// The good ones are queued where others are bad.
    pub partial: bool,
    /// For messages that say nothing else: not before this.
    pub send_at: Option<Timestamp>,
    /// For messages that say nothing else: not after this.
    pub expires: Option<When>,
    /// For messages that say nothing else.
    pub priority: Option<Priority>,
    /// Who is told where one of them fails.
    pub envelope_from: Option<Mailbox>,
}

/// As they are written.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Written {
    idempotency_key: Option<Text>,
    dry_run: Option<bool>,
    partial: Option<bool>,
    send_at: Option<Text>,
    expires: Option<Text>,
    priority: Option<Text>,
    envelope_from: Option<Text>,
}

impl Options {
    /// What the parameter says; `None` where it is not there.
    ///
    /// # Errors
    /// −32602 that names the option.
    pub fn read(value: Option<Value>) -> Result<Option<Self>, Fault> {
        let value = match value {
            None | Some(Value::Null) => return Ok(None),
            // An element without content.
            Some(Value::Lexical(text)) if text.string.trim().is_empty() => Value::Map(Map::default()),
            Some(value) => value,
        };
        let written: Written = value.read().map_err(|mismatch| {
            let (path, message) = (mismatch.path(), mismatch.message().to_owned());
            let place = if path.is_empty() { "options".to_owned() } else { format!("options.{path}") };
            Fault::invalid_params(format!("{place}: {message}")).at(place)
        })?;
        let key = option("idempotency_key", written.idempotency_key, "1 to 256 octets", |text| {
            (1..=MAX_KEY).contains(&text.len()).then(|| text.to_owned())
        })?;
        Ok(Some(Self {
            idempotency_key: key,
            dry_run: written.dry_run.unwrap_or_default(),
            partial: written.partial.unwrap_or_default(),
            send_at: option("send_at", written.send_at, "an RFC 3339 time", time)?,
            expires: option("expires", written.expires, "an RFC 3339 time or a duration, such as 2h", When::read)?,
            priority: option("priority", written.priority, "low, normal or high", |text| text.trim().parse().ok())?,
            envelope_from: option("envelope_from", written.envelope_from, "one address", |text| {
                Mailbox::parse(text.trim()).ok()
            })?,
        }))
    }
}

/// What an option says; null and `""` are the same as nothing, but for a key: a call that wants one and has none is wrong.
fn option<T>(
    name: &str,
    text: Option<Text>,
    right: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Fault> {
    let Some(text) = text.filter(|text| !text.string.is_empty() || name == "idempotency_key") else { return Ok(None) };
    let place = format!("options.{name}");
    let wrong = || Fault::invalid_params(format!("{place} must be {right}")).at(&*place);
    read(&text.string).map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use rpc::{Code, Value};

    use super::Options;

    fn fault(name: &str, value: impl Into<Value>) -> (Code, String) {
        let fault = Options::read(Some(Value::from([(name, value.into())]))).unwrap_err();
        (fault.code, fault.path)
    }

    #[test]
    fn what_is_left_out_is_not_there_and_empty_is() {
        assert_eq!(Options::read(None).unwrap(), None);
        assert_eq!(Options::read(Some(Value::Null)).unwrap(), None);
        let empty = Some(Options::default());
        assert_eq!(Options::read(Some(Value::List(Vec::new()))).unwrap(), empty, "PHP's empty array");
        assert_eq!(Options::read(Some(Value::Map(rpc::Map::default()))).unwrap(), empty);
        let nulls = Value::from([("send_at", Value::Null), ("priority", Value::from("")), ("dry_run", Value::Null)]);
        assert_eq!(Options::read(Some(nulls)).unwrap(), empty);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let long = "x".repeat(257);
        for (name, value) in [
            ("colour", Value::from("red")),
            ("dry_run", Value::from("yes")),
            ("idempotency_key", Value::from("")),
            ("idempotency_key", Value::from(long)),
            ("send_at", Value::from("tomorrow")),
            ("send_at", Value::from("2026-11-28T09:00:00+01:00[Europe/Warsaw]")),
            ("expires", Value::from("soon")),
            ("priority", Value::from("urgent")),
            ("envelope_from", Value::from("a@b@c")),
        ] {
            assert_eq!(fault(name, value), (Code::InvalidParams, format!("options.{name}")));
        }
        assert_eq!(Options::read(Some(Value::from("x"))).unwrap_err().path, "options");
    }
}
