//! Taking mail back out of memory: what a person drops or holds is not delivered, unless its final dot is on the wire.

use std::collections::HashSet;
use std::sync::Arc;

use spool::{Entry, EntryId};
use tokio::sync::oneshot;

use crate::dispatcher::Dispatcher;
use crate::report::Told;
use crate::site::{Job, Site};

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
        self.dispatcher.recalls.end(&self.set);
    }
}

impl Dispatcher {
    /// Takes these back to the store, and answers when no connection has any of them and all that ended is recorded.
    pub(crate) async fn recall(self: &Arc<Self>, set: HashSet<EntryId>) -> Recalled {
        let set = Arc::new(set);
        self.recalls.begin(Arc::clone(&set));
        let mut recalled = Recalled { dispatcher: Arc::clone(self), set: Arc::clone(&set), on_wire: Vec::new() };
        let waiting: Vec<Entry> = self.all_sites().iter().flat_map(|site| site.extract(&set)).collect();
        let mut answers = self.recalls.tell(&set);
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
        if self.recalls.is_empty() {
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
