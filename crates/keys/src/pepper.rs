//! The installation's pepper: 32 random octets in the state folder, made once, readable by its owner only.

use std::fs::File;
use std::io::{self, Read};
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
        make(&path)?;
    }
    let mut pepper = [0; 32];
    let mut file = File::open(&path)?;
    file.read_exact(&mut pepper)?;
    Ok(pepper)
}

fn make(path: &Path) -> io::Result<()> {
    let mut pepper = [0; 32];
    getrandom::fill(&mut pepper).map_err(|error| io::Error::other(error.to_string()))?;
    state::once::put(path, &pepper)
}
