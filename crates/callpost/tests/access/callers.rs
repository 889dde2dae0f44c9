//! Services elsewhere over HTTP: who may call them, who is told of them, and what of the caller they see.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use testbed::{Configuration, HttpReply, NotingService, Port, Server, Table};

use super::{BINARY, wait_for};

/// A JSON-RPC service that describes itself.
fn registry() -> NotingService {
    NotingService::start(|request| match request["method"].as_str() {
        Some("rpc.discover") => json!({ "openrpc": "1.3.2", "info": { "title": "s", "version": "1" }, "methods": [
            { "name": "lookUp", "params": [], "result": { "name": "r", "schema": { "type": "string" } } },
        ] }),
        _ => json!("found"),
    })
}

/// The requests but those for its description.
fn calls(service: &NotingService) -> Vec<String> {
    service.seen().into_iter().filter(|request| !request.contains("rpc.discover")).collect()
}

/// Callpost before that service, on loopback and on every address.
struct House {
    server: Server,
    near: Port,
    open: Port,
    service: NotingService,
}

impl House {
    fn start(more: Configuration) -> Self {
        let (near, open, service) = (Port::claim(), Port::claim(), registry());
        let everywhere = Table::default().set("listen", format!("0.0.0.0:{}", open.number())).set("tls", "off");
        let configuration = Configuration::new().http(&near).no_smtp().set("deliver.mode", "capture").and(more);
        let configuration = configuration
            .table("http.listener", everywhere.set("client_cert", "off"))
            .service(Table::elsewhere("registry", "jsonrpc", &format!("http://{}/", service.address())));
        let house = Self { server: Server::start(BINARY, &configuration), near, open, service };
        wait_for("the service is described", || house.listed(&house.near, "").contains("lookUp").then_some(()));
        house
    }

    fn listed(&self, port: &Port, fields: &str) -> String {
        call(port, fields, "system.listMethods").to_string()
    }
}

fn send(port: &Port, head: &str, body: &str) -> HttpReply {
    let mut stream = TcpStream::connect(port.address()).unwrap();
    let length = body.len();
    write!(stream, "{head}Host: {port}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    HttpReply { status: head[9..12].parse().unwrap(), head: head.to_owned(), body: body.as_bytes().to_vec() }
}

/// The answer to a call of this method with these header fields more.
fn call(port: &Port, fields: &str, method: &str) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": [] }).to_string();
    send(port, &format!("POST /rpc HTTP/1.1\r\nContent-Type: application/json\r\n{fields}"), &body).json()
}

fn is_refused(answer: &Value) -> bool {
    answer["error"]["code"] == -32005 && answer["error"]["message"] == "not allowed"
}

#[test]
fn a_service_is_called_from_this_machine_or_with_a_good_key_and_by_no_stranger() {
    let house = House::start(Configuration::new());
    let bearer = |key: &str| format!("Authorization: Bearer {key}\r\n");
    let key = house.server.key_add("web");
    assert_eq!(call(&house.near, "", "lookUp")["result"], "found");
    for (port, fields) in [
        (&house.open, String::new()),
        (&house.open, bearer("wrong")),
        (&house.near, bearer("wrong")),
        (&house.near, "X-Forwarded-For: 192.0.2.7\r\n".to_owned()),
        (&house.near, "Forwarded: for=192.0.2.7\r\n".to_owned()),
        (&house.open, "X-Forwarded-For: 127.0.0.1\r\n".to_owned()),
    ] {
        let answer = call(port, &fields, "lookUp");
        assert!(is_refused(&answer), "{port} {fields}: {answer}");
        let answer = call(port, &fields, "noSuchThing");
        assert!(is_refused(&answer), "{port} {fields}: what exists is not told: {answer}");
        assert!(!house.listed(port, &fields).contains("lookUp"), "{port} {fields}");
    }
    assert_eq!(calls(&house.service).len(), 1, "nothing that was refused has reached the service");
    for (port, fields) in [(&house.open, bearer(&key)), (&house.near, bearer(&key) + "Forwarded: for=_x\r\n")] {
        assert_eq!(call(port, &fields, "lookUp")["result"], "found", "{port} {fields}");
        assert!(house.listed(port, &fields).contains("lookUp"));
    }
    let seen = calls(&house.service);
    assert_eq!(seen.len(), 3);
    assert!(!seen.iter().any(|call| call.contains(&key) || call.to_lowercase().contains("authorization")), "{seen:?}");
    house.server.command(&["key", "revoke", "web"]).ok("key revoke");
    assert!(is_refused(&call(&house.open, &bearer(&key), "lookUp")));
    let log = house.server.log_with("was revoked");
    assert!(log.contains("not let in") && log.contains("`callers`"), "{log}");
}

#[test]
fn who_may_not_call_a_service_is_not_told_of_it_and_built_ins_stay_for_all() {
    let house = House::start(Configuration::new());
    let get =
        |port: &Port, path: &str| String::from_utf8(send(port, &format!("GET {path} HTTP/1.1\r\n"), "").body).unwrap();
    for path in ["/", "/openrpc.json", "/rpc?wsdl", "/rpc?wsdl=document"] {
        assert!(get(&house.near, path).contains("lookUp"), "{path}");
        let told = get(&house.open, path);
        assert!(!told.contains("lookUp") && told.contains("getMonth"), "{path}: {told}");
        assert!(get(&house.near, path).contains("lookUp"), "{path}: again");
    }
    assert!(!call(&house.open, "", "rpc.discover").to_string().contains("lookUp"));
    let help = json!({ "jsonrpc": "2.0", "id": 1, "method": "system.methodHelp", "params": ["lookUp"] }).to_string();
    let head = "POST /rpc HTTP/1.1\r\nContent-Type: application/json\r\n";
    assert_eq!(send(&house.open, head, &help).json()["error"]["code"], -32601);
    assert!(send(&house.near, head, &help).json()["result"].is_string());
    let month = json!({ "jsonrpc": "2.0", "id": 1, "method": "getMonth", "params": [2003, 1] }).to_string();
    let month = send(&house.open, head, &month).json();
    assert!(month["result"].as_str().unwrap().contains("January"), "{month}");
}

#[test]
fn without_required_keys_a_withdrawn_key_stays_withdrawn_and_a_bearer_key_is_a_claim() {
    let house = House::start(Configuration::new().set("send.require_key", false));
    let key = house.server.key_add("web");
    let head = "POST /rpc HTTP/1.1\r\nContent-Type: application/json\r\n";
    let send_message = |fields: &str, params: Value| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "send_message", "params": params }).to_string();
        let answer = send(&house.open, &format!("{head}{fields}"), &body).json();
        answer["result"]["error_code"].as_i64().unwrap_or(0)
    };
    let mail = json!([["a@example.org", "b@example.org", "s", "t"]]);
    let bearer = format!("Authorization: Bearer {key}\r\n");
    assert_eq!(send_message("", json!(["", mail])), 0);
    assert_eq!(send_message("", json!(["unknown", mail])), 0);
    assert_eq!(send_message(&bearer, json!(["", mail])), 0);
    assert_eq!(send_message(&bearer, json!([mail])), 0, "the key stands beside the document");
    assert_eq!(send_message(&bearer, json!([key, mail])), 0);
    assert_eq!(send_message(&bearer, json!(["other", mail])), 100, "two keys");
    assert_eq!(send_message("Authorization: Bearer wrong\r\n", json!(["", mail])), 100);
    house.server.command(&["key", "revoke", "web"]).ok("key revoke");
    assert_eq!(send_message("", json!([key, mail])), 100);
    assert_eq!(send_message(&bearer, json!(["", mail])), 100);
    assert_eq!(send_message("", json!(["", mail])), 0);
}
