//! What a request gets that has been answered before: it never runs twice.

use spool::{Answered, Submission};

use super::super::source::Source;
use super::Request;
use super::identity::REMEMBERED_BARE;

/// What becomes of a repeated request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::binding::email) enum Repeat {
    /// It is the mail of the drop folder or a mailbox that was taken in before: nothing.
    TakenInBefore,
    /// It is another request under the same id: it is not taken.
    OtherPayload,
    /// It was run, and no answer is owed: nothing.
    NothingOwed,
    /// The stored answer goes out again.
    Again(Box<Submission>),
}

impl Request<'_> {
    /// How often the answer of this record is sent again at most, where that is said of those that are remembered for long: a
    /// request under a bare id could as well have had none, and nothing caps those.
    pub(in crate::binding::email) fn most_replays(&self, stored: &Answered, most: usize) -> u32 {
        let is_bare = stored.expires.duration_since(self.now) <= REMEMBERED_BARE;
        if is_bare { u32::MAX } else { u32::try_from(most).unwrap_or(u32::MAX) }
    }

    /// What it gets where `stored` is the record of its answer.
    pub(in crate::binding::email) fn repeat(&self, stored: &Answered) -> Repeat {
        if matches!(self.source, Source::Left(name) if stored.file.as_deref() == Some(name)) {
            return Repeat::TakenInBefore;
        }
        if stored.digest != self.digest {
            return Repeat::OtherPayload;
        }
        let Some((envelope, message)) = stored.answer.clone() else { return Repeat::NothingOwed };
        Repeat::Again(Box::new(self.outgoing(envelope, message, stored.answer_id.clone())))
    }
}
