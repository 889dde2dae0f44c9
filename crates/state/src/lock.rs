//! Who works on the state folder: one daemon, or one command at a time. The lock is the kernel's (it ends with the process,
//! whatever ends that); the file says who holds it, for those who find it held.
//!
//! The daemon keeps in memory what the store holds. So nobody may write to the store past a daemon that has begun to read
//! it: not even in the moment between its start and its first answer.

use std::fs::{File, Permissions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diagnostic::{Code, Diagnostic, Outcome};
use rustix::process::{Pid, geteuid, test_kill_process};

use super::{as_owner, prepare, wrong};

/// How long a daemon waits for a command, and a command for whoever was first.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How often one who waits looks again. The kernel tells nobody when such a lock is free.
pub const LOOK: Duration = Duration::from_millis(10);

/// The mode of the file.
const PRIVATE: u32 = 0o600;

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Who holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// `callpost serve`.
    Daemon {
        /// Its process.
        pid: i32,
    },
    /// Another command.
    Command {
        /// Its process.
        pid: i32,
        /// `key add`.
        name: String,
    },
    /// It has not yet said so, or lives where this process cannot see it.
    Unknown,
}

/// What came of trying.
#[derive(Debug)]
pub enum Tried {
    /// The lock is ours.
    Taken(Lock),
    /// It is another's.
    Held(Holder),
}

/// Who asks for the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker<'a> {
    /// The daemon.
    Daemon,
    /// A command, by its name.
    Command(&'a str),
}

/// Tries once; makes the state folder where it is missing.
///
/// # Errors
/// The state folder cannot be used.
pub fn attempt(state: &Path, asker: Asker<'_>) -> Outcome<Tried> {
    prepare(state)?;
    let path = path(state);
    let tried = as_owner(state, || open(&path).and_then(|file| lock(file, asker)))?;
    tried.map_err(|error| wrong::unusable(&path, &error))
}

/// Waits for the lock as a command does.
///
/// # Errors
/// Somebody else has it for longer than [`PATIENCE`], or the state folder cannot be used.
pub fn wait(state: &Path, name: &str) -> Outcome<Lock> {
    let until = Instant::now() + PATIENCE;
    loop {
        match attempt(state, Asker::Command(name))? {
            Tried::Taken(lock) => return Ok(lock),
            Tried::Held(holder) if Instant::now() > until => return Err(busy(state, &holder)),
            Tried::Held(_) => std::thread::sleep(LOOK),
        }
    }
}

/// Who holds the lock; `None` where nobody does, or it is not for the caller to know. Nothing is made.
#[must_use]
pub fn holder(state: &Path) -> Option<Holder> {
    let mut file = File::options().read(true).write(true).open(path(state)).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Some(read(&mut file)),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// Somebody else works on the state folder, and goes on.
#[must_use]
pub fn busy(state: &Path, holder: &Holder) -> Box<Diagnostic> {
    let shown = state.display();
    let diagnostic = match holder {
        Holder::Daemon { pid } => {
            let what = format!("the daemon of {shown} (pid {pid}) is up, but takes no work yet or no more");
            Diagnostic::new(Code::StoreBusy, what).help("callpost status --ready")
        }
        Holder::Command { pid, name } => {
            let what = format!("`callpost {name}` (pid {pid}) is at work in {shown}");
            Diagnostic::new(Code::StoreBusy, what).help("try again when it has ended")
        }
        Holder::Unknown => {
            let what = format!("another process is at work in {shown}");
            Diagnostic::new(Code::StoreBusy, what).help(format!("fuser -v {}", path(state).display()))
        }
    };
    Box::new(diagnostic)
}

fn path(state: &Path) -> PathBuf {
    state.join("lock")
}

/// Only the folder's owner may lock: a lock that everybody could take would keep the daemon from starting. (Whoever may only
/// read a file may lock it.)
fn open(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).read(true).write(true).mode(PRIVATE).open(path)?;
    let status = file.metadata()?;
    if status.mode() & 0o777 != PRIVATE && status.uid() == geteuid().as_raw() {
        file.set_permissions(Permissions::from_mode(PRIVATE))?;
    }
    Ok(file)
}

fn lock(mut file: File, asker: Asker<'_>) -> io::Result<Tried> {
    match file.try_lock() {
        Ok(()) => {
            let pid = std::process::id();
            let record = match asker {
                Asker::Daemon => format!("daemon {pid}\n"),
                Asker::Command(name) => format!("command {pid} {name}\n"),
            };
            // On a full disk the lock is held without a name: a daemon must start there, its deliveries make room.
            if let Err(error) = file.set_len(0).and_then(|()| file.write_all(record.as_bytes())) {
                tracing::warn!(%error, "the lock of the state folder does not say who holds it");
            }
            Ok(Tried::Taken(Lock { file }))
        }
        Err(TryLockError::WouldBlock) => Ok(Tried::Held(read(&mut file))),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What the file says. What a killed process has left in it counts for nothing: the new holder has not yet written.
fn read(file: &mut File) -> Holder {
    let mut record = String::new();
    let told = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(200).read_to_string(&mut record));
    let holder = told.ok().and_then(|_| parse(record.strip_suffix('\n')?));
    let lives = |pid: i32| {
        let found = Pid::from_raw(pid).map(test_kill_process);
        matches!(found, Some(Ok(()) | Err(rustix::io::Errno::PERM)))
    };
    match holder {
        Some(Holder::Daemon { pid } | Holder::Command { pid, .. }) if !lives(pid) => Holder::Unknown,
        Some(holder) => holder,
        None => Holder::Unknown,
    }
}

fn parse(record: &str) -> Option<Holder> {
    let mut words = record.splitn(3, ' ');
    match (words.next()?, words.next()?.parse().ok()?, words.next()) {
        ("daemon", pid, None) => Some(Holder::Daemon { pid }),
        ("command", pid, Some(name)) => Some(Holder::Command { pid, name: name.to_owned() }),
        _ => None,
    }
}

impl Drop for Lock {
    /// The next holder finds an empty file until it has written its own name.
    fn drop(&mut self) {
        if let Err(error) = self.file.set_len(0) {
            tracing::debug!(%error, "the lock's file keeps the name of its last holder");
        }
    }
}
