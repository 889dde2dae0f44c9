//! A mail server between two others that does to mail what mail servers do: it drops it, doubles it, delays and reorders
//! it, writes Message-IDs of its own, and hands it on before it has said 250 for it. It keeps a record of all of that.

mod session;

use std::collections::BinaryHeap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Connections that hand mail on at once.
const HANDS: usize = 4;

/// How long it waits before it tries again where it was told 4xx, or nobody listened.
const AGAIN: Duration = Duration::from_millis(100);

/// How long a sender waits for the 250 of a mail that is handed on before it.
const EARLY: Duration = Duration::from_millis(200);

/// How often it does what, each from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Handling {
    /// Said 250 for, and forgotten.
    pub drops: f64,
    /// Handed on twice.
    pub doubles: f64,
    /// Handed on a while before the 250.
    pub early: f64,
    /// Given another Message-ID.
    pub rewrites: f64,
    /// The longest that a mail is kept; each is kept some time, and so they are reordered.
    pub delay: Duration,
    /// What chance begins with.
    pub seed: u64,
}

/// What became of one mail.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Its recipient, without brackets.
    pub to: String,
    /// As it came, dots doubled, without the final one.
    pub wire: Vec<u8>,
    /// How many copies were taken by the next server.
    pub delivered: usize,
    /// How many were refused for good.
    pub refused: usize,
}

/// The server. Dropped: it takes nothing more.
pub struct RoughMta {
    address: SocketAddr,
    inside: Arc<Inside>,
}

struct Inside {
    handling: Handling,
    /// Domains, and where their mail goes.
    routes: Vec<(String, SocketAddr)>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    chance: StdRng,
    record: Vec<Passed>,
    /// What is to be handed on.
    queue: BinaryHeap<Waiting>,
    /// Copies that are being handed on.
    in_hand: usize,
    /// Nothing is handed on for now.
    held: bool,
    stopped: bool,
}

/// A copy that waits; the one that is due first is the greatest.
#[derive(PartialEq, Eq)]
struct Waiting {
    due: std::cmp::Reverse<Instant>,
    /// Its place in the record.
    place: usize,
    from: String,
    wire: Vec<u8>,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Waiting) -> std::cmp::Ordering {
        self.due.cmp(&other.due).then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Waiting) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl RoughMta {
    /// One that hands on mail for these domains, on a port of the system's choice.
    pub fn start(handling: Handling, routes: &[(&str, SocketAddr)]) -> RoughMta {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port for the rough MTA");
        let address = listener.local_addr().expect("its address");
        let state = State {
            chance: StdRng::seed_from_u64(handling.seed),
            record: Vec::new(),
            queue: BinaryHeap::new(),
            in_hand: 0,
            held: false,
            stopped: false,
        };
        let routes = routes.iter().map(|&(domain, to)| (domain.to_owned(), to)).collect();
        let inside = Arc::new(Inside { handling, routes, state: Mutex::new(state), changed: Condvar::new() });
        for _ in 0..HANDS {
            let inside = Arc::clone(&inside);
            std::thread::spawn(move || while inside.hand_on() {});
        }
        let shared = Arc::clone(&inside);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inside = Arc::clone(&shared);
                if inside.state.lock().unwrap().stopped {
                    return;
                }
                std::thread::spawn(move || session::serve(&inside, &stream));
            }
        });
        RoughMta { address, inside }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes mail, and hands none on until [`RoughMta::let_go`].
    pub fn hold(&self) {
        self.inside.state.lock().unwrap().held = true;
    }

    /// Hands on what was held.
    pub fn let_go(&self) {
        self.inside.state.lock().unwrap().held = false;
        self.inside.changed.notify_all();
    }

    /// What has passed until now, in the order in which it came.
    pub fn record(&self) -> Vec<Passed> {
        self.inside.state.lock().unwrap().record.clone()
    }

    /// How many mails are on their way through it.
    pub fn under_way(&self) -> usize {
        let state = self.inside.state.lock().unwrap();
        state.queue.len() + state.in_hand
    }
}

impl Drop for RoughMta {
    fn drop(&mut self) {
        self.inside.state.lock().unwrap().stopped = true;
        self.inside.changed.notify_all();
        let _ = TcpStream::connect(self.address); // wakes the accept loop, which then sees `stopped`
    }
}

impl Inside {
    /// Decides about a mail, and says how long its sender waits for the 250.
    fn take(&self, from: String, to: String, wire: Vec<u8>) -> Duration {
        let mut guard = self.state.lock().unwrap();
        let state = &mut *guard;
        let handling = &self.handling;
        let place = state.record.len();
        state.record.push(Passed { to, wire: wire.clone(), delivered: 0, refused: 0 });
        if state.chance.random_bool(handling.drops) {
            return Duration::ZERO;
        }
        let copies = if state.chance.random_bool(handling.doubles) { 2 } else { 1 };
        let is_early = state.chance.random_bool(handling.early);
        let rewritten = state.chance.random_bool(handling.rewrites);
        let wire = if rewritten { with_other_id(&wire, state.chance.random()) } else { wire };
        for _ in 0..copies {
            let most = if is_early { Duration::ZERO } else { handling.delay };
            let wait = most.mul_f64(state.chance.random());
            let due = std::cmp::Reverse(Instant::now() + wait);
            state.queue.push(Waiting { due, place, from: from.clone(), wire: wire.clone() });
        }
        self.changed.notify_all();
        if is_early { EARLY } else { Duration::ZERO }
    }

    /// Hands on what is due next; false where there is nothing to do any more.
    fn hand_on(&self) -> bool {
        let Some(mut mail) = self.next() else { return false };
        let to = self.state.lock().unwrap().record[mail.place].to.clone();
        let domain = to.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
        let (_, hop) = self.routes.iter().find(|(known, _)| *known == domain).expect("mail for a domain with a route");
        let reply = session::send(*hop, (&mail.from, &to), &mail.wire);
        let mut state = self.state.lock().unwrap();
        state.in_hand -= 1;
        match reply.as_deref() {
            Ok([b'2', ..]) => state.record[mail.place].delivered += 1,
            Ok([b'5', ..]) => state.record[mail.place].refused += 1,
            _ => {
                mail.due = std::cmp::Reverse(Instant::now() + AGAIN);
                state.queue.push(mail);
            }
        }
        self.changed.notify_all();
        true
    }

    fn next(&self) -> Option<Waiting> {
        let mut state = self.state.lock().unwrap();
        loop {
            if state.stopped {
                return None;
            }
            let wait = match state.queue.peek() {
                Some(first) if !state.held => first.due.0.saturating_duration_since(Instant::now()),
                _ => Duration::from_secs(1),
            };
            if wait.is_zero() {
                state.in_hand += 1;
                return state.queue.pop();
            }
            state = self.changed.wait_timeout(state, wait).unwrap().0;
        }
    }
}

/// The mail with another Message-ID, as Amazon SES writes its own.
fn with_other_id(wire: &[u8], id: u64) -> Vec<u8> {
    let text = String::from_utf8_lossy(wire);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let is_id = |line: &&str| line.to_ascii_lowercase().starts_with("message-id:");
    let head: Vec<&str> = head.split("\r\n").filter(|line| !is_id(line)).collect();
    format!("{}\r\nMessage-ID: <{id:016x}@rough.test>\r\n\r\n{body}", head.join("\r\n")).into_bytes()
}
