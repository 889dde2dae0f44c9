//! The disk that a store lies on.

use std::io;
use std::path::Path;

/// Octets that are free where this folder is.
pub(super) fn free_octets(folder: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}
