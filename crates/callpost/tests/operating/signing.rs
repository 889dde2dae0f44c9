//! Mail that leaves is signed, and dkimpy finds it so at the far end.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testbed::Requirement::PythonModule;
use testbed::{Behaviour, Port, Received, Server, Sink, need};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PATIENCE: Duration = Duration::from_secs(30);

/// Prints `pass` or `fail` for each signature of the message on standard input; the arguments are names and records.
const VERIFY: &str = r#"
import dkim, sys
records = dict(zip(sys.argv[1::2], sys.argv[2::2]))
verifier = dkim.DKIM(sys.stdin.buffer.read())
count = sum(1 for name, _ in verifier.headers if name.lower() == b"dkim-signature")
lookup = lambda name, timeout=5: records.get(name.decode().rstrip("."), "").encode() or None
print(*["pass" if verifier.verify(idx=index, dnsfunc=lookup) else "fail" for index in range(count)])
"#;

/// What `check` says is to be published: names and records.
fn published(server: &Server) -> Vec<String> {
    let checks = server.command(&["--json", "check"]).json();
    let lines = checks["checks"].as_array().unwrap().iter().filter(|line| line["subject"] == "dkim");
    let texts = lines.map(|line| line["text"].as_str().unwrap().to_owned());
    let record = |text: String| {
        let (name, record) = text.strip_prefix("publish ").unwrap().split_once(" TXT ").unwrap();
        [name.to_owned(), record.trim_matches('"').to_owned()]
    };
    texts.flat_map(record).collect()
}

fn verdicts(mail: &Received, records: &[String]) -> String {
    let mut python = Command::new(testbed::tools().join("venv/bin/python3"));
    let mut child =
        python.args(["-c", VERIFY]).args(records).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&mail.message()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn configuration(http: &Port, sink: &Sink, dkim: &str) -> String {
    format!(
        "http.listen = \"{http}\"\nsmtp.listen = \"\"\n[deliver]\nsmarthost = \"{}\"\ntls = \"off\"\n{dkim}\n",
        sink.address()
    )
}

fn send(server: &Server, from: &str, to: &str) {
    server.command_with(&["send", "--from", from, "--to", to, "-s", "żółw"], "a  text ż\n\n".as_bytes()).ok("send");
}

#[test]
fn mail_of_a_domain_with_a_key_leaves_with_signatures_that_verify() {
    if !need(&[PythonModule("dkim"), PythonModule("nacl")]) {
        return;
    }
    let (http, sink) = (Port::claim(), Sink::start());
    let server = Server::start(BINARY, &configuration(&http, &sink, "[[dkim]]\ndomain = \"example.edu\""));
    let records = published(&server);
    assert_eq!(records.len(), 4, "RSA and Ed25519: {records:?}");
    assert!(records[0] == "callpost._domainkey.example.edu" && records[2] == "callpost-ed25519._domainkey.example.edu");
    send(&server, "ann@example.edu", "bob@example.org");
    assert_eq!(verdicts(&sink.wait_for(1, PATIENCE)[0], &records), "pass pass");
    send(&server, "ann@other.example", "bob@example.org");
    let mails = sink.wait_for(2, PATIENCE);
    assert_eq!(verdicts(&mails[1], &records), "", "nobody signs for its author");
}

#[test]
fn a_reload_takes_a_key_in_and_a_bad_key_changes_nothing() {
    if !need(&[PythonModule("dkim"), PythonModule("nacl")]) {
        return;
    }
    let (http, sink) = (Port::claim(), Sink::start());
    let server = Server::start(BINARY, &configuration(&http, &sink, ""));
    send(&server, "ann@example.edu", "bob@example.org");
    assert_eq!(verdicts(&sink.wait_for(1, PATIENCE)[0], &[]), "");
    let key = dkim_key(&server);
    let block = format!("[[dkim]]\ndomain = \"example.edu\"\nselector = \"mine\"\nkey = {key:?}\n");
    server.configure(&configuration(&http, &sink, &block));
    server.reload();
    let records = published(&server);
    let deadline = Instant::now() + PATIENCE;
    let mut sent = 1;
    while verdicts(&sink.wait_for(sent, PATIENCE)[sent - 1], &records) != "pass" {
        assert!(Instant::now() < deadline, "not signed after the reload");
        send(&server, "ann@example.edu", "bob@example.org");
        sent += 1;
    }
    std::fs::write(&key, "no key").unwrap();
    let check = server.command(&["check"]);
    assert!(check.code == Some(78) && check.stdout.contains("cannot be signed"), "{check:?}");
}

/// A key of the operator's own, as OpenSSL makes it.
fn dkim_key(server: &Server) -> String {
    let path = server.home().join("mine.pem").display().to_string();
    let made = Command::new("openssl").args(["genrsa", "-traditional", "-out", &path, "2048"]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    path
}

#[test]
fn a_bounce_of_a_domain_with_a_key_is_signed_too() {
    if !need(&[PythonModule("dkim"), PythonModule("nacl")]) {
        return;
    }
    let (http, sink) = (Port::claim(), Sink::start());
    let refuser = Sink::with(Behaviour { refuse: vec!["bob@".to_owned()], ..Behaviour::default() });
    let toml = configuration(&http, &sink, "[[dkim]]\ndomain = \"callpost.test\"")
        + &format!("[[route]]\nmatch = [\"*@gone.example\"]\nnext_hop = \"{}\"\ntls = \"off\"\n", refuser.address());
    let server = Server::start(BINARY, &toml);
    send(&server, "ann@example.edu", "bob@gone.example");
    let bounce = &sink.wait_for(1, PATIENCE)[0];
    assert!(bounce.mail_from.starts_with("<>"), "{bounce:?}");
    assert_eq!(verdicts(bounce, &published(&server)), "pass pass");
}
