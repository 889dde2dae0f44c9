//! Who wants which mail back, and the connections that must hear of it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spool::EntryId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

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

impl Recalls {
    /// A connection, from now on.
    pub(crate) fn register(&self) -> UnboundedReceiver<Recall> {
        let (sender, receiver) = unbounded_channel();
        let mut rounds = self.rounds();
        rounds.retain(|round| !round.is_closed());
        rounds.push(sender);
        receiver
    }

    /// From now on these are wanted back.
    pub(crate) fn begin(&self, set: Arc<HashSet<EntryId>>) {
        self.sets().push(set);
        self.count.fetch_add(1, Ordering::Release);
    }

    /// They are no longer.
    pub(crate) fn end(&self, set: &Arc<HashSet<EntryId>>) {
        self.sets().retain(|other| !Arc::ptr_eq(other, set));
        self.count.fetch_sub(1, Ordering::Release);
    }

    /// Tells every connection. The answers end when the last of them has none of these any more.
    pub(crate) fn tell(&self, set: &Arc<HashSet<EntryId>>) -> UnboundedReceiver<Vec<EntryId>> {
        let (on_wire, answers) = unbounded_channel();
        for round in self.rounds().iter() {
            let _ = round.send(Recall { set: Arc::clone(set), on_wire: on_wire.clone() });
        }
        answers
    }

    /// True where nothing is wanted back: nobody need ask for each.
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    pub(crate) fn wants(&self, id: EntryId) -> bool {
        self.sets().iter().any(|set| set.contains(&id))
    }

    fn sets(&self) -> MutexGuard<'_, Vec<Arc<HashSet<EntryId>>>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rounds(&self) -> MutexGuard<'_, Vec<UnboundedSender<Recall>>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
