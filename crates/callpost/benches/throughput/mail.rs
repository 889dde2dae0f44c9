//! Mail in by SMTP, with Postfix' own generator against both.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testbed::Sink;

use crate::{postfix, rate, server};

/// Octets of a message.
const SIZE: usize = 4096;
/// How long everything sent may take to arrive.
const PATIENCE: Duration = Duration::from_secs(300);

/// Who is measured.
#[derive(Clone, Copy)]
pub(crate) enum Peer {
    Ours,
    Postfix,
}

/// How the mails come.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// On so many connections at once, each used for many mails.
    Sessions(usize),
    /// On so many connections at once, a new one for each mail.
    OneMailEach(usize),
}

/// What is measured of acceptance.
pub(crate) const SHAPES: &[(&str, Shape)] = &[
    ("20 sessions, many mails per connection", Shape::Sessions(20)),
    ("1 session, many mails per connection", Shape::Sessions(1)),
    ("20 sessions, one mail per connection", Shape::OneMailEach(20)),
];

/// Mails accepted in a second. They are kept (captured here, held there), so that their delivery is not measured too.
pub(crate) fn accepted(peer: Peer, shape: Shape, mails: usize) -> f64 {
    let sink = Sink::start();
    with(peer, &sink, "capture", |address| {
        let start = Instant::now();
        generate((address, "held@localhost"), shape, mails);
        rate(mails, start.elapsed())
    })
}

/// Mails accepted and delivered in a second, until the last has arrived.
pub(crate) fn relayed(peer: Peer, mails: usize) -> f64 {
    let sink = Sink::start();
    with(peer, &sink, "forward", |address| {
        let start = Instant::now();
        generate((address, "someone@localhost"), Shape::Sessions(20), mails);
        sink.wait_until(PATIENCE, |arrived| arrived.len() >= mails).expect("everything delivered");
        rate(mails, start.elapsed())
    })
}

/// What the load generator and its own sink do without anybody in between.
pub(crate) fn ceiling(mails: usize) -> f64 {
    let port = testbed::Port::claim();
    let address = port.address();
    let mut sink = Command::new("smtp-sink");
    sink.args(["-u", "postfix", &address.to_string(), "1000"]);
    let mut sink = sink.spawn().expect("smtp-sink");
    let start = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "smtp-sink does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    let start = Instant::now();
    generate((address, "someone@localhost"), Shape::Sessions(20), mails);
    let ceiling = rate(mails, start.elapsed());
    let _ = sink.kill().and_then(|()| sink.wait());
    ceiling
}

fn with(peer: Peer, sink: &Sink, unknown: &str, measure: impl FnOnce(SocketAddr) -> f64) -> f64 {
    match peer {
        Peer::Ours => {
            let (_server, _http, smtp) = server(sink.address(), unknown);
            measure(smtp.address())
        }
        Peer::Postfix => {
            let mta = postfix(sink);
            measure(mta.address())
        }
    }
}

fn generate((server, recipient): (SocketAddr, &str), shape: Shape, mails: usize) {
    let mut command = Command::new("smtp-source");
    let sessions = match shape {
        Shape::Sessions(sessions) => {
            command.arg("-d");
            sessions
        }
        Shape::OneMailEach(sessions) => sessions,
    };
    command.args(["-s", &sessions.to_string(), "-m", &mails.to_string(), "-l", &SIZE.to_string()]);
    command.args(["-f", "sender@example.org", "-t", recipient, &server.to_string()]);
    let output = command.stdin(Stdio::null()).output().expect("smtp-source");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
