//! A strict SMTP sink on a loopback port: a smarthost that keeps what it is given.
//!
//! It ends a message only at CRLF.CRLF (RFC 5321 §4.1.1.4), keeps the bytes as they came over the wire, and can be
//! told to misbehave: refuse, defer, delay, or hang up after the final dot. Waiting is for an event, never a sleep.

mod session;

use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How a sink treats its clients. The default takes everything at once.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// A recipient that contains one of these gets `550 5.1.1`.
    pub refuse: Vec<String>,
    /// So many messages, counted from the first, get `451 4.3.0` after their final dot.
    pub defer_first: usize,
    /// So many messages, counted from the first, are kept, and then the connection is cut in place of a reply.
    pub hang_up_after_dot: usize,
    /// Waited before the reply to each final dot.
    pub delay: Duration,
    /// EHLO gets 502, as the listener of 2003 answered it; HELO works.
    pub helo_only: bool,
    /// The EHLO keywords offered.
    pub extensions: Vec<String>,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        let extensions = ["8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES", "SIZE 104857600"];
        Behaviour {
            refuse: Vec::new(),
            defer_first: 0,
            hang_up_after_dot: 0,
            delay: Duration::ZERO,
            helo_only: false,
            extensions: extensions.map(str::to_owned).to_vec(),
        }
    }
}

/// One message a sink took.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Received {
    /// What stood after `MAIL FROM:`, parameters included.
    pub mail_from: String,
    /// What stood after each accepted `RCPT TO:`.
    pub recipients: Vec<String>,
    /// The message as it came over the wire: dots still doubled, the final dot cut off.
    pub wire: Vec<u8>,
}

impl Received {
    /// The message itself: the doubled dots undone (RFC 5321 §4.5.2).
    pub fn message(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.wire.len());
        let mut line_start = true;
        for (i, &byte) in self.wire.iter().enumerate() {
            if !(line_start && byte == b'.') {
                out.push(byte);
            }
            line_start = byte == b'\n' && i > 0 && self.wire[i - 1] == b'\r';
        }
        out
    }

    /// The message as text, with U+FFFD where it is no UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.message()).into_owned()
    }

    /// The unfolded value of the first top header field of that name, without outer white space.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers().into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All top header fields in order, names as written, values unfolded.
    pub fn headers(&self) -> Vec<(String, String)> {
        let text = self.text();
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in head.split("\r\n") {
            if let (true, Some(last)) = (line.starts_with([' ', '\t']), fields.last_mut()) {
                let space = if last.1.is_empty() { "" } else { " " };
                last.1.push_str(space);
                last.1.push_str(line.trim());
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        fields
    }

    /// Whether any recipient path holds this address, in any case.
    pub fn is_for(&self, address: &str) -> bool {
        let wanted = address.to_ascii_lowercase();
        self.recipients.iter().any(|r| r.to_ascii_lowercase().contains(&wanted))
    }
}

/// The sink; it stops listening and cuts its connections when dropped.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    behaviour: Mutex<Behaviour>,
    kept: Mutex<Kept>,
    arrived: Condvar,
    count: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Kept {
    messages: Vec<Received>,
    /// Final dots seen, whatever their reply was.
    dots: usize,
    connections: Vec<TcpStream>,
    accepted: usize,
    stopped: bool,
}

impl Sink {
    /// A sink that takes everything, on a port of the system's choice.
    pub fn start() -> Sink {
        Sink::with(Behaviour::default())
    }

    /// A sink that behaves as told, on a port of the system's choice.
    pub fn with(behaviour: Behaviour) -> Sink {
        Sink::on((Ipv4Addr::LOCALHOST, 0).into(), behaviour)
    }

    /// A sink on this very address: for a peer that must come back where it was.
    pub fn on(address: SocketAddr, behaviour: Behaviour) -> Sink {
        let listener = TcpListener::bind(address).expect("a port for the sink");
        let address = listener.local_addr().expect("the sink's address");
        let state = Arc::new(State {
            behaviour: Mutex::new(behaviour),
            kept: Mutex::default(),
            arrived: Condvar::new(),
            count: watch::Sender::new(0),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || shared.accept(&listener));
        Sink { address, state }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the behaviour for the commands to come.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.state.behaviour.lock().unwrap() = behaviour;
    }

    /// What has arrived until now.
    pub fn received(&self) -> Vec<Received> {
        self.state.kept.lock().unwrap().messages.clone()
    }

    /// How many messages have arrived until now.
    pub fn count(&self) -> usize {
        self.state.kept.lock().unwrap().messages.len()
    }

    /// How many connections were made until now.
    pub fn connections(&self) -> usize {
        self.state.kept.lock().unwrap().accepted
    }

    /// Waits until `n` messages have arrived and gives all there are. Blocks the thread; see [`Sink::arrived`] for
    /// tests on an async runtime. Panics after `timeout`.
    pub fn wait_for(&self, n: usize, timeout: Duration) -> Vec<Received> {
        self.wait_until(timeout, |messages| messages.len() >= n)
            .unwrap_or_else(|messages| panic!("{} of {n} messages in {timeout:?}: {messages:#?}", messages.len()))
    }

    /// Waits until what has arrived satisfies `enough`. The error is what there was when `timeout` had passed.
    pub fn wait_until(
        &self,
        timeout: Duration,
        enough: impl Fn(&[Received]) -> bool,
    ) -> Result<Vec<Received>, Vec<Received>> {
        let deadline = Instant::now() + timeout;
        let mut kept = self.state.kept.lock().unwrap();
        loop {
            if enough(&kept.messages) {
                return Ok(kept.messages.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(kept.messages.clone());
            }
            kept = self.state.arrived.wait_timeout(kept, left).unwrap().0;
        }
    }

    /// As [`Sink::wait_for`], for async tests: yields instead of blocking.
    pub async fn arrived(&self, n: usize, timeout: Duration) -> Vec<Received> {
        let mut count = self.state.count.subscribe();
        let enough = count.wait_for(|have| *have >= n);
        if tokio::time::timeout(timeout, enough).await.is_err() {
            panic!("{} of {n} messages in {timeout:?}", self.count());
        }
        self.received()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let connections = {
            let mut kept = self.state.kept.lock().unwrap();
            kept.stopped = true;
            std::mem::take(&mut kept.connections)
        };
        for connection in connections {
            let _ = connection.shutdown(Shutdown::Both);
        }
        let _ = TcpStream::connect(self.address); // wakes the accept loop, which then sees `stopped`
    }
}

impl State {
    fn accept(self: &Arc<State>, listener: &TcpListener) {
        for stream in listener.incoming().flatten() {
            let Ok(handle) = stream.try_clone() else { continue };
            {
                let mut kept = self.kept.lock().unwrap();
                if kept.stopped {
                    return;
                }
                kept.accepted += 1;
                kept.connections.push(handle);
            }
            let state = Arc::clone(self);
            std::thread::spawn(move || {
                let _ = session::serve(&state, &stream);
                let _ = stream.shutdown(Shutdown::Both);
                state.forget(&stream);
            });
        }
    }

    fn forget(&self, stream: &TcpStream) {
        let peer = stream.peer_addr().ok();
        self.kept.lock().unwrap().connections.retain(|c| c.peer_addr().is_ok_and(|p| Some(p) != peer));
    }

    /// Counts a final dot and says how many came before it.
    fn dot(&self) -> usize {
        let mut kept = self.kept.lock().unwrap();
        kept.dots += 1;
        kept.dots - 1
    }

    fn keep(&self, message: Received) {
        let mut kept = self.kept.lock().unwrap();
        kept.messages.push(message);
        self.count.send_replace(kept.messages.len());
        self.arrived.notify_all();
    }
}

#[cfg(test)]
mod tests;
