//! The installation's pepper: 32 random octets in the state folder, made once, readable by its owner only.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const NAME: &str = "pepper";

/// Reads the pepper, or makes it. Two processes that start at once end up with the same one: the file appears whole, by a
/// link that only one of them can make.
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
    let draft = state.join(format!("{NAME}.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&pepper)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => File::open(state)?.sync_all(),
    }
}
