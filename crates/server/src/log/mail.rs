//! The mail log: one line per fact and recipient. It is written by hand, since at tens of thousands of mails a second it
//! is among what costs most.

use std::fmt::Display;
use std::io::Write;
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

    fn address(&self, addresses: LogAddresses, mailbox: Option<&Mailbox>) -> String {
        let Some(mailbox) = mailbox else { return "<>".to_owned() };
        match addresses {
            LogAddresses::Full => mailbox.to_string(),
            LogAddresses::Domain => format!("@{}", mailbox.domain()),
            LogAddresses::Hash => {
                let digest = self.keys.digest(&mailbox.to_string().to_ascii_lowercase());
                digest[..8].iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
            }
        }
    }
}

impl MailLog for MailLines {
    fn tell(&self, at: Timestamp, entry: &Entry, fact: Fact<'_>) {
        let Wanted { is_told, addresses } = *self.wanted.read().unwrap_or_else(PoisonError::into_inner);
        if !is_told {
            return;
        }
        let address = |mailbox| self.address(addresses, mailbox);
        let (from, to) = (address(entry.reverse_path.mailbox()), address(Some(&entry.recipient)));
        self.lines.add(|out| {
            let mut line = Line { out, format: self.format };
            line.begin(at, word(&fact));
            line.field("entry", entry.id);
            line.text("message_id", &entry.message_id);
            line.text("from", &from);
            line.text("to", &to);
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
                        line.text("next", &format!("{next:.0}"));
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
    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        if !self.is_json() {
            self.out.push(b'"');
        }
        let mut rest = value;
        while let Some(at) = rest.find(|c: char| matches!(c, '"' | '\\') || c.is_control()) {
            let (plain, escaped) = rest.split_at(at);
            self.out.extend_from_slice(plain.as_bytes());
            rest = self.escape(escaped);
        }
        self.out.extend_from_slice(rest.as_bytes());
        self.out.push(b'"');
    }

    /// Writes the first character of a text so that it means itself; gives what is behind it.
    fn escape<'t>(&mut self, text: &'t str) -> &'t str {
        let mut characters = text.chars();
        let _ = match characters.next() {
            Some(quote @ ('"' | '\\')) => write!(self.out, "\\{quote}"),
            Some(control) => write!(self.out, "\\u{:04x}", u32::from(control)),
            None => Ok(()),
        };
        characters.as_str()
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
            self.text("given_up", &given_up.to_string());
        }
        self.text("reply", &evidence.text());
    }

    fn end(&mut self) {
        self.out.extend_from_slice(if self.is_json() { b"}\n" } else { b"\n" });
    }
}

#[cfg(test)]
mod tests;
