//! What stands inside a start tag behind the element's name, and inside the XML declaration.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{malformed, text};
use crate::Fault;
use crate::xml::{is_space, name};

/// An attribute as it is written, before its prefix is looked up.
pub(super) struct Raw<'a> {
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
    pub(super) value: Cow<'a, str>,
}

/// Up to here attributes are compared each with each; above, a table is cheaper.
const FEW: usize = 8;

/// How a start tag ends, and the octets before its end.
pub(super) enum End {
    /// `>`: content and an end tag follow.
    Open(usize),
    /// `/>`: it was an empty-element tag.
    Empty(usize),
}

impl End {
    /// The octets up to and with the end.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Open(before) => before + 1,
            Self::Empty(before) => before + 2,
        }
    }

    /// True for `/>`.
    pub(super) fn is_empty_element(&self) -> bool {
        matches!(self, Self::Empty(_))
    }
}

/// Parses `( S Name Eq AttValue )* S?` (XML 1.0 §3.1) into `out`, to the end of the tag.
pub(super) fn attributes<'a>(tail: &'a str, out: &mut Vec<Raw<'a>>) -> Result<End, Fault> {
    if tail.as_bytes().first() == Some(&b'>') {
        // Most tags have none.
        out.clear();
        return Ok(End::Open(0));
    }
    let rest = list(tail, out)?;
    let before = tail.len() - rest.len();
    match rest.as_bytes() {
        [b'>', ..] => Ok(End::Open(before)),
        [b'/', b'>', ..] => Ok(End::Empty(before)),
        _ => Err(malformed("a tag does not end")),
    }
}

/// The attributes that `tail` begins with; what follows them is given back.
fn list<'a>(tail: &'a str, out: &mut Vec<Raw<'a>>) -> Result<&'a str, Fault> {
    out.clear();
    let mut rest = tail;
    loop {
        let start = skip_space(rest);
        match start.as_bytes().first() {
            None | Some(b'>' | b'/' | b'?') => return Ok(start),
            Some(_) if start.len() == rest.len() => return Err(malformed("white space is missing between attributes")),
            Some(_) => {}
        }
        let (raw, behind) = attribute(start)?;
        out.push(raw);
        rest = behind;
    }
}

fn attribute(start: &str) -> Result<(Raw<'_>, &str), Fault> {
    let name = name::qualified(start).ok_or_else(|| malformed("an attribute has no proper name"))?;
    let rest = skip_space(&start[name.length..]);
    let rest = rest.strip_prefix('=').ok_or_else(|| malformed("an attribute has no value"))?;
    let rest = skip_space(rest);
    let quote = match rest.as_bytes().first() {
        Some(quote @ (b'"' | b'\'')) => *quote,
        _ => return Err(malformed("an attribute value is not quoted")),
    };
    let value = &rest[1..];
    let end = memchr::memchr(quote, value.as_bytes()).ok_or_else(|| malformed("an attribute value does not end"))?;
    let raw = Raw { prefix: name.prefix, local: name.local, value: text::attribute(&value[..end])? };
    Ok((raw, &value[end + 1..]))
}

/// What follows white space.
pub(super) fn skip_space(text: &str) -> &str {
    let start = text.bytes().position(|byte| !is_space(byte)).unwrap_or(text.len());
    &text[start..]
}

/// The octets of the XML declaration at the start of a document (XML 1.0 §2.8). The encoding itself has been heeded before.
pub(super) fn declaration<'a>(document: &'a str, raw: &mut Vec<Raw<'a>>) -> Result<usize, Fault> {
    let rest = list(&document["<?xml".len()..], raw)?;
    let mut order = ["version", "encoding", "standalone"].iter();
    let in_order = raw.iter().all(|part| part.prefix.is_empty() && order.any(|name| *name == part.local));
    let right = raw.iter().all(|part| match part.local {
        "version" => part.value.strip_prefix("1.").is_some_and(|minor| is_all(minor, |b| b.is_ascii_digit())),
        "encoding" => {
            part.value.starts_with(|c: char| c.is_ascii_alphabetic())
                && is_all(&part.value, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        }
        _ => matches!(&*part.value, "yes" | "no"),
    });
    let with_version = raw.first().is_some_and(|part| part.local == "version");
    match rest.strip_prefix("?>").filter(|_| in_order && right && with_version) {
        Some(behind) => Ok(document.len() - behind.len()),
        None => Err(malformed("the XML declaration is not right")),
    }
}

fn is_all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

/// No name may come twice in one tag (XML 1.0 §3.1; Namespaces in XML 1.0 §6.3).
pub(super) fn refuse_duplicates<'n>(
    names: impl ExactSizeIterator<Item = (&'n str, &'n str)> + Clone,
) -> Result<(), Fault> {
    let distinct = if names.len() > FEW {
        let mut seen = HashSet::with_capacity(names.len());
        names.clone().all(|name| seen.insert(counted(name)))
    } else {
        names.clone().enumerate().all(|(place, name)| names.clone().take(place).all(|other| counted(other) != name))
    };
    if distinct { Ok(()) } else { Err(malformed("an attribute comes twice")) }
}

#[cfg(test)]
thread_local! {
    /// Names looked at for duplicates so far: what the tests of linear cost count.
    pub(super) static COMPARISONS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn counted<'n>(name: (&'n str, &'n str)) -> (&'n str, &'n str) {
    #[cfg(test)]
    COMPARISONS.set(COMPARISONS.get() + 1);
    name
}
