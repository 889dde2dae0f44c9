//! Where a hook is: a small file, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Behind what was read.
    pub(crate) next: String,
    /// What was read and is not over.
    pub(crate) open: Vec<Open>,
    /// True where nothing is told until somebody says so.
    #[serde(default)]
    pub(crate) parked: bool,
    /// How many were given up.
    #[serde(default)]
    pub(crate) given_up: u64,
    /// What is told again because somebody asked for it.
    #[serde(default)]
    pub(crate) replays: Vec<Replay>,
}

/// What happened within a time, told once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Replay {
    /// Behind what was read of it.
    pub(crate) place: String,
    /// From when.
    pub(crate) since: Timestamp,
    /// Until when.
    pub(crate) until: Timestamp,
}

/// An event that is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Open {
    /// Its name.
    pub(crate) id: String,
    /// Behind which place it is read again.
    pub(crate) before: String,
    /// How often it was told.
    pub(crate) tries: u32,
    /// When first.
    pub(crate) first: Option<Timestamp>,
    /// When it is told again.
    pub(crate) due: Timestamp,
}

/// Reads it; none where there is none yet.
pub(crate) fn read(path: &Path) -> io::Result<Option<Position>> {
    match fs::read(path) {
        Ok(octets) => serde_json::from_slice(&octets).map(Some).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes it down to the disk.
pub(crate) fn write(path: &Path, position: &Position) -> io::Result<()> {
    let (new, folder) = (path.with_extension("new"), path.parent().unwrap_or(path));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
    file.write_all(&serde_json::to_vec(position)?)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(folder)?.sync_all()
}
