//! The mark of a state folder that was restored from a backup: what left since the backup was made would leave again, so
//! nothing of it leaves until somebody says so and the mark goes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

const NAME: &str = "restored";

fn path(state: &Path) -> PathBuf {
    state.join(NAME)
}

/// Marks it, durably: what waits is held since then (microseconds since 1970).
///
/// # Errors
/// The folder cannot be written.
pub fn mark(state: &Path, since: i64) -> io::Result<()> {
    super::once::put(&path(state), format!("{since}\n").as_bytes())
}

/// Since when it is held, where it is marked. A mark that says nothing readable is one all the same.
#[must_use]
pub fn marked(state: &Path) -> Option<i64> {
    match fs::read_to_string(path(state)) {
        Ok(text) => Some(text.trim().parse().unwrap_or(0)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(_) => Some(0),
    }
}

/// Takes the mark away, durably.
///
/// # Errors
/// The folder cannot be written.
pub fn unmark(state: &Path) -> io::Result<()> {
    fs::remove_file(path(state))?;
    File::open(state)?.sync_all()
}
