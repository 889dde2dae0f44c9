//! Trouble of ours is told as such (75): the program keeps its mail and tries again.

use std::path::{Path, PathBuf};
use std::process::Command;

use testbed::Requirement::Root;
use testbed::{Configuration, need};

use crate::house::House;

const MAIL: &str = "From: app@example.edu\nTo: ann@example.edu\n\nhello\n";

/// A small file system in memory.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(folder).status().unwrap();
        assert!(status.success(), "mount");
        Self(folder.to_owned())
    }

    /// Leaves one mebibyte.
    fn fill(&self) {
        std::fs::write(self.0.join("filler"), vec![0; 22 << 20]).unwrap();
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn with_a_full_disk_sendmail_and_send_end_with_75() {
    if !need(&[Root]) {
        return;
    }
    let mut house = House::closed(Configuration::new().set("queue.min_free", "8MB"));
    let disk = Tmpfs::mount(&house.server.home().join("state"));
    house.server.launch();
    disk.fill();
    let refused = (0..1000).map(|_| house.sendmail(&["-t"], MAIL)).find(|output| output.code != Some(0));
    let refused = refused.expect("the disk is never full");
    assert_eq!(refused.code, Some(75), "{refused:?}");
    let send = ["send", "--to", "ann@example.edu", "--from", "app@example.edu"];
    let refused = house.server.command_with(&send, b"hello");
    assert_eq!(refused.code, Some(75), "{refused:?}");
    let told =
        house.sendmail(&["-bs"], "EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n");
    assert!(told.stdout.contains("\r\n451 4.3.0 "), "{told:?}");
    house.server.kill();
    let full = disk.0.join("filler");
    std::fs::OpenOptions::new().append(true).open(&full).and_then(|file| file.set_len(24 << 20)).ok();
    std::fs::write(disk.0.join("more"), vec![0; 8 << 20]).unwrap_err();
    let refused = house.sendmail(&["-t", "-i"], MAIL.repeat(5_000));
    assert_eq!(refused.code, Some(75), "the drop folder is full: {refused:?}");
}

#[test]
fn a_broken_configuration_is_no_fault_of_the_mail() {
    let house = House::closed(Configuration::new());
    std::fs::write(house.server.config(), "htp.listen = 1\n").unwrap();
    let refused = house.sendmail(&["-t"], MAIL);
    assert_eq!(refused.code, Some(75), "{refused:?}");
    assert!(refused.stderr.contains("unknown section [htp]"), "{refused:?}");
}

#[test]
fn a_mail_for_nobody_or_for_no_address_is_refused_by_name() {
    let house = House::open();
    let nobody = house.sendmail(&["-t"], "From: app@example.edu\nTo: undisclosed-recipients:;\n\nhello\n");
    assert!(nobody.code == Some(64) && nobody.stderr.contains("no recipient is named"), "{nobody:?}");
    let wrong = house.sendmail(&["-t"], "From: app@example.edu\nTo: ann@example.edu\nCc: a b@c\n\nhello\n");
    assert!(wrong.code == Some(65) && wrong.stderr.contains("`a b@c` in the field Cc"), "{wrong:?}");
    let wrong = house.sendmail(&["ann@@example.edu"], "hello\n");
    assert!(wrong.code == Some(64) && wrong.stderr.contains("ann@@example.edu"), "{wrong:?}");
    house.nothing_sent();
}
