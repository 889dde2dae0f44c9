//! HTTP joined through mail: programs that know nothing but HTTP, on both sides, unmodified; between them two Callposts and a
//! mail server. The services live in a network namespace of their own: what reaches them has come by mail.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use testbed::Requirement::{Php, Postfix, Program, Python, PythonModule, Root};
use testbed::{Configuration, Detour, Island, Mta, Port, Requirement, Server, Table, exchange, need, tools};

#[path = "tunnel/held.rs"]
mod held;

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PATIENCE: Duration = Duration::from_secs(30);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The two sides, and what is between them.
struct Tunnel {
    near: Server,
    far: Server,
    postfix: Mta,
    /// Where each service is asked out here, in the order of `SERVICES`.
    ports: Vec<Port>,
    programs: Vec<Child>,
    island: Island,
}

const NEEDS: &[Requirement] =
    &[Root, Postfix, Php("soap"), PythonModule("zeep"), Python, Program("node"), Program("nsenter"), Program("ip")];

/// The services: the name of each, the path of its URL, and the program that it is.
const SERVICES: [(&str, &str, &[&str]); 4] = [
    ("shop", "", &["php", "upstreams/described/soap_server.php"]),
    ("xml", "RPC2", &["python3", "upstreams/xmlrpc_server.py"]),
    ("json", "", &["node", "upstreams/jsonrpc_server.js"]),
    ("files", "files", &["php", "tunnel/octets.php"]),
];

impl Tunnel {
    fn dig() -> Self {
        let island = Island::new();
        let ports: Vec<Port> = SERVICES.iter().map(|_| Port::claim()).collect();
        let [near_smtp, far_smtp, far_hop, nowhere] = [(); 4].map(|()| Port::claim());
        // The island has its own loopback, where these numbers are free.
        let programs =
            SERVICES.iter().zip(&ports).map(|((_, _, line), port)| run(&island, line, port.number())).collect();
        let mut near = Server::prepared(BINARY, &near_side(&ports, &near_smtp).smarthost(&nowhere));
        let mut far = Server::prepared(BINARY, &far_side(&ports, &far_smtp).smarthost(&far_hop));
        let to_far = ["shop", "xml", "json", "files"].map(|name| format!("{name}@far.test"));
        let mut detours: Vec<Detour> = to_far.map(|address| Detour::Relay { address, to: far_smtp.address() }).into();
        detours.push(Detour::Relay { address: "office@near.test".to_owned(), to: near_smtp.address() });
        let postfix = Mta::postfix(&detours);
        let text = std::fs::read_to_string(near.config()).unwrap();
        std::fs::write(near.config(), text.replace(&nowhere.to_string(), &postfix.address().to_string())).unwrap();
        island.bridge_in(far_smtp.number(), far_smtp.number());
        island.bridge_out(far_hop.number(), postfix.address());
        near.launch();
        let prefix = island.prefix();
        far.launch_under(&prefix.each_ref().map(String::as_str));
        assert!(far.ready_or_gone(), "{}", far.log());
        ports.iter().for_each(|port| island.wait_for(port.number()));
        Self { near, far, postfix, ports, programs, island }
    }

    /// Whether a service answers out here, but by its endpoint.
    fn is_near(&self, port: &Port) -> bool {
        let answers = |host: &str| {
            let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            exchange(port.address(), request.as_bytes()).unwrap().status
        };
        // Under another name the endpoint, and no service, refuses everything.
        answers("other.test") != 421
    }

    fn url(&self, service: usize) -> String {
        format!("http://{}/", self.ports[service])
    }

    /// Requests and answers that the mail server has delivered, once there are so many.
    fn mails(&self, awaited: usize) -> usize {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Each message to each recipient is a line.
            let sent = self.postfix.log().lines().filter(|line| line.contains("status=sent")).count();
            if sent >= awaited || Instant::now() > deadline {
                return sent;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs an unmodified client, and gives what it prints.
    fn client(&self, line: &[&str], service: usize) -> String {
        let mut command = match line[0] {
            "zeep" => Command::new(tools().join("venv/bin/python3")),
            _ => Command::new("python3"),
        };
        command.current_dir(folder()).arg(line[1]).arg(self.url(service)).env("PYTHONDONTWRITEBYTECODE", "1");
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{line:?}: {output:?}\n{}\n{}", self.near.log(), self.far.log());
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        for program in &mut self.programs {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

/// A program of the services, on the island.
fn run(island: &Island, line: &[&str], port: u16) -> Child {
    let mut command = island.command(line[0]);
    match line[0] {
        "php" => command.args(["-S", &format!("127.0.0.1:{port}"), line[1]]),
        _ => command.args([line[1], &port.to_string(), "/dev/null"]),
    };
    command.current_dir(folder()).env("STYLE", "rpc").env("SOAP", "1.1").env("PYTHONDONTWRITEBYTECODE", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn near_side(ports: &[Port], smtp: &Port) -> Configuration {
    let mut near = Configuration::new().closed().smtp(smtp).set("calls.from", "office@near.test");
    for ((name, ..), port) in SERVICES.iter().zip(ports) {
        let to = format!("{name}@far.test");
        near = near.table("connect", connect(name, port, &to));
        near = near.table("peer", Table::default().set("address", to).set("callpost", true));
    }
    near
}

fn connect(name: &str, port: &Port, to: &str) -> Table {
    Table::default().set("name", name).set("listen", port.to_string()).set("to", to)
}

fn far_side(ports: &[Port], smtp: &Port) -> Configuration {
    let mut far = Configuration::new().closed().smtp(smtp);
    for ((name, path, _), port) in SERVICES.iter().zip(ports) {
        let service = Table::elsewhere(name, "auto", &format!("http://{port}/{path}"));
        let service = service.set("address", format!("{name}@far.test")).set("pass", "http");
        far = far.service(service.set("proof", ["none"]).set("allow", ["office@near.test"]));
    }
    far
}

#[test]
fn an_unmodified_zeep_client_calls_an_unmodified_soap_server_by_nothing_but_mail() {
    if !need(NEEDS) {
        return;
    }
    let tunnel = Tunnel::dig();
    let asked: usize = tunnel.client(&["zeep", "tunnel/zeep_client.py"], 0).parse().unwrap();
    assert_eq!(asked, 5, "its WSDL, and four calls");
    assert_eq!(tunnel.mails(2 * asked), 2 * asked, "a mail for each request, and one for each answer");
    for port in &tunnel.ports {
        assert!(tunnel.island.listens(port.number()) && !tunnel.is_near(port), "there is a short way");
    }
}

#[test]
fn whatever_http_says_is_the_same_at_both_ends_of_the_mail() {
    if !need(NEEDS) {
        return;
    }
    let tunnel = Tunnel::dig();
    tunnel.client(&["python", "tunnel/xmlrpc_client.py"], 1);
    assert_eq!(tunnel.mails(6), 6);
    let call = r#"{"jsonrpc":"2.0","id":"one","method":"subtract","params":[7,4]}"#;
    let reply = testbed::post(tunnel.ports[2].address(), "/", "application/json", call.as_bytes()).unwrap();
    assert_eq!((reply.status, reply.json()["result"].as_i64(), &reply.json()["id"]), (200, Some(3), &"one".into()));
    octets(&tunnel);
    assert_eq!(tunnel.mails(12), 12);
}

/// Methods, targets, fields, octets and statuses are the same at both ends.
fn octets(tunnel: &Tunnel) {
    let body: Vec<u8> = (0..=255).chain(*b"\r\n.\r\n\0").collect();
    let turned: Vec<u8> = body.iter().rev().copied().chain(*b"\0\r\n.\r\n\xff").collect();
    let at = &tunnel.ports[3];
    let head = format!(
        "POST /a%20b?x=1&y HTTP/1.1\r\nHost: {at}\r\nContent-Type: image/x-none\r\nX-Own: {}\r\nCallpost-Asker: me\r\n\
         Content-Length: {}\r\nConnection: close, X-Gone\r\nX-Gone: 1\r\n\r\n",
        "ż".repeat(40),
        body.len()
    );
    let reply = exchange(at.address(), &[head.as_bytes(), &body].concat()).unwrap();
    assert_eq!((reply.status, reply.body), (201, turned), "{}", reply.head);
    let said = |reply: &testbed::HttpReply| ["x-method", "x-target", "x-kind"].map(|name| reply.field(name).to_owned());
    let head = testbed::HttpReply { status: 0, head: reply.head.clone(), body: Vec::new() };
    assert_eq!(said(&head), ["POST", "/files/a%20b?x=1&y", "image/x-none"]);
    assert_eq!(head.field("x-own"), "ż".repeat(40));
    assert_eq!(head.field("x-asker"), "office@near.test; proof=none", "nobody says it for himself");
    assert_eq!(head.field("content-type"), "application/x-octets");
    assert_eq!(head.field("location"), format!("http://{at}/made?id=7"));
    let get = format!("GET /?q=%C5%BC HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
    let reply = exchange(at.address(), get.as_bytes()).unwrap();
    assert_eq!((reply.status, &*reply.body), (418, &b"\0\r\n.\r\n\xff"[..]));
    assert_eq!(said(&reply), ["GET", "/files?q=%C5%BC", "-"]);
}
