//! The members of a row that the old mailer had not.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use rpc::{Fault, Map, Octets, Value};
use spool::Priority;

use super::{Draft, is_absent, is_numbered, shape};

/// The members of a row that the old mailer had not; empty is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct More {
    /// More recipients: an address list.
    pub cc: String,
    /// Recipients that nobody sees: an address list.
    pub bcc: String,
    /// Where answers go: an address list.
    pub reply_to: String,
    /// The same body as HTML.
    pub html: Option<String>,
    /// Files.
    pub attachments: Vec<File>,
    /// Not before this.
    pub send_at: Option<Timestamp>,
    /// Not after this.
    pub expires: Option<When>,
    /// Before or behind other mail.
    pub priority: Option<Priority>,
    /// Words that its sender is told again.
    pub tags: Vec<String>,
    /// Names and texts that its sender is told again.
    pub metadata: BTreeMap<String, String>,
}

/// A file of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Its name; empty where it has none.
    pub filename: String,
    /// Its media type; empty for `application/octet-stream`.
    pub content_type: String,
    /// Its octets.
    pub content: Bytes,
    /// Without brackets; where it is there, the HTML shows it in its place.
    pub content_id: Option<String>,
}

/// A time, or how long after the mail leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Then.
    At(Timestamp),
    /// So long after it leaves.
    In(Duration),
}

impl When {
    /// Reads RFC 3339, or a duration (`90s 5m 2h 7d`).
    pub(in super::super) fn read(text: &str) -> Option<Self> {
        time(text).map(Self::At).or_else(|| config::duration(text).ok().map(Self::In))
    }

    /// The time, for what leaves then.
    #[must_use]
    pub fn after(self, leaves: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::In(duration) => leaves.checked_add(duration).unwrap_or(Timestamp::MAX),
        }
    }
}

/// Reads RFC 3339.
pub(in super::super) fn time(text: &str) -> Option<Timestamp> {
    // jiff reads more than RFC 3339 has: a zone in brackets is none of it.
    text.trim().parse().ok().filter(|_| !text.contains('['))
}

impl More {
    /// Every text that a person wrote.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let lists = [&mut self.cc, &mut self.bcc, &mut self.reply_to].into_iter();
        let files = self.attachments.iter_mut().map(|file| &mut file.filename);
        lists.chain(&mut self.html).chain(files).chain(&mut self.tags).chain(self.metadata.values_mut())
    }

    /// What is told with each event, as JSON; empty where there is nothing.
    #[must_use]
    pub fn labels(&self) -> String {
        if self.tags.is_empty() && self.metadata.is_empty() {
            return String::new();
        }
        serde_json::json!({ "tags": self.tags, "metadata": self.metadata }).to_string()
    }
}

impl Draft {
    /// Takes a member that has no place.
    pub(super) fn add(&mut self, name: &str, value: Value, path: &str) -> Result<(), Fault> {
        const NAMES: [&str; 10] =
            ["cc", "bcc", "reply_to", "html", "attachments", "send_at", "expires", "priority", "tags", "metadata"];
        if !NAMES.contains(&name) {
            self.is_wrong(format!("Unknown member `{name}`"));
            return Ok(());
        }
        let mut more = self.more.take().unwrap_or_default();
        if !is_absent(&value) {
            let path = format!("{path}.{name}");
            match name {
                "cc" => more.cc = self.text(value, &path)?,
                "bcc" => more.bcc = self.text(value, &path)?,
                "reply_to" => more.reply_to = self.text(value, &path)?,
                "html" => more.html = Some(self.text(value, &path)?),
                "attachments" => more.attachments = self.files(value, &path)?,
                "tags" => more.tags = self.tags(value, &path)?,
                "metadata" => more.metadata = self.metadata(value, &path)?,
                _ => self.timing(&mut more, (name, value), &path)?,
            }
        }
        self.more = Some(more);
        Ok(())
    }

    /// The first counts.
    fn is_wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }

    fn timing(&mut self, more: &mut More, (name, value): (&str, Value), path: &str) -> Result<(), Fault> {
        let text = self.text(value, path)?;
        let right = match name {
            "send_at" => {
                more.send_at = time(&text);
                more.send_at.is_some().then_some("").ok_or("an RFC 3339 time, such as 2026-11-28T09:00:00Z")
            }
            "expires" => {
                more.expires = When::read(&text);
                more.expires.is_some().then_some("").ok_or("an RFC 3339 time or a duration, such as 2h")
            }
            _ => {
                more.priority = text.trim().parse().ok();
                more.priority.is_some().then_some("").ok_or("low, normal or high")
            }
        };
        if let Err(right) = right {
            self.is_wrong(format!("{name} is not {right}"));
        }
        Ok(())
    }

    fn tags(&mut self, value: Value, path: &str) -> Result<Vec<String>, Fault> {
        let tags = match value {
            one @ (Value::Text(_) | Value::Lexical(_)) => vec![one],
            several => items(several, |_| false).ok_or_else(|| shape(path, "a list of texts"))?,
        };
        let each = tags.into_iter().enumerate();
        each.map(|(index, tag)| self.text(tag, &format!("{path}[{index}]"))).collect()
    }

    fn metadata(&mut self, value: Value, path: &str) -> Result<BTreeMap<String, String>, Fault> {
        let members = match value {
            Value::Map(members) => members,
            // An empty array is PHP's empty struct.
            Value::List(none) if none.is_empty() => Map::default(),
            _ => return Err(shape(path, "a struct of texts")),
        };
        let each = members.into_iter();
        each.map(|(name, text)| Ok((name.clone(), self.text(text, &format!("{path}.{name}"))?))).collect()
    }

    fn files(&mut self, value: Value, path: &str) -> Result<Vec<File>, Fault> {
        let is_file = |name: &str| FILE.contains(&name);
        let files = items(value, is_file).ok_or_else(|| shape(path, "a list of attachments"))?;
        let each = files.into_iter().enumerate();
        each.map(|(index, file)| self.file(file, &format!("{path}[{index}]"))).collect()
    }

    fn file(&mut self, value: Value, path: &str) -> Result<File, Fault> {
        let Value::Map(members) = value else {
            return Err(shape(
                path,
                "a struct with the members filename, content_type, content and perhaps content_id",
            ));
        };
        let (mut file, mut content) = (File::default(), None);
        for (name, value) in members {
            let at = format!("{path}.{name}");
            match name.as_str() {
                "content" => content = Some(value),
                _ if !FILE.contains(&name.as_str()) => {
                    self.is_wrong(format!("Unknown member `{name}` of an attachment"))
                }
                _ if is_absent(&value) => {}
                "filename" => file.filename = self.text(value, &at)?,
                "content_type" => file.content_type = self.text(value, &at)?,
                _ => file.content_id = Some(self.text(value, &at)?),
            }
        }
        match content.map(octets) {
            Some(Some(octets)) => file.content = octets,
            Some(None) => self.is_wrong(format!("attachment ({}): content is not base64", file.filename)),
            None => self.is_wrong(format!("attachment ({}): content is missing", file.filename)),
        }
        Ok(file)
    }
}

/// The members of an attachment.
const FILE: [&str; 4] = ["filename", "content_type", "content", "content_id"];

/// Octets, or base64 text, whose lines may be broken (PHP's `chunk_split`).
fn octets(value: Value) -> Option<Bytes> {
    value.read::<Octets>().ok().map(|octets| octets.0.into())
}

/// What stands in a list, or in what PHP and SOAP make of one.
fn items(value: Value, is_member: impl Fn(&str) -> bool) -> Option<Vec<Value>> {
    match value {
        Value::List(items) => Some(items),
        Value::Map(map) if is_numbered(&map) => Some(map.into_values().collect()),
        Value::Map(map) if map.is_empty() => Some(Vec::new()),
        Value::Map(map) if map.keys().any(|name| is_member(name)) => Some(vec![Value::Map(map)]),
        // SOAP: <tags><item>…</item>…</tags>
        Value::Map(map) if map.len() == 1 => match map.into_values().next()? {
            Value::List(items) => Some(items),
            one => Some(vec![one]),
        },
        Value::Lexical(text) if text.string.trim().is_empty() => Some(Vec::new()),
        _ => None,
    }
}
