//! A `Draft`: one row of `send_message`, checked, and written as an RFC 5322 message.
//!
//! What a caller wrote stays what it is: text stays text, names stay names, and no string of a caller becomes a field, a
//! recipient or a line end that was not asked for. Written by hand into one buffer, since every mail sent passes here.

mod body;
mod error;
mod extra;

use std::collections::HashSet;

use jiff::Timestamp;

use crate::address::{Mailbox, Named, Pattern, parse_list, parse_one};
use crate::field::{Form, push_addresses, push_date, push_text};
pub use body::Attachment;
pub use error::DraftError;
use extra::Extra;
pub use extra::LegacyField;

/// What a caller asked to be sent, unchecked. Empty strings are absent.
#[derive(Clone, Debug, Default)]
pub struct Row<'a> {
    /// Recipients: an address list.
    pub to: &'a str,
    /// Author: one mailbox.
    pub from: &'a str,
    /// Any text on one line.
    pub subject: &'a str,
    /// Body, any line ends.
    pub text: &'a str,
    /// More header fields, one to a line.
    pub headers: &'a str,
    /// More recipients: an address list.
    pub cc: &'a str,
    /// Recipients that nobody sees: an address list.
    pub bcc: &'a str,
    /// Where answers go: an address list.
    pub reply_to: &'a str,
    /// The same body as HTML.
    pub html: Option<&'a str>,
    /// Files.
    pub attachments: Vec<Attachment<'a>>,
}

/// What a caller may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'r> {
    /// Whom it may write as; `None`: as anyone.
    pub authors: Option<&'r [Pattern]>,
    /// Which of the refused header fields it may set.
    pub legacy: &'r [LegacyField],
}

/// When a message is written, and its id.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// For `Date`.
    pub now: Timestamp,
    /// For `Message-ID`, without brackets; see [`new_id`](crate::message_id::new_id).
    pub message_id: &'a str,
}

/// A message that can be sent.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    from: Named,
    to: Vec<Named>,
    cc: Vec<Named>,
    bcc: Vec<Named>,
    reply_to: Vec<Named>,
    subject: &'a str,
    body: body::Body<'a>,
    extra: Extra,
}

impl<'a> Draft<'a> {
    /// Checks a row: to, from, subject, headers, the rest, in this order.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn read(row: Row<'a>, rules: &Rules<'_>) -> Result<Self, DraftError> {
        let to = recipients(row.to)?;
        let from = author(row.from, rules)?;
        check_subject(row.subject)?;
        let mut extra = Extra::read(row.headers, rules.legacy)?;
        let mut cc = optional(row.cc)?;
        cc.append(&mut extra.cc);
        let mut bcc = optional(row.bcc)?;
        bcc.append(&mut extra.bcc);
        let reply_to = reply_to(row.reply_to, &extra)?;
        let body = body::Body::read(row.text, row.html, row.attachments, &extra.subtype)?;
        Ok(Self { from, to, cc, bcc, reply_to, subject: row.subject, body, extra })
    }

    /// The author.
    #[must_use]
    pub fn author(&self) -> &Mailbox {
        &self.from.mailbox
    }

    /// Whoever gets it, each mailbox once, in the order given; at least one.
    #[must_use]
    pub fn recipients(&self) -> Vec<Mailbox> {
        if let ([only], [], []) = (self.to.as_slice(), self.cc.as_slice(), self.bcc.as_slice()) {
            return vec![only.mailbox.clone()];
        }
        let all = self.to.iter().chain(&self.cc).chain(&self.bcc).map(|named| &named.mailbox);
        let mut seen = HashSet::new();
        all.filter(|m| seen.insert((m.local(), m.domain().ascii()))).cloned().collect()
    }

    /// The envelope sender that the caller set (`Return-Path`, where its rules allow that).
    #[must_use]
    pub fn return_path(&self) -> Option<&Mailbox> {
        self.extra.return_path.as_ref()
    }

    /// The Message-ID that the caller set, without brackets (where its rules allow that). It wins over the stamp's.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.extra.message_id.as_deref()
    }

    /// The whole message: CRLF line ends, no line over 998 octets, a CRLF at the end, seven-bit but for addresses whose
    /// local part is not ASCII.
    #[must_use]
    pub fn compose(&self, stamp: &Stamp<'_>) -> Vec<u8> {
        let form = self.form();
        let message_id = self.message_id().unwrap_or(stamp.message_id);
        let mut out = Vec::with_capacity(1024 + self.body.estimate());
        push_addresses(&mut out, "From", [&self.from], form);
        push_addresses(&mut out, "To", &self.to, form);
        if !self.cc.is_empty() {
            push_addresses(&mut out, "Cc", &self.cc, form);
        }
        if !self.reply_to.is_empty() {
            push_addresses(&mut out, "Reply-To", &self.reply_to, form);
        }
        push_text(&mut out, "Subject", self.subject);
        push_date(&mut out, "Date", stamp.now);
        push_message_id(&mut out, message_id);
        self.extra.write(&mut out, form);
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        self.body.write(&mut out, message_id);
        out
    }

    fn form(&self) -> Form {
        let lists = self.to.iter().chain(&self.cc).chain(&self.reply_to).chain(self.extra.addresses());
        Form::for_all(lists.chain([&self.from]).map(|named| &named.mailbox))
    }
}

/// Appends `Message-ID` on one line.
pub(crate) fn push_message_id(out: &mut Vec<u8>, message_id: &str) {
    crate::field::push_unfolded(out, "Message-ID", &format!("<{message_id}>"));
}

fn recipients(list: &str) -> Result<Vec<Named>, DraftError> {
    parse_list(list).map_err(|e| DraftError::Recipient(e.address))
}

fn optional(list: &str) -> Result<Vec<Named>, DraftError> {
    if list.trim().is_empty() { Ok(Vec::new()) } else { recipients(list) }
}

fn author(from: &str, rules: &Rules<'_>) -> Result<Named, DraftError> {
    let named = parse_one(from).map_err(|e| DraftError::Sender(e.address))?;
    match rules.authors {
        Some(patterns) if !patterns.iter().any(|pattern| pattern.matches(&named.mailbox)) => {
            Err(DraftError::SenderNotAllowed(named.mailbox.to_string()))
        }
        _ => Ok(named),
    }
}

fn check_subject(subject: &str) -> Result<(), DraftError> {
    match subject.contains(['\r', '\n', '\0']) {
        true => Err(DraftError::Content("Subject has a line end or NUL in it".into())),
        false => Ok(()),
    }
}

fn reply_to(list: &str, extra: &Extra) -> Result<Vec<Named>, DraftError> {
    if list.trim().is_empty() {
        return Ok(Vec::new());
    }
    if extra.has("Reply-To") {
        return Err(DraftError::Content("reply_to is given twice, once in headers".into()));
    }
    parse_list(list).map_err(|e| DraftError::Content(format!("reply_to address ({}) incorrect", e.address)))
}

#[cfg(test)]
mod tests;
