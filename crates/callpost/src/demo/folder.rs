//! The folder of a demo, which nothing is left of: what a demo left that was killed, the next one removes.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diagnostic::Outcome;
use tempfile::{NamedTempFile, TempDir};

use super::impossible;

/// How the folders of demos begin.
const PREFIX: &str = "callpost-demo-";

/// The file that a demo holds locked as long as it lives.
const LOCK: &str = "demo.lock";

/// Older folders without that file are of no demo that is just beginning.
const BEGINNING: Duration = Duration::from_secs(60);

/// How often a folder is removed again in which somebody still writes, and how long after each.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// The folder of a demo; removed when it is dropped.
pub struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// Makes one, and removes those of demos that are no more.
    ///
    /// # Errors
    /// No temporary folder can be made.
    pub fn make() -> Outcome<Self> {
        sweep(&std::env::temp_dir());
        let made = || {
            let folder = TempDir::with_prefix(PREFIX)?;
            // It gets its name when it is locked: nobody ever finds it unlocked beside a demo that lives.
            let lock = NamedTempFile::new_in(folder.path())?;
            lock.as_file().lock()?;
            let lock = lock.persist(folder.path().join(LOCK)).map_err(|error| error.error)?;
            Ok(Self { folder, _lock: lock })
        };
        made().map_err(|error: io::Error| impossible(&error.to_string()))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes it, also from under somebody who ends only now.
    pub async fn remove(self) {
        for _ in 0..TRIES {
            match std::fs::remove_dir_all(self.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => tokio::time::sleep(PAUSE).await,
                _ => break,
            }
        }
    }
}

/// Removes the folders of this user's demos that do not live any more. What cannot be removed stays.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let ours = rustix::process::geteuid().as_raw();
    for entry in entries.filter_map(Result::ok) {
        let is_demo = entry.file_name().to_string_lossy().starts_with(PREFIX);
        // A link is not followed: anybody may make one here.
        let is_ours = |status: &Metadata| status.is_dir() && status.uid() == ours;
        if is_demo && entry.metadata().is_ok_and(|status| is_ours(&status) && is_over(&entry.path(), &status)) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn is_over(folder: &Path, status: &Metadata) -> bool {
    let lock: PathBuf = folder.join(LOCK);
    match File::open(lock) {
        Ok(file) => file.try_lock().is_ok(),
        Err(_) => status.modified().is_ok_and(|made| made.elapsed().is_ok_and(|age| age > BEGINNING)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Folder, LOCK, sweep};

    #[test]
    fn folders_of_living_demos_stay_and_those_of_dead_ones_go() {
        let around = tempfile::tempdir().unwrap();
        let [alive, dead, young, other] =
            ["callpost-demo-a", "callpost-demo-b", "callpost-demo-c", "other"].map(|name| {
                let folder = around.path().join(name);
                std::fs::create_dir(&folder).unwrap();
                folder
            });
        for folder in [&alive, &dead, &other] {
            std::fs::write(folder.join(LOCK), "").unwrap();
        }
        let held = std::fs::File::open(alive.join(LOCK)).unwrap();
        held.lock().unwrap();
        sweep(around.path());
        assert!(alive.exists() && young.exists() && other.exists() && !dead.exists());
    }

    #[test]
    fn a_demo_does_not_remove_the_folder_of_another_that_lives() {
        let (one, other) = (Folder::make().unwrap(), Folder::make().unwrap());
        assert!(one.path().exists() && other.path().exists());
    }
}
