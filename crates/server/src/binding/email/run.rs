//! Carries out what was decided about a mail. A verdict of *accept* is said only when what it promises is durable.

use mail::header::Headers;
use smtp::Verdict;
use spool::{Commit, Event, Kind, Note, Parcel, Pending, PendingOutcome, Refusal, Submission};

use super::call_answer::{self, CallAnswer, Matched};
use super::decide::Decision;
use super::reply::{Refused, later};
use super::source::Arrived;
use super::{Handling, forward};

impl Handling<'_> {
    /// Does what was decided.
    pub(super) async fn run(&self, decision: Decision<'_>, arrived: &Arrived<'_>) -> Verdict {
        match decision {
            Decision::Refuse(refused) => {
                self.note_mail(arrived, &refused).await;
                told(refused, arrived)
            }
            Decision::Keep(why) => self.keep(arrived, &why).await,
            Decision::Forward => self.forward(arrived).await,
            Decision::Complete(answer) => self.complete(arrived, *answer).await,
            Decision::Help(help) => self.help(arrived, &help).await,
            Decision::Run(request, asked) => self.answer(&request, *asked).await,
        }
    }

    /// Keeps a mail that is not answered, so that nothing that was accepted is lost: it is shown, never sent.
    pub(super) async fn keep(&self, arrived: &Arrived<'_>, why: &str) -> Verdict {
        let mail = arrived.mail;
        let id = mail::message_id::message_id(&Headers::of(&mail.message));
        let submission = Submission {
            envelope: mail.envelope.clone(),
            message: self.setup.mail.scrubber().scrubbed(&mail.message),
            message_id: id.map(|id| id.bare).unwrap_or_default(),
            kind: Kind::Received,
            owner: why.to_owned(),
            next_hop: None,
            capture: true,
            wishes: spool::Wishes::default(),
        };
        let (message_id, reverse_path) = (&submission.message_id, &mail.envelope.reverse_path);
        tracing::info!(why, message_id, %reverse_path, "mail set aside");
        match self.queue(arrived, submission).await {
            Ok(_) => Verdict::Accept("Kept".into()),
            Err(verdict) => verdict,
        }
    }

    async fn forward(&self, arrived: &Arrived<'_>) -> Verdict {
        let submission = match forward::submission(arrived, self.setup.hostname()) {
            Ok(submission) => submission,
            Err(refused) => return refused,
        };
        match self.queue(arrived, submission).await {
            Ok(entry) => Verdict::Accept(entry.map(|entry| format!("Queued as {entry}")).unwrap_or_default().into()),
            Err(verdict) => verdict,
        }
    }

    /// Queues what a mail became, with the record that the mail was taken in; what is said where it is not queued now.
    pub(super) async fn queue(
        &self,
        arrived: &Arrived<'_>,
        submission: Submission,
    ) -> Result<Option<spool::EntryId>, Verdict> {
        let answered = arrived.source.record(arrived.now);
        let commit = Commit { parcel: Parcel(vec![submission]), answered, ..Commit::default() };
        match self.node.outbox.commit(commit).await {
            Ok(queued) => Ok(queued.entries.first().copied()),
            Err(Refusal::Duplicate(_)) => Err(Verdict::Accept("Taken in before".into())),
            Err(refusal) => Err(put_off(&refusal)),
        }
    }

    /// Completes the call that this mail answers, exactly once.
    async fn complete(&self, arrived: &Arrived<'_>, answer: CallAnswer) -> Verdict {
        let calls = match self.node.store.find_awaited(answer.keys.clone()).await {
            Ok(calls) => calls,
            Err(refusal) => return put_off(&refusal),
        };
        match answer.matched(calls) {
            Matched::Kept(why, None) => self.keep(arrived, &why).await,
            Matched::Kept(why, Some((about, what))) => {
                // The mail itself is kept: where the journal cannot be written now, it is still there to be read.
                let event = Event { at: arrived.now, about, what };
                if let Err(refusal) = self.node.store.note(vec![event]).await {
                    return put_off(&refusal);
                }
                self.keep(arrived, &why).await
            }
            Matched::Ends(call, outcome) => self.end(arrived, *call, outcome).await,
        }
    }

    async fn end(&self, arrived: &Arrived<'_>, call: Pending, outcome: PendingOutcome) -> Verdict {
        let what = match &outcome {
            PendingOutcome::Bounced { status, words } => Note::Bounced { status: *status, words: words.clone() },
            _ => Note::Answered,
        };
        let event = Event { at: arrived.now, about: call.id.clone(), what };
        let completes = vec![(call.id.clone(), outcome)];
        let answered = arrived.source.record(arrived.now);
        let commit = Commit { completes, answered, events: vec![event], ..Commit::default() };
        match self.node.outbox.commit(commit).await {
            Ok(committed) if committed.completed.is_empty() => self.keep(arrived, &call_answer::late(&call)).await,
            Ok(_) => Verdict::accept(),
            Err(refusal) => put_off(&refusal),
        }
    }
}

/// Tells the log that a mail is not taken: what its client heard, and why where that does not say all.
pub(super) fn told(refused: Refused, arrived: &Arrived<'_>) -> Verdict {
    let Refused { reply, why } = refused;
    tracing::info!(why = &*why, reply = reply.text(), recipient = %arrived.recipient, "mail refused");
    reply
}

/// Trouble of ours, for the log and for the client.
pub(super) fn put_off(refusal: &Refusal) -> Verdict {
    tracing::error!(%refusal, "mail was not taken");
    later(refusal)
}
