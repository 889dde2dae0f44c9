//! A disk that is full, and a disk whose fsync fails, under the running daemon: nothing is ever acknowledged that may be
//! missing, and service resumes when the disk is well again.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use testbed::Requirement::{Root, Strace};
use testbed::{Configuration, Dialogue, Port, Server, need, post};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

/// Nothing is delivered: what was acknowledged stays to be counted.
fn configuration(http: &Port, smtp: &Port) -> Configuration {
    Configuration::listening(http, smtp).set("queue.min_free", "100kB").smarthost("127.0.0.1:1")
}

struct House {
    server: Server,
    http: Port,
    smtp: Port,
    key: String,
}

impl House {
    fn open(mut server: Server, http: Port, smtp: Port) -> Self {
        server.launch();
        let key = server.key_add("test");
        Self { server, http, smtp, key }
    }

    /// The `error_code` of a call with one message of so many octets; 0 where it was queued.
    fn send(&self, to: &str, octets: usize) -> i64 {
        let text = "x".repeat(octets);
        let body = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "send_message",
            "params": [self.key, [[to, "sender@example.org", "s", text]]] });
        let reply = post(self.http.address(), "/rpc", "application/json", body.to_string().as_bytes()).unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        answer["result"]["error_code"].as_i64().unwrap_or_else(|| {
            assert_eq!(answer["result"]["status"], "ok", "{answer}");
            0
        })
    }

    /// Recipients in the queue.
    fn queued(&self, to: &str) -> usize {
        let rows = self.server.command(&["queue", "list", "--json"]).ok("queue list").rows();
        rows.iter().filter(|row| row["to"] == to).count()
    }

    fn until_it_queues(&self, to: &str) {
        let start = Instant::now();
        while self.send(to, 10) != 0 {
            assert!(start.elapsed() < Duration::from_secs(20), "service did not resume: {}", self.server.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A file system in memory, as large as it is said to be.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(folder: &Path, size: &str) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(folder).status().unwrap();
        assert!(status.success(), "mount");
        Self(folder.to_owned())
    }

    fn resize(&self, size: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,{size}")]).arg(&self.0).status().unwrap();
        assert!(status.success(), "remount");
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_never_answered_ok_and_service_resumes_when_there_is_room() {
    if !need(&[Root]) {
        return;
    }
    let (http, smtp) = (Port::claim(), Port::claim());
    let server = Server::prepared(BINARY, &configuration(&http, &smtp));
    let disk = Tmpfs::mount(&server.home().join("state"), "size=12m");
    let house = House::open(server, http, smtp);
    let mut acknowledged = 0;
    let refusal = loop {
        match house.send("full@example.org", 100_000) {
            0 => acknowledged += 1,
            code => break code,
        }
        assert!(acknowledged < 1000, "the disk is never full");
    };
    assert_eq!(refusal, 200);
    assert_eq!(house.send("full@example.org", 10), 200, "small mail is refused as well");
    Dialogue::with(house.smtp.address()).play(
        "S: 220\nC: EHLO c.example\nS: 250\nC: MAIL FROM:<client@localhost>\nS: 250\nC: RCPT TO:<calendar@localhost>\nS: 250\n\
         C: DATA\nS: 354\nC: From: client@localhost\nC: Message-ID: <full@c.example>\nC:\n\
         C: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getMonth\",\"params\":[2003,1]}\nC: .\nS: 452\nC: QUIT\nS: 221\n",
    );
    assert_eq!(house.queued("full@example.org"), acknowledged, "what was acknowledged, and nothing more");
    disk.resize("size=64m");
    house.until_it_queues("room@example.org");
    assert_eq!(house.queued("full@example.org"), acknowledged);
}

/// Fails every fsync and fdatasync of a process until it is dropped.
struct FailingFsync(Child);

impl FailingFsync {
    fn of(pid: u32) -> Self {
        let inject = ["-f", "-qq", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO"];
        let mut strace = Command::new("strace");
        strace.args(inject).args(["-o", "/dev/null", "-p"]).arg(pid.to_string());
        Self(strace.stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for FailingFsync {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        let _ = self.0.wait();
    }
}

#[test]
fn a_failing_fsync_is_never_answered_ok_and_service_resumes_when_it_works_again() {
    if !need(&[Root, Strace]) {
        return;
    }
    let (http, smtp) = (Port::claim(), Port::claim());
    let server = Server::prepared(BINARY, &configuration(&http, &smtp));
    let mut house = House::open(server, http, smtp);
    assert_eq!(house.send("before@example.org", 10), 0);
    let failing = FailingFsync::of(house.server.pid());
    let start = Instant::now();
    // strace needs a moment to attach; what is acknowledged until then counts as before.
    let mut before = 1;
    while house.send("before@example.org", 10) == 0 {
        before += 1;
        assert!(start.elapsed() < Duration::from_secs(10), "strace does not attach");
    }
    for _ in 0..20 {
        assert_eq!(house.send("failing@example.org", 10), 200);
    }
    drop(failing);
    house.until_it_queues("after@example.org");
    assert_eq!(house.queued("failing@example.org"), 0, "nothing that was refused is there");
    house.server.kill();
    house.server.launch();
    assert!(house.queued("before@example.org") >= before, "what was acknowledged before is there");
    assert_eq!(house.queued("failing@example.org"), 0, "nor after a crash");
    assert!(house.queued("after@example.org") >= 1, "what was acknowledged after is there");
}
