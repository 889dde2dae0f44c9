//! Fetches what is due from the store when there is room for it: retries, what did not fit, and what a dead process held.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use spool::{Entry, Refusal, Wanted};

use crate::clock::until;
use crate::dispatcher::Dispatcher;
use crate::memory::{Load, Origin};
use crate::outage::Gate;
use crate::site::Site;

/// Entries of one claim.
const CLAIM: usize = 1000;

/// The longest sleep: the wall clock may jump, and another process may have put something into the store.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// The shortest sleep.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// The wait before the next try when the store is in trouble, or has something due that it does not give.
const TROUBLE: Duration = Duration::from_secs(1);

pub(crate) struct Claimer {
    dispatcher: Arc<Dispatcher>,
    /// The mean size of a message, as last seen.
    mean_octets: u64,
}

impl Claimer {
    pub(crate) fn new(dispatcher: Arc<Dispatcher>) -> Self {
        Self { dispatcher, mean_octets: 4 << 10 }
    }

    pub(crate) async fn run(mut self) {
        while !self.dispatcher.stopping.is_cancelled() {
            let gates = self.gates();
            let sleep = match self.claim(&gates).await {
                Ok(Claimed::Full) => Duration::ZERO,
                Ok(Claimed::NoRoom) => self.until_look(gates.next_look),
                Ok(Claimed::All) => self.until_due(gates).await,
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
                () = dispatcher.wake.notified() => {}
                () = dispatcher.memory.freed.notified() => {}
                () = dispatcher.stopping.cancelled() => {}
            }
        }
    }

    /// Which sites take mail now.
    fn gates(&self) -> Gates {
        let now = self.dispatcher.clock.now();
        let mut gates = Gates::default();
        for site in self.dispatcher.all_sites().into_iter().filter(|site| !site.is_retired()) {
            match site.gate(now) {
                Gate::Open => {}
                Gate::Look => gates.looks.push((site.pushes(), site)),
                Gate::Shut(next) => {
                    gates.shut.push(Arc::clone(&site.destination));
                    gates.next_look = [gates.next_look, next].into_iter().flatten().min();
                }
            }
        }
        gates
    }

    async fn claim(&mut self, gates: &Gates) -> Result<Claimed, Refusal> {
        let free = self.dispatcher.memory.free_for_backlog();
        let has_room = free.entries > 0 && free.octets > 0;
        if !has_room && gates.looks.is_empty() {
            return Ok(Claimed::NoRoom);
        }
        let fitting = usize::try_from(free.octets / self.mean_octets.max(1)).unwrap_or(usize::MAX).max(1);
        let limit = if has_room { free.entries.min(fitting).min(CLAIM) } else { 0 };
        let looks: Vec<Arc<str>> = gates.looks.iter().map(|(_, site)| Arc::clone(&site.destination)).collect();
        let wanted = Wanted { limit, shut: gates.shut.clone(), looks };
        let dispatcher = Arc::clone(&self.dispatcher);
        let _passage = dispatcher.passage.read().await;
        let entries = self.dispatcher.spool.claim_wanted(wanted, self.dispatcher.clock.now()).await?;
        let claimed = match entries.len() {
            _ if !has_room => Claimed::NoRoom,
            found if found < limit => Claimed::All,
            _ => Claimed::Full,
        };
        self.admit(entries).await;
        gates.looks.iter().for_each(|(pushes, site)| site.rest_unless_wanted(*pushes));
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
        let hold = self.dispatcher.memory.owed(Origin::Backlog, load);
        self.dispatcher.admit(entries, hold).await;
    }

    async fn until_due(&self, gates: Gates) -> Duration {
        let shut = gates.looks.iter().map(|(_, site)| Arc::clone(&site.destination)).chain(gates.shut).collect();
        let due = match self.dispatcher.spool.next_due_but(shut).await {
            Ok(due) => due.map(|due| self.wait(due)).map(|wait| if wait.is_zero() { TROUBLE } else { wait }),
            Err(_) => Some(TROUBLE),
        };
        due.unwrap_or(LONGEST_SLEEP).min(self.until_look(gates.next_look))
    }

    /// A look that is due is made at once, but not in a busy loop.
    fn until_look(&self, next_look: Option<Timestamp>) -> Duration {
        next_look.map_or(LONGEST_SLEEP, |at| self.wait(at).max(SHORTEST_SLEEP)).min(LONGEST_SLEEP)
    }

    fn wait(&self, at: Timestamp) -> Duration {
        until(self.dispatcher.clock.now(), at)
    }
}

/// Which sites take mail now.
#[derive(Default)]
struct Gates {
    /// Destinations that take nothing.
    shut: Vec<Arc<str>>,
    /// Those to look at, and how many jobs they had been handed.
    looks: Vec<(u64, Arc<Site>)>,
    /// When the next is to be looked at.
    next_look: Option<Timestamp>,
}

/// What a claim brought.
enum Claimed {
    /// All that was due.
    All,
    /// As much as was asked for: there may be more.
    Full,
    /// Nothing was asked for, but for looks.
    NoRoom,
}
