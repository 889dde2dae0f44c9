//! Files that are made once: whoever comes first makes them, and everybody reads the same.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Puts a file there, private to its owner, down to the disk, unless one is there: it appears whole, under its name only
/// once, however many make it at once. Its folder must exist.
///
/// # Errors
/// The folder cannot be written.
pub fn put(path: &Path, octets: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("it has no folder"))?;
    // A draft of its own for each maker: threads of one process meet here too.
    let mut draft = tempfile::NamedTempFile::with_prefix_in(".draft.", folder)?;
    draft.write_all(octets)?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => File::open(folder)?.sync_all(),
    }
}
