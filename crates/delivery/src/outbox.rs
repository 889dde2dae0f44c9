//! The one door for mail that leaves: it is durable first, and then on its way from memory.

use std::collections::HashSet;
use std::sync::Arc;

use mail::Mailbox;
use spool::{Commit, EntryId, KnownAttempt, Refusal};

use crate::dispatcher::Dispatcher;
use crate::mail_log::Fact;
use crate::memory::{Load, MailReservation};
use crate::plan::Plan;
use crate::policy::Policy;
use crate::recall::Recalled;
use crate::route::{Destination, Destined};
use crate::sign;
use crate::status::Status;

/// The one door for mail that leaves. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) dispatcher: Arc<Dispatcher>,
}

/// What was durably committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    /// The names of the new entries, in the order of the parcel.
    pub entries: Vec<EntryId>,
    /// Which of [`Commit::completes`] got their end by this commit.
    pub completed: Vec<String>,
}

impl Outbox {
    /// Signs, commits, and sends what is in the parcel: at once where there is room in memory, else when it is claimed from the
    /// store. What is captured is recorded as such with it; what goes where nobody can be reached waits. `commit.claimed`,
    /// `commit.known_attempts` and `commit.courses` are set here, whatever they were.
    ///
    /// # Errors
    /// As [`spool::Spool::commit`]: then nothing is there, and nothing leaves.
    pub async fn commit(&self, commit: Commit) -> Result<Queued, Refusal> {
        let signers = self.dispatcher.live().policy.signers.clone();
        let mut commit = sign::all(signers, commit, self.dispatcher.clock.wall()).await;
        let plans: Vec<Plan> = commit.parcel.0.iter().map(|mail| self.dispatcher.plan(mail)).collect();
        let admissible: Vec<(usize, bool)> = commit
            .parcel
            .0
            .iter()
            .zip(&plans)
            .map(|(mail, plan)| (mail.envelope.recipients().len(), plan.is_admissible()))
            .collect();
        let is_pending = plans.iter().any(|plan| plan.known_attempt.is_none());
        let hold = self.room_for(&commit, &plans);
        (commit.known_attempts, commit.courses) =
            plans.into_iter().map(|plan| (plan.known_attempt, plan.course)).unzip();
        commit.claimed = hold.is_some();
        let known_attempts = commit.known_attempts.clone();
        let _passage = self.dispatcher.passage.read().await;
        let committed = self.dispatcher.spool.commit(commit, self.dispatcher.clock.wall()).await?;
        for entry in &committed.entries {
            self.dispatcher.log.tell(entry.queued, entry, Fact::Queued);
        }
        let fated = known_attempts
            .iter()
            .zip(&admissible)
            .flat_map(|(known_attempt, (recipients, _))| std::iter::repeat_n(known_attempt, *recipients));
        for (entry, known_attempt) in committed.entries.iter().zip(fated) {
            if let Some(KnownAttempt { attempt, .. }) = known_attempt {
                self.dispatcher.log.tell(attempt.at, entry, Fact::Attempted { attempt, number: 1, next: None });
            }
        }
        let queued = Queued {
            entries: committed.entries.iter().map(|entry| entry.id).collect(),
            completed: committed.completed,
        };
        let is_admitted = admissible.into_iter().flat_map(|(recipients, is)| std::iter::repeat_n(is, recipients));
        match hold {
            Some(hold) => {
                // The store has the last word on what is due: its time is that of the commit.
                let is_due = |entry: &spool::Entry| entry.due <= entry.queued;
                let entries = committed.entries.into_iter().zip(is_admitted).filter(|(entry, is)| *is && is_due(entry));
                self.dispatcher.admit(entries.map(|(entry, _)| entry).collect(), hold).await;
            }
            None if is_pending => self.dispatcher.wake.notify_one(),
            None => {}
        }
        Ok(queued)
    }

    fn room_for(&self, commit: &Commit, plans: &[Plan]) -> Option<MailReservation> {
        let planned = commit.parcel.0.iter().zip(plans);
        let mails = planned.filter(|(_, plan)| plan.is_admissible());
        if mails.clone().next().is_none() || self.dispatcher.stopping.is_cancelled() {
            return None;
        }
        if mails.clone().any(|(_, plan)| plan.is_crowded) {
            return None;
        }
        let load = Load {
            entries: mails.clone().map(|(mail, _)| mail.envelope.recipients().len()).sum(),
            octets: mails.map(|(mail, _)| mail.message.len() as u64).sum(),
        };
        self.dispatcher.memory.reserve(load)
    }

    /// Takes entries back from whoever delivers them, for as long as the answer is held: none of them is sent meanwhile, but
    /// for those whose final dot was on the wire already. Of these the outcome is awaited, and recorded.
    pub async fn recall(&self, entries: HashSet<EntryId>) -> Recalled {
        self.dispatcher.recall(entries).await
    }

    /// Looks at every destination that is away, now.
    pub fn look_now(&self) {
        let now = self.dispatcher.clock.now();
        for site in self.dispatcher.all_sites() {
            site.look_now(now);
            self.dispatcher.recruit(&site);
        }
        self.dispatcher.wake.notify_one();
    }

    /// True where mail for this recipient is captured by the routes in force, whatever its key says.
    #[must_use]
    pub fn captures(&self, recipient: &Mailbox, next_hop: Option<&str>) -> bool {
        let destined = Destined { recipient, next_hop, capture: false };
        matches!(self.dispatcher.live().policy.routes.destination(destined), Ok(Destination::Capture))
    }

    /// True once the engine stops: what is committed now waits for the next start.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.dispatcher.stopping.is_cancelled()
    }

    /// What the engine behind it does now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.dispatcher.status()
    }

    /// Puts another policy in force: routes, connections, waits between tries, timeouts. What has begun ends as it began; what
    /// waits leaves by the new one.
    pub fn obey(&self, policy: Policy) {
        self.dispatcher.reload(policy);
    }

    /// Something may be due in the store that was not before: `queue retry`, `queue release`.
    pub fn wake(&self) {
        self.dispatcher.wake.notify_one();
    }
}
