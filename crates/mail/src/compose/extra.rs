//! The `headers` string of `send_message`: header fields of the caller's own, read strictly and written anew.

mod structured;

use super::DraftError;
use crate::address::{Mailbox, Named, parse_list, parse_one};
use crate::field::{Form, push_addresses, push_syntax, push_text};
use crate::header::is_ftext;
use crate::message_id::read_ids;
use crate::transfer::MAX_LINE;

/// How much of a bad line an error repeats, in characters.
const SHOWN: usize = 200;

/// A field that old programs set and that is refused unless their key allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LegacyField {
    /// `Cc`: its addresses become recipients.
    Cc,
    /// `Bcc`: its addresses become recipients, and it is not written.
    Bcc,
    /// `Message-ID`: taken in place of ours.
    MessageId,
    /// `Return-Path`: becomes the envelope sender, and is not written.
    ReturnPath,
    /// `Content-Type: multipart/…`: the text is then a multipart body, taken as it is.
    Multipart,
}

/// The extra fields of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extra {
    fields: Vec<Written>,
    /// The body is HTML, by `Content-Type: text/html`.
    pub(super) subtype: Subtype,
    pub(super) cc: Vec<Named>,
    pub(super) bcc: Vec<Named>,
    /// Without brackets.
    pub(super) message_id: Option<String>,
    pub(super) return_path: Option<Mailbox>,
}

/// What the text of a draft is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Subtype {
    #[default]
    Plain,
    Html,
    /// A whole `Content-Type` value, of a multipart.
    Multipart(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    name: String,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    Addresses(Vec<Named>),
}

impl Extra {
    /// Reads lines parted by CRLF or LF; a line that starts with white space continues the one before it.
    pub(super) fn read(headers: &str, allowed: &[LegacyField]) -> Result<Self, DraftError> {
        let mut extra = Self::default();
        let mut field = String::new();
        for line in lines(headers) {
            check_line(line)?;
            if !line.starts_with([' ', '\t']) {
                extra.take(&field, allowed)?;
                field.clear();
            } else if field.is_empty() {
                return Err(ill(line, "it continues no field"));
            }
            field.push_str(line);
        }
        extra.take(&field, allowed)?;
        Ok(extra)
    }

    /// True where a field of that name was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The addresses that will stand in the header.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Named> {
        let lists = self.fields.iter().filter_map(|field| match &field.value {
            Value::Addresses(list) => Some(list),
            Value::Text(_) => None,
        });
        lists.flatten()
    }

    /// Appends the fields.
    pub(super) fn write(&self, out: &mut Vec<u8>, form: Form) {
        for Written { name, value } in &self.fields {
            match value {
                Value::Addresses(list) => push_addresses(out, name, list, form),
                Value::Text(text) if text.is_ascii() => push_syntax(out, name, text),
                Value::Text(text) => push_text(out, name, text),
            }
        }
    }

    /// Takes one unfolded field.
    fn take(&mut self, field: &str, allowed: &[LegacyField]) -> Result<(), DraftError> {
        if field.is_empty() {
            return Ok(());
        }
        let (name, value) = field.split_once(':').ok_or_else(|| ill(field, "there is no colon"))?;
        if name.is_empty() || !name.bytes().all(is_ftext) {
            return Err(ill(field, "the name has a character that no field name has"));
        }
        let value = value.trim_matches([' ', '\t']);
        if self.take_body_field(name, value, allowed)? || self.take_legacy(name, value, allowed)? {
            return Ok(());
        }
        if is_reserved(name) {
            return Err(DraftError::HeaderField(name.to_owned()));
        }
        if is_single(name) && self.has(name) {
            return Err(ill(field, "the field is there already"));
        }
        let value = if takes_addresses(name) {
            Value::Addresses(parse_list(value).map_err(|_| ill(field, "it holds no valid addresses"))?)
        } else if value.is_ascii() {
            Value::Text(value.to_owned())
        } else {
            let ascii = structured::ascii_form(name, value).unwrap_or_else(|| Ok(value.to_owned()));
            Value::Text(ascii.map_err(|reason| ill(field, reason))?)
        };
        self.fields.push(Written { name: name.to_owned(), value });
        Ok(())
    }

    /// QUIRK: old PHP programs write these three in every mail. What says nothing new is taken and passed over.
    fn take_body_field(&mut self, name: &str, value: &str, allowed: &[LegacyField]) -> Result<bool, DraftError> {
        use LegacyField::Multipart;
        let refused = || Err(DraftError::HeaderField(name.to_owned()));
        match name.to_ascii_lowercase().as_str() {
            "mime-version" if value == "1.0" => Ok(true),
            "content-transfer-encoding" => match value.to_ascii_lowercase().as_str() {
                "7bit" | "8bit" => Ok(true),
                _ => refused(),
            },
            "content-type" => {
                let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                self.subtype = match media_type.as_str() {
                    "text/plain" => Subtype::Plain,
                    "text/html" => Subtype::Html,
                    multipart if is_multipart(multipart) && value.is_ascii() && allowed.contains(&Multipart) => {
                        Subtype::Multipart(value.to_owned())
                    }
                    _ => return refused(),
                };
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn take_legacy(&mut self, name: &str, value: &str, allowed: &[LegacyField]) -> Result<bool, DraftError> {
        let legacy = match name.to_ascii_lowercase().as_str() {
            "cc" => LegacyField::Cc,
            "bcc" => LegacyField::Bcc,
            "message-id" => LegacyField::MessageId,
            "return-path" => LegacyField::ReturnPath,
            _ => return Ok(false),
        };
        if !allowed.contains(&legacy) {
            return Ok(false);
        }
        let list = || parse_list(value).map_err(|e| DraftError::Recipient(e.address));
        match legacy {
            LegacyField::Cc => self.cc.extend(list()?),
            LegacyField::Bcc => self.bcc.extend(list()?),
            LegacyField::ReturnPath => {
                let named = parse_one(value).map_err(|e| DraftError::Sender(e.address))?;
                self.return_path = Some(named.mailbox);
            }
            LegacyField::MessageId => match read_ids(value).as_slice() {
                [id] if id.bare.contains('@') && id.bare.bytes().all(is_id_octet) => {
                    self.message_id = Some(id.bare.clone());
                }
                _ => return Err(ill(value, "it is no message id")),
            },
            LegacyField::Multipart => {}
        }
        Ok(true)
    }
}

/// The lines without their ends, and without empty lines before and after them.
fn lines(headers: &str) -> impl Iterator<Item = &str> {
    let headers = headers.trim_start_matches(['\r', '\n']);
    let trimmed = headers.trim_end_matches(['\r', '\n']);
    // The first line end after the last line stays, so that a lone CR there is seen.
    let end = headers[trimmed.len()..].find('\n').map_or(headers.len(), |at| trimmed.len() + at + 1);
    headers[..end].split_inclusive('\n').map(|line| match line.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => line,
    })
}

/// What must not stand in any line (RFC 5322 §2.1.1, §2.2).
fn check_line(line: &str) -> Result<(), DraftError> {
    if line.is_empty() {
        return Err(ill(line, "it is empty"));
    }
    if line.len() > MAX_LINE {
        return Err(ill(line, "it is longer than 998 octets"));
    }
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err(ill(line, "it has a control character"));
    }
    Ok(())
}

fn ill(line: &str, reason: &'static str) -> DraftError {
    DraftError::HeaderLine { line: line.chars().take(SHOWN).collect(), reason }
}

fn is_multipart(media_type: &str) -> bool {
    media_type.starts_with("multipart/")
}

/// What a dot-atom id at a domain or literal may hold.
fn is_id_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"<>()\",;\\".contains(&octet)
}

/// Fields that we write ourselves, or that would forge a trace.
fn is_reserved(name: &str) -> bool {
    const NAMES: [&str; 15] = [
        "from",
        "sender",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "message-id",
        "return-path",
        "received",
        "dkim-signature",
        "authentication-results",
        "mime-version",
        "auto-submitted",
        "delivered-to",
    ];
    const PREFIXES: [&str; 4] = ["arc-", "content-", "resent-", "apparently-to"];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// RFC 5322 §3.6: at most once.
fn is_single(name: &str) -> bool {
    ["reply-to", "in-reply-to", "references"].iter().any(|single| name.eq_ignore_ascii_case(single))
}

fn takes_addresses(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "reply-to",
        "disposition-notification-to",
        "errors-to",
        "return-receipt-to",
        "mail-followup-to",
        "mail-reply-to",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests;
