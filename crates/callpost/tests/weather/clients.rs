//! Clients of the SMTP listener that half-close, trickle, flood, send one octet too many, or never read.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use testbed::{Configuration, Port, Server, Sink, Table};

use crate::BINARY;

/// How long an event is awaited.
const PATIENCE: Duration = Duration::from_secs(20);

const CALL: &str = "From: <client@out.example>\r\nTo: calendar@localhost\r\nSubject: call\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/xml; charset=utf-8\r\n\r\n\
    <E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body><m:getMonth xmlns:m=\"urn:calendar\">\
    <year>2003</year><month>1</month></m:getMonth></E:Body></E:Envelope>\r\n";

struct House {
    server: Server,
    smtp: Port,
    sink: Sink,
}

impl House {
    fn start(more: Configuration) -> House {
        let (smtp, http, sink) = (Port::claim(), Port::claim(), Sink::start());
        let configuration = Configuration::listening(&http, &smtp).smarthost(sink.address()).and(more);
        let configuration = configuration.service(Table::builtin("calendar", "calendar"));
        House { server: Server::start(BINARY, &configuration), smtp, sink }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.smtp.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// An ordinary mail goes through while the others do what they do.
    fn is_served(&self) {
        let mut stream = self.connect();
        stream.write_all(session("QUIT\r\n").as_bytes()).unwrap();
        assert!(taken(&rest(&mut stream)), "an ordinary client is served");
    }

    /// The greatest share of memory that the server ever had, in KiB.
    fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

/// A whole session with one mail in it, and this behind the final dot.
fn session(behind: &str) -> String {
    format!(
        "EHLO me.example\r\nMAIL FROM:<client@out.example>\r\nRCPT TO:<calendar@localhost>\r\nDATA\r\n{CALL}.\r\n{behind}"
    )
}

/// All that comes until the end; panics where the connection is reset before it.
fn rest(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let ended = stream.read_to_end(&mut heard);
    let heard = String::from_utf8_lossy(&heard).into_owned();
    ended.unwrap_or_else(|error| panic!("{error} after {heard:?}"));
    heard
}

/// Whether the reply to the final dot is there, and says yes.
fn taken(heard: &str) -> bool {
    let mut replies =
        heard.lines().filter(|line| line.as_bytes().get(3) == Some(&b' ')).skip_while(|line| !line.starts_with("354"));
    replies.nth(1).is_some_and(|reply| reply.starts_with("250"))
}

#[test]
fn a_client_that_shuts_its_sending_side_hears_every_reply() {
    let house = House::start(Configuration::new());
    for behind in ["", "QUIT\r\n", "RSE"] {
        let mut stream = house.connect();
        stream.write_all(session(behind).as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let heard = rest(&mut stream);
        assert!(taken(&heard), "behind the dot {behind:?}: {heard}");
    }
    house.sink.wait_for(3, PATIENCE);
}

#[test]
fn octets_behind_the_end_of_a_session_take_no_reply_away() {
    let house = House::start(Configuration::new());
    for (behind, late) in
        [("QUIT\r\n", "\r\n"), ("QUIT\r\n", "\0"), ("QUIT\r\nNOOP\r\n", "MAIL FROM:<>\r\n"), ("\r\nQUIT\r\n", "x")]
    {
        let mut stream = house.connect();
        stream.write_all(session(behind).as_bytes()).unwrap();
        // The server has said its last word when these arrive, and the client has read nothing yet.
        let mut first = [0];
        while stream.peek(&mut first).unwrap() == 0 {}
        house.is_served();
        for octet in late.bytes() {
            stream.write_all(&[octet]).unwrap();
        }
        house.is_served();
        let heard = rest(&mut stream);
        assert!(taken(&heard) && heard.contains("\r\n221 "), "{behind:?} and {late:?}: {heard}");
    }
}

#[test]
fn a_client_beyond_its_places_hears_why_though_it_spoke_first() {
    let house = House::start(Configuration::new().set("smtp.max_per_client", 1));
    let mut first = house.connect();
    let mut octet = [0];
    first.read_exact(&mut octet).unwrap();
    let mut second = house.connect();
    second.write_all(&session("QUIT\r\n").into_bytes()).unwrap();
    house.server.command(&["status", "--json"]);
    let _ = second.write_all(b"NOOP\r\n");
    assert!(rest(&mut second).starts_with("421 4.7.0 "), "turned away in words");
}

#[test]
fn a_client_that_trickles_a_command_loses_its_place_in_time() {
    let house = House::start(Configuration::new().set("smtp.command_timeout", "2s"));
    let mut stream = house.connect();
    let start = Instant::now();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut heard = Vec::new();
    for octet in
        b"EHLO a.name.that.goes.on.and.on.and.on.and.on.and.on.and.on.and.on.and.on.and.on.and.on.and.on.and.on"
    {
        let sent = stream.write_all(&[*octet]);
        let mut some = [0; 512];
        match stream.read(&mut some) {
            Ok(0) => break,
            Ok(read) => heard.extend_from_slice(&some[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
        if sent.is_err() {
            break;
        }
    }
    let heard = String::from_utf8_lossy(&heard).into_owned();
    assert!(heard.contains("\r\n421 "), "{heard:?} after {:?}", start.elapsed());
}

#[test]
fn a_message_that_trickles_is_waited_for_while_it_comes() {
    let house = House::start(Configuration::new().set("smtp.command_timeout", "2s"));
    let mut stream = house.connect();
    let whole = session("QUIT\r\n");
    let (commands, text) = whole.split_at(whole.find("From:").unwrap());
    stream.write_all(commands.as_bytes()).unwrap();
    // Six seconds in all, three times what a command may take.
    let lines: Vec<&str> = text.split_inclusive("\r\n").collect();
    let pause = Duration::from_secs(6) / u32::try_from(lines.len()).unwrap();
    for line in lines {
        std::thread::sleep(pause);
        stream.write_all(line.as_bytes()).unwrap();
    }
    let heard = rest(&mut stream);
    assert!(taken(&heard), "{heard}");
}

#[test]
fn floods_that_read_nothing_cost_little_and_hold_up_nobody() {
    let house = House::start(Configuration::new().set("smtp.max_per_client", 200));
    house.is_served();
    let before = house.peak_memory();
    let over = Arc::new(AtomicBool::new(false));
    let floods: Vec<_> = (0..60)
        .map(|number| {
            let (mut stream, over) = (house.connect(), Arc::clone(&over));
            std::thread::spawn(move || {
                let piece = match number % 3 {
                    0 => "NOOP\r\n".repeat(2000),
                    1 => format!("MAIL FROM:<a@out.example>\r\n{}", "RCPT TO:<calendar@localhost>\r\n".repeat(500)),
                    _ => "x".repeat(20_000),
                };
                // A flood ends when it is cut off, or when the server reads no more of it.
                stream.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
                while !over.load(Ordering::Relaxed) && stream.write_all(piece.as_bytes()).is_ok() {}
                stream
            })
        })
        .collect();
    // The floods go on until ten others are served.
    (0..10).for_each(|_| house.is_served());
    over.store(true, Ordering::Relaxed);
    let open: Vec<TcpStream> = floods.into_iter().map(|flood| flood.join().unwrap()).collect();
    let grown = house.peak_memory().saturating_sub(before);
    assert!(grown < 60 * 1024, "60 floods took {grown} KiB");
    drop(open);
    house.is_served();
}
