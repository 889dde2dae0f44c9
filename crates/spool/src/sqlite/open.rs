//! Opening a store: its version, what a crash left behind, its threads.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::Builder;

use rusqlite::Connection;

use super::body::Bodies;
use super::ledger::{Ledger, SetAside};
use super::owner::Owners;
use super::readers::Readers;
use super::writer::Writer;
use super::{OpenError, Options, SqliteSpool, checkpoint, schema};

pub(super) const DATABASE: &str = "queue.sqlite";
const BODIES: &str = "bodies";
const OWNERS: &str = "owners";

impl SqliteSpool {
    /// Opens the store in a folder, and makes it where it is missing.
    ///
    /// What a crash left in the log is moved into the database and fsynced before anything is accepted: it may have been
    /// in the page cache only.
    ///
    /// # Errors
    /// Where files cannot be made, the database cannot be read, is newer than this program, or cannot be made safe.
    pub fn open(folder: &Path, options: Options) -> Result<Self, OpenError> {
        let ledger = ledger(folder, options)?;
        let limits = ledger.options.limits;
        let (owners, bodies) = (Arc::clone(&ledger.owners), Arc::clone(&ledger.bodies));
        let set_aside = Arc::clone(&ledger.set_aside);
        let (notices, retained) = (ledger.notices.clone(), ledger.retained.clone());
        recover(&ledger)?;
        let readers = Readers::start(&folder.join(DATABASE), limits.readers)?;
        let (inbox, tasks) = channel();
        let writer = Writer::new(ledger, tasks);
        let writer = Builder::new().name("spool-write".into()).spawn(|| writer.run()).map_err(OpenError::Thread)?;
        let (inbox, writer) = (Some(inbox), Some(writer));
        Ok(Self { inbox, writer, readers, owners, bodies, set_aside, limits, notices, retained })
    }
}

/// Opens the database, brings it to this version, and takes an epoch.
pub(super) fn ledger(folder: &Path, options: Options) -> Result<Ledger, OpenError> {
    let at = |source| OpenError::Io { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(at)?;
    let connection = schema::open_writer(&folder.join(DATABASE), options.limits.cache_octets)?;
    schema::migrate(&connection, &folder.join(DATABASE), options.min_free)?;
    let owners = Arc::new(Owners::enter(&connection, &folder.join(OWNERS))?);
    let bodies = Bodies::open(folder.join(BODIES), owners.epoch(), Arc::clone(&options.fail_point)).map_err(at)?;
    sync_folder(folder).map_err(at)?;
    let set_aside = Arc::new(read_set_aside(&connection));
    Ok(Ledger::new(connection, (options, folder.to_owned()), (owners, Arc::new(bodies)), set_aside))
}

/// Makes what is in the log durable in the database, and sweeps bodies that no row names.
fn recover(ledger: &Ledger) -> Result<(), OpenError> {
    let unsafe_log = |trouble| OpenError::Recovery(format!("{trouble:?}"));
    checkpoint::truncate(ledger).map_err(unsafe_log)?;
    match ledger.bodies.sweep(&ledger.connection, &ledger.owners) {
        Ok(0) => {}
        Ok(swept) => tracing::info!(swept, "bodies that no mail names were removed"),
        Err(trouble) => tracing::warn!(?trouble, "bodies that no mail names could not be looked for"),
    }
    Ok(())
}

/// What earlier runs set aside. Where even that list is damaged, its entries are met, and set aside, again.
fn read_set_aside(connection: &Connection) -> SetAside {
    let set_aside = SetAside::default();
    let read = || -> Result<Vec<i64>, rusqlite::Error> {
        connection.prepare("SELECT entry FROM damaged")?.query_map([], |row| row.get(0))?.collect()
    };
    match read() {
        Ok(keys) => keys.into_iter().for_each(|key| set_aside.insert(key)),
        Err(error) => tracing::error!(%error, "the list of what was set aside cannot be read"),
    }
    set_aside
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
