//! Events told to a URL, verified by the library that Standard Webhooks publishes.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::Requirement::PythonModule;
use testbed::{Configuration, Port, Server, Sink, Table, need, tools};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PATIENCE: Duration = Duration::from_secs(40);

/// A receiver in Python; dropped: killed.
struct Receiver {
    child: Child,
    notes: PathBuf,
}

impl Receiver {
    fn start(port: &Port, folder: &Path) -> Self {
        let notes = folder.join("notes");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/webhooks/receiver.py");
        let mut command = Command::new(tools().join("venv/bin/python3"));
        command.arg(script).arg(port.number().to_string()).arg(&notes).arg(SECRET);
        let child = command.spawn().unwrap();
        eventually("the receiver listens", || std::net::TcpStream::connect(port.address()).is_ok());
        Self { child, notes }
    }

    fn refuse(&self) {
        std::fs::write(self.notes.with_extension("refuse"), "").unwrap();
    }

    fn take(&self) {
        std::fs::remove_file(self.notes.with_extension("refuse")).unwrap();
    }

    fn taken(&self) -> Vec<Value> {
        let notes = std::fs::read_to_string(&self.notes).unwrap_or_default();
        notes.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Types of what was taken about a recipient, in their order.
    fn about(&self, recipient: &str) -> Vec<String> {
        let rows = self.taken();
        let about = rows.iter().filter(|row| row["data"]["recipient"] == recipient);
        about.map(|row| row["type"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not so after {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn send(server: &Server, http: &Port, key: &str, to: &str) {
    let params = serde_json::json!([key, [[to, "shop@example.edu", "hello", "text"]]]).to_string();
    let url = format!("http://{http}/rpc");
    let answer = server.command(&["--json", "call", &url, "send_message", "-d", &params]).ok("send_message");
    assert!(answer.stdout.contains("\"ok\""), "{answer:?}");
}

/// How many events wait for the receiver.
fn waiting(server: &Server) -> Option<u64> {
    server.command(&["webhook", "list", "--json"]).ok("webhook list").json()["waiting"].as_u64()
}

#[test]
fn events_are_told_signed_in_order_and_none_is_missing_after_an_outage_and_a_kill() {
    if !need(&[PythonModule("standardwebhooks")]) {
        return;
    }
    let (http, hook, folder, sink) = (Port::claim(), Port::claim(), tempfile::tempdir().unwrap(), Sink::start());
    let table = Table::default().set("url", format!("http://{hook}/")).set("secret", SECRET).set("name", "shop");
    let configuration = Configuration::new().http(&http).no_smtp().smarthost(sink.address()).table("webhook", table);
    let mut server = Server::start(env!("CARGO_BIN_EXE_callpost"), &configuration);
    let (key, receiver) = (server.key_add("shop"), Receiver::start(&hook, folder.path()));
    eventually("the hook is at work", || server.home().join("state/webhooks/shop.json").exists());
    send(&server, &http, &key, "ann@example.edu");
    eventually("it is told", || receiver.about("ann@example.edu") == ["queued", "delivered"]);
    send(&server, &http, &key, "bounce@simulator.callpost.test");
    eventually("also what bounced", || receiver.about("bounce@simulator.callpost.test") == ["queued", "bounced"]);
    let bounced = receiver.taken().into_iter().find(|row| row["type"] == "bounced").unwrap();
    assert_eq!(bounced["data"]["reply"]["code"], 550, "{bounced}");

    // The receiver is away; the daemon is killed meanwhile.
    receiver.refuse();
    for number in 0..20 {
        send(&server, &http, &key, &format!("away{number}@example.edu"));
    }
    eventually("they wait", || waiting(&server) == Some(40));
    server.kill();
    server.launch();
    receiver.take();
    eventually("they wait again", || server.command(&["webhook", "resume", "shop"]).code == Some(0));
    eventually("all are told in their order", || {
        let _ = server.command(&["webhook", "resume", "shop"]);
        (0..20).all(|number| {
            let mut told = receiver.about(&format!("away{number}@example.edu"));
            told.dedup();
            told == ["queued", "delivered"]
        })
    });
    assert!(receiver.taken().iter().all(|row| !row["type"].as_str().unwrap().starts_with("NOT")));

    // Parked, it is silent; a time is told once more.
    server.command(&["webhook", "park", "shop"]).ok("webhook park");
    send(&server, &http, &key, "parked@example.edu");
    eventually("it waits", || waiting(&server) == Some(2));
    assert!(receiver.about("parked@example.edu").is_empty());
    server.command(&["webhook", "resume", "shop"]).ok("webhook resume");
    eventually("it is told", || receiver.about("parked@example.edu") == ["queued", "delivered"]);
    server.command(&["webhook", "replay", "shop", "--since", "1h"]).ok("webhook replay");
    eventually("and told once more", || receiver.about("ann@example.edu").len() == 4);
    assert_eq!(server.command(&["webhook", "park", "nobody"]).code, Some(65));
}
