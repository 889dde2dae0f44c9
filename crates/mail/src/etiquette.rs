//! When a mail must not be answered, and whom an answer goes to (RFC 3834; RFC 5321 §4.5.5).

mod sender;

use crate::address::{Mailbox, parse_any};
use crate::envelope::ReversePath;
use crate::header::{Field, Headers};
use crate::media_type::{self, MediaType};

/// The field that marks what we wrote: a mail with our own marker in it has come round.
pub const LOOP_FIELD: &str = "X-Loop";

/// Why a mail must not be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Silence {
    /// The reverse-path is `<>`: a bounce, or a mail that wants none.
    #[error("the reverse-path is null")]
    NullReversePath,
    /// `Auto-Submitted` says anything but `no` (RFC 3834 §5).
    #[error("it was submitted automatically")]
    AutoSubmitted,
    /// A multipart/report: a bounce, a receipt, a complaint.
    #[error("it is a report")]
    Report,
    /// Some field `List-…` (RFC 2369, RFC 2919).
    #[error("it comes from a mailing list")]
    MailingList,
    /// `Precedence: bulk`, `list` or `junk`.
    #[error("its precedence is bulk, list or junk")]
    Precedence,
    /// `X-Auto-Response-Suppress` says anything but `None`.
    #[error("it suppresses automatic responses")]
    ResponseSuppressed,
    /// It carries our own marker.
    #[error("it carries our own loop marker")]
    LoopMarker,
    /// It comes from an address of ours.
    #[error("it comes from an address of our own")]
    OwnAddress,
    /// It comes from a mail system or a list, by the address that it is sent from (RFC 3834 §2).
    #[error("its sender is a mail system or a mailing list")]
    MachineSender,
    /// It has been handed on too often (RFC 5321 §6.3).
    #[error("it has passed through too many servers")]
    TooManyReceived,
}

/// By what mail is never answered automatically: what is our own, and how far a mail may have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoReplyPolicy {
    /// The value of [`LOOP_FIELD`] in what we write; empty: none.
    pub loop_marker: String,
    /// Addresses of ours that answer: what they send is never answered.
    pub own: Vec<Mailbox>,
    /// Most `Received` fields; 50 by default (RFC 5321 §6.3 wants at least 100 *allowed* for relaying; a request that
    /// wandered so far is no request).
    pub max_received: usize,
}

impl Default for AutoReplyPolicy {
    fn default() -> Self {
        Self { loop_marker: String::new(), own: Vec::new(), max_received: 50 }
    }
}

impl AutoReplyPolicy {
    /// Why this mail must not be answered; `None` where it may be.
    #[must_use]
    pub fn silence(&self, headers: &Headers<'_>, reverse_path: &ReversePath) -> Option<Silence> {
        if *reverse_path == ReversePath::Null {
            return Some(Silence::NullReversePath);
        }
        let machine = || sender::is_machine(headers, reverse_path).then_some(Silence::MachineSender);
        let own = || self.is_ours(headers, reverse_path).then_some(Silence::OwnAddress);
        self.loop_of(headers).or_else(|| automatic(headers)).or_else(machine).or_else(own)
    }

    fn loop_of(&self, headers: &Headers<'_>) -> Option<Silence> {
        let marked = |field: Field<'_>| field.value().eq_ignore_ascii_case(&self.loop_marker);
        if !self.loop_marker.is_empty() && headers.all(LOOP_FIELD).any(marked) {
            return Some(Silence::LoopMarker);
        }
        (received_count(headers) > self.max_received).then_some(Silence::TooManyReceived)
    }

    /// True for an address of ours, in any case and with any `+extension`: mail for it comes to us all the same.
    #[must_use]
    pub fn is_own(&self, mailbox: &Mailbox) -> bool {
        let base = mailbox.local().split('+').next().unwrap_or_default();
        let is = |own: &Mailbox| {
            own.same_mailbox(mailbox) || (own.same_domain(mailbox) && own.local().eq_ignore_ascii_case(base))
        };
        self.own.iter().any(is)
    }

    /// True where an answer would go to ourselves, or the mail comes from there.
    fn is_ours(&self, headers: &Headers<'_>, reverse_path: &ReversePath) -> bool {
        reply_address(headers, reverse_path).is_ok_and(|reply| self.is_own(&reply))
            || reverse_path.mailbox().is_some_and(|mailbox| self.is_own(mailbox))
    }
}

/// What the fields of the header say.
fn automatic(headers: &Headers<'_>) -> Option<Silence> {
    headers.iter().find_map(|field| {
        let value = field.value();
        let silence = match field.name().to_ascii_lowercase().as_str() {
            "auto-submitted" if keyword(&value) != "no" => Silence::AutoSubmitted,
            "content-type" if MediaType::parse(&value).essence == "multipart/report" => Silence::Report,
            "precedence" if matches!(keyword(&value).as_str(), "bulk" | "list" | "junk") => Silence::Precedence,
            "x-auto-response-suppress" if keyword(&value) != "none" => Silence::ResponseSuppressed,
            name if name.starts_with("list-") => Silence::MailingList,
            _ => return None,
        };
        Some(silence)
    })
}

/// The first word of a value, lower case, without parameters and comments.
fn keyword(value: &str) -> String {
    media_type::word(value).to_ascii_lowercase()
}

/// Why a mail has no address to answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoReplyAddress {
    /// More than one field `Reply-To`.
    #[error("it has more than one Reply-To field")]
    SeveralFields,
    /// `Reply-To` cannot be read.
    #[error("its Reply-To is no address")]
    Unreadable,
    /// `Reply-To` names different addresses.
    #[error("its Reply-To names more than one address")]
    Several,
    /// There is no `Reply-To`, and `From` names different authors.
    #[error("it has more than one author and no Reply-To")]
    SeveralAuthors,
    /// Neither field names anybody, and the reverse-path is null.
    #[error("it names no address to answer to")]
    Nobody,
}

/// Whom a field names.
enum Named {
    Nobody,
    One(Mailbox),
    Several,
    Unreadable,
}

/// The one address that an answer goes to: `Reply-To`, else `From`; where that is absent or cannot be read, the
/// reverse-path. An address that stands there twice is one.
///
/// QUIRK: GNU mailutils leaves `From` to the server that it hands its mail to, and `From: Example, Inc. <a@b>` is written
/// by more programs than it should be: there the reverse-path is all that says who asks.
///
/// # Errors
/// There is not exactly one.
pub fn reply_address(headers: &Headers<'_>, reverse_path: &ReversePath) -> Result<Mailbox, NoReplyAddress> {
    if headers.all("Reply-To").nth(1).is_some() {
        return Err(NoReplyAddress::SeveralFields);
    }
    match named_in(headers, "Reply-To") {
        Named::One(mailbox) => return Ok(mailbox),
        Named::Several => return Err(NoReplyAddress::Several),
        Named::Unreadable => return Err(NoReplyAddress::Unreadable),
        Named::Nobody => {}
    }
    match named_in(headers, "From") {
        Named::One(mailbox) => Ok(mailbox),
        Named::Several => Err(NoReplyAddress::SeveralAuthors),
        Named::Nobody | Named::Unreadable => reverse_path.mailbox().cloned().ok_or(NoReplyAddress::Nobody),
    }
}

/// The one author. `None` where there is not exactly one.
#[must_use]
pub fn author(headers: &Headers<'_>) -> Option<Mailbox> {
    match named_in(headers, "From") {
        Named::One(mailbox) => Some(mailbox),
        Named::Nobody | Named::Several | Named::Unreadable => None,
    }
}

fn named_in(headers: &Headers<'_>, name: &str) -> Named {
    let mut fields = headers.all(name);
    let field = match (fields.next(), fields.next()) {
        (None, _) => return Named::Nobody,
        (Some(field), None) => field,
        (Some(_), Some(_)) => return Named::Several,
    };
    let value = field.value();
    let Ok(list) = parse_any(&value) else { return bracketed(&value).map_or(Named::Unreadable, Named::One) };
    let mut mailboxes = list.into_iter().map(|named| named.mailbox);
    match mailboxes.next() {
        None => Named::Nobody,
        Some(first) if mailboxes.all(|other| other.same_mailbox(&first)) => Named::One(first),
        Some(_) => Named::Several,
    }
}

/// The address of `anything <address>`: people's names break every rule, and are not needed.
fn bracketed(value: &str) -> Option<Mailbox> {
    let (name, address) = value.strip_suffix('>')?.split_once('<')?;
    if name.contains([',', '>', '"']) { None } else { Mailbox::parse(address).ok() }
}

/// How many servers have passed the mail on.
#[must_use]
pub fn received_count(headers: &Headers<'_>) -> usize {
    headers.count("Received")
}

/// The reverse-path that the delivering server noted in `Return-Path` (RFC 5321 §4.4), for mail that comes without its
/// envelope. `None` where there is none, or it is no path.
#[must_use]
pub fn return_path(headers: &Headers<'_>) -> Option<ReversePath> {
    let value = headers.first("Return-Path")?.value();
    let path = value.trim().trim_start_matches('<').trim_end_matches('>');
    if path.is_empty() { Some(ReversePath::Null) } else { Mailbox::parse(path).ok().map(ReversePath::Mailbox) }
}

#[cfg(test)]
mod tests;
