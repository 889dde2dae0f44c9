//! Writing a bounce: a multipart/report of words for a person, fields for a program, and the header that is returned
//! (RFC 3464, RFC 6522, RFC 6533 where an address needs UTF-8).

use jiff::Timestamp;

use super::Action;
use crate::address::{Domain, Mailbox};
use crate::compose::push_message_id;
use crate::field::{Form, push_date, push_folded_or_cut, push_octets, push_text, push_unfolded, write_address};
use crate::header::Headers;
use crate::transfer::{Encoding, MAX_LINE};
use crate::{EnhancedStatus, Evidence, Reply};

/// Longest header that is returned, in octets.
const MAX_RETURNED: usize = 16 * 1024;

/// A report about one message, to its sender.
#[derive(Clone, Debug)]
pub struct Bounce<'a> {
    /// Us, as DNS knows us.
    pub reporting_mta: &'a Domain,
    /// Who gets it: the reverse-path of the message. The bounce itself leaves with `<>`.
    pub to: &'a Mailbox,
    /// For `Date`.
    pub now: Timestamp,
    /// For `Message-ID`, without brackets.
    pub message_id: &'a str,
    /// When we took the message.
    pub arrival: Timestamp,
    /// The `ENVID` that the sender gave with it.
    pub envelope_id: Option<&'a str>,
    /// What became of its recipients; at least one.
    pub recipients: &'a [Undelivered<'a>],
    /// The message, of which only the header is returned.
    pub returned: Returned<'a>,
}

/// The message that a bounce is about.
#[derive(Clone, Copy, Debug)]
pub struct Returned<'a>(pub &'a [u8]);

/// One recipient of a bounce.
#[derive(Clone, Debug)]
pub struct Undelivered<'a> {
    /// Who.
    pub recipient: &'a Mailbox,
    /// What became of it.
    pub action: Action,
    /// The enhanced status code (RFC 3463).
    pub status: EnhancedStatus,
    /// The server that was spoken to, or the path of its socket; empty where there was none.
    pub server: &'a str,
    /// What it said, or why it was not asked.
    pub evidence: &'a Evidence,
}

impl Bounce<'_> {
    /// The whole message.
    #[must_use]
    pub fn compose(&self) -> Vec<u8> {
        let mailboxes = self.recipients.iter().map(|r| r.recipient).chain([self.to]);
        let form = Form::for_all(mailboxes);
        let unique: String = self.message_id.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        let boundary = format!("=_d{unique}");
        let mut out = Vec::with_capacity(4096);
        self.push_header(&mut out, form, &boundary);
        push_delimiter(&mut out, &boundary);
        self.push_words(&mut out, form);
        push_delimiter(&mut out, &boundary);
        self.push_status(&mut out, form);
        push_delimiter(&mut out, &boundary);
        self.returned.push(&mut out, form);
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        out
    }

    fn push_header(&self, out: &mut Vec<u8>, form: Form, boundary: &str) {
        let from = format!("Mail Delivery System <MAILER-DAEMON@{}>", self.reporting_mta.ascii());
        push_unfolded(out, "From", &from);
        push_unfolded(out, "To", &write_address(self.to, form));
        let delayed = self.recipients.iter().all(|r| r.action == Action::Delayed);
        push_text(out, "Subject", if delayed { "Mail delivery delayed" } else { "Mail delivery failed" });
        push_date(out, "Date", self.now);
        push_message_id(out, self.message_id);
        if let Some(id) = crate::message_id::message_id(&Headers::of(self.returned.0)) {
            push_octets(out, "In-Reply-To", &id.as_written);
        }
        out.extend_from_slice(b"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n");
        let content_type = format!("multipart/report; report-type=delivery-status;\r\n boundary=\"{boundary}\"");
        out.extend_from_slice(format!("Content-Type: {content_type}\r\n\r\n").as_bytes());
    }

    fn push_words(&self, out: &mut Vec<u8>, form: Form) {
        let mut words = format!("This is the mail system at {}.\n\n", self.reporting_mta);
        for recipient in self.recipients {
            let fate = match recipient.action {
                Action::Failed => "could not be delivered to",
                Action::Delayed => "has not been delivered yet, and will be tried again, to",
                Action::Delivered | Action::Relayed | Action::Expanded => "was handed on to",
            };
            words.push_str(&format!("Your message {fate}\n  {}\n", write_address(recipient.recipient, form)));
            let by = recipient.reply().map(|_| format!("{} said: ", recipient.server)).unwrap_or_default();
            words.push_str(&format!("  {by}{}\n\n", one_line(&recipient.evidence.to_string())));
        }
        words.push_str("The header of your message follows.\n");
        let encoding = Encoding::fitting(words.as_bytes());
        out.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\n");
        push_unfolded(out, "Content-Transfer-Encoding", encoding.name());
        out.extend_from_slice(b"\r\n");
        encoding.write(out, words.as_bytes());
    }

    /// RFC 3464 §2.1: a group of fields about the message, then one about each recipient.
    fn push_status(&self, out: &mut Vec<u8>, form: Form) {
        out.extend_from_slice(match form {
            Form::Ascii => b"Content-Type: message/delivery-status\r\n\r\n".as_slice(),
            Form::International => {
                b"Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            }
        });
        push_unfolded(out, "Reporting-MTA", &format!("dns; {}", self.reporting_mta.ascii()));
        if let Some(id) = self.envelope_id {
            push_folded_or_cut(out, "Original-Envelope-Id", id);
        }
        push_date(out, "Arrival-Date", self.arrival);
        for recipient in self.recipients {
            out.extend_from_slice(b"\r\n");
            recipient.push(out, form);
        }
    }
}

impl Undelivered<'_> {
    fn push(&self, out: &mut Vec<u8>, form: Form) {
        // RFC 6533 §3: the address type of an address that ASCII cannot write.
        let address_type = if self.recipient.local().is_ascii() { "rfc822" } else { "utf-8" };
        let address = write_address(self.recipient, form);
        push_unfolded(out, "Final-Recipient", &format!("{address_type}; {address}"));
        push_unfolded(out, "Action", self.action.word());
        push_folded_or_cut(out, "Status", &self.status.to_string());
        let diagnostic = match self.reply() {
            Some(reply) => {
                let kind = if self.server.starts_with('/') { "x-unix" } else { "dns" };
                push_folded_or_cut(out, "Remote-MTA", &format!("{kind}; {}", self.server));
                format!("smtp; {}", one_line(&reply.to_string()))
            }
            None => format!("x-local; {}", one_line(&self.evidence.to_string())),
        };
        push_folded_or_cut(out, "Diagnostic-Code", &diagnostic);
    }

    /// The server's reply, where it is what decided: not where we gave up, whatever the last was.
    fn reply(&self) -> Option<&Reply> {
        self.evidence.reply().filter(|_| self.evidence.given_up.is_none())
    }
}

impl Returned<'_> {
    /// Whole fields only, without those that no mail may carry, up to a limit; a body was never asked for, and may be large or
    /// private.
    fn push(&self, out: &mut Vec<u8>, form: Form) {
        let fields: Vec<u8> = Headers::of(self.0)
            .iter()
            .scan(0, |size, field| {
                *size += field.octets().len();
                (*size <= MAX_RETURNED).then(|| field.octets())
            })
            .filter(|octets| !octets.contains(&0) && octets.split(|&b| b == b'\n').all(|line| line.len() <= MAX_LINE))
            .flatten()
            .copied()
            .collect();
        let international = form == Form::International || !fields.is_ascii();
        out.extend_from_slice(if international {
            b"Content-Type: message/global-headers\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".as_slice()
        } else {
            b"Content-Type: text/rfc822-headers\r\n\r\n"
        });
        crate::transfer::push_canonical(out, &fields);
        out.extend_from_slice(b"\r\n");
    }
}

fn push_delimiter(out: &mut Vec<u8>, boundary: &str) {
    out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
}

/// A far server's words on one line, without controls.
fn one_line(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}
