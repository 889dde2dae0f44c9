//! The `drop/` folder: where `sendmail` and `pipe` leave mail while no daemon runs. A file appears there whole (written
//! under another name, fsynced, renamed, the folder fsynced) and is taken in once: its name is committed with what it
//! causes.
//!
//! No helper with rights is needed: the folder hands its group, which is the daemon's, down to the files, so that the daemon
//! can read them; and as the folder's owner it can remove them. Nobody else can do either.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use control::{Asker, Request};
use diagnostic::{Diagnostic, Exit, Outcome};
use state::wrong;

/// The end of a whole file's name; one without it is still being written.
const WHOLE: &str = ".mail";

/// The mode of a file: its owner's to write, the daemon's (by the folder's group) to read, nobody else's.
const MODE: u32 = 0o640;

/// Names that are held in memory at a time.
const NAMES: usize = 1000;

/// Leaves a request; it is durable when this returns.
///
/// # Errors
/// The folder is not as it must be, or the disk is full: then nothing is left, and it is to be tried again (75).
pub fn leave(state: &Path, request: &Request) -> Outcome<()> {
    let folder = ready(state)?;
    let name = uuid::Uuid::now_v7().to_string();
    let draft = folder.join(format!("{name}.draft"));
    let whole = folder.join(format!("{name}{WHOLE}"));
    let written = write(&draft, &folder, request).and_then(|()| fs::rename(&draft, &whole));
    let left = written.and_then(|()| durable(&folder, &whole));
    left.map_err(|error| {
        // What was not made durable was not taken.
        let _ = fs::remove_file(&draft).or_else(|_| fs::remove_file(&whole));
        untaken(&folder, &error)
    })
}

/// The folder, as it must be for mail of this user to reach the daemon.
fn ready(state: &Path) -> Outcome<PathBuf> {
    // Where the folder is the user's own to make or to mend, that is done.
    let prepared = state::prepare(state);
    let folder = state::drop_folder(state);
    match fs::symlink_metadata(&folder) {
        Ok(status) => match wrong::drop(&folder, &status, state) {
            Some(wrong) => Err(wrong::no_drop(wrong)),
            None => Ok(folder),
        },
        Err(error) => Err(match prepared {
            // Nobody but its owner or root can say what hinders them.
            Err(diagnostic) if is_own(state) => Box::new(diagnostic.exit_with(Exit::TryAgain)),
            _ => wrong::no_drop(wrong::no_folder(state, &error)),
        }),
    }
}

fn is_own(state: &Path) -> bool {
    let me = rustix::process::geteuid();
    me.is_root() || fs::metadata(state).is_ok_and(|status| status.uid() == me.as_raw())
}

fn write(draft: &Path, folder: &Path, request: &Request) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(draft)?;
    // The umask must not keep the daemon from reading it.
    file.set_permissions(Permissions::from_mode(MODE))?;
    if file.metadata()?.gid() != fs::metadata(folder)?.gid() {
        return Err(io::Error::other("the file system does not hand the folder's group down to its files"));
    }
    file.write_all(&serde_json::to_vec(request)?)?;
    file.sync_all()
}

fn durable(folder: &Path, whole: &Path) -> io::Result<()> {
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        // Whoever may only leave mail may not open the folder: its rename is made durable with the file system's journal.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            rustix::fs::syncfs(File::open(whole)?).map_err(io::Error::from)
        }
        Err(error) => Err(error),
    }
}

fn untaken(folder: &Path, error: &io::Error) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(diagnostic::Code::StateFolder, "the mail was not taken");
    Box::new(diagnostic.at_named(folder.display().to_string()).because(error.to_string()).exit_with(Exit::TryAgain))
}

/// A request that was left.
#[derive(Debug)]
pub struct Left {
    /// Its name: taken in once.
    pub name: String,
    path: PathBuf,
}

/// What a file holds.
#[derive(Debug)]
pub struct Content {
    /// Whose program left it: the file's owner.
    pub owner: Asker,
    /// What is asked.
    pub request: Request,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is of no use to anybody.
    Useless(String),
    /// The file is not to be read by the daemon, or the disk fails: somebody can mend that, and it stays until then.
    Closed(String),
}

impl Left {
    /// Reads the file; what it holds is in memory as long as the answer is.
    ///
    /// # Errors
    /// It holds no request, or cannot be read.
    pub fn read(&self, largest: u64) -> Result<Content, Unread> {
        // A link could make the daemon read what the one who left it must not, a pipe could stop it: and between a look and
        // the opening the one could become the other.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(&self.path);
        let file = file.map_err(|error| self.unread(&error))?;
        let status = file.metadata().map_err(|error| self.unread(&error))?;
        if !status.is_file() || status.nlink() != 1 {
            return Err(Unread::Useless("it is no plain file".to_owned()));
        }
        // Every line end may have become two octets, and base64 and its wrapping are larger by a third.
        let largest = largest.saturating_mul(3) + 65_536;
        let mut octets = Vec::new();
        file.take(largest + 1).read_to_end(&mut octets).map_err(|error| self.unread(&error))?;
        if octets.len() as u64 > largest {
            return Err(Unread::Useless("it is larger than smtp.max_size allows".to_owned()));
        }
        let request = Request::read_mail(&octets).map_err(Unread::Useless)?;
        Ok(Content { owner: Asker { uid: status.uid() }, request })
    }

    fn unread(&self, error: &io::Error) -> Unread {
        let Ok(status) = fs::symlink_metadata(&self.path) else { return Unread::Closed(error.to_string()) };
        if !status.is_file() {
            return Unread::Useless("it is no plain file".to_owned());
        }
        let group = state::account::group(rustix::process::getegid().as_raw());
        let path = self.path.display();
        let line = format!("chgrp {group} {path} && chmod {MODE:o} {path}");
        Unread::Closed(format!("{error}; it {}; as root: {line}", wrong::standing(&status)))
    }

    /// Removes the file, after what it asked for is durable.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Sets a file of no use aside, under a name that is not taken in again.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn set_aside(&self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("damaged"))
    }
}

/// The names that lie there after this one, oldest first; so many at a time that they need little memory.
///
/// # Errors
/// The folder cannot be read.
pub fn list(state: &Path, after: &str) -> io::Result<Vec<Left>> {
    let folder = state::drop_folder(state);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(&folder)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        if name.ends_with(WHOLE) && name.as_str() > after {
            names.insert(name);
            if names.len() > NAMES {
                names.pop_last();
            }
        }
    }
    Ok(names.into_iter().map(|name| Left { path: folder.join(&name), name }).collect())
}

#[cfg(test)]
mod tests;
