//! The mail log: one line per fact and recipient. It is written by hand, since at tens of thousands of mails a second it
//! is among what costs most.

use std::fmt::{self, Display};
use std::io::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use config::{Log, LogAddresses, LogFormat};
use delivery::{Fact, MailLog};
use jiff::Timestamp;
use keys::Keys;
use mail::{Evidence, Mailbox};
use spool::Entry;

use super::DaemonLog;
use super::lines::Lines;

/// Writes the mail log.
pub struct MailLines {
    lines: Arc<Lines>,
    format: LogFormat,
    wanted: RwLock<Wanted>,
    /// For addresses that are only to be recognised again.
    keys: Arc<Keys>,
}

/// How much of it is wanted.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    is_told: bool,
    addresses: LogAddresses,
}

impl Wanted {
    fn by(said: &Log) -> Self {
        Self { is_told: super::tells_of_mail(said), addresses: said.addresses }
    }
}

impl MailLines {
    /// Into the lines of this log, as they are configured.
    #[must_use]
    pub fn new(log: &DaemonLog, said: &Log, keys: Arc<Keys>) -> Self {
        let lines = Arc::clone(log.lines());
        Self { lines, format: super::format(said), wanted: RwLock::new(Wanted::by(said)), keys }
    }

    /// Tells as much as this says from now on; the form of the lines stays.
    pub(crate) fn obey(&self, said: &Log) {
        *self.wanted.write().unwrap_or_else(PoisonError::into_inner) = Wanted::by(said);
    }
}

impl MailLog for MailLines {
    fn tell(&self, at: Timestamp, entry: &Entry, fact: Fact<'_>) {
        let Wanted { is_told, addresses } = *self.wanted.read().unwrap_or_else(PoisonError::into_inner);
        if !is_told {
            return;
        }
        let shown = Shown { form: addresses, keys: &self.keys };
        self.lines.add(|out| {
            let mut line = Line { out, format: self.format };
            line.begin(at, word(&fact));
            line.field("entry", entry.id);
            line.text("message_id", &entry.message_id);
            line.address("from", entry.reverse_path.mailbox(), shown);
            line.address("to", Some(&entry.recipient), shown);
            match fact {
                Fact::Queued => {
                    line.text("kind", entry.kind.name());
                    line.text("owner", &entry.owner);
                    line.field("size", entry.size);
                }
                Fact::Attempted { attempt, number, next } => {
                    line.field("attempt", number);
                    line.text("relay", &attempt.site);
                    line.evidence(&attempt.evidence);
                    if let Some(next) = next {
                        line.text("next", format_args!("{next:.0}"));
                    }
                }
                Fact::Bounced { bounce } => line.text("bounce", bounce),
                Fact::DoubleBounce => {}
            }
            line.end();
        });
    }
}

fn word(fact: &Fact<'_>) -> &'static str {
    match fact {
        Fact::Queued => "queued",
        Fact::Attempted { attempt, .. } => attempt.kind.name(),
        Fact::Bounced { .. } => "bounced",
        Fact::DoubleBounce => "double bounce: nobody is told",
    }
}

/// How addresses stand in a line.
#[derive(Clone, Copy)]
struct Shown<'a> {
    form: LogAddresses,
    keys: &'a Keys,
}

/// One line, in the form of the others: see [`super::start`].
struct Line<'a> {
    out: &'a mut Vec<u8>,
    format: LogFormat,
}

impl Line<'_> {
    fn begin(&mut self, at: Timestamp, word: &str) {
        let _ = match self.format {
            LogFormat::Json | LogFormat::Auto => {
                write!(self.out, r#"{{"timestamp":"{at:.6}","level":"INFO","message":"{word}""#)
            }
            LogFormat::Text => write!(self.out, "{at:.6}  INFO {word}"),
            LogFormat::Journald => write!(self.out, "<6>{word}"),
        };
    }

    fn is_json(&self) -> bool {
        matches!(self.format, LogFormat::Json | LogFormat::Auto)
    }

    fn name(&mut self, name: &str) {
        let (before, behind): (&[u8], &[u8]) = if self.is_json() { (b",\"", b"\":\"") } else { (b" ", b"=") };
        self.out.extend_from_slice(before);
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(behind);
    }

    /// A value that needs no quotes.
    fn field(&mut self, name: &str, value: impl Display) {
        self.name(name);
        let _ = write!(self.out, "{value}");
        if self.is_json() {
            self.out.push(b'"');
        }
    }

    /// A text that others had a hand in: no line end of theirs ends the line, no quote of theirs the text.
    fn text(&mut self, name: &str, value: impl Display) {
        self.name(name);
        if !self.is_json() {
            self.out.push(b'"');
        }
        let _ = fmt::Write::write_fmt(&mut Escaped(self.out), format_args!("{value}"));
        self.out.push(b'"');
    }

    fn address(&mut self, name: &str, mailbox: Option<&Mailbox>, shown: Shown<'_>) {
        let Some(mailbox) = mailbox else { return self.text(name, "<>") };
        match shown.form {
            LogAddresses::Full => self.text(name, mailbox),
            LogAddresses::Domain => self.text(name, format_args!("@{}", mailbox.domain())),
            LogAddresses::Hash => {
                let digest = shown.keys.digest(&mailbox.to_string().to_ascii_lowercase());
                self.text(name, digest[..8].iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}")));
            }
        }
    }

    /// What decided an attempt, in its parts: nobody has to take a reply apart.
    fn evidence(&mut self, evidence: &Evidence) {
        if let Some(stage) = evidence.stage {
            self.field("stage", stage.name());
        }
        if let Some(reply) = evidence.reply() {
            self.field("code", reply.code());
        }
        if let Some(reason) = evidence.reason() {
            self.field("reason", reason.name());
        }
        if let Some(enhanced) = evidence.enhanced() {
            self.field("enhanced", enhanced);
        }
        if let Some(given_up) = evidence.given_up {
            self.text("given_up", given_up);
        }
        self.text("reply", evidence.text());
    }

    fn end(&mut self) {
        self.out.extend_from_slice(if self.is_json() { b"}\n" } else { b"\n" });
    }
}

/// What is written to it means itself between quotes, in JSON too.
struct Escaped<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        // The second octet of U+0080 to U+009F would be found too late: their first stands for them.
        while let Some(at) = rest.bytes().position(|octet| matches!(octet, 0..0x20 | b'"' | b'\\' | 0x7f | 0xc2)) {
            let (plain, found) = rest.split_at(at);
            self.0.extend_from_slice(plain.as_bytes());
            let mut characters = found.chars();
            match characters.next() {
                Some(quote @ ('"' | '\\')) => self.0.extend_from_slice(&[b'\\', quote as u8]),
                Some(control) if control.is_control() => {
                    let _ = write!(self.0, "\\u{:04x}", u32::from(control));
                }
                Some(other) => self.0.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.extend_from_slice(rest.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
