//! Changes that other processes make. SQLite says only that there were some: the number of the database's version, as the
//! writer's connection sees it, changes when another connection commits, and not when it commits itself. It is asked for
//! while somebody listens, and only then.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::changes::{Change, Notices};

/// How long a change by another process may stay unheard, beside the batch that the writer is at.
pub(super) const UNHEARD: Duration = Duration::from_millis(200);

/// What is known of others' changes.
#[derive(Debug)]
pub(super) struct Foreign {
    notices: Notices,
    version: Option<i64>,
    looked: Instant,
}

impl Foreign {
    pub(super) fn new(notices: Notices) -> Self {
        Self { notices, version: None, looked: Instant::now() }
    }

    /// How long of this time the writer may sleep before the next look.
    pub(super) fn nap(&self, wait: Duration) -> Duration {
        if self.notices.is_heard() { wait.min(UNHEARD) } else { wait }
    }

    /// Looks, where it is time to.
    pub(super) fn look(&mut self, connection: &Connection) {
        if !self.notices.is_heard() {
            self.version = None;
            return;
        }
        if self.version.is_some() && self.looked.elapsed() < UNHEARD {
            return;
        }
        self.looked = Instant::now();
        match connection.query_row("PRAGMA data_version", [], |row| row.get(0)) {
            // The first look cannot tell what was changed since whoever listens first began to: it is told of it in any case.
            Ok(version) if self.version.replace(version) != Some(version) => self.notices.tell(Change::Any),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "changes by other processes cannot be seen"),
        }
    }
}
