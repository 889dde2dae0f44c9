//! At most once: what makes two mails the same request, and what a repeated one gets.

use jiff::{SignedDuration, Timestamp};
use mail::ReversePath;
use smtp::{EnhancedStatus, Verdict};
use spool::{Answered, CallKey, Commit, Parcel, Refusal, Spool, Submission};

use super::super::{Source, later};
use super::Asked;
use crate::method::Effects;

/// How long one whose id has no `@` is: the client of 2003 counts 2, 3, 4 in every run.
const REMEMBERED_BARE: SignedDuration = SignedDuration::from_mins(10);

/// A request that has run, and whose effects and answer wait to become true together.
#[derive(Default)]
pub(in crate::binding::email) struct Ran {
    pub(in crate::binding::email) effects: Effects,
    pub(in crate::binding::email) answer: Option<Submission>,
    pub(in crate::binding::email) story: String,
}

/// The same id for another request.
pub(in crate::binding::email) fn other_payload() -> Verdict {
    Verdict::no(550, EnhancedStatus::new(5, 6, 0), "This id came before with another request: nothing was run")
}

/// What makes this the same request as another.
#[derive(Clone, Debug)]
pub(in crate::binding::email) struct Identity {
    pub(in crate::binding::email) key: CallKey,
    /// For how long.
    remembered: SignedDuration,
}

impl Identity {
    /// The sender with the id of the call, which survives a retry under a new Message-ID; else with the Message-ID. Ids
    /// without `@` are no keys by themselves. `None` where nothing tells one request from the next.
    pub(super) fn of(asked: &Asked<'_>, call_id: Option<&str>) -> Option<Self> {
        let sender = match &asked.mail.envelope.reverse_path {
            ReversePath::Mailbox(mailbox) => mailbox.to_string(),
            ReversePath::Null => asked.asker.to_string(),
        };
        let remembered = SignedDuration::try_from(asked.house.config.limits.remember).unwrap_or(SignedDuration::MAX);
        let whole = |id: &str| Some(Self { key: CallKey(format!("{sender} {id}")), remembered });
        if let Some(id) = call_id {
            return whole(id);
        }
        let id = mail::message_id::message_id(&asked.headers).map(|id| id.bare);
        match (id, asked.source) {
            (Some(id), _) if id.contains('@') => whole(&id),
            // What was left in the drop folder has a name of its own, and is taken in once however long that takes.
            (_, Source::Left(name)) => Some(Self { key: super::super::left::key(name), remembered }),
            (Some(id), Source::Live) => {
                let digest: String = asked.digest.iter().map(|octet| format!("{octet:02x}")).collect();
                Some(Self { key: CallKey(format!("{sender} {id} {digest}")), remembered: REMEMBERED_BARE })
            }
            (None, Source::Live) => None,
        }
    }
}

impl Asked<'_> {
    pub(super) async fn commit(&self, identity: Option<Identity>, ran: Ran) -> Verdict {
        let said = if ran.answer.is_some() { "Request run, answer queued" } else { "Request run, no answer is owed" };
        match self.house.outbox.commit(self.commitment(identity.clone(), ran)).await {
            Ok(_) => Verdict::Accept(said.into()),
            // Another copy of this request was faster: it ran, this one did not.
            Err(Refusal::Duplicate(_)) => self.repeat_of(identity).await,
            Err(refusal) => later(&refusal),
        }
    }

    /// What must become true together: the effects, the answer, and the record of it.
    pub(in crate::binding::email) fn commitment(&self, identity: Option<Identity>, ran: Ran) -> Commit {
        let Ran { effects, answer, story } = ran;
        let answered = identity.map(|Identity { key, remembered }| Answered {
            key,
            digest: self.digest,
            expires: self.now.saturating_add(remembered).unwrap_or(Timestamp::MAX),
            replays: 0,
            answer: answer.as_ref().map(|answer| (answer.envelope.clone(), answer.message.clone())),
            answer_id: answer.as_ref().map(|answer| answer.message_id.clone()).unwrap_or_default(),
            story,
        });
        let parcel = Parcel(effects.parcel.into_iter().chain(answer).collect());
        Commit { parcel, answered, ..Commit::default() }
    }

    pub(super) async fn stored(&self, identity: Option<&Identity>) -> Result<Option<Answered>, Refusal> {
        match identity {
            Some(identity) => self.house.spool.answered(identity.key.clone(), self.now).await,
            None => Ok(None),
        }
    }

    pub(in crate::binding::email) async fn repeat_of(&self, identity: Option<Identity>) -> Verdict {
        match self.stored(identity.as_ref()).await {
            Ok(Some(stored)) => self.repeat(stored).await,
            Ok(None) => later(&Refusal::Unknown),
            Err(refusal) => later(&refusal),
        }
    }

    /// The stored answer again; nothing runs twice.
    pub(super) async fn repeat(&self, stored: Answered) -> Verdict {
        let _alone = self.house.repeats.lock().await;
        let stored = match self.house.spool.answered(stored.key.clone(), self.now).await {
            Ok(newest) => newest.unwrap_or(stored),
            Err(refusal) => return later(&refusal),
        };
        if matches!(self.source, Source::Left(_)) && stored.story.ends_with(&self.source.mark()) {
            return Verdict::Accept("Taken in before".into());
        }
        if stored.digest != self.digest {
            return other_payload();
        }
        // A request under a bare id could as well have had none, and nothing caps those.
        let is_whole = stored.expires.duration_since(self.now) > REMEMBERED_BARE;
        if is_whole && stored.replays as usize >= self.house.config.limits.replays {
            return Verdict::Accept("Request was run before, its answer was sent often enough".into());
        }
        let Some((envelope, message)) = stored.answer else {
            return Verdict::Accept("Request was run before, no answer is owed".into());
        };
        let submission = Submission { envelope, ..self.outgoing(&self.asker, message, stored.answer_id) };
        let commit = Commit { parcel: Parcel(vec![submission]), replayed: Some(stored.key), ..Commit::default() };
        match self.house.outbox.commit(commit).await {
            Ok(_) => Verdict::Accept("Request was run before, its answer is queued again".into()),
            Err(refusal) => later(&refusal),
        }
    }
}
