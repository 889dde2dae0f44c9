//! A store in memory, for tests and simulations: it keeps every obligation of a store but the first, for it ends with its
//! process. It never forgets what is over.
//!
//! Several nodes can have one memory open, each under an owner of its own. Who is dead is the store's to say: an owner has
//! a lease by the store's own clock, which stands until [`Memory::advance`] moves it. Whatever a node does renews its lease.
//! A node whose lease ran out goes on under a new owner, and what it held is not its own any more.

mod calls;
mod claim;
mod inspect;
mod queue;
mod record;
mod spool;
mod tables;
mod trace;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tables::{Owner, Tables};

use crate::changes::Notices;
use crate::{BoxFuture, Changes, Cursor, Events, History, Refusal, Subscription};

/// How long an owner lives that does nothing.
pub const LEASE: Duration = Duration::from_secs(30);

/// What the nodes have in common.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Tables>>);

impl Memory {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens it as one more node.
    #[must_use]
    pub fn open(&self, name: &str) -> MemorySpool {
        let notices = Arc::new(Notices::default());
        let mut tables = self.tables();
        tables.notices.add(&notices);
        let owner = tables.enter();
        MemorySpool {
            notices,
            memory: self.clone(),
            name: name.to_owned(),
            node: Mutex::new(Node { owner, claimed_up_to: 0 }),
        }
    }

    /// Time goes by for the leases. The times that callers name are theirs.
    pub fn advance(&self, by: Duration) {
        self.tables().advance(by);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One node's store. When it is dropped, its owner is dead at once.
#[derive(Debug)]
pub struct MemorySpool {
    memory: Memory,
    name: String,
    node: Mutex<Node>,
    notices: Arc<Notices>,
}

/// What a node knows of itself.
#[derive(Debug)]
struct Node {
    owner: Owner,
    /// The destination with which its last claim ended: the next one begins behind it.
    claimed_up_to: usize,
}

impl MemorySpool {
    /// Its lease begins anew, without anything else.
    pub fn renew(&self) {
        self.with(|_, _| ());
    }

    /// Does something, as one transaction.
    fn with<T>(&self, work: impl FnOnce(&mut Tables, &mut Node) -> T) -> T {
        let mut node = self.node.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tables = self.memory.tables();
        let owner = tables.renew(node.owner);
        if owner != node.owner {
            tracing::warn!(node = self.name, "its lease had run out: what it held is not its own any more");
            node.owner = owner;
        }
        work(&mut tables, &mut node)
    }
}

impl Changes for MemorySpool {
    /// Each change is told to all nodes at once.
    fn subscribe(&self) -> Subscription {
        self.notices.subscribe()
    }
}

impl Events for MemorySpool {
    fn of_owner(&self, owner: String, cursor: Cursor, limit: usize) -> BoxFuture<'_, Result<History, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.of_owner(&owner, cursor, limit))) })
    }

    fn after(&self, cursor: Cursor, limit: usize) -> BoxFuture<'_, Result<History, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.after(cursor, limit))) })
    }
}

impl Drop for MemorySpool {
    fn drop(&mut self) {
        let node = self.node.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.memory.tables().leave(node.owner);
    }
}
