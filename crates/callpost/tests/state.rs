//! The state folder and those who share it: commands that race a start, other users, root.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

#[path = "state/first_minute.rs"]
mod first_minute;
#[path = "state/keys.rs"]
mod keys;
#[path = "state/users.rs"]
mod users;

use testbed::{Configuration, Port, Server, post};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

/// A server with two listeners, not yet started; more is said on top.
struct Bed {
    server: Server,
    http: Port,
}

impl Bed {
    fn prepared(more: Configuration) -> Bed {
        let (http, smtp) = (Port::claim(), Port::claim());
        Bed { server: Server::prepared(BINARY, &Configuration::listening(&http, &smtp).and(more)), http }
    }

    fn open(more: Configuration) -> Bed {
        let mut bed = Bed::prepared(more);
        bed.server.launch();
        bed
    }

    /// What `send_message` says to this key: 0 for "ok", else the code.
    fn sends(&self, key: &str) -> i64 {
        let call = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "send_message",
            "params": [key, [["ann@example.edu", "me@example.edu", "Subject", "Hello world!"]]] });
        let ask = || post(self.http.address(), "/rpc", "application/json", call.to_string().as_bytes());
        // A daemon that has just been started may not have its port yet; whom it lets in is decided before.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let answer = loop {
            match ask() {
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                    assert!(std::time::Instant::now() < deadline, "{error}");
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
                answer => break answer.unwrap().json(),
            }
        };
        match answer["result"]["status"].as_str() {
            Some("ok") => 0,
            _ => answer["result"]["error_code"].as_i64().unwrap_or_else(|| panic!("{answer}")),
        }
    }

    /// A new key, with these flags.
    fn key(&self, name: &str, flags: &[&str]) -> String {
        let added = self.server.command(&[&["key", "add", name, "--json"], flags].concat()).ok("key add").json();
        added["key"].as_str().unwrap().to_owned()
    }
}
