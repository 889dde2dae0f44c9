//! The one door for mail that leaves: it is durable first, and then on its way from memory.

use std::sync::Arc;

use spool::{Commit, EntryId, Refusal};
use tokio::sync::Notify;

use crate::dispatcher::Dispatcher;
use crate::room::{Hold, Load};
use crate::status::Status;

/// The one door for mail that leaves. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) wake: Arc<Notify>,
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
    /// Commits, and sends what is in the parcel: at once where there is room in memory, else when it is claimed from the
    /// store. What is captured, or cannot leave now, is recorded as such with it. `commit.claimed` and `commit.fates` are
    /// set here, whatever they were.
    ///
    /// # Errors
    /// As [`spool::Spool::commit`]: then nothing is there, and nothing leaves.
    pub async fn commit(&self, mut commit: Commit) -> Result<Queued, Refusal> {
        commit.fates = commit.parcel.0.iter().map(|mail| self.dispatcher.fate(mail)).collect();
        let hold = self.room_for(&commit);
        commit.claimed = hold.is_some();
        let waits = commit.fates.iter().any(Option::is_none);
        let committed = self.dispatcher.spool.commit(commit, self.dispatcher.clock.wall()).await?;
        let queued = Queued {
            entries: committed.entries.iter().map(|entry| entry.id).collect(),
            completed: committed.completed,
        };
        match hold {
            Some(hold) => {
                let untried = committed.entries.into_iter().filter(|entry| entry.tries == 0);
                let late = self.dispatcher.admit(untried.collect(), hold);
                self.dispatcher.give_back(late).await;
            }
            None if waits => self.wake.notify_one(),
            None => {}
        }
        Ok(queued)
    }

    fn room_for(&self, commit: &Commit) -> Option<Hold> {
        let mails = commit.parcel.0.iter().zip(&commit.fates).filter(|(_, fate)| fate.is_none()).map(|(mail, _)| mail);
        if mails.clone().next().is_none() || self.dispatcher.stopping.is_cancelled() {
            return None;
        }
        if mails.clone().any(|mail| self.dispatcher.is_crowded(mail)) {
            return None;
        }
        let load = Load {
            entries: mails.clone().map(|mail| mail.envelope.recipients().len()).sum(),
            octets: mails.map(|mail| mail.message.len() as u64).sum(),
        };
        self.dispatcher.room.take(load)
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

    /// Something may be due in the store that was not before: `queue retry`, `queue release`.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}
