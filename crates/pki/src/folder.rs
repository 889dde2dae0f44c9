//! The folder `ca/` in the state: private files, written whole or not at all, by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use diagnostic::{Code, Diagnostic, Outcome};
use rustix::fs::{FlockOperation, flock};
use state::wrong;

/// The folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// Holds other processes (and threads) off the folder until dropped.
#[derive(Debug)]
pub(super) struct Held {
    /// The lock ends when the file is closed.
    _lock: File,
}

impl Folder {
    /// Makes the folder where it is missing, 0700, in a state folder as it must be.
    pub(super) fn open(state: &Path) -> Outcome<Self> {
        state::prepare(state)?;
        let folder = Self { path: state.join("ca") };
        folder.as_owner(|path| DirBuilder::new().recursive(true).mode(0o700).create(path))?;
        Ok(folder)
    }

    /// Does it as the state folder's owner, with this folder's path.
    fn as_owner<T: Send>(&self, work: impl FnOnce(&Path) -> io::Result<T> + Send) -> Outcome<T> {
        let state = self.path.parent().unwrap_or(&self.path);
        state::as_owner(state, || work(&self.path))?.map_err(|error| diagnostic(&self.path, &error))
    }

    /// Waits until nobody else works in the folder. Not to be called by who holds it already.
    pub(super) fn hold(&self) -> Outcome<Held> {
        self.as_owner(|path| {
            let path = path.join("lock");
            let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
            flock(&lock, FlockOperation::LockExclusive)?;
            Ok(Held { _lock: lock })
        })
    }

    /// The text of a file, or `None` where there is none.
    pub(super) fn read(&self, name: &str) -> Outcome<Option<String>> {
        let path = self.path.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(diagnostic(&path, &error)),
        }
    }

    /// Writes a file, 0600, so that at any time there is the old one or the new one.
    pub(super) fn write(&self, name: &str, text: &str) -> Outcome<()> {
        self.as_owner(|folder| replace(folder, &folder.join(name), text))
    }
}

fn replace(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_new(&new, text)?;
    fs::rename(&new, path)?;
    File::open(folder)?.sync_all()
}

/// Writes a private file, 0600, down to the disk. It must not exist, or be empty (as `mktemp` leaves it).
pub(super) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0) {
        fs::remove_file(path)?;
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn diagnostic(path: &Path, error: &io::Error) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::OwnCa, "the own CA cannot be used").at_named(path.display().to_string());
    let diagnostic = diagnostic.because(error.to_string());
    match wrong::permitted(path, error) {
        Some(wrong) => Box::new(diagnostic.note(wrong.what).help(wrong.mend)),
        None => Box::new(diagnostic),
    }
}
