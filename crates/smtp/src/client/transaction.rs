//! One mail transaction (RFC 5321 §3.3): its commands, rendered once, and what was said to them.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use mail::evidence::{Reason, Stage};
use mail::{Mailbox, ReversePath};

use super::Expect;
use super::capabilities::{Capabilities, Extension};
use super::outcome::{Outcome, Tag, Verdict};
use super::survey::{Octets, Survey};
use crate::reply::Reply;

/// A mail to send.
#[derive(Clone, Debug)]
pub struct Transaction<'a> {
    /// Who gets the bounces.
    pub reverse_path: &'a ReversePath,
    /// At least one, at most 100 (RFC 5321 §4.5.3.1.8: what every server takes).
    pub recipients: Vec<&'a Mailbox>,
    /// The message, with CRLF line ends.
    pub message: Bytes,
    /// An id that comes back in delivery reports (RFC 3461 §4.4), told to servers that offer DSN.
    pub envelope_id: Option<&'a str>,
}

/// A transaction on its way.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) tag: Tag,
    pub(super) message: Bytes,
    pub(super) survey: Survey,
    pub(super) progress: Progress,
    /// What is settled of each recipient.
    outcomes: Vec<Option<Outcome>>,
    /// The recipients that are told to the server: indices into `outcomes`.
    named: Vec<usize>,
    /// RSET is the first command.
    resets: bool,
    accepted: usize,
    pub(super) commands: Commands,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Commands are written, replies are awaited.
    Commands,
    /// The server has said 354, and the message is held back.
    Held,
    /// The final dot is queued. The text begins at one octet of the connection, and the dot ends at the other.
    Dot { start: u64, end: u64 },
}

/// The command lines of a transaction.
#[derive(Debug, Default)]
pub(super) struct Commands {
    octets: Bytes,
    ends: Vec<usize>,
    taken: usize,
}

impl Commands {
    /// How many lines are taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Where each line ends.
    pub(super) fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// The next line, for servers without PIPELINING.
    pub(super) fn next_line(&mut self) -> Option<Bytes> {
        let end = *self.ends.get(self.taken)?;
        let start = self.taken.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.taken += 1;
        Some(self.octets.slice(start..end))
    }

    /// All of them, for one write.
    pub(super) fn all(&mut self) -> Bytes {
        self.taken = self.ends.len();
        self.octets.clone()
    }
}

impl Open {
    /// Renders the commands; recipients that this server can never take are settled at once.
    pub(super) fn new(tag: Tag, mail: Transaction<'_>, server: &Server<'_>) -> Self {
        let survey = Survey::of(&mail.message);
        let mut open = Self {
            tag,
            survey: survey.unwrap_or_default(),
            progress: Progress::Commands,
            outcomes: vec![None; mail.recipients.len()],
            named: Vec::new(),
            resets: server.needs_reset,
            accepted: 0,
            commands: Commands::default(),
            message: mail.message.clone(),
        };
        let refusal = match survey {
            Err(_) => Some((Stage::EndOfData, Reason::BareLineEnd)),
            Ok(_) => server.refusal(&mail),
        };
        if let Some((stage, reason)) = refusal {
            open.settle_rest(&Outcome::impossible(stage, reason));
            return open;
        }
        open.render(&mail, server);
        open
    }

    fn render(&mut self, mail: &Transaction<'_>, server: &Server<'_>) {
        let mut lines = BytesMut::with_capacity(128 + 64 * mail.recipients.len());
        if server.needs_reset {
            lines.put_slice(b"RSET\r\n");
            self.commands.ends.push(lines.len());
        }
        server.write_mail(&mut lines, mail, self.survey.octets);
        self.commands.ends.push(lines.len());
        for (index, recipient) in mail.recipients.iter().enumerate() {
            let Some(recipient) = server.spell(recipient) else {
                self.outcomes[index] = Some(Outcome::impossible(Stage::Recipient, Reason::NeedsSmtpUtf8));
                continue;
            };
            let _ = write!(lines, "RCPT TO:<{recipient}>\r\n");
            self.commands.ends.push(lines.len());
            self.named.push(index);
        }
        lines.put_slice(b"DATA\r\n");
        self.commands.ends.push(lines.len());
        // No address may bring a line of its own, whatever let it in.
        if memchr::memchr_iter(b'\n', &lines).count() != self.commands.ends.len() {
            self.settle_rest(&Outcome::impossible(Stage::Recipient, Reason::LineEndInAddress));
        }
        self.commands.octets = lines.freeze();
    }

    /// The replies that the commands expect, in their order.
    pub(super) fn expects(&self) -> impl Iterator<Item = Expect> {
        let reset = self.resets.then_some(Expect::Reset);
        let recipients = self.named.iter().map(|&recipient| Expect::Recipient(recipient));
        reset.into_iter().chain([Expect::Mail]).chain(recipients).chain([Expect::Data])
    }

    /// True where nothing is left to ask the server.
    pub(super) fn is_settled(&self) -> bool {
        self.outcomes.iter().all(Option::is_some)
    }

    pub(super) fn has_accepted(&self) -> bool {
        self.accepted > 0
    }

    /// The reply to MAIL: a refusal settles every recipient.
    pub(super) fn on_mail(&mut self, reply: &Reply) {
        if reply.class() != 2 {
            self.settle_rest(&Outcome::of(Stage::Mail, reply));
        }
    }

    /// The reply to the RCPT of `recipient`.
    pub(super) fn on_recipient(&mut self, recipient: usize, reply: &Reply) {
        if self.outcomes[recipient].is_some() {
            return; // MAIL was refused: this is only its echo.
        }
        if reply.class() == 2 {
            self.accepted += 1;
            return;
        }
        let mut outcome = Outcome::of(Stage::Recipient, reply);
        if self.accepted > 0 && is_too_many(reply) {
            outcome.verdict = Verdict::NextTransaction;
        }
        self.outcomes[recipient] = Some(outcome);
    }

    /// How many recipients wait for what the server says of the message.
    pub(super) fn unsettled(&self) -> usize {
        self.outcomes.iter().filter(|slot| slot.is_none()).count()
    }

    /// Settles the first recipient that is not settled yet.
    pub(super) fn settle_next(&mut self, outcome: Outcome) {
        if let Some(slot) = self.outcomes.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(outcome);
        }
    }

    /// Settles whoever is not settled yet.
    pub(super) fn settle_rest(&mut self, outcome: &Outcome) {
        for slot in self.outcomes.iter_mut().filter(|slot| slot.is_none()) {
            *slot = Some(outcome.clone());
        }
    }

    /// The outcomes of a transaction in which all is settled.
    pub(super) fn into_outcomes(self) -> Vec<Outcome> {
        self.outcomes.into_iter().flatten().collect()
    }
}

/// RFC 5321 §4.5.3.1.10: 452 is "too many recipients", and a 552 must be taken as one.
fn is_too_many(reply: &Reply) -> bool {
    let enhanced = reply.enhanced().is_none_or(|status| (status.subject, status.detail) == (5, 3));
    matches!(reply.code(), 452 | 552) && enhanced
}

/// What the rendering must know of the server.
pub(super) struct Server<'a> {
    pub(super) capabilities: &'a Capabilities,
    /// The server still holds a transaction that was given up.
    pub(super) needs_reset: bool,
}

impl Server<'_> {
    /// Why this server can never take this mail.
    fn refusal(&self, mail: &Transaction<'_>) -> Option<(Stage, Reason)> {
        let size = mail.message.len() as u64;
        if self.capabilities.max_size().is_some_and(|limit| size > limit) {
            return Some((Stage::Mail, Reason::TooLarge)); // RFC 1870 §6.1
        }
        match mail.reverse_path {
            ReversePath::Mailbox(mailbox) if self.spell(mailbox).is_none() => {
                Some((Stage::Mail, Reason::NeedsSmtpUtf8))
            }
            _ => None,
        }
    }

    /// The form of an address that this server takes, if there is one. Where ASCII can say it, by A-labels, it does: not
    /// every server behind this one knows SMTPUTF8 (RFC 6531 §3.2).
    fn spell<'m>(&self, mailbox: &'m Mailbox) -> Option<Cow<'m, Mailbox>> {
        if !mailbox.is_international() {
            return Some(Cow::Borrowed(mailbox));
        }
        let as_it_is = self.capabilities.has(Extension::SmtpUtf8).then_some(Cow::Borrowed(mailbox));
        mailbox.to_ascii().map(Cow::Owned).or(as_it_is)
    }

    fn write_mail(&self, lines: &mut BytesMut, mail: &Transaction<'_>, octets: Octets) {
        let sender = match mail.reverse_path {
            ReversePath::Null => None,
            ReversePath::Mailbox(mailbox) => self.spell(mailbox),
        };
        let _ = match sender {
            None => write!(lines, "MAIL FROM:<>"),
            Some(mailbox) => write!(lines, "MAIL FROM:<{mailbox}>"),
        };
        if self.capabilities.has(Extension::Size) {
            let _ = write!(lines, " SIZE={}", mail.message.len()); // RFC 1870 §3
        }
        // QUIRK: where 8BITMIME is not offered, an 8-bit body goes as it is, as qmail and Exim do: the servers that do not
        // offer it (the HELO-only ones of 2003 among them) take it, and rewriting another's mail would break signatures.
        if octets != Octets::SevenBit && self.capabilities.has(Extension::EightBitMime) {
            lines.put_slice(b" BODY=8BITMIME"); // RFC 6152 §3
        }
        if self.announces_utf8(mail, octets) {
            lines.put_slice(b" SMTPUTF8"); // RFC 6531 §3.4
        }
        if let Some(id) = mail.envelope_id.filter(|id| self.capabilities.has(Extension::Dsn) && id.len() <= MAX_ENVID) {
            lines.put_slice(b" ENVID=");
            put_xtext(lines, id);
        }
        lines.put_slice(b"\r\n");
    }

    fn announces_utf8(&self, mail: &Transaction<'_>, octets: Octets) -> bool {
        let mut mailboxes = mail.reverse_path.mailbox().into_iter().chain(mail.recipients.iter().copied());
        self.capabilities.has(Extension::SmtpUtf8)
            && (octets == Octets::Utf8Header || mailboxes.any(|mailbox| !mailbox.local().is_ascii()))
    }
}

/// RFC 3461 §4.4: up to 100 characters, of which the encoding may make three each.
const MAX_ENVID: usize = 100;

/// RFC 3461 §4: `+` and `=` and what is not printable become `+XX`.
fn put_xtext(lines: &mut BytesMut, text: &str) {
    for &octet in text.as_bytes() {
        if (b'!'..=b'~').contains(&octet) && octet != b'+' && octet != b'=' {
            lines.put_u8(octet);
        } else {
            let _ = write!(lines, "+{octet:02X}");
        }
    }
}
