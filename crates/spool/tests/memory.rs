//! The conformance suite, against the store in memory.
#![allow(clippy::unwrap_used)] // A test fails by panicking, wherever in it.

use std::sync::{Arc, Mutex, Weak};

use spool::conformance::Fixture;
use spool::fail_point::FailPoint;
use spool::memory::{LEASE, Memory, MemorySpool};
use spool::{BoxFuture, Store};

/// A memory and the nodes that have it open.
#[derive(Default)]
struct Shared {
    memory: Memory,
    nodes: Mutex<Vec<Weak<MemorySpool>>>,
}

impl Fixture for Shared {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        let mut nodes = self.nodes.lock().unwrap();
        let node = Arc::new(self.memory.open(&format!("node {}", nodes.len())));
        nodes.push(Arc::downgrade(&node));
        Box::pin(std::future::ready(node as Arc<dyn Store>))
    }

    /// Time goes by in which all others renew their leases.
    fn kill(&self, store: &Arc<dyn Store>) -> BoxFuture<'_, ()> {
        let address = Arc::as_ptr(store).cast::<()>();
        for _ in 0..3 {
            self.memory.advance(LEASE / 2);
            let nodes = self.nodes.lock().unwrap();
            let others = nodes.iter().filter_map(Weak::upgrade).filter(|node| Arc::as_ptr(node).cast() != address);
            others.for_each(|node| node.renew());
        }
        Box::pin(std::future::ready(()))
    }

    fn open_with(&self, _: Arc<dyn FailPoint>) -> BoxFuture<'_, Option<Arc<dyn Store>>> {
        Box::pin(std::future::ready(None))
    }
}

spool::conformance_tests!(Shared::default());
