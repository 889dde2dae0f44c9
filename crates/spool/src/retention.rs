//! What an operator may change while a store is open: how much disk is left free, and how long what is over is kept.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How much disk is left free, and how long what is over is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Octets that must stay free on the disk: with less, no new mail is taken.
    pub min_free: u64,
    /// How long the rows of what is over are kept, for `trace`.
    pub keep_done: Duration,
    /// Whether the octets of a mail are kept as long as its rows.
    pub keep_body: bool,
}

/// The retention in force, shared by the store and whoever may change it. Another one holds from the next transaction on;
/// what is to be purged by it goes within a minute.
#[derive(Clone, Debug)]
pub struct Retained(Arc<RwLock<Retention>>);

impl Retained {
    /// This one.
    #[must_use]
    pub fn new(retention: Retention) -> Self {
        Self(Arc::new(RwLock::new(retention)))
    }

    /// What is in force now.
    #[must_use]
    pub fn now(&self) -> Retention {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another one in force.
    pub fn replace(&self, retention: Retention) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = retention;
    }
}
