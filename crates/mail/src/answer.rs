//! The mail around an RPC document: an answer to a mailed request, or a request of ours.
//!
//! One part, never a multipart unless asked: the oldest peers read the body as the document. Seven bits always.

use jiff::Timestamp;

use crate::address::{Mailbox, Named};
use crate::compose::push_message_id;
use crate::field::{Form, push_addresses, push_date, push_ids, push_octets, push_text, push_unfolded};
use crate::header::Headers;
use crate::message_id::Thread;
use crate::transfer::{Encoding, push_canonical, write_base64};

/// A document to be mailed.
#[derive(Clone, Debug)]
pub struct AnswerMail<'a> {
    /// The service (or, of a request, the client).
    pub from: &'a Mailbox,
    /// The one address that gets it.
    pub to: &'a Mailbox,
    /// Any text; line ends in it are encoded away. `None`: no field.
    pub subject: Option<&'a str>,
    /// What it answers; empty for a request, or where the request had no Message-ID.
    pub thread: Thread,
    /// For `Date`.
    pub now: Timestamp,
    /// For `Message-ID`, without brackets.
    pub message_id: &'a str,
    /// What it is.
    pub kind: AnswerKind,
    /// How the document is packed.
    pub packaging: Packaging,
    /// The document's media type, without charset; parameters such as `action="…"` may follow.
    pub media_type: &'a str,
    /// The document's charset; empty for none.
    pub charset: &'a str,
    /// More fields, names with values in the syntax of their fields, ours and trusted; line ends in them become spaces.
    pub fields: &'a [(&'a str, &'a str)],
    /// The document. Its line ends become CRLF, but in [`Packaging::Octets`].
    pub document: &'a [u8],
}

/// Whether the mail answers or asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// Carries `Auto-Submitted: auto-replied` (RFC 3834 §5).
    Answer,
    /// Carries no `Auto-Submitted`: strict responders would stay silent.
    Request,
}

/// A file that goes with a text.
#[derive(Clone, Copy, Debug)]
pub struct Enclosure<'a> {
    /// Its name: letters, digits, `.`, `-` and `_`.
    pub name: &'a str,
    /// Its media type, with parameters.
    pub media_type: &'a str,
    /// What it holds.
    pub octets: &'a [u8],
}

/// How a document is packed into a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Packaging {
    /// The body is the document, 7bit where it can be, else quoted-printable.
    #[default]
    Single,
    /// An empty `text/plain` first, the document second, in base64: the SMTP/MIME Base64 Binding.
    Base64Multipart,
    /// The body is the document in base64, octet for octet: for what need not be text.
    Octets,
}

impl AnswerMail<'_> {
    /// The whole message: CRLF line ends, no line over 998 octets, seven bits but for an international address.
    #[must_use]
    pub fn compose(&self) -> Vec<u8> {
        let mut out = self.header();
        match self.packaging {
            Packaging::Single => self.push_single(&mut out),
            Packaging::Base64Multipart => self.push_multipart(&mut out),
            Packaging::Octets => self.push_octets(&mut out),
        }
        out
    }

    /// The whole message with a file below its document, whatever its packaging.
    #[must_use]
    pub fn compose_with(&self, file: &Enclosure<'_>) -> Vec<u8> {
        let mut out = self.header();
        let boundary = self.boundary();
        push_unfolded(&mut out, "Content-Type", &format!("multipart/mixed; boundary=\"{boundary}\""));
        out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
        self.push_single(&mut out);
        out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
        push_unfolded(&mut out, "Content-Type", file.media_type);
        push_unfolded(&mut out, "Content-Disposition", &format!("attachment; filename=\"{}\"", file.name));
        out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
        write_base64(&mut out, file.octets);
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        out
    }

    /// Neither base64 nor quoted-printable can hold `=_`, and a text of seven bits holds none that is made of its id.
    fn boundary(&self) -> String {
        let unique: String = self.message_id.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        format!("=_{unique}")
    }

    /// All up to the content's own fields.
    fn header(&self) -> Vec<u8> {
        let form = Form::for_all([self.from, self.to]);
        let mut out = Vec::with_capacity(1024 + self.document.len() + self.document.len() / 8);
        push_addresses(&mut out, "From", &[Named::from(self.from.clone())], form);
        push_addresses(&mut out, "To", &[Named::from(self.to.clone())], form);
        if let Some(subject) = self.subject {
            push_text(&mut out, "Subject", subject);
        }
        push_date(&mut out, "Date", self.now);
        push_message_id(&mut out, self.message_id);
        self.push_thread(&mut out);
        if self.kind == AnswerKind::Answer {
            out.extend_from_slice(b"Auto-Submitted: auto-replied\r\n");
        }
        for (name, value) in self.fields {
            push_unfolded(&mut out, name, value);
        }
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        out
    }

    /// `In-Reply-To` byte for byte as the peer wrote its id; `References` folded between ids.
    fn push_thread(&self, out: &mut Vec<u8>) {
        if let Some(id) = &self.thread.in_reply_to {
            push_octets(out, "In-Reply-To", id);
        }
        if let Some(ids) = &self.thread.references {
            push_ids(out, "References", ids);
        }
    }

    fn push_single(&self, out: &mut Vec<u8>) {
        let encoding = match Encoding::fitting(self.document) {
            Encoding::SevenBit => Encoding::SevenBit,
            Encoding::QuotedPrintable | Encoding::Base64 => Encoding::QuotedPrintable,
        };
        self.push_content_type(out);
        push_unfolded(out, "Content-Transfer-Encoding", encoding.name());
        out.extend_from_slice(b"\r\n");
        encoding.write(out, self.document);
    }

    fn push_octets(&self, out: &mut Vec<u8>) {
        self.push_content_type(out);
        out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
        write_base64(out, self.document);
    }

    fn push_multipart(&self, out: &mut Vec<u8>) {
        let boundary = self.boundary();
        push_unfolded(out, "Content-Type", &format!("multipart/mixed; boundary=\"{boundary}\""));
        let first =
            format!("\r\n--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\r\n--{boundary}\r\n");
        out.extend_from_slice(first.as_bytes());
        self.push_content_type(out);
        out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
        let mut canonical = Vec::with_capacity(self.document.len() + 64);
        push_canonical(&mut canonical, self.document);
        write_base64(out, &canonical);
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    }

    fn push_content_type(&self, out: &mut Vec<u8>) {
        let parameter = if self.charset.is_empty() { String::new() } else { format!("; charset={}", self.charset) };
        let (media_type, rest) = self.media_type.split_once(';').unwrap_or((self.media_type, ""));
        let rest = if rest.is_empty() { String::new() } else { format!("; {}", rest.trim()) };
        push_unfolded(out, "Content-Type", &format!("{media_type}{parameter}{rest}"));
    }
}

/// The subject of an answer: the request's after one `Re: ` (RFC 5322 §3.6.5); `Re:` alone where the request has none.
#[must_use]
pub fn reply_subject(request: &Headers<'_>) -> String {
    let subject = request.first("Subject").map(|field| field.legible()).unwrap_or_default();
    match subject.get(..3) {
        Some(prefix) if prefix.eq_ignore_ascii_case("re:") => subject.into_owned(),
        _ => format!("Re: {subject}").trim_end_matches(' ').to_owned(),
    }
}

#[cfg(test)]
mod tests;
