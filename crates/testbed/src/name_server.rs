//! A name server on loopback, over UDP and TCP, that answers from a few lines: for look-ups of mail and of who sends it.

mod wire;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};

use super::Port;
use wire::{Kind, Question, Response};

/// The name server; it answers as long as the process lives.
#[derive(Debug)]
pub struct NameServer {
    port: Port,
    zone: Arc<Mutex<Zone>>,
}

/// What it knows.
#[derive(Debug, Default)]
struct Zone {
    records: Vec<Record>,
    failing: BTreeSet<String>,
    silent: BTreeSet<String>,
    proven: BTreeSet<String>,
    asked: Vec<String>,
}

/// A record: its name in lower case, its type, and its data as they go over the wire.
#[derive(Clone, Debug)]
struct Record {
    name: String,
    kind: Kind,
    data: Vec<u8>,
    /// Where an alias leads.
    target: Option<String>,
}

impl NameServer {
    /// One that holds these lines: `NAME TYPE DATA`, the data as in a master file, TXT without quotes; every name absolute.
    pub fn start(lines: &str) -> NameServer {
        let port = Port::claim();
        let zone = Arc::<Mutex<Zone>>::default();
        let server = NameServer { port, zone };
        server.holds(lines);
        let datagrams = UdpSocket::bind(server.address()).expect("a socket for the name server");
        let streams = TcpListener::bind(server.address()).expect("a listener for the name server");
        let zone = Arc::clone(&server.zone);
        std::thread::spawn(move || serve_datagrams(&datagrams, &zone));
        let zone = Arc::clone(&server.zone);
        std::thread::spawn(move || {
            for stream in streams.incoming().map_while(Result::ok) {
                let zone = Arc::clone(&zone);
                std::thread::spawn(move || serve_stream(stream, &zone));
            }
        });
        server
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// It holds these lines as well.
    pub fn holds(&self, lines: &str) {
        let records = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(record);
        self.zone.lock().unwrap().records.extend(records);
    }

    /// It forgets what this name has.
    pub fn forgets(&self, name: &str) {
        self.zone.lock().unwrap().records.retain(|record| !record.name.eq_ignore_ascii_case(name));
    }

    /// Questions about this name get SERVFAIL.
    pub fn fails(&self, name: &str) {
        self.zone.lock().unwrap().failing.insert(name.to_ascii_lowercase());
    }

    /// Questions about this name get no answer.
    pub fn is_silent(&self, name: &str) {
        self.zone.lock().unwrap().silent.insert(name.to_ascii_lowercase());
    }

    /// It has proven what it says of this name and those below it: the AD bit, for who asks for it (RFC 6840 §5.8).
    pub fn proves(&self, name: &str) {
        self.zone.lock().unwrap().proven.insert(name.to_ascii_lowercase());
    }

    /// What it was asked so far: `NAME TYPE`, in lower and upper case.
    pub fn asked(&self) -> Vec<String> {
        self.zone.lock().unwrap().asked.clone()
    }
}

fn serve_datagrams(socket: &UdpSocket, zone: &Mutex<Zone>) {
    let mut packet = [0; 4096];
    while let Ok((length, client)) = socket.recv_from(&mut packet) {
        let Some(question) = Question::read(&packet[..length]) else { continue };
        if let Some(response) = answer(&question, zone) {
            let _ = socket.send_to(&response.datagram(&question), client);
        }
    }
}

fn serve_stream(mut stream: TcpStream, zone: &Mutex<Zone>) {
    let mut length = [0; 2];
    while stream.read_exact(&mut length).is_ok() {
        let mut packet = vec![0; usize::from(u16::from_be_bytes(length))];
        if stream.read_exact(&mut packet).is_err() {
            return;
        }
        let Some(response) = Question::read(&packet)
            .and_then(|question| answer(&question, zone).map(|response| response.whole(&question)))
        else {
            return;
        };
        let length = u16::try_from(response.len()).expect("an answer of at most 64 KiB");
        if stream.write_all(&[&length.to_be_bytes()[..], &response].concat()).is_err() {
            return;
        }
    }
}

/// What is said to this question; `None`: nothing.
fn answer(question: &Question, zone: &Mutex<Zone>) -> Option<Response> {
    let mut zone = zone.lock().unwrap();
    zone.asked.push(format!("{} {}", question.name, question.kind.word()));
    if zone.silent.contains(&question.name) {
        return None;
    }
    if zone.failing.contains(&question.name) {
        return Some(Response::failed());
    }
    let (mut response, mut name) = (Response::default(), question.name.clone());
    // Aliases are followed here, as a server that resolves for others does.
    loop {
        response.is_proven &= zone.proven.iter().any(|proven| is_below(&name, proven));
        let here: Vec<&Record> = zone.records.iter().filter(|record| record.name == name).collect();
        response.is_known = zone.records.iter().any(|record| is_below(&record.name, &name));
        let wanted = here.iter().filter(|record| record.kind == question.kind);
        response.answers.extend(wanted.map(|record| (name.clone(), record.kind, record.data.clone())));
        let alias = here.iter().find(|record| record.kind == Kind::Cname && question.kind != Kind::Cname);
        let Some(target) = alias.and_then(|alias| alias.target.clone()) else { return Some(response) };
        let data = alias.map(|alias| alias.data.clone()).unwrap_or_default();
        response.answers.push((std::mem::replace(&mut name, target), Kind::Cname, data));
        assert!(response.answers.len() < 20, "aliases in a circle");
    }
}

fn is_below(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Reads a line.
fn record(line: &str) -> Record {
    let mut words = line.split_whitespace();
    let (name, kind) = (words.next().expect("a name"), words.next().expect("a type"));
    let data = line.split_once(kind).expect("data").1.trim();
    let kind = Kind::of_word(kind);
    let target = (kind == Kind::Cname).then(|| data.trim_end_matches('.').to_ascii_lowercase());
    Record { name: name.trim_end_matches('.').to_ascii_lowercase(), kind, data: kind.data(data), target }
}
