//! What the client of a mail is told where nothing about the mail itself decides it.

use std::borrow::Cow;

use smtp::{EnhancedStatus, Verdict};
use spool::Refusal;

/// A mail that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// What its client is told.
    pub(super) reply: Verdict,
    /// What the log is told; empty where the reply says all.
    pub(super) why: Cow<'static, str>,
}

impl From<Verdict> for Refused {
    fn from(reply: Verdict) -> Self {
        Self { reply, why: Cow::Borrowed("") }
    }
}

impl Refused {
    /// For good, with a line for the log.
    pub(super) fn because(reply: Verdict, why: impl Into<Cow<'static, str>>) -> Self {
        Self { reply, why: why.into() }
    }
}

/// Trouble of ours is the client's to try again (RFC 5321 §4.2.3).
pub(super) fn later(refusal: &Refusal) -> Verdict {
    match refusal {
        Refusal::Full => Verdict::no(452, EnhancedStatus::new(4, 3, 1), "No room for mail now; try again"),
        _ => Verdict::no(451, EnhancedStatus::new(4, 3, 0), "Trouble here; try again"),
    }
}

pub(super) fn no_such_user() -> Verdict {
    Verdict::no(550, EnhancedStatus::new(5, 1, 1), "No service has this address")
}

pub(super) fn no_relay() -> Verdict {
    Verdict::no(550, EnhancedStatus::new(5, 7, 1), "Mail for others is not relayed")
}

/// For a sender, or a way of coming, that the service does not serve.
pub(super) fn not_served() -> Verdict {
    Verdict::no(550, EnhancedStatus::new(5, 7, 1), "You are not among those whom this service answers")
}

/// For a person's mail, say, or an answer. In a transaction, the client keeps it; nobody is mailed about it.
pub(super) fn no_request() -> Verdict {
    let text = "This is no request: JSON-RPC, XML-RPC or SOAP is expected here";
    Verdict::no(550, EnhancedStatus::new(5, 6, 0), text)
}

/// For the id of one request on another.
pub(super) fn other_payload() -> Verdict {
    Verdict::no(550, EnhancedStatus::new(5, 6, 0), "This id came before with another request: nothing was run")
}

/// For one who was answered so often that the next request can wait: it is the client's to send again.
pub(super) fn answered_too_often() -> Verdict {
    let text = "You were answered as often as this server answers one sender in an hour; try again later";
    Verdict::no(450, EnhancedStatus::new(4, 7, 1), text)
}
