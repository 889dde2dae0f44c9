//! Mail in by send_message over HTTP, connections kept open.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use testbed::{Behaviour, Sink};

use crate::{rate, server};

/// Octets of a message's text.
const SIZE: usize = 4096;

/// Messages durably queued in a second, in calls of `batch` messages. Their delivery is put off by the sink.
pub(crate) fn queued(connections: usize, batch: usize, messages: usize) -> f64 {
    let sink = Sink::with(Behaviour { defer_first: usize::MAX, ..Behaviour::default() });
    let (server, http, _smtp) = server(&sink, "reject");
    let request = request(http.address(), &server.key_add("bench"), batch);
    let calls = messages / batch / connections;
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| call(http.address(), &request, calls));
        }
    });
    rate(calls * batch * connections, start.elapsed())
}

fn request(host: SocketAddr, key: &str, batch: usize) -> Vec<u8> {
    let text = "x".repeat(SIZE);
    let row = format!(r#"["someone@example.org","sender@example.org","bench","{text}"]"#);
    let rows = vec![row; batch].join(",");
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"send_message","params":["{key}",[{rows}]]}}"#);
    request_for(host, "application/json", &body)
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

/// So many POSTs on one connection.
pub(crate) fn call_for(to: SocketAddr, request: &[u8], calls: usize) {
    let stream = TcpStream::connect(to).expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut reader = BufReader::new(&stream);
    for _ in 0..calls {
        (&stream).write_all(request).expect("the request written");
        assert!(answer(&mut reader).contains("AdditionalHeader"));
    }
}

fn call(to: SocketAddr, request: &[u8], calls: usize) {
    let stream = TcpStream::connect(to).expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut reader = BufReader::new(&stream);
    for _ in 0..calls {
        (&stream).write_all(request).expect("the request written");
        let answer = answer(&mut reader);
        assert!(answer.contains(r#""status":"ok""#), "{answer}");
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
