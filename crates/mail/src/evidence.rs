//! Why an attempt to deliver ended as it did: the server's reply, kept whole, or a reason of ours, and at which stage.
//!
//! It is one value from the connection to the store, the delivery report and whatever people are told; only [`Display`]
//! makes words of it, and nobody reads these back.
//!
//! [`Display`]: fmt::Display

mod reason;
mod stage;
#[cfg(test)]
mod tests;

use std::fmt;

pub use reason::Reason;
pub use stage::Stage;

use crate::{EnhancedStatus, Reply};

/// What decided an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What was said, or went wrong.
    pub cause: Cause,
    /// The stage of the session at which it was; `None` where there was no session, or nobody knows.
    pub stage: Option<Stage>,
    /// Set where it would have been tried again, and was given up.
    pub given_up: Option<GivenUp>,
}

/// What was said, or went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The server's reply.
    Reply(Reply),
    /// No reply of a server decided it.
    Reason {
        /// What did.
        reason: Reason,
        /// What is known besides, as [`Reason`] says of each; often empty. Words of others: they are shown only.
        detail: String,
    },
    /// Words that an earlier version kept. They may be a reply or a reason, and are not read for it.
    Unparsed(String),
}

/// Why no further try is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GivenUp {
    /// How often it was tried.
    pub tries: u32,
    /// How often its destination, which was away, was looked at while it waited.
    pub looks: u32,
}

impl Evidence {
    /// A reply that came at this stage.
    #[must_use]
    pub fn replied(stage: Stage, reply: Reply) -> Self {
        Self { cause: Cause::Reply(reply), stage: Some(stage), given_up: None }
    }

    /// Something that happened in no session.
    #[must_use]
    pub fn outside(cause: impl Into<Cause>) -> Self {
        Self { cause: cause.into(), stage: None, given_up: None }
    }

    /// Something that happened at this stage.
    #[must_use]
    pub fn at(stage: Stage, cause: impl Into<Cause>) -> Self {
        Self { cause: cause.into(), stage: Some(stage), given_up: None }
    }

    /// The same, as the last of the tries after which it is given up.
    #[must_use]
    pub fn given_up(self, given_up: GivenUp) -> Self {
        Self { given_up: Some(given_up), ..self }
    }

    /// The server's reply, where one decided the attempt.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match &self.cause {
            Cause::Reply(reply) => Some(reply),
            Cause::Reason { .. } | Cause::Unparsed(_) => None,
        }
    }

    /// Our reason, where no reply decided the attempt.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match &self.cause {
            Cause::Reason { reason, .. } => Some(*reason),
            Cause::Reply(_) | Cause::Unparsed(_) => None,
        }
    }

    /// The enhanced status that was said: the server's, or that of our reason.
    #[must_use]
    pub fn enhanced(&self) -> Option<EnhancedStatus> {
        match &self.cause {
            Cause::Reply(reply) => reply.enhanced(),
            Cause::Reason { reason, .. } => reason.status(),
            Cause::Unparsed(_) => None,
        }
    }

    /// The enhanced status of a failure by this, for its report (RFC 3464 §2.3.4): the server's own, or ours. Its class is
    /// that of the reply (RFC 2034 §4): a server's status of another class says nothing, and no failure is a success.
    #[must_use]
    pub fn failure_status(&self) -> EnhancedStatus {
        if self.given_up.is_some() {
            return EnhancedStatus::new(5, 4, 7); // RFC 3463 §3.5: delivery time expired.
        }
        match &self.cause {
            Cause::Reply(reply) => {
                let class = if reply.class() == 4 { 4 } else { 5 };
                let own = reply.enhanced().filter(|status| status.class == class);
                own.unwrap_or(EnhancedStatus::new(class, 0, 0))
            }
            Cause::Reason { reason, .. } => reason.status().unwrap_or(EnhancedStatus::new(5, 0, 0)),
            Cause::Unparsed(_) => EnhancedStatus::new(5, 0, 0),
        }
    }

    /// The words without codes: of a reply its text, its lines parted by LF.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.cause {
            Cause::Reply(reply) => reply.text().to_owned(),
            Cause::Reason { reason, detail } => reason.words(self.stage, detail).into_owned(),
            Cause::Unparsed(words) => words.clone(),
        }
    }
}

impl Reason {
    /// It, with what is known besides.
    #[must_use]
    pub fn with(self, detail: impl Into<String>) -> Cause {
        Cause::Reason { reason: self, detail: detail.into() }
    }
}

impl From<Reason> for Cause {
    fn from(reason: Reason) -> Self {
        reason.with("")
    }
}

impl From<Reply> for Cause {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// One line for people: `550 5.1.1 No such user`, `no greeting in time`.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(given_up) = self.given_up {
            write!(f, "given up after {given_up}; the last: ")?;
        }
        match &self.cause {
            Cause::Reply(reply) => {
                // RFC 5321 §3.8: 421 may come in place of any reply, and refuses nothing.
                let preface = self.stage.filter(|_| reply.code() != 421).map(Stage::preface);
                write!(f, "{}{reply}", preface.unwrap_or_default())
            }
            Cause::Reason { reason, detail } => {
                if let Some(status) = reason.status() {
                    write!(f, "{status} ")?;
                }
                f.write_str(&reason.words(self.stage, detail))
            }
            Cause::Unparsed(words) => f.write_str(words),
        }
    }
}

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} attempts", self.tries)?;
        if self.looks > 0 { write!(f, " and {} looks at a site that is away", self.looks) } else { Ok(()) }
    }
}
