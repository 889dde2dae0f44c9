//! The demo: what its steps claim is in view, what was asked for is obeyed, and nothing is left behind.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use testbed::{Requirement::Program, need};

use super::pane::{BINARY, Pane, eventually};

/// The demo with a temporary folder of its own.
fn demo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().env("TMPDIR", folder).env("HOME", folder).stdin(Stdio::null());
    command.arg("demo").args(arguments);
    command
}

fn left_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder");
    entries.map(|entry| entry.expect("an entry").path().display().to_string()).collect()
}

/// A demo that has shown all its steps and waits.
fn staying(folder: &Path) -> Child {
    let mut child = demo(folder, &[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let mut lines = BufReader::new(child.stdout.as_mut().expect("its stdout")).lines();
    let last = lines.find(|line| line.as_ref().is_ok_and(|line| line.starts_with("Ctrl-C ends")));
    assert!(last.is_some(), "no invitation");
    child
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().expect("kill");
    assert!(sent.success(), "{name}");
}

#[test]
fn on_terminals_of_any_width_the_demo_shows_what_its_steps_claim() {
    if !need(&[Program("tmux")]) {
        return;
    }
    for columns in [60, 80, 132] {
        let folder = tempfile::tempdir().unwrap();
        let command = format!("TMPDIR={} {BINARY} demo --once; echo ended with $?; cat", folder.path().display());
        let pane = Pane::open(&format!("demo-{columns}"), columns, &command);
        pane.shows("ended with ");
        let screen = pane.screen();
        assert!(screen.contains("ended with 0"), "{screen}");
        assert_eq!(screen, pane.unwrapped(), "a line is wider than {columns} columns");
        for claim in ["\"error_code\":50", "code 50: ", "2 message(s)", "In-Reply-To: <", "Message-ID: <"] {
            assert!(screen.contains(claim), "{claim}: {screen}");
        }
        for claim in
            ["→ PUT http://", "⇒ mail to lists@far.localhost", "application/http; msgtype=response", "← HTTP 418"]
        {
            assert!(screen.contains(claim), "{claim}: {screen}");
        }
        for year in [2003, 2004, 2005] {
            let lines: Vec<&str> = screen.lines().map(str::trim).collect();
            let at = lines.iter().position(|line| *line == format!("January {year}")).expect("a month");
            assert_eq!(lines[at + 1], "Mo Tu We Th Fr Sa Su", "{screen}");
            assert!(lines[at + 6].ends_with("31") || lines[at + 7].ends_with("31"), "{screen}");
        }
        assert!(pane.painted().contains("\u{1b}[32m"), "no colour on a terminal");
    }
}

#[test]
fn whatever_ends_the_demo_nothing_is_left_behind() {
    for name in ["INT", "TERM", "HUP", "QUIT", "PIPE"] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = staying(folder.path());
        assert_eq!(left_in(folder.path()).len(), 1, "its folder");
        signal(&child, name);
        let status = child.wait().expect("ended");
        assert_eq!(status.code(), Some(0), "{name}: {status:?}");
        assert!(left_in(folder.path()).is_empty(), "{name}: {:?}", left_in(folder.path()));
    }
}

#[test]
fn a_signal_in_the_middle_of_the_demo_leaves_nothing_behind() {
    for name in ["INT", "TERM", "HUP", "QUIT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = demo(folder.path(), &["--once"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        eventually("the folder of the demo", || !left_in(folder.path()).is_empty(), String::new);
        signal(&child, name);
        child.wait().expect("ended");
        assert!(left_in(folder.path()).is_empty(), "{name}: {:?}", left_in(folder.path()));
    }
}

#[test]
fn a_demo_whose_reader_goes_away_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = demo(folder.path(), &[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let mut reader = BufReader::new(child.stdout.take().expect("its stdout"));
    reader.read_line(&mut String::new()).expect("a line");
    drop(reader);
    assert!(child.wait().expect("ended").code().is_some());
    assert!(left_in(folder.path()).is_empty(), "{:?}", left_in(folder.path()));
}

#[test]
fn what_a_killed_demo_left_the_next_one_removes_and_a_living_one_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let mut killed = staying(folder.path());
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    let left = left_in(folder.path());
    assert_eq!(left.len(), 1, "{left:?}");
    let mut living = staying(folder.path());
    let lives = left_in(folder.path());
    assert!(lives.len() == 1 && lives != left, "{left:?} {lives:?}");
    let output = demo(folder.path(), &["--once"]).output().expect("started");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(left_in(folder.path()), lives);
    signal(&living, "TERM");
    living.wait().expect("ended");
    assert!(left_in(folder.path()).is_empty());
}

#[test]
fn the_demo_obeys_quiet_color_and_set() {
    let folder = tempfile::tempdir().unwrap();
    let port = testbed::Port::claim();
    let listen = format!("http.listen={port}");
    drop(port);
    let output = demo(folder.path(), &["--once", "-q", "--color", "always", "--set", &listen]).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let steps = shown.lines().filter(|line| line.starts_with("\u{1b}[32m✓")).count();
    assert_eq!(steps, 5, "{shown}");
    assert!(!shown.contains('→') && !shown.contains('⇐'), "{shown}");
    let wrong = demo(folder.path(), &["--once", "--set", "http.lissten=127.0.0.1:1"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(78), "{wrong:?}");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("lissten"), "{wrong:?}");
    assert!(left_in(folder.path()).is_empty());
}

#[test]
fn the_demo_is_where_set_says() {
    let folder = tempfile::tempdir().unwrap();
    let port = testbed::Port::claim();
    let (address, number) = (port.to_string(), port.number());
    drop(port);
    let mut child = demo(folder.path(), &["--set", &format!("http.listen={address}")]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let lines = BufReader::new(child.stdout.as_mut().expect("its stdout")).lines();
    let api = lines.map(|line| line.expect("a line")).find(|line| line.starts_with("API ")).expect("the invitation");
    assert!(api.contains(&number.to_string()), "{api}");
    signal(&child, "TERM");
    child.wait().expect("ended");
}
