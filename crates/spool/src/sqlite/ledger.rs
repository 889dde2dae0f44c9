//! What the operations of one transaction work on: the connection, and what the writer knows beside it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, Params};

use super::body::Bodies;
use super::owner::Owners;
use super::trouble::Trouble;
use super::{Options, row};
use crate::Refusal;
use crate::seam::Step;

/// The keys of entries that were set aside, shared with the readers.
#[derive(Debug, Default)]
pub(super) struct SetAside(Mutex<HashSet<i64>>);

impl SetAside {
    pub(super) fn insert(&self, key: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    pub(super) fn remove(&self, key: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    pub(super) fn contains(&self, key: i64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&key)
    }

    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// The writer's connection and its knowledge. Operations get it one after the other inside one transaction.
pub(super) struct Ledger {
    pub(super) connection: Connection,
    pub(super) options: Options,
    pub(super) folder: PathBuf,
    pub(super) owners: Arc<Owners>,
    pub(super) bodies: Arc<Bodies>,
    pub(super) set_aside: Arc<SetAside>,
    /// The latest time an operation named: the store reads no clock.
    pub(super) now: Option<Timestamp>,
    /// True while one operation has the transaction for itself, because it met damage among others: it then guards each
    /// row by a savepoint and sets aside what is damaged.
    pub(super) careful: bool,
    /// Files that no row will name once this transaction is committed.
    pub(super) unlink: Vec<String>,
    next_message: Option<i64>,
    has_room: Option<bool>,
    index_rebuilt: bool,
}

impl Ledger {
    pub(super) fn new(
        connection: Connection,
        (options, folder): (Options, PathBuf),
        (owners, bodies): (Arc<Owners>, Arc<Bodies>),
        set_aside: Arc<SetAside>,
    ) -> Self {
        Self {
            connection,
            options,
            folder,
            owners,
            bodies,
            set_aside,
            now: None,
            careful: false,
            unlink: Vec::new(),
            next_message: None,
            has_room: None,
            index_rebuilt: false,
        }
    }

    pub(super) fn begin(&mut self) -> Result<(), Trouble> {
        self.next_message = None;
        self.has_room = None;
        self.unlink.clear();
        self.options.seam.before(Step::Begin)?;
        self.execute("BEGIN IMMEDIATE", [])?;
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Result<(), Trouble> {
        if let Some(next) = self.next_message {
            self.execute("UPDATE counter SET next = ?1 WHERE name = 'message'", [next])?;
        }
        self.options.seam.before(Step::Commit)?;
        self.execute("COMMIT", [])?;
        Ok(())
    }

    /// Gives the transaction up, where SQLite has not done so itself.
    pub(super) fn roll_back(&mut self) {
        self.unlink.clear();
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the store cannot roll back");
        }
    }

    pub(super) fn epoch(&self) -> i64 {
        self.owners.epoch()
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, Trouble> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, Trouble> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    pub(super) fn exists(&self, sql: &str, params: impl Params) -> Result<bool, Trouble> {
        Ok(self.connection.prepare_cached(sql)?.exists(params)?)
    }

    /// The number of the next mail. Numbers are never used twice, not even after their rows are purged.
    pub(super) fn next_message(&mut self) -> Result<i64, Trouble> {
        let next = match self.next_message {
            Some(next) => next,
            None => self.prepare("SELECT next FROM counter WHERE name = 'message'")?.query_row([], |row| row.get(0))?,
        };
        self.next_message = Some(next + 1);
        Ok(next)
    }

    /// Refuses where less than `min_free` is left on the disk; looked up once a transaction.
    pub(super) fn require_room(&mut self) -> Result<(), Trouble> {
        let has_room = match self.has_room {
            Some(known) => known,
            None => free_octets(&self.folder)? >= self.options.min_free,
        };
        self.has_room = Some(has_room);
        if has_room { Ok(()) } else { Err(Refusal::Full.into()) }
    }

    /// Works on one entry. In a careful transaction, damage met on the way undoes the work on this entry, sets it aside,
    /// and gives `None`; else it is the caller's.
    pub(super) fn guard<T>(
        &mut self,
        key: i64,
        work: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        if !self.careful {
            return work(self).map(Some);
        }
        self.execute("SAVEPOINT entry", [])?;
        match work(self) {
            Ok(value) => {
                self.execute("RELEASE entry", [])?;
                Ok(Some(value))
            }
            Err(trouble) if trouble.is_damage() => {
                self.connection.execute_batch("ROLLBACK TO entry; RELEASE entry")?;
                self.set_aside(key, &trouble.refusal().to_string())?;
                Ok(None)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Sets one entry aside and names it. Its own row may be beyond writing: the `damaged` table is what counts.
    pub(super) fn set_aside(&mut self, key: i64, cause: &str) -> Result<(), Trouble> {
        tracing::error!(entry = %row::entry_id(key), cause, "a damaged entry is set aside");
        self.execute("INSERT OR REPLACE INTO damaged (entry, cause) VALUES (?1, ?2)", (key, cause))?;
        self.set_aside.insert(key);
        self.execute("SAVEPOINT mark", [])?;
        match self.execute("UPDATE entry SET state = 2, owner = 0 WHERE id = ?1 AND state < 10", [key]) {
            Ok(_) => self.execute("RELEASE mark", []).map(drop),
            Err(trouble) if trouble.is_damage() => {
                Ok(self.connection.execute_batch("ROLLBACK TO mark; RELEASE mark")?)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Builds the index of open entries anew from their rows, once per start: it holds nothing that the rows do not.
    pub(super) fn rebuild_index(&mut self) -> Result<bool, Trouble> {
        if std::mem::replace(&mut self.index_rebuilt, true) {
            return Ok(false);
        }
        tracing::error!("the index of open entries is damaged and is built anew");
        self.execute("REINDEX entry_open", [])?;
        Ok(true)
    }
}

fn free_octets(folder: &std::path::Path) -> Result<u64, Trouble> {
    let found = rustix::fs::statvfs(folder).map_err(std::io::Error::from)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}
