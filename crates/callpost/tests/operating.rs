//! The administrator's day: what the log tells, what the verbs of the queue do, and what they say of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, wherever in it")]

#[path = "operating/log.rs"]
mod log;
#[path = "operating/signing.rs"]
mod signing;
#[path = "operating/sought.rs"]
mod sought;
#[path = "operating/verbs.rs"]
mod verbs;

use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::{Configuration, Output, Port, Server, post};

/// How long an event is awaited.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with an API key.
struct House {
    server: Server,
    http: Port,
    key: String,
}

impl House {
    /// With this more of configuration.
    fn open(more: Configuration) -> House {
        let http = Port::claim();
        let configuration = Configuration::new().http(&http).no_smtp().and(more);
        let server = Server::start(env!("CARGO_BIN_EXE_callpost"), &configuration);
        let key = server.key_add("website");
        House { server, http, key }
    }

    /// Mail for these by `send_message`; gives the answer.
    fn send(&self, recipients: &[String]) -> Value {
        let rows: Vec<Value> =
            recipients.iter().map(|to| serde_json::json!([to, "me@example.edu", "Subject", "Hello"])).collect();
        self.call(&serde_json::json!({
            "jsonrpc": "2.0", "id": 1, "method": "send_message", "params": [self.key, rows],
        }))["result"]
            .clone()
    }

    /// The answer to a document in JSON-RPC.
    fn call(&self, document: &Value) -> Value {
        let document = document.to_string();
        post(self.http.address(), "/rpc", "application/json", document.as_bytes()).unwrap().json()
    }

    fn run(&self, line: &[&str]) -> Output {
        self.server.command(line)
    }

    /// The rows of `queue list` with this filter.
    fn rows(&self, filter: &str) -> Vec<Value> {
        self.run(&["queue", "list", filter, "--json"]).ok("queue list").rows()
    }

    /// What the daemon has logged, line by line.
    fn log(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.server.home().join("log")).unwrap();
        log.lines().map(str::to_owned).collect()
    }
}

/// Waits until something is so.
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// All mail goes there.
fn towards(address: impl std::fmt::Display) -> Configuration {
    Configuration::new().smarthost(address)
}

/// So many addresses.
fn recipients(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("r{number}@example.org")).collect()
}
