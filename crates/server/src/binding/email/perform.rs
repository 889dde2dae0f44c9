//! Runs a request, and makes its effects, its answer and the record of it true together.

use jiff::Timestamp;
use mail::ReversePath;
use rpc::{Caller, Document, Inquiry, Sender};
use smtp::Verdict;
use spool::{Answered, Commit, Parcel, ProvenBy, Refusal, Replay, Submission};

use super::answer_mail::Stamp;
use super::reply::{answered_too_often, other_payload};
use super::request::{Asked, Identity, Recipient, Repeat, Request, When, refuse_stale};
use super::run::put_off;
use super::{Handling, answer_mail, guard};
use crate::method::privilege::Privilege;
use crate::method::{self, Effects};
use crate::redact;

/// A request that has run, and whose effects and answer wait to become true together.
#[derive(Default)]
pub(super) struct Ran {
    pub(super) effects: Vec<Effects>,
    pub(super) answer: Option<Submission>,
    pub(super) story: String,
    /// The trace id of its call.
    pub(super) trace: String,
    /// The answer as it is kept to be sent again, where it repeats a key of the request.
    pub(super) kept: Option<Submission>,
}

impl Handling<'_> {
    /// Answers a request: with the stored answer where it has run, else by running it, now or later.
    pub(super) async fn answer(&self, request: &Request<'_>, asked: Asked) -> Verdict {
        if !self.may_be_answered(request) {
            return not_run(request, answered_too_often());
        }
        match self.stored(request).await {
            Ok(Some(stored)) => return not_run(request, self.repeat(request, stored).await),
            Ok(None) => {}
            Err(refusal) => return put_off(&refusal),
        }
        match request.when {
            When::Later => self.accept(request).await,
            When::AtOnce => {
                let ran = self.perform(request, asked).await;
                self.commit(request, ran).await
            }
        }
    }

    /// False for one whom nothing proves, and who had so many answers lately that more of them are a flood, or a loop.
    fn may_be_answered(&self, request: &Request<'_>) -> bool {
        let most = self.setup.mail.answers_per_sender.filter(|_| request.decision.proof.by == ProvenBy::Nothing);
        most.is_none_or(|most| self.node.senders.answer(request.asker(), most, request.now))
    }

    /// Does what it asks.
    pub(super) async fn perform(&self, request: &Request<'_>, asked: Asked) -> Ran {
        match asked {
            Asked::Calls(inquiry) => self.call(request, inquiry).await,
            Asked::Http(asked) => self.pass(request, asked).await,
        }
    }

    /// Runs its calls; a request whose time is over gets the fault that says so.
    async fn call(&self, request: &Request<'_>, mut inquiry: Inquiry) -> Ran {
        refuse_stale(&mut inquiry, request);
        let caller = self.caller(request);
        let keys = redact::keys_of(&inquiry.calls);
        let mut performed = self.setup.service(request.service, request.privilege()).run(inquiry, &caller).await;
        let effects = performed.take_effects();
        if let Some(reply) = performed.soap().filter(|reply| reply.addressing.is_some()) {
            reply.message_id = Some(format!("urn:uuid:{}", uuid::Uuid::now_v7()));
        }
        let recipient = request.wishes.recipient(&performed, request.asker());
        let to = match &recipient {
            Recipient::One(mailbox) => mailbox.to_string(),
            Recipient::Nobody => format!("{}, who wants no answer", request.asker()),
        };
        let story = format!("{} by {to} ({}), {}", performed.summary(), caller.trace, request.decision.proof);
        let (document, to) = match recipient {
            Recipient::One(to) => (performed.answer(), to),
            Recipient::Nobody => (None, request.asker().clone()),
        };
        let stamp = self.stamp();
        let compose = |document: Document| answer_mail::compose(request, &to, &document, stamp.clone());
        let kept = document.as_ref().and_then(|document| redact::document_without(document, &keys)).map(compose);
        Ran { effects, answer: document.map(compose), story, trace: caller.trace, kept }
    }

    pub(super) fn caller(&self, request: &Request<'_>) -> Caller {
        let author = (request.privilege() == Privilege::Proven).then(|| request.author().to_string());
        Caller {
            address: Some(guard::address(&request.mail.peer)),
            author,
            sender: Some(Sender { address: request.author().to_string(), proof: request.decision.proof.by.word() }),
            trace: self.node.trace(),
            ..Caller::default()
        }
    }

    /// A new answer's.
    pub(super) fn stamp(&self) -> Stamp<'_> {
        let (message_id, addresses) = (self.setup.new_message_id(), &self.setup.mail.addresses);
        let for_bounces = addresses.token(&message_id).and_then(|token| addresses.for_bounces(&token));
        let reverse_path = for_bounces.unwrap_or(ReversePath::Null);
        Stamp { message_id, reverse_path, loop_marker: self.setup.hostname() }
    }

    async fn commit(&self, request: &Request<'_>, ran: Ran) -> Verdict {
        let said = if ran.answer.is_some() { "Request run, answer queued" } else { "Request run, no answer is owed" };
        match self.node.outbox.commit(commitment(request, ran)).await {
            Ok(_) => Verdict::Accept(said.into()),
            // Another copy of this request was faster: it ran, this one did not.
            Err(Refusal::Duplicate(_)) => self.repeat_of(request).await,
            Err(refusal) => put_off(&refusal),
        }
    }

    async fn stored(&self, request: &Request<'_>) -> Result<Option<Answered>, Refusal> {
        match &request.identity {
            Some(Identity { key, .. }) => self.node.store.answered(key.clone(), request.now).await,
            None => Ok(None),
        }
    }

    /// The request was answered meanwhile.
    pub(super) async fn repeat_of(&self, request: &Request<'_>) -> Verdict {
        match self.stored(request).await {
            Ok(Some(stored)) => self.repeat(request, stored).await,
            Ok(None) => put_off(&Refusal::Unknown),
            Err(refusal) => put_off(&refusal),
        }
    }

    /// The stored answer again; nothing runs twice.
    async fn repeat(&self, request: &Request<'_>, stored: Answered) -> Verdict {
        let most = request.most_replays(&stored, self.setup.mail.replays);
        let submission = match request.repeat(&stored) {
            Repeat::TakenInBefore => return Verdict::Accept("Taken in before".into()),
            Repeat::OtherPayload => return other_payload(),
            Repeat::NothingOwed => return Verdict::Accept("Request was run before, no answer is owed".into()),
            Repeat::Again(submission) => *submission,
        };
        let replayed = Some(Replay { key: stored.key, most });
        let commit = Commit { parcel: Parcel(vec![submission]), replayed, ..Commit::default() };
        match self.node.outbox.commit(commit).await {
            Ok(_) => Verdict::Accept("Request was run before, its answer is queued again".into()),
            Err(Refusal::Spent) => Verdict::Accept("Request was run before, its answer was sent often enough".into()),
            Err(refusal) => put_off(&refusal),
        }
    }
}

/// Tells the log that a request is not run now, and what its client heard.
fn not_run(request: &Request<'_>, verdict: Verdict) -> Verdict {
    let message_id = mail::message_id::message_id(&request.headers).map(|id| id.bare).unwrap_or_default();
    tracing::info!(service = request.service.name, message_id, reply = verdict.text(), "request not run");
    verdict
}

/// What must become true together: the effects, the answer, and the record of it.
pub(super) fn commitment(request: &Request<'_>, ran: Ran) -> Commit {
    let Ran { effects, answer, story, trace, kept } = ran;
    let holds_key = kept.is_some();
    let stored = kept.as_ref().or(answer.as_ref());
    let answered = request.identity.clone().map(|Identity { key, remembered }| Answered {
        key,
        digest: request.digest,
        expires: request.now.saturating_add(remembered).unwrap_or(Timestamp::MAX),
        replays: 0,
        answer: stored.map(|answer| (answer.envelope.clone(), answer.message.clone())),
        answer_id: answer.as_ref().map(|answer| answer.message_id.clone()).unwrap_or_default(),
        story,
        file: request.source.file(),
    });
    // The store knows its answer by the time that another may begin, or refuses that other.
    let (mut commit, _) = method::commit(effects);
    commit.parcel.0.extend(answer);
    Commit { answered, trace, holds_key, ..commit }
}
