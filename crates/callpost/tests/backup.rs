//! Backups: made of a running daemon under load, restored elsewhere, held until they are let go.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, wherever in it")]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testbed::{Behaviour, Configuration, Port, Requirement, Server, Sink, as_user, need, post};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

/// How long something is awaited.
const PATIENCE: Duration = Duration::from_secs(60);

/// Octets of a text that does not fit in a row of the store.
const LARGE: usize = 400_000;

/// A server that is not yet started, whose mail goes to the sink.
fn prepared(http: &Port, sink: &Sink) -> Server {
    Server::prepared(BINARY, &Configuration::new().http(http).no_smtp().smarthost(sink.address()))
}

fn path(server: &Server, name: &str) -> String {
    server.home().join(name).to_string_lossy().into_owned()
}

/// Sends one mail with this subject; true where it was acknowledged.
fn send(http: &Port, key: &str, subject: &str, text: &str) -> bool {
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "send_message",
        "params": [key, [["ann@example.org", "me@example.edu", subject, text]]] });
    let answer = post(http.address(), "/rpc", "application/json", call.to_string().as_bytes());
    answer.is_ok_and(|answer| answer.json()["result"]["status"] == "ok")
}

fn rows(server: &Server, filter: &str) -> Vec<Value> {
    server.command(&["queue", "list", filter, "--all", "--json"]).ok("queue list").rows()
}

fn subjects(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect()
}

/// What was acknowledged, and when.
#[derive(Default)]
struct Load {
    acknowledged: Mutex<Vec<(Instant, String)>>,
    next: AtomicUsize,
    over: AtomicBool,
}

impl Load {
    /// Sends without a pause until it is over; each seventh mail is a file in the store.
    fn press(&self, http: &Port, key: &str) {
        let (small, large) = ("Hello".to_owned(), "0123456789abcdef\n".repeat(LARGE / 17));
        while !self.over.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let (subject, text) = (format!("mail {number}"), if number.is_multiple_of(7) { &large } else { &small });
            if send(http, key, &subject, text) {
                self.acknowledged.lock().unwrap().push((Instant::now(), subject));
            }
        }
    }

    fn wait_for(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.acknowledged.lock().unwrap().len() < count {
            assert!(Instant::now() < deadline, "{count} mails were not acknowledged");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn before(&self, moment: Instant) -> BTreeSet<String> {
        let acknowledged = self.acknowledged.lock().unwrap();
        acknowledged.iter().filter(|(at, _)| *at < moment).map(|(_, subject)| subject.clone()).collect()
    }
}

/// Makes a backup in the middle of the load, and ends the machine that it came from.
fn backed_up(load: &Load, server: &mut Server, (http, key): (&Port, &str)) -> (String, Instant) {
    let file = path(server, "callpost.backup");
    let begun = std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| load.press(http, key));
        }
        load.wait_for(150);
        let begun = Instant::now();
        server.command(&["backup", &file]).ok("backup");
        let so_far = load.before(Instant::now()).len();
        load.wait_for(so_far + 20);
        load.over.store(true, Ordering::Relaxed);
        begun
    });
    server.kill();
    (file, begun)
}

#[test]
fn nothing_acknowledged_before_a_backup_under_load_is_missing_where_it_is_restored() {
    let (http, sink) =
        (Port::claim(), Sink::with(Behaviour { delay: Duration::from_millis(100), ..Behaviour::default() }));
    let mut server = prepared(&http, &sink);
    server.launch();
    let (key, (ca, _)) = (server.key_add("website"), server.certificate("website"));
    let load = Load::default();
    let (file, begun) = backed_up(&load, &mut server, (&http, &key));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "it holds keys and mail");

    let (http, sink) = (Port::claim(), Sink::start());
    let mut elsewhere = prepared(&http, &sink);
    elsewhere.command(&["restore", &file]).ok("restore");
    elsewhere.launch();
    let (held, done) = (rows(&elsewhere, "state=held"), rows(&elsewhere, "state=done"));
    let there: BTreeSet<String> = subjects(&held).union(&subjects(&done)).cloned().collect();
    let missing: Vec<String> = load.before(begun).difference(&there).cloned().collect();
    assert!(missing.is_empty(), "acknowledged before the backup, and not in it: {missing:?}");
    assert!(
        !held.is_empty() && !done.is_empty(),
        "it was made in the middle: {} held, {} done",
        held.len(),
        done.len()
    );
    assert!(rows(&elsewhere, "state=damaged").is_empty());

    everything_is_held(&elsewhere, (&http, &key), &sink);
    let (own, _) = elsewhere.certificate("another");
    assert_eq!(std::fs::read(own).unwrap(), std::fs::read(ca).unwrap(), "its CA is the one that clients trust");
    everything_is_let_go(&elsewhere, &sink, &subjects(&held));
}

/// What comes new leaves at once, and nothing beside it; whoever asks is told why.
fn everything_is_held(server: &Server, (http, key): (&Port, &str), sink: &Sink) {
    assert!(send(http, key, "new", "Hello"), "the key of the backup is good here");
    sink.wait_for(1, PATIENCE);
    let status = server.command(&["status", "--json"]).ok("status").json();
    assert_eq!(status["restored"], true);
    let ready = server.command(&["status", "--ready"]).ok("status --ready");
    assert!(ready.stderr.contains("callpost restore --release"), "{ready:?}");
    assert!(server.log().contains("restored from a backup"), "{}", server.log());
    assert_eq!(sink.count(), 1, "what left after the backup would leave again");
}

/// Every held mail leaves with its octets, also those that are files in the store.
fn everything_is_let_go(server: &Server, sink: &Sink, held: &BTreeSet<String>) {
    server.command(&["restore", "--release"]).ok("restore --release");
    let mails = sink.wait_for(held.len() + 1, PATIENCE);
    let arrived: BTreeSet<String> = mails.iter().map(|mail| mail.header("Subject").unwrap()).collect();
    assert_eq!(arrived.len(), held.len() + 1);
    assert!(held.is_subset(&arrived), "{:?}", held.difference(&arrived));
    assert!(mails.iter().any(|mail| mail.wire.len() > LARGE), "one of them was a file");
    assert_eq!(server.command(&["status", "--json"]).ok("status").json()["restored"], false);
    assert_eq!(server.command(&["restore", "--release"]).code, Some(1), "there is nothing left to let go");
}

#[test]
fn mail_that_waits_for_a_daemon_is_in_the_backup_and_held_with_the_rest() {
    if !need(&[Requirement::Root]) {
        return;
    }
    let (http, sink) = (Port::claim(), Sink::start());
    let server = prepared(&http, &sink);
    server.open_to_all();
    server.command(&["key", "add", "website"]).ok("key add");
    let mail = b"Subject: left behind\r\n\r\nHello\r\n";
    let nobody = as_user(65534);
    let words: Vec<&str> = nobody.iter().map(String::as_str).collect();
    server.command_under(&words, &["sendmail", "ann@example.org"], mail).ok("sendmail without a daemon");
    let file = path(&server, "callpost.backup");
    server.command(&["backup", &file]).ok("backup without a daemon");

    let http = Port::claim();
    let mut elsewhere = prepared(&http, &sink);
    elsewhere.open_to_all();
    elsewhere.command(&["restore", &file]).ok("restore");
    elsewhere.launch();
    let key = elsewhere.key_add("another");
    assert!(send(&http, &key, "new", "Hello"));
    sink.wait_for(1, PATIENCE);
    assert_eq!(sink.received()[0].header("Subject").unwrap(), "new", "the drop folder waits");
    elsewhere.command(&["restore", "--release"]).ok("restore --release");
    let left = sink.wait_for(2, PATIENCE);
    assert_eq!(left[1].header("Subject").unwrap(), "left behind");
    assert!(left[1].mail_from.contains("nobody@"), "it is still the mail of whoever left it: {}", left[1].mail_from);
}

#[test]
fn neither_a_file_nor_a_store_is_overwritten_and_a_cut_backup_is_refused() {
    let (http, sink) = (Port::claim(), Sink::start());
    let mut server = prepared(&http, &sink);
    let none = server.command(&["backup", &path(&server, "none.backup")]);
    assert!(none.stderr.contains("E4004") && none.code == Some(73), "{none:?}");
    server.launch();
    let file = path(&server, "callpost.backup");
    server.command(&["backup", &file]).ok("backup");
    let again = server.command(&["backup", &file]);
    assert!(again.stderr.contains("is there already") && again.code == Some(73), "{again:?}");
    let running = server.command(&["restore", &file]);
    assert!(running.stderr.contains("a daemon keeps its state") && running.code == Some(73), "{running:?}");
    server.stop();
    let over = server.command(&["restore", &file]);
    assert!(over.stderr.contains("there is a store") && over.code == Some(73), "{over:?}");

    let whole = std::fs::read(&file).unwrap();
    let elsewhere = prepared(&Port::claim(), &sink);
    for (name, octets) in [("cut", &whole[..whole.len() - 4096]), ("none", &b"no backup"[..])] {
        let wrong = path(&elsewhere, name);
        std::fs::write(&wrong, octets).unwrap();
        let refused = elsewhere.command(&["restore", &wrong]);
        assert!(refused.stderr.contains("no backup of callpost") && refused.code == Some(73), "{name}: {refused:?}");
    }
    assert!(!elsewhere.home().join("state/queue/queue.sqlite").exists());
    elsewhere.command(&["restore", &file]).ok("restore");
}
