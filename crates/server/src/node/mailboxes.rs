//! What is known of the mailboxes that are read, for one screen.

use std::sync::{Mutex, PoisonError};

use config::Scan;
use control::status::Mailbox;

/// The mailboxes, in the order of the configuration.
#[derive(Debug, Default)]
pub struct Mailboxes(Mutex<Vec<Mailbox>>);

impl Mailboxes {
    /// Those that are configured now; what is known of those that were configured before stays known.
    pub fn put(&self, scans: &[Scan]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = std::mem::take(&mut *all);
        for source in scans.iter().map(|scan| scan.source.to_string()) {
            let row = known.iter().position(|row| row.source == source).map(|at| known.swap_remove(at));
            all.push(row.unwrap_or_else(|| Mailbox { source, ..Mailbox::default() }));
        }
    }

    /// Changes what is known of one of them.
    pub fn update(&self, source: &str, change: impl FnOnce(&mut Mailbox)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter_mut().find(|known| known.source == source) {
            change(known);
        }
    }

    /// All of them, now.
    #[must_use]
    pub fn rows(&self) -> Vec<Mailbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
