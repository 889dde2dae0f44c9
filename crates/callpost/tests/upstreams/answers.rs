//! Answers of services as the field sends them, odd ones too: whatever has run is not thrown away, and only what was plainly
//! not taken is said not to have run. The services are canned: each method has its answer.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use testbed::Requirement::{Php, Python, PythonModule};
use testbed::{Configuration, Port, Server, Table, need, post};

use crate::BINARY;

#[path = "answers/canned.rs"]
mod canned;

use canned::{Canned, Wanted};

/// A listener that answers each method as it is told, and what it was asked.
struct Service {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    fn of(answers: Vec<Canned>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, asked) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&asked);
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                answer(stream, &answers, &seen);
            }
        });
        Self { port, asked }
    }

    fn last(&self) -> String {
        self.asked.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

fn answer(mut stream: TcpStream, answers: &[Canned], asked: &Mutex<Vec<String>>) {
    let mut request = String::new();
    while !is_whole(&request) {
        let mut some = [0; 65536];
        match stream.read(&mut some) {
            Ok(octets @ 1..) => request.push_str(&String::from_utf8_lossy(&some[..octets])),
            _ => return,
        }
    }
    let named = |canned: &&Canned| {
        ["<", ">", ":", "\"", "?"].iter().any(|mark| request.contains(&format!("{mark}{}", canned.name)))
    };
    let canned = answers.iter().filter(named).max_by_key(|canned| canned.name.len());
    asked.lock().unwrap().push(request.clone());
    let _ = stream.write_all(&canned.map(|canned| canned.response.clone()).unwrap_or_default());
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.lines().filter_map(|line| line.split_once(':'));
    let length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    body.len() >= length.filter_map(|(_, value)| value.trim().parse().ok()).next().unwrap_or(0)
}

/// Callpost before the service, which speaks JSON-RPC for methods that begin with `j`, XML-RPC with `x`, SOAP with `s`.
struct House {
    _server: Server,
    http: Port,
}

impl House {
    fn before(service: &Service, userinfo: &str) -> Self {
        let http = Port::claim();
        let block = |speaks: &str| {
            let name = &speaks[..1];
            let url = format!("http://{userinfo}127.0.0.1:{}/", service.port);
            let block =
                Table::elsewhere(name, speaks, &url).set("describe", "off").set("methods", [&*format!("{name}*")]);
            block.set("namespace", if speaks == "soap11" { "urn:x" } else { "" })
        };
        let configuration = Configuration::new().http(&http).no_smtp();
        let configuration =
            ["jsonrpc", "xmlrpc", "soap11"].map(block).into_iter().fold(configuration, Configuration::service);
        Self { _server: Server::start(BINARY, &configuration), http }
    }

    fn call(&self, method: &str) -> Value {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": [] }).to_string();
        post(self.http.address(), "/rpc", "application/json", call.as_bytes()).unwrap().json()
    }
}

/// Every canned answer comes out as it is to.
fn come_out(answers: Vec<Canned>) {
    let wanted: Vec<(&str, Wanted)> = answers.iter().map(|canned| (canned.name, canned.wanted.clone())).collect();
    let service = Service::of(answers);
    let house = House::before(&service, "");
    let wrong: Vec<String> = wanted
        .into_iter()
        .filter_map(|(name, wanted)| {
            let came = house.call(name);
            let is_so = match &wanted {
                Wanted::Result(result) => came["result"] == *result && came.get("error").is_none(),
                Wanted::Fault(code, text) => came["error"]["code"] == *code && came["error"]["message"] == *text,
                Wanted::DidNotRun => came["error"]["code"] == -32010,
                Wanted::MayHaveRun => came["error"]["code"] == -32011,
            };
            (!is_so).then(|| format!("{name}: {came} instead of {wanted:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_fault_is_kept_under_whatever_status_and_media_type() {
    come_out(canned::faults_under_any_status());
}

#[test]
fn a_status_without_an_answer_says_whether_the_call_may_have_run() {
    come_out(canned::statuses_without_an_answer());
}

#[test]
fn one_odd_value_voids_no_answer() {
    come_out(canned::odd_values());
}

#[test]
fn void_answers_are_null() {
    come_out(canned::void());
}

#[test]
fn packed_answers_and_odd_header_fields_are_read() {
    come_out(canned::packed());
}

#[test]
fn answers_in_several_parts_are_read() {
    come_out(canned::in_parts());
}

#[test]
fn a_dot_net_dataset_is_a_struct() {
    come_out(canned::datasets());
}

#[test]
fn a_request_says_who_asks_and_what_may_come_back_and_hides_its_password() {
    let service = Service::of(canned::packed());
    let house = House::before(&service, "ann:se%3Acret@");
    for (method, media_type) in [("jgzip", "application/json"), ("xgzip", "text/xml"), ("sgzip", "text/xml")] {
        assert!(house.call(method).get("result").is_some(), "{method}");
        let asked = service.last().to_lowercase();
        let says = |field: &str| asked.contains(&format!("\r\n{}", field.to_lowercase()));
        assert!(says(&format!("Host: 127.0.0.1:{}\r\n", service.port)), "{asked}");
        assert!(says("User-Agent: Callpost/") && says("Accept-Encoding: gzip, deflate\r\n"), "{asked}");
        assert!(says(&format!("Accept: {media_type}")), "{asked}");
        assert!(says("Authorization: Basic YW5uOnNlOmNyZXQ=\r\n") && !asked.contains("se%3acret"), "{asked}");
    }
}

#[test]
fn a_password_in_a_url_is_sent_and_never_shown() {
    let service = Service::of(canned::statuses_without_an_answer());
    let ours = Server::prepared(BINARY, "http.listen = \"127.0.0.1:8020\"\n");
    let url = format!("http://ann:secret@127.0.0.1:{}/", service.port);
    let verbs: [&[&str]; 4] =
        [&["call", &url, "j401"], &["list", &url], &["describe", &url, "j401"], &["call", &url, "j401", "--show-wire"]];
    for verb in verbs {
        let output = ours.command(verb);
        assert!(output.code != Some(0) && !format!("{output:?}").contains("secret"), "{output:?}");
        assert!(output.stderr.contains(&format!("http://127.0.0.1:{}/", service.port)), "{output:?}");
        assert!(service.last().to_lowercase().contains("authorization: basic yw5u"), "{}", service.last());
    }
    let configured = Configuration::new().service(Table::elsewhere("s", "jsonrpc", &url)).to_string();
    let shown = Server::prepared(BINARY, &configured).command(&["config", "show"]);
    assert!(shown.stdout.contains(&format!("http://127.0.0.1:{}/", service.port)), "{shown:?}");
    assert!(!format!("{shown:?}").contains("secret"), "{shown:?}");
    let broken = configured.replace("http://", "gopher://");
    let refused = Server::prepared(BINARY, &broken).command(&["config", "show"]);
    assert!(refused.code != Some(0) && !format!("{refused:?}").contains("secret"), "{refused:?}");
}

#[test]
fn a_packed_wsdl_is_read() {
    let service = Service::of(canned::wsdl());
    let ours = Server::prepared(BINARY, "http.listen = \"127.0.0.1:8020\"\n");
    let url = format!("http://ann:secret@127.0.0.1:{}/?wsdl", service.port);
    let told = ours.command(&["describe", &url, "sadd"]).ok("describe").stdout;
    assert!(told.contains("sadd(a: int, b: int)"), "{told}");
    let sum = ours.command(&["call", &url, "sadd", "2", "3"]).ok("call");
    assert_eq!(sum.stdout.trim(), "5");
    assert!(service.asked.lock().unwrap().iter().all(|asked| asked.to_lowercase().contains("authorization: basic")));
}

/// The names of the canned answers that a client of the field makes something of: a value, or the service's own fault.
fn kept_by(program: &str, script: &str, service: &Service, names: &[&str]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upstreams/answers").join(script);
    let output = Command::new(program).arg(script).arg(service.port.to_string()).args(names).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// What a client of the field keeps we keep, and more.
fn keeps_more_than(program: &str, script: &str, protocol: char) {
    let canned = || canned::all().into_iter().filter(|canned| canned.name.starts_with(protocol)).collect::<Vec<_>>();
    let names: Vec<&str> = canned().iter().map(|canned| canned.name).collect();
    let service = Service::of(canned());
    let theirs = kept_by(program, script, &service, &names);
    assert!(!theirs.is_empty(), "{program} keeps nothing: its script is broken");
    let house = House::before(&service, "");
    let ours: Vec<&str> = names
        .into_iter()
        .filter(|name| {
            let came = house.call(name);
            came["error"]["code"].as_i64().is_none_or(|code| !(-32012..=-32010).contains(&code))
        })
        .collect();
    let lost: Vec<&String> = theirs.iter().filter(|name| !ours.contains(&name.as_str())).collect();
    assert!(lost.is_empty(), "{program} keeps {lost:?}");
    assert!(ours.len() > theirs.len(), "{} of ours, {} of theirs", ours.len(), theirs.len());
}

#[test]
fn more_answers_are_kept_than_by_xmlrpc_client_of_python() {
    if need(&[Python]) {
        keeps_more_than("python3", "keeps.py", 'x');
    }
}

#[test]
fn more_answers_are_kept_than_by_zeep() {
    if need(&[PythonModule("zeep")]) {
        let python = testbed::tools().join("venv/bin/python3");
        keeps_more_than(python.to_str().unwrap(), "keeps_zeep.py", 's');
    }
}

#[test]
fn more_answers_are_kept_than_by_soapclient_of_php() {
    if need(&[Php("soap")]) {
        keeps_more_than("php", "keeps.php", 's');
    }
}
