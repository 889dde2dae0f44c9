//! Commands that are run while the daemon starts.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use testbed::Configuration;

use super::Bed;

/// How often the race is run.
const RUNS: usize = 12;

#[test]
fn a_key_that_is_added_while_the_daemon_starts_is_good_at_once() {
    let mut bed = Bed::prepared(Configuration::new());
    for run in 0..RUNS {
        bed.server.launch_under(&[]);
        let key = bed.key(&format!("key{run}"), &[]);
        assert_eq!(bed.sends(&key), 0, "run {run}: {}", bed.server.log());
        bed.server.kill();
    }
}

#[test]
fn a_key_that_is_revoked_while_the_daemon_starts_opens_nothing() {
    let mut bed = Bed::prepared(Configuration::new());
    for run in 0..RUNS {
        let name = format!("key{run}");
        let key = bed.key(&name, &[]);
        bed.server.launch_under(&[]);
        bed.server.command(&["key", "revoke", &name]).ok("key revoke");
        assert_eq!(bed.sends(&key), 100, "run {run}: {}", bed.server.log());
        bed.server.kill();
    }
}

#[test]
fn commands_of_every_kind_that_race_a_start_are_done_and_the_daemon_knows() {
    let mut bed = Bed::prepared(Configuration::new());
    for run in 0..RUNS / 2 {
        bed.server.command_with(&["send", "--to", "a@x.test", "-s", "s"], b"left before the start").ok("send");
        bed.server.launch_under(&[]);
        let name = format!("key{run}");
        let (server, add) = (&bed.server, ["key", "add", &name]);
        std::thread::scope(|scope| {
            scope.spawn(move || server.command(&add).ok("key add"));
            for line in [["key", "list"], ["queue", "list"], ["replies", "list"]] {
                scope.spawn(move || server.command(&line).ok("a command that races the start"));
            }
        });
        bed.server.stop();
    }
    let keys = bed.server.command(&["key", "list", "--json"]).ok("key list").json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), RUNS / 2);
}

/// The state folder's lock, as a daemon that is starting holds it, or a command.
struct Held(#[allow(dead_code, reason = "it is held until it is dropped")] File);

fn hold(state: &Path, record: &str) -> Held {
    let mut file = File::options().create(true).truncate(true).write(true).open(state.join("lock")).unwrap();
    // A program that another test is starting has, until it runs, what this process had open: a lock let go of may be held yet.
    file.lock().unwrap();
    file.write_all(format!("{record}\n").as_bytes()).unwrap();
    Held(file)
}

#[test]
fn a_command_does_not_go_past_a_daemon_that_takes_no_work_and_says_so_after_ten_seconds() {
    let bed = Bed::prepared(Configuration::new());
    bed.key("first", &[]);
    let state = bed.server.home().join("state");
    let me = std::process::id();
    let lines = [
        &["key", "add", "second"][..],
        &["key", "rotate", "first"],
        &["key", "revoke", "first"],
        &["queue", "hold", "state=queued"],
        &["replies", "forget", "1"],
    ];
    let held = hold(&state, &format!("daemon {me}"));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for line in lines {
            let server = &bed.server;
            scope.spawn(move || {
                let output = server.command(line);
                assert_eq!(output.code, Some(75), "{line:?}: {output:?}");
                assert!(output.stderr.contains(&format!("(pid {me})")), "{line:?}: {output:?}");
            });
        }
    });
    assert!(start.elapsed() >= Duration::from_secs(10), "they wait before they give up");
    drop(held);
    let keys = bed.server.command(&["key", "list", "--json"]).ok("key list").json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "nothing was written: {keys}");
    assert_eq!(keys["keys"][0]["state"], "active");
}

#[test]
fn a_daemon_waits_for_a_command_and_is_refused_by_a_daemon_at_once() {
    let mut bed = Bed::prepared(Configuration::new());
    bed.key("first", &[]);
    let state = bed.server.home().join("state");
    let held = hold(&state, &format!("daemon {}", std::process::id()));
    let start = Instant::now();
    let refused = bed.server.command(&["serve"]);
    assert_eq!(refused.code, Some(75), "{refused:?}");
    assert!(refused.stderr.contains("a daemon keeps its state in"), "{refused:?}");
    assert!(start.elapsed() < Duration::from_secs(9), "another daemon is not waited for");
    drop(held);
    let held = hold(&state, &format!("command {} queue list", std::process::id()));
    bed.server.launch_under(&[]);
    // It is in the line for the state: its ports are its own, and it has not ended.
    while std::net::TcpStream::connect(bed.http.address()).is_err() {
        assert!(bed.server.runs(), "{}", bed.server.log());
        std::thread::yield_now();
    }
    drop(held);
    assert!(bed.server.ready_or_gone(), "{}", bed.server.log());
    bed.server.stop();
}

#[test]
fn a_lock_that_a_killed_daemon_left_hinders_nobody() {
    let mut bed = Bed::open(Configuration::new());
    bed.server.kill();
    bed.key("first", &[]);
    bed.server.launch();
    bed.server.kill();
    let record = std::fs::read_to_string(bed.server.home().join("state/lock")).unwrap();
    assert!(record.starts_with("daemon "), "{record}");
    bed.server.launch();
    bed.server.stop();
}
