//! The `drop/` folder: where `sendmail` and `pipe` leave mail while no daemon runs. A file appears there whole (written
//! under another name, fsynced, renamed, the folder fsynced) and is taken in once: its name is committed with what it
//! causes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::control::{Asker, Request};

/// The end of a whole file's name; one without it is still being written.
const WHOLE: &str = ".mail";

/// The folder.
#[must_use]
pub fn folder(state: &Path) -> PathBuf {
    state.join("drop")
}

/// Makes the folder: everyone may leave mail in it, nobody may look into it or take another's out.
///
/// # Errors
/// The state folder cannot be written.
pub fn prepare(state: &Path) -> io::Result<()> {
    let folder = folder(state);
    if !folder.is_dir() {
        fs::create_dir(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o1733))?;
    }
    Ok(())
}

/// Leaves a request; it is durable when this returns.
///
/// # Errors
/// The folder cannot be written, or the disk is full: then nothing is left.
pub fn leave(state: &Path, request: &Request) -> io::Result<()> {
    crate::house::prepare(state)?;
    prepare(state)?;
    let folder = folder(state);
    let name = uuid::Uuid::now_v7().to_string();
    let draft = folder.join(format!("{name}.draft"));
    let written = write(&draft, request).and_then(|()| fs::rename(&draft, folder.join(format!("{name}{WHOLE}"))));
    if let Err(error) = written {
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    match File::open(&folder) {
        Ok(folder) => folder.sync_all(),
        // Whoever may only leave mail may not open the folder: its rename is made durable with the file system's journal.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => sync_file_system(&folder, &name),
        Err(error) => Err(error),
    }
}

fn write(draft: &Path, request: &Request) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(&serde_json::to_vec(request)?)?;
    file.sync_all()
}

fn sync_file_system(folder: &Path, name: &str) -> io::Result<()> {
    let file = File::open(folder.join(format!("{name}{WHOLE}")))?;
    rustix::fs::syncfs(&file).map_err(io::Error::from)
}

/// A request that was left.
#[derive(Debug)]
pub struct Left {
    /// Its name: taken in once.
    pub name: String,
    /// The request, or why the file holds none.
    pub request: Result<Request, String>,
    /// Whose program left it.
    pub owner: Asker,
    path: PathBuf,
}

impl Left {
    /// Removes the file, after what it asked for is durable.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Sets a damaged file aside, under a name that is not taken in again.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn set_aside(&self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("damaged"))
    }
}

/// What lies there, oldest first. Only plain files: a link could make the daemon read what its owner must not.
///
/// # Errors
/// The folder cannot be read.
pub fn list(state: &Path, largest: u64) -> io::Result<Vec<Left>> {
    let mut left = Vec::new();
    for entry in fs::read_dir(folder(state))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(WHOLE) {
            let request = read(&entry.path(), largest);
            let owner = Asker { uid: fs::symlink_metadata(entry.path())?.uid() };
            left.push(Left { name, request, owner, path: entry.path() });
        }
    }
    left.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(left)
}

fn read(path: &Path, largest: u64) -> Result<Request, String> {
    let status = fs::symlink_metadata(path).map_err(|error| error.to_string())?;
    if !status.is_file() || status.nlink() != 1 {
        return Err("it is no plain file".to_owned());
    }
    // Base64 and its wrapping are larger than the message by a third.
    if status.len() > largest.saturating_mul(3) / 2 + 65_536 {
        return Err("it is larger than smtp.max_size allows".to_owned());
    }
    let octets = fs::read(path).map_err(|error| error.to_string())?;
    match serde_json::from_slice(&octets).map_err(|error| error.to_string())? {
        request @ (Request::Submit(_) | Request::Receive(_)) => Ok(request),
        _ => Err("it asks for something that is not mail".to_owned()),
    }
}
