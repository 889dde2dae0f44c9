//! Webhooks: events told to a URL, each at least once, those about one mail in their order, as Standard Webhooks has it
//! (signed, with an id and a timestamp).
//!
//! A hook reads events from a [`Source`] behind a place that it keeps in a file, tells them with a bounded number of requests at
//! once, tries again for days, and parks what nobody takes. Nothing is lost where it is killed: what was not recorded as told is
//! told again, under the same id. A slow receiver holds up its own hook alone.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use serde_json::Value;

mod hook;
mod position;
mod schedule;
mod signature;
mod window;

pub use hook::{Hook, Running, Status, Terms};
pub use schedule::Schedule;
pub use signature::{Secret, SecretError};

/// A future that can stand behind `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where events come from.
pub trait Source: Send + Sync {
    /// Events behind this place, oldest first, about `limit` of them. An empty text is the beginning. There is nothing more yet
    /// where the place it gives back is the one it was given.
    ///
    /// # Errors
    /// They cannot be read now; in words for the log.
    fn after<'a>(&'a self, place: &'a str, limit: usize) -> BoxFuture<'a, Result<Batch, String>>;

    /// The place behind all that has happened so far: where a new hook begins.
    ///
    /// # Errors
    /// As for [`Source::after`].
    fn end(&self) -> BoxFuture<'_, Result<String, String>>;
}

/// A piece of what happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// In its order.
    pub events: Vec<Event>,
    /// Where to go on.
    pub next: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name, the same whenever it is read.
    pub id: String,
    /// What happened: `delivered`.
    pub kind: String,
    /// What it is about: what is about the same is told in its order.
    pub about: String,
    /// When.
    pub at: Timestamp,
    /// All that is told of it.
    pub data: Value,
}

impl Event {
    /// What is posted.
    pub(crate) fn body(&self) -> String {
        serde_json::json!({ "type": self.kind, "timestamp": self.at.to_string(), "data": self.data }).to_string()
    }
}
