//! What a client sees.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use pki::client_config;
use rustls::{ClientConnection, StreamOwned};
use serde_json::{Value, json};
use testbed::{Dialogue, Port};

use crate::bed::Bed;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long is waited for what is not to come.
const IN_VAIN: Duration = Duration::from_secs(2);

/// The status of this request in the clear; `no answer` where there is none.
pub(crate) fn status(port: &Port, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(port.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    answered(&mut stream, request)
}

fn answered(stream: &mut (impl Read + Write), request: &[u8]) -> String {
    let answer = heard(stream, request);
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status.map_or_else(|| "no answer".to_owned(), str::to_owned)
}

/// All that comes back.
fn heard(stream: &mut (impl Read + Write), request: &[u8]) -> String {
    let mut answer = Vec::new();
    if stream.write_all(request).is_ok() {
        let mut octets = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut octets) {
            answer.extend_from_slice(&octets[..read]);
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request without a body and with this header field, after which the connection ends.
pub(crate) fn get_with(path: &str, host: &str, field: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{field}\r\nConnection: close\r\n\r\n").into_bytes()
}

/// A request without a body, after which the connection ends.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").into_bytes()
}

/// A request with this body of JSON.
pub(crate) fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
    format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes()
}

/// A connection with TLS to this port, which trusts all certificates that there are in the folder.
fn secured(bed: &Bed, port: &Port, pem: Option<&str>) -> StreamOwned<ClientConnection, TcpStream> {
    let folder = bed.folder.path();
    let trusted: String =
        ["one.pem", "two.pem", "ca.pem"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap()).concat();
    std::fs::write(folder.join("trusted.pem"), trusted).unwrap();
    let pem = pem.map(|name| folder.join(name));
    let config = client_config(pem.as_deref(), Some(&folder.join("trusted.pem"))).unwrap();
    let client = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let stream = TcpStream::connect(port.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    StreamOwned::new(client, stream)
}

/// As [`status`], with TLS, and with this client certificate.
pub(crate) fn status_by_tls(bed: &Bed, port: &Port, pem: Option<&str>) -> String {
    answered(&mut secured(bed, port, pem), &get("/"))
}

/// What comes back of a parcel that is sent with the client's certificate, which a key is bound to, and without the key.
pub(crate) fn sent_by_certificate(bed: &Bed) -> String {
    let node = &bed.running().node;
    let pem = pki::certificates(&bed.folder.path().join("client.pem")).unwrap();
    let policy = keys::Policy { certificate: Some(pki::fingerprint(&pem[0])), ..keys::Policy::default() };
    let key = spool::KeyRecord {
        name: "web".to_owned(),
        digest: node.keys.digest("web"),
        former: Vec::new(),
        policy: serde_json::to_string(&policy).unwrap(),
        created: jiff::Timestamp::now(),
        expires: None,
        revoked: None,
    };
    bed.runtime.block_on(node.store.put_key(key)).unwrap();
    bed.runtime.block_on(node.keys.refresh(&*node.store)).unwrap();
    let message = json!({ "to": "b@y.example", "from": "a@x.example", "subject": "s", "text": "t" });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "send_message", "params": ["", [message]] });
    let answer = heard(&mut secured(bed, &bed.http, Some("client.pem")), &post("/rpc", &call.to_string()));
    answer.split("\"user_message\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or(&answer).to_owned()
}

/// The names in the certificate that is shown there.
pub(crate) fn names(bed: &Bed, port: &Port) -> String {
    let mut connection = secured(bed, port, None);
    answered(&mut connection, &get("/"));
    let Some(certificate) = connection.conn.peer_certificates().and_then(<[_]>::first) else { return String::new() };
    let (_, read) = x509_parser::parse_x509_certificate(certificate).unwrap();
    let names = read.subject_alternative_name().unwrap().unwrap();
    names.value.general_names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// What a call over HTTP gives: its result, or `error` and the code.
pub(crate) fn call(port: &Port, method: &str, params: Value) -> String {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let reply = testbed::post(port.address(), "/rpc", "application/json", body.as_bytes()).unwrap();
    if reply.status != 200 {
        return reply.status.to_string();
    }
    let answer = reply.json();
    if answer["error"].is_null() { answer["result"].to_string() } else { format!("error {}", answer["error"]["code"]) }
}

/// What becomes of a parcel of so many messages whose key nobody knows.
pub(crate) fn sent(bed: &Bed, messages: usize) -> String {
    let message = json!({ "to": "b@y.example", "from": "a@x.example", "subject": "s", "text": "t", "headers": "" });
    call(&bed.http, "send_message", json!(["nobody's", vec![message; messages]]))
}

/// The last reply to these commands, after the greeting.
pub(crate) fn replied(bed: &Bed, commands: &[&str]) -> String {
    let mut talk = Dialogue::with(bed.smtp.address());
    let mut reply = talk.reply();
    for command in commands {
        reply = talk.send(format!("{command}\r\n").as_bytes()).reply();
    }
    reply
}

/// The code of that reply.
pub(crate) fn code(bed: &Bed, commands: &[&str]) -> String {
    replied(bed, commands).chars().take(3).collect()
}

/// Whether this recipient is taken from that sender.
pub(crate) fn taken(bed: &Bed, from: &str, to: &str) -> String {
    code(bed, &["EHLO t", &format!("MAIL FROM:<{from}>"), &format!("RCPT TO:<{to}>")])
}

/// Whether EHLO tells of this.
pub(crate) fn offers(bed: &Bed, word: &str) -> String {
    replied(bed, &["EHLO t"]).contains(word).to_string()
}

/// Whether somebody else is served while one connection is open.
pub(crate) fn second(port: &Port, request: &[u8]) -> String {
    let mut first = Dialogue::with(port.address());
    first.play(if request.is_empty() { "S: 220" } else { "" });
    let mut second = TcpStream::connect(port.address()).unwrap();
    second.write_all(request).unwrap();
    // What is to come is waited for longer than what is not.
    second.set_read_timeout(Some(IN_VAIN)).unwrap();
    let come = second.read(&mut [0; 3]).is_ok_and(|read| read == 3);
    drop(first);
    if come { "served" } else { "waits" }.to_owned()
}
