//! What changes in a store is told to whoever waits for it, whoever changed it.

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};

/// Changes that are kept for one who is slow to hear of them; with more, it is told to look at everything.
const KEPT: usize = 1024;

/// What may be different now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Some entry can be claimed earlier than was known.
    Due,
    /// The request with this id was taken, has begun, or is over.
    Request(String),
    /// The call of ours with this id is awaited, or has ended.
    Call(String),
    /// The keys.
    Keys,
    /// Something happened to recipients: see [`Events`](crate::Events).
    Happened,
    /// Something, nobody knows what: another process changed it, or there was more than could be kept.
    Any,
}

/// Tells what changes.
///
/// What is told has happened and is durable. A store may tell more than has happened, never less: each change through this
/// opening of the store is told at once, each through another one within a bound that the store names. That an owner died is
/// no change that anyone makes: whoever waits for what it held looks from time to time.
pub trait Changes: Send + Sync {
    /// From now on. Look once after subscribing: what was before is not told.
    fn subscribe(&self) -> Subscription;
}

/// One who hears of changes.
#[derive(Debug)]
pub struct Subscription(Receiver<Change>);

impl Subscription {
    /// The next change; `None` where the store is closed.
    pub async fn next(&mut self) -> Option<Change> {
        match self.0.recv().await {
            Ok(change) => Some(change),
            Err(RecvError::Lagged(_)) => Some(Change::Any),
            Err(RecvError::Closed) => None,
        }
    }
}

/// A store's side of it.
#[derive(Clone, Debug)]
pub(crate) struct Notices(Sender<Change>);

impl Default for Notices {
    fn default() -> Self {
        Self(channel(KEPT).0)
    }
}

impl Notices {
    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription(self.0.subscribe())
    }

    /// True where anybody listens.
    pub(crate) fn is_heard(&self) -> bool {
        self.0.receiver_count() > 0
    }

    pub(crate) fn tell(&self, change: Change) {
        // Nobody listens: nobody waits for it.
        let _ = self.0.send(change);
    }
}
