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
    /// Its answer was sent often enough: nothing.
    SentOftenEnough,
    /// It was run, and no answer is owed: nothing.
    NothingOwed,
    /// The stored answer goes out again.
    Again(Box<Submission>),
}

impl Request<'_> {
    /// What it gets where `stored` is the record of its answer, which is sent again `most` times at most.
    pub(in crate::binding::email) fn repeat(&self, stored: &Answered, most: usize) -> Repeat {
        if matches!(self.source, Source::Left(name) if stored.file.as_deref() == Some(name)) {
            return Repeat::TakenInBefore;
        }
        if stored.digest != self.digest {
            return Repeat::OtherPayload;
        }
        // A request under a bare id could as well have had none, and nothing caps those.
        let is_whole = stored.expires.duration_since(self.now) > REMEMBERED_BARE;
        if is_whole && stored.replays as usize >= most {
            return Repeat::SentOftenEnough;
        }
        let Some((envelope, message)) = stored.answer.clone() else { return Repeat::NothingOwed };
        Repeat::Again(Box::new(self.outgoing(envelope, message, stored.answer_id.clone())))
    }
}
