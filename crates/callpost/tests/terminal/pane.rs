//! A terminal of tmux' own server, ended with it.

use std::process::Command;
use std::time::{Duration, Instant};

/// The executable.
pub(super) const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

/// How long a look may be in vain.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal.
pub(super) struct Pane(String);

impl Pane {
    /// So many columns wide, with a command in it.
    pub(super) fn open(name: &str, columns: usize, command: &str) -> Pane {
        let pane = Pane(format!("callpost-{}-{name}", std::process::id()));
        let columns = columns.to_string();
        pane.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", "120", command]);
        pane
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").arg("-L").arg(&self.0).args(arguments).env("LC_ALL", "C.UTF-8").output();
        String::from_utf8_lossy(&output.expect("tmux").stdout).into_owned()
    }

    /// Its lines as they stand.
    pub(super) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Its lines with those that the terminal had to wrap as one.
    pub(super) fn unwrapped(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-J"])
    }

    /// Its lines with their colours.
    pub(super) fn painted(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// Types a key.
    pub(super) fn key(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Waits until it shows a text.
    pub(super) fn shows(&self, text: &str) {
        eventually(text, || self.screen().contains(text), || self.screen());
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// Waits until something is so; tells what there is instead where it does not become so.
pub(super) fn eventually(what: &str, is_so: impl Fn() -> bool, instead: impl Fn() -> String) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not so: {what}\n{}", instead());
        std::thread::sleep(Duration::from_millis(20));
    }
}
