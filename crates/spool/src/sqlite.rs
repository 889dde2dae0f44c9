//! The store on one machine: SQLite in WAL mode, one thread that writes with group commit, a few that read.
//!
//! A folder holds `queue.sqlite`, `bodies/` (octets too large for a row) and `owners/` (one lock file for each process
//! that has the store open). Several processes may have it open at once.

mod action;
mod acts;
mod again;
pub mod archive;
mod attempt;
mod attempts;
mod backup;
mod body;
mod checkpoint;
mod claim;
mod disk;
mod entry;
mod facts;
mod find;
mod foreign;
mod happened;
mod insert;
mod inspect;
mod journal;
mod key;
mod ledger;
mod numbering;
mod open;
mod owner;
mod pending;
mod purge;
mod read;
mod readers;
mod record;
mod release;
mod retire;
mod row;
mod scan;
mod schema;
mod search;
mod sent;
mod spool;
mod store_error;
pub mod stored;
mod taken;
mod task;
mod trace;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use body::Bodies;
use ledger::{Ledger, SetAside};
use owner::Owners;
use readers::Readers;
use store_error::StoreError;
use task::{Job, Task};

use crate::changes::Notices;
use crate::fail_point::{FailPoint, Sound};
use crate::{BoxFuture, Changes, Cursor, EntryId, Events, History, Refusal, Retained, Retention, Subscription};

/// What an operator may choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Octets that must stay free on the disk: with less, no new mail is taken. 64 MiB.
    pub min_free: u64,
    /// How long the rows of what is over are kept, for `trace`. 7 days.
    pub keep_done: Duration,
    /// Whether the octets of a mail are kept as long as its rows. No.
    pub keep_body: bool,
    /// Bounds of work and memory.
    pub limits: StoreLimits,
    /// Where tests make the disk fail.
    pub fail_point: Arc<dyn FailPoint>,
}

/// Bounds of the store's work and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLimits {
    /// Operations in one transaction. 1,024.
    pub batch_operations: usize,
    /// Octets in one transaction, after which no further operation is taken in. 8 MiB.
    pub batch_octets: usize,
    /// A body larger than this is a file. 256 KiB.
    pub row_octets: usize,
    /// Octets written to the log before it is moved into the database. 16 MiB.
    pub log_octets: u64,
    /// Octets of the database that the writer caches. 16 MiB.
    pub cache_octets: u64,
    /// Threads that read. 2.
    pub readers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            min_free: 64 << 20,
            keep_done: Duration::from_secs(7 * 24 * 3600),
            keep_body: false,
            limits: StoreLimits::default(),
            fail_point: Arc::new(Sound),
        }
    }
}

impl Options {
    /// What of them may be changed while the store is open: [`SqliteSpool::retained`].
    #[must_use]
    pub fn retention(&self) -> Retention {
        Retention { min_free: self.min_free, keep_done: self.keep_done, keep_body: self.keep_body }
    }
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            batch_operations: 1024,
            batch_octets: 8 << 20,
            row_octets: 256 << 10,
            log_octets: 16 << 20,
            cache_octets: 16 << 20,
            readers: 2,
        }
    }
}

/// Why a store could not be opened. Nothing was changed in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file or folder could not be made or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database could not be read or brought to this version.
    #[error("the store's database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A newer program has written it.
    #[error("the store has version {found}, this program knows {known}: it was written by a newer callpost")]
    Newer {
        /// Its version.
        found: usize,
        /// The newest version this program knows.
        known: usize,
    },
    /// An older store is not brought to this version: there is no room for the copy that is made of it first.
    #[error(
        "the store has version {version}, and a copy of it is made in {} before it is brought to this one: it takes {copy} \
         octets, {free} are free, and queue.min_free keeps {min_free} of them; make room there, or let it take what is kept: \
         callpost serve --set queue.min_free=0",
        folder.display()
    )]
    NoRoom {
        /// Where the room is wanted.
        folder: PathBuf,
        /// The version of the store.
        version: usize,
        /// Octets of the copy.
        copy: u64,
        /// Octets that are free.
        free: u64,
        /// Octets that must stay free.
        min_free: u64,
    },
    /// What a crash left behind could not be made safe.
    #[error("the store's log could not be moved into its database: {0}")]
    Recovery(String),
    /// A thread could not be started.
    #[error("the store's threads: {0}")]
    Thread(io::Error),
}

/// The store on one machine.
#[derive(Debug)]
pub struct SqliteSpool {
    inbox: Option<Sender<Box<dyn Task>>>,
    writer: Option<JoinHandle<()>>,
    readers: Readers,
    owners: Arc<Owners>,
    bodies: Arc<Bodies>,
    set_aside: Arc<SetAside>,
    limits: StoreLimits,
    notices: Notices,
    retained: Retained,
}

impl Changes for SqliteSpool {
    /// A change by another process, or by another opening of the store, is told within 200 ms, as [`Change::Any`](crate::Change::Any).
    fn subscribe(&self) -> Subscription {
        let subscription = self.notices.subscribe();
        // The writer may sleep for long: it is woken, and looks for others' changes from now on.
        let (nothing, _) = Job::new(0, |_| Ok(()), task::nothing_claimed);
        if let Some(inbox) = &self.inbox {
            let _ = inbox.send(nothing);
        }
        subscription
    }
}

impl Events for SqliteSpool {
    fn of_owner(&self, owner: String, cursor: Cursor, limit: usize) -> BoxFuture<'_, Result<History, Refusal>> {
        Box::pin(self.read(move |connection| happened::of_owner(connection, &owner, cursor, limit)))
    }

    fn after(&self, cursor: Cursor, limit: usize) -> BoxFuture<'_, Result<History, Refusal>> {
        Box::pin(self.read(move |connection| happened::after(connection, cursor, limit)))
    }
}

impl SqliteSpool {
    /// The retention in force, and the means to put another one in its place.
    #[must_use]
    pub fn retained(&self) -> Retained {
        self.retained.clone()
    }

    /// Has an operation done by the writer, in whatever transaction comes next.
    async fn write<T: Send + 'static>(
        &self,
        octets: usize,
        work: impl FnMut(&mut Ledger) -> Result<T, StoreError> + Send + 'static,
        claimed: fn(&T) -> Vec<EntryId>,
    ) -> Result<T, Refusal> {
        let (job, answer) = Job::new(octets, work, claimed);
        self.inbox.as_ref().ok_or(Refusal::Closed)?.send(job).map_err(|_| Refusal::Closed)?;
        answer.await.map_err(|_| Refusal::Closed)?
    }
}

impl Drop for SqliteSpool {
    /// Waits until everything handed over is durable.
    fn drop(&mut self) {
        self.inbox = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the store's writer had panicked");
        }
    }
}
