//! The copy that is made before an upgrade: the database as the older program left it, beside it. Bodies that are files are
//! not copied; an upgrade does not touch them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::OpenError;
use super::disk::free_octets;

/// Tries to find the log empty; another process may be writing.
const TRIES: usize = 20;

/// What the name of a copy ends with.
const SUFFIX: &str = "bak";

/// Begins a transaction in which the file alone is the whole database: nothing is in the log, and nobody else writes.
pub(super) fn begin(connection: &Connection, database: &Path) -> Result<(), OpenError> {
    for _ in 0..TRIES {
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let log = fs::metadata(with_suffix(database, "-wal")).map_or(0, |log| log.len());
        if log == 0 {
            return Ok(());
        }
        connection.execute_batch("ROLLBACK")?;
    }
    Err(OpenError::Recovery("another process writes it without a pause".into()))
}

/// Copies the database, durably, inside of what [`begin`] began. Where there is not so much room that `min_free` octets stay
/// free, nothing is done.
pub(super) fn make(database: &Path, version: usize, min_free: u64) -> Result<PathBuf, OpenError> {
    let at = |source| OpenError::Io { path: database.to_owned(), source };
    let (copy, temporary) = (copy_of(database, version), with_suffix(&copy_of(database, version), ".tmp"));
    let folder = database.parent().unwrap_or(Path::new("."));
    let (size, free) = (fs::metadata(database).map_err(at)?.len(), free_octets(folder).map_err(at)?);
    if free < size.saturating_add(min_free) {
        return Err(OpenError::NoRoom { folder: folder.to_owned(), version, copy: size, free, min_free });
    }
    let copied = fs::copy(database, &temporary)
        .and_then(|_| File::open(&temporary)?.sync_all())
        .and_then(|()| fs::rename(&temporary, &copy))
        .and_then(|()| File::open(folder)?.sync_all());
    copied.map(|()| copy).map_err(|source| {
        let _ = fs::remove_file(&temporary);
        OpenError::Io { path: temporary, source }
    })
}

fn copy_of(database: &Path, version: usize) -> PathBuf {
    with_suffix(database, &format!(".{version}.{SUFFIX}"))
}

/// Removes the copies of earlier upgrades: one is kept.
pub(super) fn remove_others(database: &Path, kept: &Path) {
    let Some((folder, name)) = database.parent().zip(database.file_name().and_then(|name| name.to_str())) else {
        return;
    };
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, file) = (file.path(), file.file_name());
        let is_copy = file
            .to_str()
            .and_then(|file| file.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(SUFFIX)?.strip_suffix('.'));
        if path != kept
            && is_copy.is_some_and(|version| version.parse::<usize>().is_ok())
            && let Err(error) = fs::remove_file(&path)
        {
            tracing::warn!(copy = %path.display(), %error, "an older copy of the store stays");
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
