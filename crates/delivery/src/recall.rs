//! Taking mail back out of memory: what a person drops or holds is not delivered, unless its final dot is on the wire.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spool::{Entry, EntryId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::dispatcher::{Dispatcher, Told};
use crate::site::{Job, Site};

/// What is being taken back, and the connections that must hear of it.
#[derive(Debug, Default)]
pub(crate) struct Recalls {
    count: AtomicUsize,
    sets: Mutex<Vec<Arc<HashSet<EntryId>>>>,
    rounds: Mutex<Vec<UnboundedSender<Recall>>>,
}

/// One such wish, as a connection gets it. It answers by dropping it.
#[derive(Clone, Debug)]
pub(crate) struct Recall {
    pub(crate) set: Arc<HashSet<EntryId>>,
    /// For the names of those that were on the wire already.
    pub(crate) on_wire: UnboundedSender<Vec<EntryId>>,
}

/// Entries that nobody delivers as long as this is held; see [`Recalled::decided`].
pub struct Recalled {
    dispatcher: Arc<Dispatcher>,
    set: Arc<HashSet<EntryId>>,
    on_wire: Vec<EntryId>,
}

impl Recalled {
    /// Those whose final dot was on the wire already: what became of them is recorded.
    #[must_use]
    pub fn on_wire(&self) -> &[EntryId] {
        &self.on_wire
    }

    /// The store knows what is to become of them: from now on it decides. Whoever has claimed some of them a moment ago, and
    /// not handed them on yet, is waited for.
    pub async fn decided(self) {
        drop(self.dispatcher.passage.write().await);
    }
}

impl Drop for Recalled {
    fn drop(&mut self) {
        let recalls = &self.dispatcher.recalls;
        recalls.sets().retain(|set| !Arc::ptr_eq(set, &self.set));
        recalls.count.fetch_sub(1, Ordering::Release);
    }
}

impl Recalls {
    /// A connection, from now on.
    pub(crate) fn register(&self) -> UnboundedReceiver<Recall> {
        let (sender, receiver) = unbounded_channel();
        let mut rounds = self.rounds();
        rounds.retain(|round| !round.is_closed());
        rounds.push(sender);
        receiver
    }

    fn wants(&self, id: EntryId) -> bool {
        self.sets().iter().any(|set| set.contains(&id))
    }

    fn sets(&self) -> MutexGuard<'_, Vec<Arc<HashSet<EntryId>>>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rounds(&self) -> MutexGuard<'_, Vec<UnboundedSender<Recall>>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dispatcher {
    /// Takes these back to the store, and answers when no connection has any of them and all that ended is recorded.
    pub(crate) async fn recall(self: &Arc<Self>, set: HashSet<EntryId>) -> Recalled {
        let set = Arc::new(set);
        self.recalls.sets().push(Arc::clone(&set));
        self.recalls.count.fetch_add(1, Ordering::Release);
        let mut recalled = Recalled { dispatcher: Arc::clone(self), set: Arc::clone(&set), on_wire: Vec::new() };
        let waiting: Vec<Entry> = self.all_sites().iter().flat_map(|site| site.extract(&set)).collect();
        let (on_wire, mut answers) = unbounded_channel();
        for round in self.recalls.rounds().iter() {
            let _ = round.send(Recall { set: Arc::clone(&set), on_wire: on_wire.clone() });
        }
        drop(on_wire);
        self.give_back(waiting.into_iter().map(|entry| entry.id).collect()).await;
        while let Some(ids) = answers.recv().await {
            recalled.on_wire.extend(ids);
        }
        let (flushed, recorded) = oneshot::channel();
        if self.told.send(Told::Flush(flushed)).is_ok() {
            let _ = recorded.await;
        }
        recalled
    }

    /// What of a job may be delivered; the rest goes back to the store.
    pub(crate) fn sift(self: &Arc<Self>, mut job: Job) -> Option<Job> {
        if self.recalls.count.load(Ordering::Acquire) == 0 {
            return Some(job);
        }
        let (back, entries): (Vec<Entry>, Vec<Entry>) =
            job.entries.into_iter().partition(|entry| self.recalls.wants(entry.id));
        if !back.is_empty() {
            let (dispatcher, back) = (Arc::clone(self), back.into_iter().map(|entry| entry.id).collect());
            self.tasks.spawn(async move { dispatcher.give_back(back).await });
        }
        job.entries = entries;
        (!job.entries.is_empty()).then_some(job)
    }
}

impl Site {
    /// Takes these out of what waits.
    fn extract(&self, set: &HashSet<EntryId>) -> Vec<Entry> {
        let mut taken = Vec::new();
        self.retain_jobs(|job| {
            taken.extend(job.entries.extract_if(.., |entry| set.contains(&entry.id)));
            !job.entries.is_empty()
        });
        taken
    }
}
