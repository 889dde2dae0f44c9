//! The locks of an mbox: `fcntl` and a dot lock, as Postfix, Exim, procmail and Dovecot take them. Both are tried at once and
//! both are given back where one is held, so that nobody waits for us while we wait for him.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::process::{Pid, test_kill_process};

/// How long the locks are tried.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often.
const LOOK: Duration = Duration::from_millis(20);

/// From what age on a dot lock is nobody's that nobody has touched.
const STALE: Duration = Duration::from_secs(300);

/// What a dot lock of ours says behind the number of its process.
const OURS: &str = "callpost";

/// Does work on the file while no other program reads or writes it.
///
/// # Errors
/// The locks cannot be had, or the work failed.
pub(super) fn locked<T>(path: &Path, state_id: &str, work: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some((mut file, _dot)) = attempt(path, state_id)? {
            return work(&mut file);
        }
        if Instant::now() > until {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("another program has kept it locked for {PATIENCE:?}"),
            ));
        }
        std::thread::sleep(LOOK);
    }
}

/// Removed when it is dropped.
struct Dot(PathBuf);

impl Drop for Dot {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn attempt(path: &Path, state_id: &str) -> io::Result<Option<(File, Dot)>> {
    let Some(dot) = dot(path, state_id)? else { return Ok(None) };
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    // Whoever had it before may have put another file in its place.
    let is_same = fs::metadata(path).is_ok_and(|there| file.metadata().is_ok_and(|ours| ours.ino() == there.ino()));
    Ok(is_same.then_some((file, dot)))
}

fn dot(path: &Path, state_id: &str) -> io::Result<Option<Dot>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    match OpenOptions::new().write(true).create_new(true).mode(0o644).open(&name) {
        Ok(mut file) => {
            let dot = Dot(name);
            file.write_all(format!("{}\n{OURS} {state_id}\n", std::process::id()).as_bytes())?;
            Ok(Some(dot))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if is_left(&name, state_id) {
                let _ = fs::remove_file(&name);
            }
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// True where whoever made it is no more: a process of ours on this state, which a signal ended; or it is old.
fn is_left(name: &Path, state_id: &str) -> bool {
    let Ok(status) = fs::metadata(name) else { return false };
    let age = status.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
    if age.is_some_and(|age| age > STALE) {
        return true;
    }
    let text = fs::read_to_string(name).unwrap_or_default();
    let Some((process, said)) = text.split_once('\n') else { return false };
    let process = process.parse().ok().and_then(Pid::from_raw);
    said.trim() == format!("{OURS} {state_id}")
        && process.is_some_and(|process| test_kill_process(process) == Err(rustix::io::Errno::SRCH))
}
