//! Owners, not clocks: each open store is an epoch, and an epoch lives while its process holds the lock on
//! `owners/EPOCH.lock`. The kernel lets go of the lock when the process ends, however it ends; a clock that jumps, or a
//! process that sleeps, changes nothing. Epochs are never used twice.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::OpenError;
use super::store_error::StoreError;

/// This process' epoch, and the means to tell which others live.
#[derive(Debug)]
pub(super) struct Owners {
    folder: PathBuf,
    epoch: i64,
    /// Held as long as this store is open.
    _lock: File,
}

impl Owners {
    /// Takes the next epoch. The lock is held before the epoch can be seen by anyone.
    pub(super) fn enter(connection: &Connection, folder: &Path) -> Result<Self, OpenError> {
        fs::create_dir_all(folder).map_err(|source| OpenError::Io { path: folder.to_owned(), source })?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        match Self::enter_inside(connection, folder) {
            Ok(owners) => {
                connection.execute_batch("COMMIT")?;
                Ok(owners)
            }
            Err(error) => {
                connection.execute_batch("ROLLBACK")?;
                Err(error)
            }
        }
    }

    fn enter_inside(connection: &Connection, folder: &Path) -> Result<Self, OpenError> {
        let epoch: i64 = connection.query_row(
            "UPDATE counter SET next = next + 1 WHERE name = 'epoch' RETURNING next - 1",
            [],
            |row| row.get(0),
        )?;
        connection.execute("INSERT INTO owner (epoch, pid) VALUES (?1, ?2)", (epoch, std::process::id()))?;
        let path = lock_path(folder, epoch);
        let lock = File::create(&path)
            .and_then(|file| file.try_lock().map(|()| file).map_err(io::Error::from))
            .map_err(|source| OpenError::Io { path, source })?;
        Ok(Self { folder: folder.to_owned(), epoch, _lock: lock })
    }

    /// The epoch of this open store.
    pub(super) fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The epochs whose process has ended but which may still hold entries.
    pub(super) fn dead(&self, connection: &Connection) -> Result<Vec<i64>, StoreError> {
        let mut statement = connection.prepare_cached("SELECT epoch FROM owner WHERE epoch <> ?1")?;
        let others = statement.query_map([self.epoch], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        Ok(others.into_iter().filter(|&epoch| !self.is_alive(epoch)).collect())
    }

    /// True where a process holds the epoch's lock. A lock that cannot be judged counts as held: better late than twice.
    pub(super) fn is_alive(&self, epoch: i64) -> bool {
        match File::open(lock_path(&self.folder, epoch)) {
            Ok(file) => match file.try_lock() {
                Ok(()) => false,
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
            },
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }

    /// Forgets a dead epoch that holds nothing any more. The row must be gone before the lock file is.
    pub(super) fn remove_lock(&self, epoch: i64) {
        if let Err(error) = fs::remove_file(lock_path(&self.folder, epoch)) {
            tracing::debug!(epoch, %error, "lock file of a past epoch stays");
        }
    }
}

fn lock_path(folder: &Path, epoch: i64) -> PathBuf {
    folder.join(format!("{epoch}.lock"))
}
