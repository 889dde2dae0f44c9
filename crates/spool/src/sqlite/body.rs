//! Bodies too large for a row: each is a file, written to a temporary name, fsynced, renamed, and its folder fsynced,
//! before the row that names it is committed. A crash in between leaves an orphan, which the next start sweeps.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::owner::Owners;
use super::store_error::StoreError;
use crate::fail_point::{FailPoint, Step};

/// The folder of bodies. File names are `EPOCH-NUMBER`, so that the living can be told from the orphans.
#[derive(Debug)]
pub(super) struct Bodies {
    folder: PathBuf,
    epoch: i64,
    next: AtomicU64,
    fail_point: Arc<dyn FailPoint>,
    put_off: Mutex<PutOff>,
}

/// Removals that wait while somebody copies the folder.
#[derive(Debug, Default)]
struct PutOff {
    until: Option<Instant>,
    names: Vec<String>,
}

impl Bodies {
    /// Opens the folder, and makes it where it is missing.
    pub(super) fn open(folder: PathBuf, epoch: i64, fail_point: Arc<dyn FailPoint>) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, epoch, next: AtomicU64::new(1), fail_point, put_off: Mutex::default() })
    }

    /// Makes a body durable, and gives the name of its file.
    pub(super) fn write(&self, octets: &[u8]) -> io::Result<String> {
        let name = format!("{}-{}", self.epoch, self.next.fetch_add(1, Ordering::Relaxed));
        let temporary = self.folder.join(format!("{name}.tmp"));
        let written = self.write_steps(&temporary, &self.folder.join(&name), octets);
        if written.is_err() {
            // Nobody was promised anything; what cannot be removed now is an orphan for the next start.
            let _ = fs::remove_file(&temporary);
            let _ = fs::remove_file(self.folder.join(&name));
        }
        written.map(|()| name)
    }

    fn write_steps(&self, temporary: &Path, path: &Path, octets: &[u8]) -> io::Result<()> {
        self.fail_point.before(Step::BodyWrite)?;
        let mut file = File::create_new(temporary)?;
        file.write_all(octets)?;
        self.fail_point.before(Step::BodySync)?;
        file.sync_all()?;
        self.fail_point.before(Step::BodyRename)?;
        fs::rename(temporary, path)?;
        self.fail_point.before(Step::FolderSync)?;
        File::open(&self.folder)?.sync_all()
    }

    /// The octets of a body.
    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(name))
    }

    /// From now on, and for so long, no body is removed: what a backup's rows name must be there when it comes to it.
    pub(super) fn keep_for(&self, time: Duration) {
        self.put_off.lock().unwrap_or_else(PoisonError::into_inner).until = Some(Instant::now() + time);
    }

    /// Removes what was put off, once nobody copies any more.
    pub(super) fn remove_put_off(&self) {
        let names = {
            let mut put_off = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
            match put_off.until {
                Some(until) if until <= Instant::now() => std::mem::take(&mut *put_off).names,
                _ => return,
            }
        };
        names.iter().for_each(|name| self.remove(name));
    }

    /// Removes a body that no row names any more, or remembers to.
    pub(super) fn remove(&self, name: &str) {
        {
            let mut put_off = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
            if put_off.until.is_some() {
                return put_off.names.push(name.to_owned());
            }
        }
        let removed = self.fail_point.before(Step::Unlink).and_then(|()| fs::remove_file(self.folder.join(name)));
        if let Err(error) = removed {
            tracing::warn!(file = name, %error, "a body file stays behind until the next start");
        }
    }

    /// Removes what dead epochs left without a row.
    pub(super) fn sweep(&self, connection: &Connection, owners: &Owners) -> Result<usize, StoreError> {
        let mut swept = 0;
        let mut alive = HashSet::from([self.epoch]);
        let mut dead = HashSet::new();
        for file in fs::read_dir(&self.folder)? {
            let name = file?.file_name();
            let Some((name, epoch)) = name.to_str().and_then(|name| Some((name, epoch_of(name)?))) else { continue };
            // The dead first, the row second: who is dead commits no row between the two looks.
            if !alive.contains(&epoch) && !dead.contains(&epoch) {
                if owners.is_alive(epoch) {
                    alive.insert(epoch)
                } else {
                    dead.insert(epoch)
                };
            }
            if dead.contains(&epoch) && !is_named(connection, name)? {
                self.remove(name);
                swept += 1;
            }
        }
        Ok(swept)
    }
}

fn epoch_of(name: &str) -> Option<i64> {
    name.split_once('-')?.0.parse().ok()
}

fn is_named(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM body WHERE file IS NOT NULL AND file = ?1")?;
    Ok(statement.exists([name])?)
}
