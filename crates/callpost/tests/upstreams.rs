//! Services of the field behind ours: Python's XML-RPC server, a JSON-RPC server of Node, PHP's SoapServer, unmodified all.
//! Each is called through Callpost in every protocol, over HTTP and by mail.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use testbed::Requirement::{Php, Program, Python};
use testbed::{Configuration, Dialogue, Output, Port, Received, Requirement, Server, Sink, Table, need};

#[path = "upstreams/answers.rs"]
mod answers;
#[path = "upstreams/described.rs"]
mod described;
#[path = "upstreams/exec.rs"]
mod exec;
#[path = "upstreams/shaped.rs"]
mod shaped;

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PATIENCE: Duration = Duration::from_secs(30);
const PROTOCOLS: [&str; 4] = ["jsonrpc", "xmlrpc", "soap11", "soap12"];

/// What is called: values of every kind, nested, with lists of one item.
const VALUES: &str = r#"[[1,"2003",true,1.5,[7],{"a":["x"]}]]"#;
const MIRRORED: &str =
    r#"{"kinds":["int","string","bool","double","list","struct"],"values":[1,"2003",true,1.5,[7],{"a":["x"]}]}"#;

/// A program of the field that answers calls.
struct Upstream {
    speaks: &'static str,
    child: Child,
    port: Port,
    folder: tempfile::TempDir,
}

impl Upstream {
    fn start(speaks: &'static str) -> Self {
        let (port, folder) = (Port::claim(), tempfile::tempdir().unwrap());
        let journal = folder.path().join("journal");
        let mut command = match speaks {
            "xmlrpc" => program("python3", &["xmlrpc_server.py"]),
            "jsonrpc" => program("node", &["jsonrpc_server.js"]),
            _ => program("php", &["-S", &port.to_string(), "soap_server.php"]),
        };
        if speaks.starts_with("soap") {
            command.env("JOURNAL", &journal);
        } else {
            command.arg(port.number().to_string()).arg(&journal);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self::listening(speaks, child, port, folder)
    }

    /// A program that was started, once it listens there.
    fn listening(speaks: &'static str, child: Child, port: Port, folder: tempfile::TempDir) -> Self {
        let upstream = Self { speaks, child, port, folder };
        upstream.wait_until("it listens", || TcpStream::connect(upstream.port.address()).is_ok());
        upstream
    }

    /// How often `slow` was run.
    fn runs(&self) -> usize {
        std::fs::read_to_string(self.folder.path().join("journal")).unwrap_or_default().lines().count()
    }

    fn wait_until(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < deadline, "{}: {what}: not after {PATIENCE:?}", self.speaks);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upstreams"));
    command
}

fn tool(speaks: &str) -> Requirement {
    match speaks {
        "xmlrpc" => Python,
        "jsonrpc" => Program("node"),
        _ => Php("soap"),
    }
}

/// The service here, which speaks so.
fn registry(speaks: &str, at: &Port) -> Table {
    Table::elsewhere("registry", speaks, &format!("http://{at}/"))
}

/// Callpost before a service that speaks so.
struct House {
    server: Server,
    http: Port,
}

impl House {
    fn before(speaks: &str, at: &Port) -> Self {
        Self::with(Configuration::new().service(registry(speaks, at)))
    }

    fn with(more: Configuration) -> Self {
        let (http, smtp) = (Port::claim(), Port::claim());
        Self { server: Server::start(BINARY, &Configuration::listening(&http, &smtp).and(more)), http }
    }

    fn call(&self, protocol: &str, call: [&str; 2]) -> Output {
        self.call_at(&format!("http://{}/rpc", self.http), protocol, call)
    }

    fn mail(&self, protocol: &str, call: [&str; 2]) -> Output {
        self.call_at("registry@localhost", protocol, call)
    }

    fn call_at(&self, target: &str, protocol: &str, [method, params]: [&str; 2]) -> Output {
        self.server.command(&["--json", "call", target, method, "-d", params, "--proto", protocol, "--wait", "30s"])
    }
}

#[track_caller]
fn gives(output: &Output, result: &str) {
    let wanted: serde_json::Value = serde_json::from_str(result).unwrap();
    assert_eq!(output.json()["result"], wanted, "{output:?}");
}

#[track_caller]
fn faults(output: &Output, words: &str) {
    assert!(output.code == Some(1) && output.stderr.contains(words), "{words}: {output:?}");
}

/// The same for each kind of service, over HTTP and by mail.
fn is_called_in_every_protocol(speaks: &'static str) {
    if !need(&[tool(speaks)]) {
        return;
    }
    let upstream = Upstream::start(speaks);
    let house = House::before(speaks, &upstream.port);
    for protocol in PROTOCOLS {
        for call in [House::call, House::mail] {
            gives(&call(&house, protocol, ["mirror", VALUES]), MIRRORED);
            gives(&call(&house, protocol, ["only", "[]"]), r#"["one"]"#);
            gives(&call(&house, protocol, ["subtract", "[7,4]"]), "3");
            faults(&call(&house, protocol, ["refuse", r#"["closed"]"#]), "No: closed");
        }
    }
}

#[test]
fn an_xml_rpc_service_is_called_in_every_protocol() {
    is_called_in_every_protocol("xmlrpc");
}

#[test]
fn a_json_rpc_service_is_called_in_every_protocol() {
    is_called_in_every_protocol("jsonrpc");
}

#[test]
fn a_soap_service_is_called_in_every_protocol() {
    is_called_in_every_protocol("soap11");
}

#[test]
fn a_soap_1_2_service_is_called_in_every_protocol() {
    is_called_in_every_protocol("soap12");
}

/// A built-in keeps its name, what no pattern takes is unknown, and a code of the service comes through.
#[test]
fn only_listed_methods_are_passed_on_and_built_ins_keep_their_names() {
    if !need(&[Python]) {
        return;
    }
    let upstream = Upstream::start("xmlrpc");
    let house = House::with(
        Configuration::new()
            .service(registry("xmlrpc", &upstream.port).set("methods", ["sub*", "re*", "TestAPI.echo"])),
    );
    gives(&house.call("jsonrpc", ["TestAPI.echo", r#"["ours"]"#]), r#""ours""#);
    gives(&house.call("jsonrpc", ["subtract", "[7,4]"]), "3");
    faults(&house.call("jsonrpc", ["mirror", "[[1]]"]), "no such method");
    faults(&house.mail("jsonrpc", ["mirror", "[[1]]"]), "no such method");
    faults(&house.mail("jsonrpc", ["getMonth", "[2003,1]"]), "no such method");
    let call = br#"{"jsonrpc":"2.0","id":7,"method":"refuse","params":["x"]}"#;
    let reply = testbed::post(house.http.address(), "/rpc", "application/json", call).unwrap().json();
    assert_eq!((&reply["error"]["code"], &reply["id"]), (&4711.into(), &7.into()), "{reply}");
}

#[test]
fn a_service_that_is_down_or_slow_is_a_fault_that_names_no_machine() {
    if !need(&[Python]) {
        return;
    }
    let nobody = Port::claim();
    let house = House::before("xmlrpc", &nobody);
    for protocol in PROTOCOLS {
        for call in [House::call, House::mail] {
            let output = call(&house, protocol, ["subtract", "[7,4]"]);
            faults(&output, "cannot be reached");
            assert!(!output.stderr.contains(&nobody.number().to_string()), "{output:?}");
        }
    }
    let upstream = Upstream::start("xmlrpc");
    let house = House::with(Configuration::new().service(registry("xmlrpc", &upstream.port).set("timeout", "1s")));
    faults(&house.call("soap11", ["slow", "[20]"]), "in time");
    faults(&house.mail("soap11", ["slow", "[20]"]), "in time");
}

/// A client that mails its calls itself, and a listener for the answers.
struct Client {
    house: House,
    smtp: Port,
    answers: Sink,
}

impl Client {
    fn of(upstream: &Upstream) -> Self {
        Self::with(registry("xmlrpc", &upstream.port))
    }

    fn with(service: Table) -> Self {
        let (smtp, answers) = (Port::claim(), Sink::start());
        let route = Table::default().set("match", ["client@localhost"]).set("next_hop", answers.address().to_string());
        let configuration = Configuration::new().closed().smtp(&smtp).table("route", route.set("tls", "off"));
        let server = Server::start(BINARY, &configuration.service(service));
        Self { house: House { server, http: Port::claim() }, smtp, answers }
    }

    fn send(&self, id: &str, fields: &str, call: [&str; 2]) -> String {
        let [method, params] = call;
        let mut dialogue = Dialogue::with(self.smtp.address());
        dialogue.play(
            "S: 220\nC: EHLO c.test\nS: 250\nC: MAIL FROM:<client@localhost>\nS: 250\n\
             C: RCPT TO:<registry@localhost>\nS: 250\nC: DATA\nS: 354",
        );
        let mail = format!(
            "From: client@localhost\r\nTo: registry@localhost\r\nMessage-ID: <{id}@c.test>\r\n{fields}\
             Content-Type: application/json\r\n\r\n\
             {{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}\r\n.\r\n"
        );
        dialogue.send(mail.as_bytes()).reply()
    }

    /// The answer to this request, when so many came in all.
    fn answer(&self, id: &str, all: usize) -> String {
        let came = self.answers.wait_for(all, PATIENCE);
        assert_eq!(came.len(), all, "{came:?}");
        let own = came.iter().filter(|mail| mail.header("In-Reply-To").is_some_and(|to| to.contains(id)));
        own.map(Received::text).collect::<Vec<_>>().join("\n")
    }
}

/// What becomes of a call that was running when the server was killed; how often the service was called for it.
fn killed_between_start_and_answer(is_repeatable: &[(&str, bool)]) -> (String, usize) {
    let upstream = Upstream::start("xmlrpc");
    let service = registry("xmlrpc", &upstream.port);
    let mut client = Client::with(is_repeatable.iter().fold(service, |service, (key, value)| service.set(key, *value)));
    let taken = client.send("cut", "", ["slow", "[1]"]);
    assert!(taken.starts_with("250"), "{taken}");
    upstream.wait_until("the call runs", || upstream.runs() == 1);
    client.house.server.kill();
    client.house.server.launch();
    let answer = client.answer("cut", 1);
    // Whatever else the first would cause has happened when a later call is answered.
    assert!(client.send("after", "", ["subtract", "[7,4]"]).starts_with("250"));
    assert!(client.answer("after", 2).contains("3"));
    // Repeated, it is answered from the store.
    assert!(client.send("cut", "", ["slow", "[1]"]).starts_with("250"));
    assert_eq!(client.answer("cut", 3).matches("In-Reply-To").count(), 2);
    (answer, upstream.runs())
}

#[test]
fn a_mailed_call_cut_short_by_a_kill_has_one_answer_result_unknown() {
    if !need(&[Python]) {
        return;
    }
    let (answer, runs) = killed_between_start_and_answer(&[]);
    assert!(answer.contains("result unknown") && answer.contains("-32011"), "{answer}");
    assert_eq!(runs, 1);
}

#[test]
fn a_repeatable_mailed_call_cut_short_by_a_kill_runs_again_and_has_one_answer() {
    if !need(&[Python]) {
        return;
    }
    let (answer, runs) = killed_between_start_and_answer(&[("repeatable", true)]);
    assert!(answer.contains("done"), "{answer}");
    assert_eq!(runs, 2);
}

#[test]
fn a_mailed_call_sent_again_while_it_runs_runs_once() {
    if !need(&[Python]) {
        return;
    }
    let upstream = Upstream::start("xmlrpc");
    let client = Client::of(&upstream);
    assert!(client.send("twice", "", ["slow", "[1]"]).starts_with("250"));
    assert!(client.send("twice", "", ["slow", "[1]"]).starts_with("250"));
    assert!(client.send("twice", "", ["slow", "[0]"]).starts_with("550"), "the same id with another call");
    assert!(client.answer("twice", 1).contains("done"));
    assert!(client.send("after", "", ["subtract", "[7,4]"]).starts_with("250"));
    client.answer("after", 2);
    assert_eq!(upstream.runs(), 1);
}

/// Behind a local mail server all mail comes from loopback, but it has a `Received` field.
#[test]
fn loopback_proves_nothing_of_a_mail_that_another_server_brought() {
    if !need(&[Python]) {
        return;
    }
    let upstream = Upstream::start("xmlrpc");
    let received = "Received: from mx.example.net by localhost; Sat, 21 Nov 2026 12:00:00 +0000\r\n";
    let client = Client::of(&upstream);
    let refused = client.send("far", received, ["slow", "[0]"]);
    assert!(refused.starts_with("550 5.7.1"), "{refused}");
    let open = Client::with(registry("xmlrpc", &upstream.port).set("proof", ["none"]));
    assert!(open.send("far", received, ["slow", "[0]"]).starts_with("250"));
    assert!(open.answer("far", 1).contains("done"));
    assert_eq!(upstream.runs(), 1);
}
