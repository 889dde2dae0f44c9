//! Programs that run `/usr/sbin/sendmail` and nothing else: cron and mdadm. Each runs in a mount namespace of its own, in
//! which that name is this house's program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use testbed::Requirement::{File, Program, Root};
use testbed::need;

use crate::house::{House, body};

/// A program in its namespace; killed when it is dropped.
struct Inside(Child);

impl Inside {
    /// Mounts, then becomes the program: a script for sh(1).
    fn run(house: &House, script: &str) -> Self {
        let program = house.program();
        let script = format!("set -e\nmount --bind {} /usr/sbin/sendmail\n{script}", program.display());
        let mut command = Command::new("unshare");
        command.args(["--mount", "--fork", "--kill-child", "sh", "-c", &script]);
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn cron_mails_the_output_of_a_job() {
    if !need(&[Root, Program("unshare"), File("/usr/sbin/sendmail"), File("/usr/sbin/cron")]) {
        return;
    }
    let house = House::open();
    let tables = house.server.home().join("crontabs");
    fs::create_dir(&tables).unwrap();
    let table = tables.join("root");
    fs::write(&table, "MAILTO=root,ann@example.edu\n@reboot printf 'job failed\\n.\\nFrom here on\\n'\n").unwrap();
    fs::set_permissions(&table, fs::Permissions::from_mode(0o600)).unwrap();
    // A run of its own has neither a daemon that runs nor a boot that was.
    let script = format!(
        "mount -t tmpfs none /run\nmount -t tmpfs none /etc/cron.d\nmount --bind {} /var/spool/cron/crontabs\nexec cron -f",
        tables.display()
    );
    let _cron = Inside::run(&house, &script);
    let mail = house.sent("root@callpost.test", &["root@callpost.test", "ann@example.edu"]);
    assert_eq!(body(&mail), "job failed\r\n.\r\nFrom here on\r\n");
    assert_eq!(mail.header("From").as_deref(), Some("root@callpost.test (Cron Daemon)"));
}

#[test]
fn mdadm_mails_its_test_alert() {
    if !need(&[Root, Program("unshare"), File("/usr/sbin/sendmail"), File("/sbin/mdadm")]) {
        return;
    }
    let house = House::open();
    let script = "exec mdadm --monitor --test --oneshot --mail ann@example.edu /dev/md0";
    let mut mdadm = Inside::run(&house, script);
    assert!(mdadm.0.wait().unwrap().success(), "mdadm");
    let start = house.sink.wait_for(1, std::time::Duration::from_secs(30)).remove(0);
    let sender = start.mail_from.split_inclusive('>').next().unwrap().trim_matches(['<', '>']).to_owned();
    assert!(sender.starts_with("root@"), "{sender}");
    let mail = house.sent(&sender, &["ann@example.edu"]);
    let text = body(&mail);
    assert!(text.starts_with("This is an automatically generated mail message from mdadm\r\nrunning on "), "{text}");
    assert!(text.contains("\r\nA TestMessage event had been detected on md device /dev/md0.\r\n"), "{text}");
    assert!(text.contains("\r\nFaithfully yours, etc.\r\n"), "{text}");
}
