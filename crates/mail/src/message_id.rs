//! Message-ID, In-Reply-To and References: read leniently, made strictly (RFC 5322 §3.6.4).
//!
//! What arrives is `<a@b>`, a bare `2`, ids with comments, several on one line. What is compared is the id without
//! angle brackets, outer white space and comments; what is answered is the id as it was written.

use std::borrow::Cow;

use jiff::Timestamp;
use uuid::Uuid;

use crate::address::Domain;
use crate::header::{Field, Headers};

/// Most ids taken from one field.
const MAX_IDS: usize = 200;
/// Longest `References` that we write, in octets; beyond it ids leave from the middle (RFC 5322 sets no limit, servers
/// do).
const MAX_REFERENCES: usize = 8_000;
/// Longest id that fits a line of 998 octets behind `In-Reply-To: `.
const MAX_ID: usize = 980;

/// An id as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    /// As it was written, octet for octet, brackets or none, on one line.
    pub as_written: Vec<u8>,
    /// For comparison: no angle brackets, outer white space or outer comments.
    pub bare: String,
}

/// What an answer says about the mail it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// Value of `In-Reply-To`: the request's Message-ID as it was written.
    pub in_reply_to: Option<Vec<u8>>,
    /// Value of `References`, ids parted by one space.
    pub references: Option<Vec<u8>>,
}

/// The Message-ID of a message: of its first field of that name. `None` where there is none, or an empty one.
#[must_use]
pub fn message_id(headers: &Headers<'_>) -> Option<Id> {
    let field = headers.first("Message-ID")?;
    let (as_written, value) = (field.unfolded(), field.legible());
    let ids = read_ids(&value);
    let first = match ids.first() {
        // An id without brackets may hold anything, spaces too: then all of the value is the id.
        Some(id) if id.as_written.starts_with(b"<") => id.bare.clone(),
        _ => without_comments(&value).into_owned(),
    };
    let usable = !first.is_empty() && as_written.len() <= MAX_ID && !as_written.iter().any(u8::is_ascii_control);
    usable.then(|| Id { as_written: as_written.into_owned(), bare: first })
}

/// All ids in the fields `In-Reply-To`, in order.
#[must_use]
pub fn in_reply_to(headers: &Headers<'_>) -> Vec<Id> {
    headers.all("In-Reply-To").flat_map(ids_of).take(MAX_IDS).collect()
}

/// All ids in the fields `References`, oldest first.
#[must_use]
pub fn references(headers: &Headers<'_>) -> Vec<Id> {
    headers.all("References").flat_map(ids_of).take(MAX_IDS).collect()
}

fn ids_of(field: Field<'_>) -> Vec<Id> {
    let mut ids = read_ids(&field.legible());
    if std::str::from_utf8(&field.unfolded()).is_err() {
        // The value was read octet by octet, and so it is written.
        let octet = |c: char| u8::try_from(c).unwrap_or(b'?');
        for id in &mut ids {
            id.as_written = String::from_utf8_lossy(&id.as_written).chars().map(octet).collect();
        }
    }
    ids
}

/// The ids in a value. Where one stands in angle brackets, words without an `@` are the prose of old programs (RFC 822
/// §4.6.2) and are passed over.
#[must_use]
pub fn read_ids(value: &str) -> Vec<Id> {
    let words: Vec<&str> = Words { rest: value }.take(MAX_IDS).collect();
    let bracketed = words.iter().any(|word| word.starts_with('<'));
    let ids = words.into_iter().filter(|word| !bracketed || word.starts_with('<') || word.contains('@'));
    ids.map(Id::new).filter(|id| !id.bare.is_empty()).collect()
}

/// A new id, without its angle brackets: a dot-atom at `domain`. `unique` is the caller's chance and clock, best a
/// version 7 UUID.
#[must_use]
pub fn new_id(unique: Uuid, domain: &Domain) -> String {
    format!("{}@{}", unique.as_hyphenated(), domain.ascii())
}

/// When an id of [`new_id`]'s form was made, to the millisecond; `None` for any other.
#[must_use]
pub fn made_at(id: &str) -> Option<Timestamp> {
    let (unique, _) = id.split_once('@')?;
    let unique = Uuid::try_parse(unique).ok().filter(|_| unique.len() == 36)?;
    let (seconds, nanoseconds) = unique.get_timestamp().filter(|_| unique.get_version_num() == 7)?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok()
}

impl Id {
    fn new(word: &str) -> Self {
        let bare = word.strip_prefix('<').unwrap_or(word);
        let bare = bare.strip_suffix('>').unwrap_or(bare).trim();
        Self { as_written: word.as_bytes().to_vec(), bare: bare.to_owned() }
    }
}

impl Thread {
    /// What an answer to a message with these headers says; nothing, where it has no Message-ID.
    #[must_use]
    pub fn answering(request: &Headers<'_>) -> Self {
        let Some(id) = message_id(request) else { return Self::default() };
        let mut ancestors = references(request);
        if ancestors.is_empty() {
            // RFC 5322 §3.6.4: In-Reply-To stands in for References where it names a single parent.
            let parents = in_reply_to(request);
            ancestors = if parents.len() == 1 { parents } else { Vec::new() };
        }
        ancestors.retain(|ancestor| !ancestor.as_written.iter().any(|&b| b.is_ascii_control() || b == b' '));
        let references = join(ancestors, &id.as_written);
        Self { in_reply_to: Some(id.as_written), references: Some(references) }
    }
}

/// The root, then as many of the newest as fit.
fn join(ancestors: Vec<Id>, own: &[u8]) -> Vec<u8> {
    let total: usize = ancestors.iter().map(|id| id.as_written.len() + 1).sum::<usize>() + own.len();
    let mut excess = total.saturating_sub(MAX_REFERENCES);
    let mut line = Vec::with_capacity(total - excess);
    for (index, id) in ancestors.iter().enumerate() {
        let too_long = id.as_written.len() > MAX_ID;
        if too_long || (index > 0 && excess > 0) {
            excess = excess.saturating_sub(id.as_written.len() + 1);
            continue;
        }
        line.extend_from_slice(&id.as_written);
        line.push(b' ');
    }
    line.extend_from_slice(own);
    line
}

/// The value without comments before and after it, and without outer white space.
fn without_comments(value: &str) -> Cow<'_, str> {
    let words: Vec<&str> = Words { rest: value }.take(MAX_IDS).collect();
    match words.as_slice() {
        [only] => Cow::Borrowed(only),
        words => Cow::Owned(words.join(" ")),
    }
}

/// Words parted by white space, commas and comments; `<…>` is one word.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            match self.rest.as_bytes().first()? {
                b'(' => self.rest = after_comment(self.rest),
                b'<' => return Some(self.cut(self.rest.find('>').map_or(self.rest.len(), |close| close + 1))),
                _ => {
                    let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '<' | '('));
                    return Some(self.cut(end.unwrap_or(self.rest.len())));
                }
            }
        }
    }
}

impl<'a> Words<'a> {
    fn cut(&mut self, length: usize) -> &'a str {
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        word
    }
}

/// What follows the comment at the start of `text`; comments nest. One that is not closed goes to the end.
fn after_comment(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 1 => return &text[at + 1..],
            ')' => depth -= 1,
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests;
