//! What the operations of one transaction work on: the connection, and what the writer knows beside it.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params};

use super::body::Bodies;
use super::facts::Facts;
use super::owner::Owners;
use super::store_error::StoreError;
use super::{Options, disk, numbering};
use crate::changes::Notices;
use crate::fail_point::Step;
use crate::{Change, Refusal, Retained, Retention};

/// Numbers taken from the store at a time; a start leaves out what the one before did not give.
const NUMBERS: i64 = 100;

/// Destinations whose numbers are remembered.
const DESTINATIONS: usize = 10_000;

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

    pub(super) fn keys(&self) -> Vec<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    pub(super) fn contains(&self, key: i64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&key)
    }
}

/// The writer's connection and its knowledge. Operations get it one after the other inside one transaction.
pub(super) struct Ledger {
    pub(super) connection: Connection,
    pub(super) options: Options,
    /// What an operator may change meanwhile.
    pub(super) retained: Retained,
    /// What of that holds for this transaction.
    pub(super) retention: Retention,
    pub(super) folder: PathBuf,
    pub(super) owners: Arc<Owners>,
    pub(super) bodies: Arc<Bodies>,
    pub(super) set_aside: Arc<SetAside>,
    /// The latest time an operation named: the store reads no clock.
    pub(super) now: Option<Timestamp>,
    /// Files that no row will name once this transaction is committed.
    pub(super) unlink: Vec<String>,
    pub(super) notices: Notices,
    /// What happens in this transaction.
    pub(super) facts: Facts,
    /// What this transaction changes, as far as anybody listens.
    changes: Vec<Change>,
    /// Numbers of mails that are ours to give: taken from the store many at a time, so that not every transaction has to
    /// write the counter.
    numbers: Range<i64>,
    /// The numbers of destinations, as far as they were asked for.
    destinations: HashMap<Arc<str>, i64>,
    /// The destination with which the last claim ended: the next one begins behind it.
    pub(super) claimed_up_to: i64,
    has_room: Option<bool>,
    index_rebuilt: bool,
    /// What this transaction deletes is overwritten, whole pages too.
    overwrites: Cell<bool>,
    /// Something was overwritten since the log was cut: its frames still hold what was.
    scrubbed: bool,
}

impl Ledger {
    pub(super) fn new(
        connection: Connection,
        (options, folder): (Options, PathBuf),
        (owners, bodies): (Arc<Owners>, Arc<Bodies>),
        set_aside: Arc<SetAside>,
    ) -> Self {
        let retention = options.retention();
        Self {
            connection,
            options,
            retained: Retained::new(retention),
            retention,
            folder,
            owners,
            bodies,
            set_aside,
            now: None,
            unlink: Vec::new(),
            notices: Notices::default(),
            facts: Facts::default(),
            changes: Vec::new(),
            numbers: 0..0,
            destinations: HashMap::new(),
            claimed_up_to: 0,
            has_room: None,
            index_rebuilt: false,
            overwrites: Cell::new(false),
            scrubbed: false,
        }
    }

    pub(super) fn begin(&mut self) -> Result<(), StoreError> {
        self.has_room = None;
        self.retention = self.retained.now();
        self.unlink.clear();
        self.changes.clear();
        self.facts.clear();
        self.options.fail_point.before(Step::Begin)?;
        if self.overwrites.replace(false) {
            self.connection.execute_batch("PRAGMA secure_delete = FAST")?;
        }
        self.execute("BEGIN IMMEDIATE", [])?;
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        if let Some(facts) = self.facts.octets() {
            let at = self.now.map_or(0, |now| now.as_microsecond());
            self.execute("INSERT INTO happened (at, facts) VALUES (?1, ?2)", (at, facts))?;
            self.changes(|| Change::Happened);
        }
        self.options.fail_point.before(Step::Commit)?;
        self.execute("COMMIT", [])?;
        self.scrubbed |= self.overwrites.get();
        Ok(())
    }

    /// What this transaction deletes from here on may hold a key: it is overwritten. SQLite always does so on pages that are
    /// written anyway; from here on it also writes those that it lets go.
    pub(super) fn overwrite(&self) -> Result<(), StoreError> {
        if !self.overwrites.replace(true) {
            self.connection.execute_batch("PRAGMA secure_delete = ON")?;
        }
        Ok(())
    }

    /// True where the log still holds what was overwritten in the database.
    pub(super) fn is_scrubbed(&self) -> bool {
        self.scrubbed
    }

    /// The log was cut to nothing.
    pub(super) fn log_is_cut(&mut self) {
        self.scrubbed = false;
    }

    /// Gives the transaction up, where SQLite has not done so itself.
    pub(super) fn roll_back(&mut self) {
        self.unlink.clear();
        self.numbers = 0..0;
        self.destinations.clear();
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the store cannot roll back");
        }
    }

    /// Once this transaction is durable, this is told.
    pub(super) fn changes(&mut self, change: impl FnOnce() -> Change) {
        if self.notices.is_heard() {
            let change = change();
            if !self.changes.contains(&change) {
                self.changes.push(change);
            }
        }
    }

    /// It is durable.
    pub(super) fn tell_changes(&mut self) {
        self.changes.drain(..).for_each(|change| self.notices.tell(change));
    }

    pub(super) fn epoch(&self) -> i64 {
        self.owners.epoch()
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    pub(super) fn exists(&self, sql: &str, params: impl Params) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.exists(params)?)
    }

    /// The number of the next mail. Numbers are never used twice, not even after their rows are purged.
    pub(super) fn next_message(&mut self) -> Result<i64, StoreError> {
        if self.numbers.is_empty() {
            let mut take = self.prepare("UPDATE counter SET next = next + ?1 WHERE name = 'message' RETURNING next")?;
            let end: i64 = take.query_row([NUMBERS], |row| row.get(0))?;
            drop(take);
            self.numbers = end - NUMBERS..end;
        }
        let next = self.numbers.start;
        self.numbers.start += 1;
        Ok(next)
    }

    /// The number of a destination, which it gets with its first entry; 0 where none is named.
    pub(super) fn destination(&mut self, name: Option<&Arc<str>>) -> Result<i64, StoreError> {
        let Some(name) = name else { return Ok(0) };
        if let Some(&known) = self.destinations.get(name) {
            return Ok(known);
        }
        if self.destinations.len() >= DESTINATIONS {
            self.destinations.clear();
        }
        self.execute("INSERT INTO destination (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", [name])?;
        let number = destination(&self.connection, name)?.unwrap_or(0);
        self.destinations.insert(Arc::clone(name), number);
        Ok(number)
    }

    /// Refuses where less than `min_free` is left on the disk; looked up once a transaction.
    pub(super) fn require_room(&mut self) -> Result<(), StoreError> {
        let has_room = match self.has_room {
            Some(known) => known,
            None => disk::free_octets(&self.folder)? >= self.retention.min_free,
        };
        self.has_room = Some(has_room);
        if has_room { Ok(()) } else { Err(Refusal::Full.into()) }
    }

    /// Works on one entry: damage met on the way is this entry's.
    pub(super) fn guard<T>(
        &mut self,
        key: i64,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(self).map_err(|trouble| match trouble.is_damage() {
            true => StoreError::Entry(key, trouble.refusal().to_string()),
            false => trouble,
        })
    }

    /// Sets one entry aside and names it, in a transaction of its own: SQLite writes nothing more in one that has met
    /// damage. The entry's own row may be beyond writing; the `damaged` table is what counts.
    pub(super) fn set_aside(&mut self, key: i64, cause: &str) -> Result<(), StoreError> {
        tracing::error!(entry = %numbering::entry_id(key), cause, "a damaged entry is set aside");
        let mark = "UPDATE entry SET state = 2, owner = 0 WHERE id = ?1 AND state < 10";
        let marked = self.alone(|ledger| {
            ledger.execute(mark, [key])?;
            ledger.name_damage(key, cause)
        });
        match marked {
            Err(trouble) if trouble.is_damage() => self.alone(|ledger| ledger.name_damage(key, cause))?,
            marked => marked?,
        }
        self.set_aside.insert(key);
        Ok(())
    }

    fn name_damage(&self, key: i64, cause: &str) -> Result<(), StoreError> {
        self.execute("INSERT OR REPLACE INTO damaged (entry, cause) VALUES (?1, ?2)", (key, cause)).map(drop)
    }

    /// A transaction of the writer's own.
    pub(super) fn alone<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.begin()?;
        let done = work(self).and_then(|value| self.commit().map(|()| value));
        if done.is_err() {
            self.roll_back();
        }
        done
    }

    /// Builds the indexes of open entries anew from their rows, once per start: they hold nothing that the rows do not. The old
    /// ones are forgotten, not dropped: dropping them would read their damaged pages.
    pub(super) fn rebuild_index(&mut self) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.index_rebuilt, true) {
            return Err(StoreError::Damaged("the index of open entries".into()));
        }
        tracing::error!("the index of open entries is damaged and is built anew");
        self.connection.flush_prepared_statement_cache();
        self.alone(|ledger| {
            ledger.connection.execute_batch(
                "PRAGMA writable_schema = ON;
                 DELETE FROM sqlite_schema WHERE type = 'index' AND name IN ('entry_open', 'entry_ends');
                 PRAGMA writable_schema = RESET;",
            )?;
            ledger.connection.execute_batch(super::schema::OPEN_INDEX)?;
            Ok(ledger.connection.execute_batch(super::schema::ENDS_INDEX)?)
        })
    }
}

/// The number of a destination, where it has one.
pub(super) fn destination(connection: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM destination WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}
