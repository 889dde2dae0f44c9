//! Mail in by send_message over HTTP, connections kept open.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use testbed::Port;

use crate::{rate, server};

/// Octets of a message's text.
const SIZE: usize = 4096;

/// A call with as many messages among its arguments as wanted, as a client in one protocol writes it.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) head: &'static str,
    pub(crate) message: &'static str,
    pub(crate) between: &'static str,
    pub(crate) tail: &'static str,
    /// What a good answer says.
    pub(crate) ok: &'static str,
}

impl Call {
    pub(crate) fn of(&self, messages: usize) -> String {
        [self.head, &vec![self.message; messages].join(self.between), self.tail].concat()
    }
}

/// send_message, with `KEY` where the API key goes, and `TEXT` where the text goes.
pub(crate) const SENDS: [Call; 3] = [
    Call {
        name: "JSON-RPC",
        media_type: "application/json",
        head: r#"{"jsonrpc":"2.0","id":1,"method":"send_message","params":["KEY",["#,
        message: r#"["someone@example.org","sender@example.org","bench","TEXT"]"#,
        between: ",",
        tail: "]]}",
        ok: r#""status":"ok""#,
    },
    Call {
        name: "XML-RPC",
        media_type: "text/xml",
        head: r#"<?xml version="1.0"?><methodCall><methodName>send_message</methodName><params><param><value><string>KEY</string></value></param><param><value><array><data>"#,
        message: "<value><array><data><value><string>someone@example.org</string></value><value><string>sender@example.org</string></value><value><string>bench</string></value><value><string>TEXT</string></value></data></array></value>",
        between: "",
        tail: "</data></array></value></param></params></methodCall>",
        ok: "<name>status</name><value><string>ok</string>",
    },
    Call {
        name: "SOAP 1.1",
        media_type: "text/xml",
        head: r#"<?xml version="1.0"?><E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body><send_message><k>KEY</k><m>"#,
        message: "<i><s>someone@example.org</s><s>sender@example.org</s><s>bench</s><s>TEXT</s></i>",
        between: "",
        tail: "</m></send_message></E:Body></E:Envelope>",
        ok: "<status>ok</status>",
    },
];

/// Messages durably queued in a second, in calls of `batch` messages. Nobody listens where they are to be delivered.
pub(crate) fn queued(send: &Call, connections: usize, batch: usize, messages: usize) -> f64 {
    let nobody = Port::claim();
    let (server, http, _smtp) = server(nobody.address(), "reject");
    let request = request(send, http.address(), &server.key_add("bench"), batch);
    let calls = messages / batch / connections;
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| call(http.address(), &request, calls, send.ok));
        }
    });
    rate(calls * batch * connections, start.elapsed())
}

fn request(send: &Call, host: SocketAddr, key: &str, batch: usize) -> Vec<u8> {
    let document = send.of(batch).replace("KEY", key).replace("TEXT", &"x".repeat(SIZE));
    request_for(host, send.media_type, &document)
}

/// A POST of this document.
pub(crate) fn request_for(host: SocketAddr, media_type: &str, body: &str) -> Vec<u8> {
    let mut request = String::new();
    let _ = write!(
        request,
        "POST /rpc HTTP/1.1\r\nHost: {host}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    request.into_bytes()
}

/// So many POSTs on one connection, each of which is answered with these characters among others.
pub(crate) fn call(to: SocketAddr, request: &[u8], calls: usize, wanted: &str) {
    let stream = TcpStream::connect(to).expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut reader = BufReader::new(&stream);
    for _ in 0..calls {
        (&stream).write_all(request).expect("the request written");
        let answer = answer(&mut reader);
        assert!(answer.contains(wanted), "{answer}");
    }
}

fn answer(reader: &mut impl BufRead) -> String {
    let mut length = 0;
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).expect("a header line") > 0, "the server closed");
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    String::from_utf8(body).expect("UTF-8")
}
