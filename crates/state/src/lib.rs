//! The state folder: made here and nowhere else, whichever command comes first, with the modes and the owner that all who
//! come later need.
//!
//! The folder belongs to the user whom the daemon runs as. Root may work in it too: what root makes there is made as that
//! user, or the daemon could not open its own store. Nobody else may do more than pass through it to the control socket and
//! the drop folder. Whoever writes what is in it holds its lock ([`lock`]).
//!
//! It must not know the product: neither what lies in the folder nor who asks for it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use diagnostic::{Code, Diagnostic, Outcome};
use rustix::process::geteuid;
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

pub mod account;
pub mod lock;
pub mod once;
pub mod restored;
pub mod wrong;

/// Everyone may pass through the state folder, nobody may look around.
pub const MODE: u32 = 0o711;

/// The mail itself is nobody else's.
const QUEUE_MODE: u32 = 0o700;

/// Everyone may leave a file in the drop folder, nobody may see what lies there or take another's out; what is left there
/// belongs to the folder's group, so that the daemon may read it.
pub const DROP_MODE: u32 = 0o3733;

/// The store's folder in the state folder.
#[must_use]
pub fn queue(state: &Path) -> PathBuf {
    state.join("queue")
}

/// The folder where mail is left while no daemon runs.
#[must_use]
pub fn drop_folder(state: &Path) -> PathBuf {
    state.join("drop")
}

/// Whether the state folder was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// It was.
    Before,
    /// It was made.
    Now,
}

/// Makes what is missing of the state folder, the queue and the drop folder.
///
/// # Errors
/// It cannot be made, or it is another user's: the diagnostic names owner and mode, and the line that mends it.
pub fn prepare(state: &Path) -> Outcome<Made> {
    let made = folder(state, MODE, Owner::Caller).map_err(|error| wrong::unusable(state, &error))?;
    as_owner(state, || {
        let queue = queue(state);
        folder(&queue, QUEUE_MODE, Owner::Caller).map_err(|error| wrong::unusable(&queue, &error))?;
        drop_ready(state)
    })??;
    Ok(made)
}

/// Makes the drop folder as it must be, or brings one to that state which is the caller's own.
fn drop_ready(state: &Path) -> Outcome<()> {
    let path = drop_folder(state);
    folder(&path, DROP_MODE, Owner::Daemon).map_err(|error| wrong::unusable(&path, &error))?;
    let status = fs::symlink_metadata(&path).map_err(|error| wrong::unusable(&path, &error))?;
    if status.uid() == geteuid().as_raw() && wrong::drop(&path, &status, state).is_some() {
        finish(&path, DROP_MODE, Owner::Daemon).map_err(|error| wrong::unusable(&path, &error))?;
    }
    Ok(())
}

/// Whose group a new folder gets.
#[derive(Clone, Copy)]
enum Owner {
    /// What the kernel gives it.
    Caller,
    /// That of the processes of whoever makes it, also where the folder above it says otherwise.
    Daemon,
}

/// Makes a folder where it is missing. It appears under its name with its modes: nobody finds it half made.
fn folder(path: &Path, mode: u32, owner: Owner) -> io::Result<Made> {
    if path.is_dir() {
        return Ok(Made::Before);
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(above)?;
    // A name of its own for each who makes it: several threads of one process may, and a killed one leaves its draft behind.
    let (prefix, private) = (format!(".{}.", file_name(path)), fs::Permissions::from_mode(0o700));
    let draft = tempfile::Builder::new().prefix(&prefix).permissions(private).tempdir_in(above)?;
    finish(draft.path(), mode, owner)?;
    let flags = rustix::fs::RenameFlags::NOREPLACE;
    match rustix::fs::renameat_with(rustix::fs::CWD, draft.path(), rustix::fs::CWD, path, flags) {
        Ok(()) => {
            let _ = draft.keep();
            Ok(Made::Now)
        }
        // Somebody else has just made it.
        Err(_) if path.is_dir() => Ok(Made::Before),
        Err(error) => Err(error.into()),
    }
}

/// The umask, and a folder above that hands down its group, must not take away what is meant.
fn finish(path: &Path, mode: u32, owner: Owner) -> io::Result<()> {
    if let Owner::Daemon = owner {
        std::os::unix::fs::chown(path, None, Some(rustix::process::getegid().as_raw()))?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Does what touches the state as its owner. For root in another user's folder that is a thread of that user, with the
/// threads that it starts: what they make is the owner's from the first moment, whatever ends the process. For everybody else
/// it is the work and nothing more.
///
/// # Errors
/// Root may not become another user here (a container without CAP_SETUID).
pub fn as_owner<T: Send>(state: &Path, work: impl FnOnce() -> T + Send) -> Outcome<T> {
    let Some(owner) = foreign_owner(state) else { return Ok(work()) };
    let done = std::thread::scope(|scope| {
        let thread = scope.spawn(|| become_owner(&owner).map(|()| work()));
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    done.map_err(|error| {
        let what =
            format!("{} belongs to {}, as whom root cannot work here", state.display(), account::user(owner.uid()));
        Box::new(Diagnostic::new(Code::StateFolder, what).because(error.to_string()))
    })
}

/// The state folder, where the caller is root and it is not root's.
fn foreign_owner(state: &Path) -> Option<Metadata> {
    if !geteuid().is_root() {
        return None;
    }
    fs::metadata(state).ok().filter(|status| status.uid() != 0)
}

fn become_owner(owner: &Metadata) -> io::Result<()> {
    let gid = account::primary_group(owner.uid()).unwrap_or(owner.gid());
    let (uid, gid) = (rustix::process::Uid::from_raw(owner.uid()), rustix::process::Gid::from_raw(gid));
    set_thread_groups(&[])?;
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)?;
    Ok(())
}

/// What root is told who has just made a state folder: which line gives it to another user.
#[must_use]
pub fn hint(state: &Path, made: Made) -> Option<String> {
    let told = made == Made::Now && geteuid().is_root();
    told.then(|| {
        let state = state.display();
        format!("{state} is new and belongs to root; for a daemon of another user: chown -R USER: {state}")
    })
}

#[cfg(test)]
mod tests;
