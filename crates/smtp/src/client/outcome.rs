//! What became of each recipient of one transaction.

use mail::evidence::{Cause, Evidence, Stage};

use crate::reply::Reply;

/// What became of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// The reply that decided it, or our reason.
    pub evidence: Evidence,
}

/// How it ended for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The server has taken the responsibility (RFC 5321 §6.1).
    Delivered,
    /// Not now: 4xx, or the session ended before it was decided.
    Deferred,
    /// Never: 5xx, or the server cannot take such a message.
    Failed,
    /// The connection broke after the final dot was written and before its reply came: the server may have it.
    Uncertain,
    /// Too many recipients for one transaction, and others were taken: to be sent again at once (RFC 5321 §4.5.3.1.10).
    NextTransaction,
}

/// The end of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Which one.
    pub tag: Tag,
    /// One for each recipient, in their order.
    pub outcomes: Vec<Outcome>,
    /// Who ended it.
    pub end: End,
}

/// Who ended a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The server has decided.
    Decided,
    /// The session ended before the server decided: whoever is `Deferred` may be tried at once on a new connection.
    Cut,
}

/// Names a transaction within its connection, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u64);

impl Outcome {
    /// A mail that this server can never take.
    pub(super) fn impossible(stage: Stage, cause: impl Into<Cause>) -> Self {
        Self { verdict: Verdict::Failed, evidence: Evidence::at(stage, cause) }
    }

    /// The outcome that a reply to a command of the transaction means for a recipient.
    pub(super) fn of(stage: Stage, reply: &Reply) -> Self {
        let verdict = match reply.class() {
            2 => Verdict::Delivered,
            5 => Verdict::Failed,
            _ => Verdict::Deferred,
        };
        Self { verdict, evidence: Evidence::replied(stage, reply.clone()) }
    }
}
