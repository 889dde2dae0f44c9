//! Which entries of the queue people mean: `to=@x.pl state=deferred age>1h`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use spool::Kind;
use spool::queue::{Filter, State};

use super::Refused;
use super::rows::QueueRow;

/// A filter as people write it; each part that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterRow {
    /// One of [`STATES`]; none: all that is not over.
    pub state: Option<String>,
    /// Part of the recipient.
    pub to: Option<String>,
    /// Part of the reverse-path.
    pub from: Option<String>,
    /// The key, service or peer.
    pub owner: Option<String>,
    /// One of [`KINDS`].
    pub kind: Option<String>,
    /// Older than this, in seconds.
    pub age: Option<u64>,
}

/// The states that can be asked for.
pub const STATES: [&str; 9] =
    ["queued", "deferred", "held", "damaged", "done", "delivered", "captured", "bounced", "dropped"];

/// The kinds of mail that can be asked for.
pub const KINDS: [&str; 5] = ["message", "answer", "request", "bounce", "received"];

impl FilterRow {
    /// As the store understands it; [`FilterRow::wants`] knows more.
    ///
    /// # Errors
    /// A state or a kind that is none: the words name those that there are.
    pub fn filter(&self, now: Timestamp) -> Result<Filter, Refused> {
        let state = match self.state.as_deref() {
            None => None,
            Some("queued" | "deferred") => Some(State::Queued),
            Some("held") => Some(State::Held),
            Some("damaged") => Some(State::Damaged),
            Some("done" | "delivered" | "captured" | "bounced") => Some(State::Done),
            Some("dropped") => Some(State::Dropped),
            Some(other) => return Err(none_of(other, "state of the queue", &STATES)),
        };
        let kind = match self.kind.as_deref() {
            None => None,
            Some("message") => Some(Kind::Message),
            Some("answer") => Some(Kind::Answer),
            Some("request") => Some(Kind::Request),
            Some("bounce") => Some(Kind::Bounce),
            Some("received") => Some(Kind::Received),
            Some(other) => return Err(none_of(other, "kind of mail", &KINDS)),
        };
        let age = self.age.map(|age| SignedDuration::from_secs(i64::try_from(age).unwrap_or(i64::MAX)));
        Ok(Filter {
            state,
            kind,
            to: self.to.clone(),
            from: self.from.clone(),
            owner: self.owner.clone(),
            message_id: None,
            queued_before: age.and_then(|age| now.checked_sub(age).ok()),
            min_tries: None,
        })
    }

    /// True for rows in this state, of those that the store keeps as one.
    #[must_use]
    pub fn wants(&self, row: &QueueRow) -> bool {
        match self.state.as_deref() {
            Some(state @ ("queued" | "deferred" | "delivered" | "captured" | "bounced")) => row.state == state,
            _ => true,
        }
    }

    /// True where the store alone can tell which rows are wanted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !matches!(self.state.as_deref(), Some("queued" | "deferred" | "delivered" | "captured" | "bounced"))
    }
}

fn none_of(word: &str, what: &str, known: &[&str]) -> Refused {
    Refused::usage(format!("`{word}` is no {what}; there are {}", known.join(", ")))
}
