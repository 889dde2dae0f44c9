//! The files of a state folder, as a backup holds them.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use spool::sqlite::archive::{ArchiveError, ArchivedFile};

/// What is no part of a backup, at the top of the folder: the store and the drop folder are copied in ways of their own, the
/// others belong to a running program, or to this folder alone.
const LEFT_OUT: [&str; 5] = ["queue", "drop", "lock", "control.sock", "restored"];

/// Reads one file; a link is none.
///
/// # Errors
/// It cannot be read.
pub(super) fn read(path: &Path, name: &str) -> io::Result<ArchivedFile> {
    let flags = i32::try_from((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits()).unwrap_or_default();
    let mut file = fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let status = file.metadata()?;
    let mut octets = Vec::new();
    file.read_to_end(&mut octets)?;
    Ok(ArchivedFile { path: name.to_owned(), mode: status.mode() & 0o777, uid: status.uid(), octets })
}

/// Gives every file of the state folder that is kept, with all below it.
///
/// # Errors
/// One cannot be read, or `take` says no.
pub(super) fn each(
    state: &Path,
    take: &mut dyn FnMut(ArchivedFile) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    walk(state, "", take)
}

fn walk(
    folder: &Path,
    above: &str,
    take: &mut dyn FnMut(ArchivedFile) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let at = |path: &Path, source| ArchiveError::Io { path: path.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(|error| at(folder, error))?.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let (path, inside) = (entry.path(), format!("{above}{name}"));
        let Ok(kind) = entry.file_type() else { continue };
        // What begins with a dot is a draft of somebody who is at work on it.
        if name.starts_with('.') || above.is_empty() && LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            walk(&path, &format!("{inside}/"), take)?;
        } else if kind.is_file() {
            match read(&path, &inside) {
                Ok(file) => take(file)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(at(&path, error)),
            }
        }
    }
    Ok(())
}

/// Files that were read and wait on the disk, without a name.
pub(super) struct Aside {
    file: File,
    files: Vec<(ArchivedFile, u64)>,
}

impl Aside {
    /// Reads all mail of the drop folder, which goes from there as it is taken in.
    ///
    /// # Errors
    /// One cannot be read, or there is no room.
    pub(super) fn of(folder: &Path, name: &str) -> io::Result<Self> {
        let mut aside = Self { file: tempfile::tempfile()?, files: Vec::new() };
        let listed = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(aside),
            listed => listed?,
        };
        for entry in listed.flatten() {
            let Ok(file) = entry.file_name().into_string() else { continue };
            if !file.ends_with(".mail") {
                continue;
            }
            match read(&entry.path(), &format!("{name}/{file}")) {
                Ok(file) => aside.put(file)?,
                // Taken in meanwhile: the store is copied after this.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(aside)
    }

    fn put(&mut self, file: ArchivedFile) -> io::Result<()> {
        self.file.write_all(&file.octets)?;
        let length = file.octets.len() as u64;
        self.files.push((ArchivedFile { octets: Vec::new(), ..file }, length));
        Ok(())
    }

    /// Gives them.
    ///
    /// # Errors
    /// They cannot be read again, or `take` says no.
    pub(super) fn each(mut self, take: impl Fn(ArchivedFile) -> Result<(), ArchiveError>) -> Result<(), ArchiveError> {
        self.file.seek(SeekFrom::Start(0)).map_err(ArchiveError::Stopped)?;
        for (file, length) in self.files {
            let mut octets = Vec::new();
            (&self.file).take(length).read_to_end(&mut octets).map_err(ArchiveError::Stopped)?;
            take(ArchivedFile { octets, ..file })?;
        }
        Ok(())
    }
}
