//! Real mail servers beside ours: Postfix and Exim from Debian's own binaries, each with its own configuration, queue
//! and log in a temporary folder, on a loopback port.
//!
//! Both accept any recipient from loopback and deliver into one Maildir, so that a test reads back the bytes that
//! went through them; single addresses can be piped into a command (`callpost pipe`) or relayed to another port (our
//! listener). Both need root: their daemons change users.

mod exim;
mod postfix;

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::Port;

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Who the delivery agents run as.
const DELIVERY_USER: &str = "nobody";
const DELIVERY_GROUP: &str = "nogroup";

/// Where mail for one address goes instead of the Maildir.
#[derive(Clone, Debug)]
pub enum Detour {
    /// Into the standard input of a command, run as `nobody`; `${recipient}` in it is the envelope recipient.
    Pipe {
        /// The full address.
        address: String,
        /// Program and arguments, without white space in them.
        command: Vec<String>,
    },
    /// By SMTP to another server on loopback.
    Relay {
        /// The full address, or `*@domain` for all of a domain.
        address: String,
        /// Where to.
        to: SocketAddr,
    },
    /// By LMTP to another server on this machine.
    Lmtp {
        /// The full address.
        address: String,
        /// `127.0.0.1:PORT`, or the path of a socket.
        to: String,
    },
    /// Kept in the queue: taken, and not delivered.
    Hold {
        /// The full address.
        address: String,
    },
}

/// A running mail server. Dropped: stopped and removed.
#[derive(Debug)]
pub struct Mta {
    port: Port,
    home: TempDir,
    child: Child,
    stop: Stop,
}

#[derive(Debug)]
enum Stop {
    /// `postfix -c … stop`: the child is a script that waits for the master.
    Script,
    /// SIGTERM to the child, the daemon itself.
    Signal,
}

impl Mta {
    /// Postfix with these detours. Needs [`crate::Requirement::Postfix`] and [`crate::Requirement::Root`].
    pub fn postfix(detours: &[Detour]) -> Mta {
        let (port, home) = (Port::claim(), folder("postfix"));
        postfix::configure(home.path(), &port, detours);
        let child = postfix::command(home.path(), "start-fg");
        Mta { port, home, child: spawn(child), stop: Stop::Script }.started()
    }

    /// Exim with these detours. Needs [`crate::Requirement::Exim`] and [`crate::Requirement::Root`].
    pub fn exim(detours: &[Detour]) -> Mta {
        let (port, home) = (Port::claim(), folder("exim"));
        exim::configure(home.path(), &port, detours);
        let child = exim::command(home.path());
        Mta { port, home, child: spawn(child), stop: Stop::Signal }.started()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// The messages in the Maildir, as the delivery agent wrote them (LF lines), oldest first.
    pub fn delivered(&self) -> Vec<Vec<u8>> {
        let Ok(entries) = std::fs::read_dir(maildir(self.home.path()).join("new")) else { return Vec::new() };
        let mut files: Vec<_> = entries
            .flatten()
            .map(|e| (e.metadata().and_then(|m| m.modified()).ok(), e.file_name(), e.path()))
            .collect();
        files.sort();
        files.into_iter().filter_map(|(_, _, path)| std::fs::read(path).ok()).collect()
    }

    /// Waits until `n` messages lie in the Maildir. Panics with the log after `timeout`.
    pub fn wait_for(&self, n: usize, timeout: Duration) -> Vec<Vec<u8>> {
        let deadline = Instant::now() + timeout;
        loop {
            let messages = self.delivered();
            if messages.len() >= n {
                return messages;
            }
            assert!(
                Instant::now() < deadline,
                "{} of {n} messages in {timeout:?}\n--- its log\n{}",
                messages.len(),
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20)); // a Maildir has no event that std can wait for
        }
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        ["log/main", "log/reject", "log/panic", "output"]
            .map(|name| std::fs::read(self.home.path().join(name)).unwrap_or_default())
            .iter()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect()
    }

    fn started(mut self) -> Mta {
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(self.address()).is_err() {
            let ended = self.child.try_wait().expect("the mail server's state");
            assert!(ended.is_none(), "the mail server ended with {ended:?}\n{}", self.log());
            assert!(Instant::now() < deadline, "the mail server does not listen\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        self
    }
}

impl Drop for Mta {
    fn drop(&mut self) {
        match self.stop {
            Stop::Script => {
                let _ = postfix::command(self.home.path(), "stop").stdout(Stdio::null()).stderr(Stdio::null()).status();
            }
            Stop::Signal => {
                if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
                    let _ = kill_process(pid, Signal::TERM);
                }
            }
        }
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn maildir(home: &Path) -> PathBuf {
    home.join("mail")
}

/// A folder that the daemons' users may enter, with `mail` theirs and `log` for all.
fn folder(name: &str) -> TempDir {
    let home = tempfile::Builder::new().prefix(&format!("callpost-{name}-")).tempdir().expect("a folder");
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).expect("its mode");
    for part in ["mail", "log"] {
        std::fs::create_dir(home.path().join(part)).expect("a subfolder");
        give_to(&home.path().join(part), DELIVERY_USER);
    }
    home
}

fn give_to(path: &Path, user: &str) {
    let status = Command::new("chown").arg(user).arg(path).status().expect("chown");
    assert!(status.success(), "chown {user} {}", path.display());
}

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

/// Standard output and error of a mail server's own starter.
fn output(home: &Path) -> std::fs::File {
    std::fs::OpenOptions::new().create(true).append(true).open(home.join("output")).expect("a file for its output")
}

#[cfg(test)]
mod tests;
