//! When a mail must not be answered, and whom an answer goes to (RFC 3834; RFC 5321 §4.5.5).

use crate::address::{Mailbox, Named, parse_list};
use crate::envelope::ReversePath;
use crate::header::{Field, Headers};
use crate::media_type::MediaType;

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
    /// There is not exactly one valid address to answer to.
    #[error("it has no single valid reply address")]
    NoReplyAddress,
    /// It has been handed on too often (RFC 5321 §6.3).
    #[error("it has passed through too many servers")]
    TooManyReceived,
}

/// What is our own, and how far a mail may have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct House {
    /// The value of [`LOOP_FIELD`] in what we write; empty: none.
    pub loop_marker: String,
    /// Addresses of ours that answer: what they send is never answered.
    pub own: Vec<Mailbox>,
    /// Most `Received` fields; 50 by default (RFC 5321 §6.3 wants at least 100 *allowed* for relaying; a request that
    /// wandered so far is no request).
    pub max_received: usize,
}

impl Default for House {
    fn default() -> Self {
        Self { loop_marker: String::new(), own: Vec::new(), max_received: 50 }
    }
}

impl House {
    /// Why this mail must not be answered; `None` where it may be.
    #[must_use]
    pub fn silence(&self, headers: &Headers<'_>, reverse_path: &ReversePath) -> Option<Silence> {
        if *reverse_path == ReversePath::Null {
            return Some(Silence::NullReversePath);
        }
        self.loop_of(headers).or_else(|| automatic(headers)).or_else(|| self.address_of(headers, reverse_path))
    }

    fn loop_of(&self, headers: &Headers<'_>) -> Option<Silence> {
        let marked = |field: Field<'_>| field.value().eq_ignore_ascii_case(&self.loop_marker);
        if !self.loop_marker.is_empty() && headers.all(LOOP_FIELD).any(marked) {
            return Some(Silence::LoopMarker);
        }
        (received_count(headers) > self.max_received).then_some(Silence::TooManyReceived)
    }

    fn address_of(&self, headers: &Headers<'_>, reverse_path: &ReversePath) -> Option<Silence> {
        let Some(reply) = reply_address(headers, reverse_path) else { return Some(Silence::NoReplyAddress) };
        let is_own = |mailbox: &Mailbox| self.own.iter().any(|own| own.same_mailbox(mailbox));
        let own = is_own(&reply) || matches!(reverse_path, ReversePath::Mailbox(sender) if is_own(sender));
        own.then_some(Silence::OwnAddress)
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
    let end = value.find([';', '(', ' ', '\t']).unwrap_or(value.len());
    value[..end].to_ascii_lowercase()
}

/// The one address that an answer goes to: `Reply-To`, else `From`. `None` where that is not exactly one address, or
/// stands in more than one field.
///
/// QUIRK: GNU mailutils leaves `From` to the server that it hands its mail to; where neither field is there, the
/// reverse-path is all that says who asks.
#[must_use]
pub fn reply_address(headers: &Headers<'_>, reverse_path: &ReversePath) -> Option<Mailbox> {
    let field = ["Reply-To", "From"].into_iter().find(|name| headers.first(name).is_some());
    field.map_or_else(|| reverse_path.mailbox().cloned(), |name| single_address(headers, name))
}

/// The one author. `None` where there is not exactly one.
#[must_use]
pub fn author(headers: &Headers<'_>) -> Option<Mailbox> {
    single_address(headers, "From")
}

fn single_address(headers: &Headers<'_>, name: &str) -> Option<Mailbox> {
    let mut fields = headers.all(name);
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let value = field.value();
    match parse_list(&value).as_deref() {
        Ok([Named { mailbox, .. }]) => Some(mailbox.clone()),
        Ok(_) => None,
        Err(_) => bracketed(&value),
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
