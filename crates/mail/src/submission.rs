//! What a submission agent does to the mail of a program on its own machine (RFC 6409 §8): whom it is for, who sends it,
//! and the fields that it lacks. As the classic `sendmail -t` has it, with the customs of its callers.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Zoned;

use crate::address::{Domain, ListError, Mailbox, Named, parse_local_list, unqualified};
use crate::field::{Form, push_addresses};
use crate::header::{self, Field, Headers};
use crate::{long_lines, message_id};

mod resent;

/// What completes a message.
#[derive(Clone, Debug)]
pub struct Stamp<'a> {
    /// For `From`, where there is none.
    pub author: Named,
    /// For `Date`, where there is none.
    pub now: Zoned,
    /// For `Message-ID`, where there is none; without brackets.
    pub message_id: &'a str,
    /// Where names without a domain are.
    pub origin: &'a Domain,
}

/// A field that should name people and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` in the field {field} is no address: {}", .ill.address, .ill.reason)]
pub struct FieldError {
    /// The field's name as it was written.
    pub field: String,
    /// What is wrong with which address.
    pub ill: ListError,
}

/// Whom `To`, `Cc` and `Bcc` name; of a mail that is sent again, whom the fields of its latest resending name (RFC 5322
/// §3.6.6). May be nobody.
///
/// # Errors
/// The first field that cannot be read: to guess whom it means would leave somebody out.
pub fn recipients(headers: &Headers<'_>, origin: &Domain) -> Result<Vec<Mailbox>, FieldError> {
    let again = resent::latest(headers);
    let fields: Vec<Field<'_>> = if again.is_empty() {
        headers.iter().filter(|field| is_one_of(field, &["To", "Cc", "Bcc"])).collect()
    } else {
        again.into_iter().filter(|field| is_one_of(field, &["Resent-To", "Resent-Cc", "Resent-Bcc"])).collect()
    };
    let mut named = Vec::new();
    for field in fields {
        let list = parse_local_list(&field.value(), origin).map_err(|ill| unreadable(&field, ill))?;
        named.extend(list.into_iter().map(|named| named.mailbox));
    }
    Ok(distinct(named))
}

/// Who sends it: of `Sender` and `From` the first that names somebody; of a mail that is sent again, whoever sends it
/// again. `None` where no field says it.
#[must_use]
pub fn sender(headers: &Headers<'_>, origin: &Domain) -> Option<Mailbox> {
    let again = resent::latest(headers);
    let named = |name: &str| {
        let field = if again.is_empty() { headers.first(name) } else { again.iter().find(|f| f.is(name)).copied() };
        parse_local_list(&field?.value(), origin).ok()?.into_iter().next().map(|named| named.mailbox)
    };
    if again.is_empty() {
        named("Sender").or_else(|| named("From"))
    } else {
        named("Resent-Sender").or_else(|| named("Resent-From"))
    }
}

/// Each mailbox once, in the order given.
///
/// QUIRK: `Ann@x` and `ann@x` are one person, as Postfix has it, though RFC 5321 §2.4 leaves the case of a local part to
/// its host: who stands in `To` and in `Cc` wants one copy.
#[must_use]
pub fn distinct(mailboxes: Vec<Mailbox>) -> Vec<Mailbox> {
    let mut seen = HashSet::new();
    let key = |mailbox: &Mailbox| (mailbox.local().to_ascii_lowercase(), mailbox.domain().ascii().into_owned());
    mailboxes.into_iter().filter(|mailbox| seen.insert(key(mailbox))).collect()
}

/// The message as it may leave: its header ends where fields end, it has the fields that RFC 5322 §3.6 demands, names in
/// it have a domain, blind copies are not told of, and no line is over 998 octets. `message` has CRLF line ends.
#[must_use]
pub fn complete(message: &[u8], stamp: &Stamp<'_>) -> Vec<u8> {
    let closed = header::close(message);
    let (headers, body) = header::split(&closed);
    let again = resent::latest(&headers);
    let mut whole = Vec::with_capacity(closed.len() + 256);
    let anew = if again.is_empty() { push_missing(&mut whole, &headers, stamp) } else { Vec::new() };
    for field in &headers {
        // The fields of one resending stand together (RFC 5322 §3.6.6).
        if again.first().is_some_and(|first| std::ptr::eq(first.octets(), field.octets())) {
            resent::push_missing(&mut whole, &again, stamp);
        }
        if !is_one_of(&field, &DROPPED) && !is_one_of(&field, &anew) {
            push_field(&mut whole, &field, stamp.origin);
        }
    }
    whole.extend_from_slice(b"\r\n");
    whole.extend_from_slice(body);
    match long_lines::broken(&whole) {
        Cow::Borrowed(_) => whole,
        Cow::Owned(broken) => broken,
    }
}

/// Gives the names of what was added: a field of that name says nothing, and goes.
fn push_missing(out: &mut Vec<u8>, headers: &Headers<'_>, stamp: &Stamp<'_>) -> Vec<&'static str> {
    let mut anew = Vec::new();
    if !headers.all("From").any(|field| !field.unfolded().is_empty()) {
        push_addresses(out, "From", [&stamp.author], Form::for_all([&stamp.author.mailbox]));
        anew.push("From");
    }
    if headers.first("Date").is_none() {
        push_line(out, "Date", &date(&stamp.now));
    }
    if message_id::message_id(headers).is_none() {
        push_line(out, "Message-ID", &format!("<{}>", stamp.message_id));
        anew.push("Message-ID");
    }
    anew
}

fn push_line(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
}

fn date(now: &Zoned) -> String {
    jiff::fmt::rfc2822::to_string(now).unwrap_or_default()
}

/// What is for nobody's eyes, what the last delivery writes (RFC 5321 §4.4), and what line ends make untrue.
const DROPPED: [&str; 4] = ["Bcc", "Resent-Bcc", "Return-Path", "Content-Length"];

/// The fields whose names without a domain would mean somebody else elsewhere (RFC 6409 §4.2).
const NAMING: [&str; 9] =
    ["From", "Sender", "Reply-To", "To", "Cc", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc"];

fn push_field(out: &mut Vec<u8>, field: &Field<'_>, origin: &Domain) {
    let qualified = if is_one_of(field, &NAMING) { qualified(field, origin) } else { None };
    match qualified {
        Some(value) => out.extend_from_slice(format!("{}:{value}\r\n", field.name()).as_bytes()),
        None => out.extend_from_slice(field.octets()),
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
}

/// The value with the missing domains in it, folded as it was.
fn qualified(field: &Field<'_>, origin: &Domain) -> Option<String> {
    let raw = std::str::from_utf8(field.raw()).ok()?;
    // A line end is as wide as the spaces that the reader of lists takes for it.
    let bare = unqualified(&raw.replace(['\r', '\n'], " "), origin);
    let mut value = String::with_capacity(raw.len() + 64);
    let mut start = 0;
    for end in bare.iter().copied() {
        value.push_str(&raw[start..end]);
        value.push_str(&format!("@{origin}"));
        start = end;
    }
    value.push_str(&raw[start..]);
    (!bare.is_empty()).then_some(value)
}

fn is_one_of(field: &Field<'_>, names: &[&str]) -> bool {
    names.iter().any(|name| field.is(name))
}

fn unreadable(field: &Field<'_>, ill: ListError) -> FieldError {
    FieldError { field: field.name().to_owned(), ill }
}

#[cfg(test)]
mod tests;
