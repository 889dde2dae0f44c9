//! The installation's pepper: 32 random octets in the state folder, made once, readable by its owner only.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

const NAME: &str = "pepper";

/// Reads the pepper, or makes it. Two processes that start at once end up with the same one: the file appears whole, under
/// its name only once.
///
/// # Errors
/// The folder cannot be written, or the file is not 32 octets long.
pub fn open(state: &Path) -> io::Result<[u8; 32]> {
    let path = state.join(NAME);
    if !path.exists() {
        make(state, &path)?;
    }
    let mut pepper = [0; 32];
    let mut file = File::open(&path)?;
    file.read_exact(&mut pepper)?;
    Ok(pepper)
}

fn make(state: &Path, path: &Path) -> io::Result<()> {
    let mut pepper = [0; 32];
    getrandom::fill(&mut pepper).map_err(|error| io::Error::other(error.to_string()))?;
    let mut draft = tempfile::NamedTempFile::with_prefix_in(format!(".{NAME}."), state)?;
    draft.write_all(&pepper)?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => File::open(state)?.sync_all(),
    }
}
