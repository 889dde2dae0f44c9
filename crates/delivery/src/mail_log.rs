//! The facts of the mail log: what became of each recipient of each mail, told once it is durable.

use jiff::Timestamp;
use spool::{Attempt, Entry};

/// One fact about one recipient.
#[derive(Clone, Copy, Debug)]
pub enum Fact<'a> {
    /// It is durably queued.
    Queued,
    /// An attempt has ended, and what follows.
    Attempted {
        /// The attempt.
        attempt: &'a Attempt,
        /// Its number.
        number: u32,
        /// When it is tried again; `None` where it is over.
        next: Option<Timestamp>,
    },
    /// It failed, and its sender is told by this mail.
    Bounced {
        /// The Message-ID of the bounce, without brackets.
        bounce: &'a str,
    },
    /// It failed, and nobody can be told: it was a bounce itself, or came from `<>`.
    DoubleBounce,
}

/// Whoever keeps the mail log. It must not block: commits and couriers tell it.
pub trait MailLog: Send + Sync {
    /// Takes one fact down.
    fn tell(&self, at: Timestamp, entry: &Entry, fact: Fact<'_>);
}

/// No mail log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl MailLog for Silent {
    fn tell(&self, _: Timestamp, _: &Entry, _: Fact<'_>) {}
}
