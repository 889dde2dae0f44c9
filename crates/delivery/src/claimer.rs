//! Fetches what is due from the store when there is room for it: retries, what did not fit, and what a dead process held.

use std::sync::Arc;
use std::time::Duration;

use spool::{Entry, Refusal};
use tokio::sync::Notify;

use crate::clock::until;
use crate::dispatcher::Dispatcher;
use crate::room::{Load, Origin};

/// Entries of one claim.
const CLAIM: usize = 1000;

/// The longest sleep: the wall clock may jump, and another process may have put something into the store.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// The wait before the next try when the store is in trouble, or has something due that it does not give.
const TROUBLE: Duration = Duration::from_secs(1);

pub(crate) struct Claimer {
    dispatcher: Arc<Dispatcher>,
    /// Told when something may be due earlier than was known.
    wake: Arc<Notify>,
    /// The mean size of a message, as last seen.
    mean_octets: u64,
}

impl Claimer {
    pub(crate) fn new(dispatcher: Arc<Dispatcher>, wake: Arc<Notify>) -> Self {
        Self { dispatcher, wake, mean_octets: 4 << 10 }
    }

    pub(crate) async fn run(mut self) {
        while !self.dispatcher.stopping.is_cancelled() {
            let sleep = match self.claim().await {
                Ok(Claimed::Full) => Duration::ZERO,
                Ok(Claimed::NoRoom) => LONGEST_SLEEP,
                Ok(Claimed::All) => self.until_due().await,
                Err(refusal) => {
                    tracing::error!("the queue cannot be read: {refusal}");
                    TROUBLE
                }
            };
            let dispatcher = &self.dispatcher;
            if sleep.is_zero() {
                tokio::task::yield_now().await;
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(sleep) => {}
                () = self.wake.notified() => {}
                () = dispatcher.room.freed.notified() => {}
                () = dispatcher.stopping.cancelled() => {}
            }
        }
    }

    async fn claim(&mut self) -> Result<Claimed, Refusal> {
        let free = self.dispatcher.room.free_for_backlog();
        if free.entries == 0 || free.octets == 0 {
            return Ok(Claimed::NoRoom);
        }
        let fitting = usize::try_from(free.octets / self.mean_octets.max(1)).unwrap_or(usize::MAX).max(1);
        let limit = free.entries.min(fitting).min(CLAIM);
        let entries = self.dispatcher.spool.claim(limit, self.dispatcher.clock.now()).await?;
        let claimed = if entries.len() < limit { Claimed::All } else { Claimed::Full };
        self.admit(entries).await;
        Ok(claimed)
    }

    async fn admit(&mut self, mut entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        tracing::debug!(entries = entries.len(), "claimed");
        entries.sort_unstable_by_key(|entry| entry.id); // Recipients of one message go in one transaction.
        let octets = entries.iter().map(|entry| entry.size).sum::<u64>();
        self.mean_octets = octets / entries.len() as u64;
        let load = Load { entries: entries.len(), octets };
        let hold = self.dispatcher.room.take_anyway(Origin::Backlog, load);
        let late = self.dispatcher.admit(entries, hold);
        self.dispatcher.give_back(late).await;
    }

    async fn until_due(&self) -> Duration {
        match self.dispatcher.spool.next_due().await {
            Ok(None) => LONGEST_SLEEP,
            Ok(Some(due)) => {
                let wait = until(self.dispatcher.clock.now(), due);
                if wait.is_zero() { TROUBLE } else { wait.min(LONGEST_SLEEP) }
            }
            Err(_) => TROUBLE,
        }
    }
}

/// What a claim brought.
enum Claimed {
    /// All that was due.
    All,
    /// As much as was asked for: there may be more.
    Full,
    /// Nothing was asked for.
    NoRoom,
}
