//! The servers at the other end of what leaves: real ones, spoken to as an operator would configure it.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::time::{Duration, Instant};

#[path = "far_ends/lmtp.rs"]
mod lmtp;
#[path = "far_ends/mx.rs"]
mod mx;

use serde_json::Value;
use testbed::{Configuration, Port, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with this configuration, beside what each has.
fn server(said: Configuration) -> Server {
    let (http, smtp) = (Port::claim(), Port::claim());
    Server::start(BINARY, &Configuration::listening(&http, &smtp).set("send.local", "any").and(said))
}

/// A message to these, handed in by the command line.
fn send(server: &Server, subject: &str, to: &[&str], text: &str) {
    let mut arguments = vec!["send", "--from", "author@callpost.test", "-s", subject];
    to.iter().for_each(|to| arguments.extend(["--to", to]));
    server.command_with(&arguments, text.as_bytes()).ok("send");
}

/// The recipients with this state, each with what was said last, once there are so many.
fn ended(server: &Server, state: &str, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let rows = server.command(&["queue", "list", &format!("state={state}"), "--json"]).ok("queue list").rows();
        if rows.len() >= count {
            return rows;
        }
        assert!(Instant::now() < deadline, "{} of {count} are {state}\n{}", rows.len(), server.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}
