//! The hooks at work.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use config::Webhook;
use webhook::{Running, Status};

/// The hooks at work, by name.
#[derive(Default)]
pub struct Webhooks(Mutex<BTreeMap<String, (Webhook, Running)>>);

impl Webhooks {
    pub(crate) fn all(&self) -> MutexGuard<'_, BTreeMap<String, (Webhook, Running)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each of them does.
    #[must_use]
    pub fn rows(&self) -> Vec<Status> {
        self.all().values().map(|(_, hook)| hook.status()).collect()
    }

    /// Does this with the hook of that name; false where there is none.
    pub fn with(&self, name: &str, work: impl FnOnce(&Running)) -> bool {
        self.all().get(name).map(|(_, hook)| work(hook)).is_some()
    }
}
