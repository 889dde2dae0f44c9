//! Who is let in, and what the doors say when they say no: callers of services over HTTP, programs on this machine, the
//! control socket; what is served after a HUP, and whether work is taken now.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testbed::{Output, Server};

#[path = "access/callers.rs"]
mod callers;
#[path = "access/local.rs"]
mod local;
#[path = "access/ready.rs"]
mod ready;
#[path = "access/reload.rs"]
mod reload;
#[path = "access/socket.rs"]
mod socket;

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PATIENCE: Duration = Duration::from_secs(30);

/// A user that every Debian has, and that is not the daemon's.
const NOBODY: u32 = 65_534;

/// Waits until this gives something.
#[track_caller]
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not after {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A command of ours, run by another user.
fn as_nobody(server: &Server, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(BINARY);
    command.env_clear().arg("-c").arg(server.config()).args(arguments).uid(NOBODY).gid(NOBODY).current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let _ = std::io::Write::write_all(&mut stdin, input); // a command that does not read its input is no fault
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Output {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
