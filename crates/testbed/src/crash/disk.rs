//! A disk that loses power: ext4 on a loop file. A copy of that file, taken while it is mounted, is what a disk holds at the
//! moment of a power cut: what was not synced is missing or torn.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The size of the disk.
const OCTETS: u64 = 768 << 20; // More than `queue.min_free` stays free.

/// A mounted disk. Dropped: unmounted and removed.
#[derive(Debug)]
pub(super) struct Disk {
    folder: TempDir,
    mount: PathBuf,
    generation: u32,
}

impl Disk {
    /// An empty disk, mounted on this folder. In memory where there is a place for that: what is under test is what was
    /// synced, not how fast.
    pub(super) fn mounted(mount: &Path) -> Disk {
        let place = if Path::new("/dev/shm").is_dir() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
        let folder =
            tempfile::Builder::new().prefix("callpost-disk-").tempdir_in(place).expect("a folder for the disk");
        let disk = Disk { folder, mount: mount.to_owned(), generation: 0 };
        let image = std::fs::File::create(disk.image()).expect("a file for the disk");
        image.set_len(OCTETS).expect("room for the disk");
        assert!(succeeds(Command::new("mkfs.ext4").arg("-q").arg(disk.image())), "mkfs.ext4 makes a disk");
        assert!(disk.attach(), "the disk mounted");
        disk
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join(format!("image-{}", self.generation))
    }

    /// The journal is committed by nobody but whoever syncs.
    fn attach(&self) -> bool {
        succeeds(Command::new("mount").args(["-o", "loop,commit=600"]).arg(self.image()).arg(&self.mount))
    }

    fn detach(&self) -> bool {
        (0..100).any(|_| {
            let done = succeeds(Command::new("umount").arg(&self.mount));
            if !done {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            done
        })
    }

    /// Takes what the disk holds now. Whoever writes on it must stand still.
    pub(super) fn photograph(&mut self) -> Photograph {
        let image = self.folder.path().join(format!("image-{}", self.generation + 1));
        let copied = succeeds(Command::new("cp").arg("--sparse=always").arg(self.image()).arg(&image));
        assert!(copied, "the disk's image copied");
        Photograph(self.generation + 1)
    }

    /// The power is back: the disk is what it was when it was photographed. Nobody may have anything open on it.
    pub(super) fn restore(&mut self, photograph: &Photograph) {
        assert!(self.detach(), "the disk unmounted");
        let old = self.image();
        self.generation = photograph.0;
        let _ = std::fs::remove_file(old);
        assert!(self.attach(), "the disk mounted after a power cut");
    }
}

/// What a disk held at one moment.
#[derive(Debug)]
pub(super) struct Photograph(u32);

impl Drop for Disk {
    fn drop(&mut self) {
        self.detach();
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
