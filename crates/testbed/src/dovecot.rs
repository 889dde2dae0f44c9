//! Dovecot beside ours: IMAP, POP3 and LMTP on loopback ports over Maildirs in a temporary folder, from Debian's own binary
//! with a configuration of its own. It needs root: its daemons change users.

use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::Port;

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Whose the mail is: `nobody`.
const OWNER: u32 = 65_534;

/// A running Dovecot, in which every name has a mailbox and the password `secret`. Dropped: stopped and removed.
#[derive(Debug)]
pub struct Dovecot {
    home: TempDir,
    child: Child,
    ports: Ports,
}

#[derive(Debug)]
struct Ports {
    imap: Port,
    imaps: Port,
    pop3: Port,
    pop3s: Port,
    lmtp: Port,
}

impl Dovecot {
    /// Dovecot with this certificate and key (PEM) for `localhost`. Needs `/usr/sbin/dovecot` and
    /// [`crate::Requirement::Root`].
    pub fn start(certificate: &str, key: &str) -> Dovecot {
        let home = tempfile::Builder::new().prefix("dovecot-").tempdir().expect("a folder for Dovecot");
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(home.path(), all).expect("the folder's mode");
        let [imap, imaps, pop3, pop3s, lmtp] = [(); 5].map(|()| Port::claim());
        let ports = Ports { imap, imaps, pop3, pop3s, lmtp };
        let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).expect("a file for Dovecot");
        write("cert.pem", certificate);
        write("key.pem", key);
        write("dovecot.conf", &configuration(home.path(), &ports));
        std::fs::create_dir(home.path().join("mail")).expect("a folder for mail");
        chown(home.path().join("mail"), Some(OWNER), Some(OWNER)).expect("its owner");
        let mut command = Command::new("/usr/sbin/dovecot");
        command.arg("-F").arg("-c").arg(home.path().join("dovecot.conf")).stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("Dovecot started");
        let dovecot = Dovecot { home, child, ports };
        dovecot.wait_ready();
        dovecot
    }

    fn wait_ready(&self) {
        let deadline = Instant::now() + PATIENCE;
        for port in [&self.ports.imap, &self.ports.imaps, &self.ports.pop3, &self.ports.pop3s, &self.ports.lmtp] {
            while std::net::TcpStream::connect(port.address()).is_err() {
                assert!(Instant::now() < deadline, "Dovecot is not up: {}", self.log());
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    /// The file with its certificate.
    pub fn certificate(&self) -> PathBuf {
        self.home.path().join("cert.pem")
    }

    /// Where it takes mail by LMTP: for each name, whatever its domain. A mailbox has room for 1 MB.
    pub fn lmtp(&self) -> SocketAddr {
        self.ports.lmtp.address()
    }

    /// The socket on which it takes mail by LMTP.
    pub fn lmtp_socket(&self) -> PathBuf {
        self.home.path().join("lmtp")
    }

    /// Makes a name's mailbox one that cannot be opened: what comes for it must wait.
    pub fn break_mailbox(&self, user: &str) {
        std::fs::write(self.home.path().join("mail").join(user), "").expect("a file in the place of a folder");
    }

    /// The mails in the mailbox of a name, as it saved them, oldest first.
    pub fn mails(&self, user: &str) -> Vec<String> {
        let maildir = self.maildir(user, "");
        let entries = ["new", "cur"].map(|inner| std::fs::read_dir(maildir.join(inner)).expect("a Maildir"));
        let mut files: Vec<PathBuf> = entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        files.iter().map(|path| String::from_utf8_lossy(&std::fs::read(path).expect("a mail")).into_owned()).collect()
    }

    /// The URL of a name's mailbox: `imap`, `imaps`, `pop3` or `pop3s`.
    pub fn url(&self, scheme: &str, user: &str) -> String {
        let port = match scheme {
            "imap" => &self.ports.imap,
            "imaps" => &self.ports.imaps,
            "pop3" => &self.ports.pop3,
            _ => &self.ports.pop3s,
        };
        format!("{scheme}://{user}@localhost:{}", port.number())
    }

    /// The Maildir of a name, made where it is not there; `folder` is empty for the mailbox itself.
    pub fn maildir(&self, user: &str, folder: &str) -> PathBuf {
        let root = self.home.path().join("mail").join(user).join("Maildir");
        let maildir = if folder.is_empty() { root } else { root.join(format!(".{folder}")) };
        for inner in ["", "new", "cur", "tmp"] {
            std::fs::create_dir_all(maildir.join(inner)).expect("a Maildir");
        }
        give(&self.home.path().join("mail"));
        maildir
    }

    /// Delivers a mail into the mailbox of a name.
    pub fn deliver(&self, user: &str, name: &str, mail: &str) {
        let maildir = self.maildir(user, "");
        let draft = maildir.join("tmp").join(name);
        std::fs::write(&draft, mail).expect("a mail written");
        chown(&draft, Some(OWNER), Some(OWNER)).expect("its owner");
        std::fs::rename(&draft, maildir.join("new").join(name)).expect("a mail delivered");
    }

    /// How many mails lie in a folder of a name, and are not marked as deleted.
    pub fn count(&self, user: &str, folder: &str) -> usize {
        let maildir = self.maildir(user, folder);
        let files = |inner: &str| std::fs::read_dir(maildir.join(inner)).expect("a Maildir").count();
        files("new") + files("cur")
    }
}

/// Gives all of it to whom the mail belongs to.
fn give(path: &Path) {
    let _ = chown(path, Some(OWNER), Some(OWNER));
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let path = entry.path();
        // Dovecot renames what lies there meanwhile.
        if path.is_dir() { give(&path) } else { drop(chown(path, Some(OWNER), Some(OWNER))) }
    }
}

fn configuration(home: &Path, ports: &Ports) -> String {
    let home = home.display();
    let Ports { imap, imaps, pop3, pop3s, lmtp } = ports;
    let [imap, imaps, pop3, pop3s, lmtp] = [imap, imaps, pop3, pop3s, lmtp].map(Port::number);
    format!(
        "base_dir = {home}/run\nlog_path = {home}/log\nprotocols = imap pop3 lmtp\nlisten = 127.0.0.1\nssl = yes\n\
         ssl_cert = <{home}/cert.pem\nssl_key = <{home}/key.pem\nauth_mechanisms = plain login\n\
         passdb {{\n  driver = static\n  args = password=secret\n}}\n\
         userdb {{\n  driver = static\n  args = uid={OWNER} gid={OWNER} home={home}/mail/%n allow_all_users=yes\n}}\n\
         mail_location = maildir:~/Maildir\nfirst_valid_uid = 1\nfirst_valid_gid = 1\nmaildir_stat_dirs = yes\n\
         service imap-login {{\n  inet_listener imap {{\n    port = {imap}\n  }}\n  inet_listener imaps {{\n    port = {imaps}\n    ssl = yes\n  }}\n}}\n\
         service pop3-login {{\n  inet_listener pop3 {{\n    port = {pop3}\n  }}\n  inet_listener pop3s {{\n    port = {pop3s}\n    ssl = yes\n  }}\n}}\n\
         service lmtp {{\n  inet_listener lmtp {{\n    port = {lmtp}\n  }}\n  unix_listener {home}/lmtp {{\n    mode = 0666\n  }}\n}}\n\
         protocol lmtp {{\n  mail_plugins = quota\n}}\nplugin {{\n  quota = count\n  quota_vsizes = yes\n  quota_rule = *:storage=1M\n}}\n\
         namespace inbox {{\n  inbox = yes\n}}\n"
    )
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && !matches!(self.child.try_wait(), Ok(Some(_))) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
