//! A next hop that plays a script: a function that is asked at each moment of the dialogue what to do.

mod talk;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::door::{Door, End};
use super::record::{Record, Seen, Taken};

/// A moment at which a script may do something else than usual.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'a> {
    /// A connection was made; counted from 0 over the life of the hop.
    Greeting(usize),
    /// STARTTLS was said.
    StartTls,
    /// MAIL; counted from 0 over the life of the hop.
    Mail(usize),
    /// RCPT.
    Recipient {
        /// The address, without the brackets.
        address: &'a str,
        /// How many were accepted before it in this transaction.
        before: usize,
        /// How often this address was named before.
        times: usize,
    },
    /// DATA; counted from 0 over the life of the hop.
    Data(usize),
    /// The final dot; counted from 0 over the life of the hop.
    Dot(usize),
}

/// What is done at a moment.
#[derive(Clone, Debug)]
pub enum Act {
    /// What a good server does.
    Usual,
    /// This reply, its lines parted by LF, in place of the usual one.
    Say(String),
    /// This reply, and then the end of the connection.
    SayAndEnd(String, End),
    /// This reply; and these octets, as they are, in answer to whatever the client says then.
    SayAndUtter(String, Vec<u8>),
    /// The end of the connection in place of a reply.
    End(End),
    /// The usual reply; the connection ends behind so many octets of the text.
    CutText(usize, End),
    /// Nothing at all, until the client hangs up.
    Silence,
}

impl Act {
    /// A reply.
    pub fn say(reply: impl Into<String>) -> Act {
        Act::Say(reply.into())
    }
}

/// How replies leave.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Replies {
    /// All that are due in one write, without Nagle's algorithm.
    #[default]
    Together,
    /// Each in a write of its own, with Nagle's algorithm: a blocking server that has never heard of it.
    Nagle,
    /// Each in a write of its own, without Nagle's algorithm.
    Apart,
    /// Octet by octet.
    Octets,
    /// As `Together`, each line ended by LF alone.
    LineFeeds,
    /// As `Together`, in two lines that differ in code and in their ends: the last decides.
    Mixed,
}

/// How a hop behaves at all times.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// How replies leave.
    pub replies: Replies,
    /// Octets that are read every ten milliseconds; 0: as they come.
    pub pace: usize,
    /// The EHLO keywords.
    pub extensions: &'static [&'static str],
}

impl Default for Manner {
    fn default() -> Manner {
        Manner { replies: Replies::Together, pace: 0, extensions: &["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"] }
    }
}

type Script = dyn Fn(Moment<'_>) -> Act + Send + Sync;

/// A next hop on a port of its own. Dropped: it stops listening and cuts its connections.
pub struct Hop {
    door: Door,
    state: Arc<State>,
}

struct State {
    manner: Mutex<Manner>,
    script: Mutex<Arc<Script>>,
    kept: Mutex<Kept>,
    arrived: Condvar,
}

#[derive(Default)]
struct Kept {
    record: Record,
    named: HashMap<String, usize>,
    mails: usize,
    data: usize,
    dots: usize,
    cut: usize,
}

impl Hop {
    /// A hop in fine weather.
    pub fn fine() -> Hop {
        Hop::with(Manner::default(), |_| Act::Usual)
    }

    /// A hop that behaves so and plays this script.
    pub fn with(manner: Manner, script: impl Fn(Moment<'_>) -> Act + Send + Sync + 'static) -> Hop {
        let state = Arc::new(State {
            manner: Mutex::new(manner),
            script: Mutex::new(Arc::new(script)),
            kept: Mutex::default(),
            arrived: Condvar::new(),
        });
        let shared = Arc::clone(&state);
        Hop { door: Door::open(move |stream, number| talk::serve(&shared, stream, number)), state }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Plays another script from now on.
    pub fn play(&self, script: impl Fn(Moment<'_>) -> Act + Send + Sync + 'static) {
        *self.state.script.lock().unwrap() = Arc::new(script);
    }

    /// The weather clears: every moment is as usual.
    pub fn clear(&self) {
        self.play(|_| Act::Usual);
    }

    /// Goes away: open connections end so, and new ones are refused.
    pub fn down(&self, end: End) {
        self.door.shut(end);
    }

    /// Comes back, on the same port.
    pub fn up(&self) {
        self.door.reopen();
    }

    /// What reached it until now.
    pub fn record(&self) -> Record {
        let kept = self.state.kept.lock().unwrap();
        Record { connections: self.door.accepted(), cut: self.door.cut_off() + kept.cut, ..kept.record.clone() }
    }

    /// How many connections it has accepted.
    pub fn connections(&self) -> usize {
        self.door.accepted()
    }

    /// Waits until it has told clients of `many` messages that it has them; false where that took longer than `limit`.
    pub fn told(&self, many: usize, limit: Duration) -> bool {
        self.wait(limit, |record| record.taken.iter().filter(|taken| taken.is_told()).count() >= many)
    }

    /// Waits until its record satisfies `enough`; false where that took longer than `limit`.
    pub fn wait(&self, limit: Duration, enough: impl Fn(&Record) -> bool) -> bool {
        let deadline = Instant::now() + limit;
        let mut kept = self.state.kept.lock().unwrap();
        while !enough(&kept.record) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            kept = self.state.arrived.wait_timeout(kept, left).unwrap().0;
        }
        true
    }
}

impl State {
    fn ask(&self, moment: Moment<'_>) -> Act {
        let script = Arc::clone(&self.script.lock().unwrap());
        script(moment)
    }

    fn manner(&self) -> Manner {
        *self.manner.lock().unwrap()
    }

    /// Notes that a recipient was named, and says how often before.
    fn name(&self, recipient: &str, connection: usize) -> usize {
        let mut kept = self.kept.lock().unwrap();
        kept.record.seen.push(Seen { recipient: recipient.to_owned(), connection, at: Instant::now() });
        let times = kept.named.entry(recipient.to_owned()).or_default();
        *times += 1;
        let before = *times - 1;
        self.arrived.notify_all();
        before
    }

    fn take(&self, taken: Taken) {
        self.kept.lock().unwrap().record.taken.push(taken);
        self.arrived.notify_all();
    }

    fn note_cut(&self) {
        self.kept.lock().unwrap().cut += 1;
    }

    fn next(&self, counter: fn(&mut Kept) -> &mut usize) -> usize {
        let mut kept = self.kept.lock().unwrap();
        let counter = counter(&mut kept);
        *counter += 1;
        *counter - 1
    }
}
