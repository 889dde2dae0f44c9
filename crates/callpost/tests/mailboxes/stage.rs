//! What these tests share: a server that keeps what it would send, letters, and mailboxes to put them in.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::Server;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PATIENCE: Duration = Duration::from_secs(30);

const TOML: &str =
    "http.listen = []\nsmtp.listen = []\ndeliver.mode = \"capture\"\ncalls.from = \"client@callpost.test\"\n";

const SERVICES: &str = r#"
[[service]]
name = "calendar"
address = "calendar@callpost.test"
builtin = "calendar"
allow = ["*@x.test"]
proof = ["none"]

[[service]]
name = "echo"
address = "echo@callpost.test"
builtin = "echo"
proof = ["none"]
"#;

/// A server that is not started, with two services and what this TOML says more.
pub(crate) fn server(more: &str) -> Server {
    Server::prepared(BINARY, &format!("{TOML}{SERVICES}{more}"))
}

/// A request for a month, with line ends as files have them.
pub(crate) fn request(id: &str) -> String {
    request_from("asker@x.test", id)
}

/// The same from somebody.
pub(crate) fn request_from(from: &str, id: &str) -> String {
    format!(
        "Return-Path: <{from}>\nDelivered-To: calendar@callpost.test\nFrom: {from}\nTo: calendar@callpost.test\n\
         Message-ID: <{id}@x.test>\nContent-Type: text/xml\n\n\
         <E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body><m:getMonth xmlns:m=\"urn:calendar\">\
         <year>2003</year><month>1</month></m:getMonth></E:Body></E:Envelope>\n"
    )
}

/// A person's mail to the same address.
pub(crate) fn hello(id: &str) -> String {
    format!("Delivered-To: calendar@callpost.test\nFrom: ann@x.test\nMessage-ID: <{id}@x.test>\n\nhello\n")
}

/// An empty Maildir of this name in the server's folder.
pub(crate) fn maildir(server: &Server, name: &str) -> PathBuf {
    let folder = server.home().join(name);
    for inner in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(inner)).unwrap();
    }
    folder
}

/// The names of the files in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// One pass of the command; what it did.
pub(crate) fn scan(server: &Server, arguments: &[&str]) -> Value {
    server.command(&[&["scan", "--json"], arguments].concat()).ok("scan").json()
}

/// How many mails a pass took in, set aside and left alone.
pub(crate) fn tally(scanned: &Value) -> (u64, u64, u64) {
    let count = |name: &str| scanned[name].as_u64().unwrap();
    (count("taken_in"), count("set_aside"), count("left_alone"))
}

/// The answers that are queued, as what they are kept under.
pub(crate) fn answers(server: &Server) -> usize {
    let rows = server.command(&["queue", "list", "state=captured", "--json"]).ok("queue list").rows();
    rows.iter().filter(|row| row["kind"] == "answer").count()
}

/// Looks until it is so.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not so after {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
