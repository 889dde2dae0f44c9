//! Which entries of the queue people mean: `to=@x.pl state=deferred age>1h`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use spool::Kind;
use spool::queue::{Filter, State};

use super::Refused;
use super::rows::{EntryState, QueueRow};

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
    /// Words of the subject, all of them.
    pub subject: Option<String>,
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
            Some(name) => {
                Some(Wanted::named(name).ok_or_else(|| none_of(name, "state of the queue", &STATES))?.stored())
            }
        };
        let kind = self.kind.as_deref().map(|name| name.parse().map_err(|_| none_of(name, "kind of mail", &KINDS)));
        let kind: Option<Kind> = kind.transpose()?;
        let age = self.age.map(|age| SignedDuration::from_secs(i64::try_from(age).unwrap_or(i64::MAX)));
        Ok(Filter {
            state,
            kind,
            to: self.to.clone(),
            from: self.from.clone(),
            owner: self.owner.clone(),
            message_id: None,
            subject: self.subject.clone(),
            queued_before: age.and_then(|age| now.checked_sub(age).ok()),
            min_tries: None,
        })
    }

    /// True for rows in this state, of those that the store keeps as one.
    #[must_use]
    pub fn wants(&self, row: &QueueRow) -> bool {
        match self.wanted() {
            Some(Wanted::In(state)) => !is_shared(state) || row.state == state,
            Some(Wanted::Over) | None => true,
        }
    }

    /// True where the store alone can tell which rows are wanted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        // The case of other letters than ASCII's is known only where a row is read.
        let is_ascii = self.subject.as_ref().is_none_or(|words| words.is_ascii());
        is_ascii && !matches!(self.wanted(), Some(Wanted::In(state)) if is_shared(state))
    }

    fn wanted(&self) -> Option<Wanted> {
        self.state.as_deref().and_then(Wanted::named)
    }
}

/// A state that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// However it ended, but dropped.
    Over,
    /// This.
    In(EntryState),
}

impl Wanted {
    fn named(name: &str) -> Option<Self> {
        let states = [
            EntryState::Queued,
            EntryState::Deferred,
            EntryState::Held,
            EntryState::Damaged,
            EntryState::Delivered,
            EntryState::Captured,
            EntryState::Bounced,
            EntryState::Dropped,
        ];
        let state = states.into_iter().find(|state| state.name() == name).map(Self::In);
        state.or((name == "done").then_some(Self::Over))
    }

    /// What the store keeps it as.
    fn stored(self) -> State {
        match self {
            Self::In(EntryState::Queued | EntryState::Deferred) => State::Queued,
            Self::In(EntryState::Held) => State::Held,
            Self::In(EntryState::Damaged) => State::Damaged,
            Self::In(EntryState::Dropped) => State::Dropped,
            Self::In(EntryState::Delivered | EntryState::Captured | EntryState::Bounced) | Self::Over => State::Done,
        }
    }
}

/// True for a state that the store keeps as one with others.
fn is_shared(state: EntryState) -> bool {
    !matches!(state, EntryState::Held | EntryState::Damaged | EntryState::Dropped)
}

fn none_of(word: &str, what: &str, known: &[&str]) -> Refused {
    Refused::usage(format!("`{word}` is no {what}; there are {}", known.join(", ")))
}
