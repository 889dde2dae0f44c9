//! A faulty wire: a TCP proxy in front of any server, real ones too.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::door::{Door, End, finish};

/// A wire to one server. Dropped: cut, with what is open on it.
pub struct Wire {
    door: Door,
    faults: Arc<Faults>,
}

/// What is wrong with it.
#[derive(Default)]
struct Faults {
    /// Milliseconds each way.
    delay: AtomicU64,
    /// The octet from the client behind which a connection is reset; 0: none.
    cut_behind: AtomicUsize,
    /// Octets go one by one.
    splits: AtomicBool,
    /// Connections reset behind an octet.
    cut: AtomicUsize,
}

impl Wire {
    /// A wire in order, to this server.
    pub fn to(server: SocketAddr) -> Wire {
        let faults = Arc::<Faults>::default();
        let shared = Arc::clone(&faults);
        let door = Door::open(move |client, _| {
            let Ok(server) = TcpStream::connect(server) else { return finish(&client, End::Reset) };
            shared.join(&client, &server);
        });
        Wire { door, faults }
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// From now on, a round trip takes so long on new and open connections.
    pub fn round_trip(&self, time: Duration) {
        let half = u64::try_from(time.as_millis() / 2).expect("a round trip of a human measure");
        self.faults.delay.store(half, Ordering::SeqCst);
    }

    /// Each connection is reset behind so many octets from its client; 0: no longer.
    pub fn cut_behind(&self, octets: usize) {
        self.faults.cut_behind.store(octets, Ordering::SeqCst);
    }

    /// Octets go one by one.
    pub fn split(&self) {
        self.faults.splits.store(true, Ordering::SeqCst);
    }

    /// Octets go as they come again.
    pub fn join(&self) {
        self.faults.splits.store(false, Ordering::SeqCst);
    }

    /// Resets what is open.
    pub fn reset(&self) {
        self.door.cut(End::Reset);
    }

    /// Goes away: open connections end so, and new ones are refused.
    pub fn down(&self, end: End) {
        self.door.shut(end);
    }

    /// Comes back, on the same port.
    pub fn up(&self) {
        self.door.reopen();
    }

    /// Connections that it cut until now.
    pub fn cut_off(&self) -> usize {
        self.door.cut_off() + self.faults.cut.load(Ordering::SeqCst)
    }

    /// Connections made over it until now.
    pub fn connections(&self) -> usize {
        self.door.accepted()
    }
}

impl Faults {
    /// Carries octets both ways until both ends are done.
    fn join(self: &Arc<Self>, client: &TcpStream, server: &TcpStream) {
        for stream in [client, server] {
            let _ = stream.set_nodelay(true);
        }
        let handles = (client.try_clone(), server.try_clone());
        let (Ok(back), Ok(from)) = handles else { return };
        let there = Arc::clone(self);
        let backwards = std::thread::spawn(move || there.carry(from, back, 0));
        let handles = (client.try_clone(), server.try_clone());
        if let (Ok(from), Ok(to)) = handles {
            self.carry(from, to, self.cut_behind.load(Ordering::SeqCst));
        }
        let _ = backwards.join();
    }

    /// Carries octets one way; resets both ends behind `cut_behind` of them.
    fn carry(self: &Arc<Self>, mut from: TcpStream, to: TcpStream, cut_behind: usize) {
        let (queue, due) = mpsc::channel::<(Instant, Vec<u8>)>();
        let faults = Arc::clone(self);
        let writer = std::thread::spawn(move || faults.write(&due, to, cut_behind));
        let mut octets = vec![0; 64 << 10];
        while let Ok(read) = from.read(&mut octets) {
            let at = Instant::now() + Duration::from_millis(self.delay.load(Ordering::SeqCst));
            if queue.send((at, octets[..read].to_vec())).is_err() || read == 0 {
                break;
            }
        }
        drop(queue);
        if writer.join().is_ok_and(|cut| cut) {
            finish(&from, End::Reset);
        }
    }

    /// Writes what is due when it is due; true where the connection was cut.
    fn write(&self, due: &mpsc::Receiver<(Instant, Vec<u8>)>, mut to: TcpStream, cut_behind: usize) -> bool {
        let mut written = 0;
        for (at, mut octets) in due {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            let cut = cut_behind > 0 && written + octets.len() >= cut_behind;
            if cut {
                octets.truncate(cut_behind - written);
            }
            let step = if self.splits.load(Ordering::SeqCst) { 1 } else { octets.len().max(1) };
            if octets.chunks(step).try_for_each(|piece| to.write_all(piece)).is_err() {
                return true;
            }
            written += octets.len();
            if cut {
                self.cut.fetch_add(1, Ordering::SeqCst);
                finish(&to, End::Reset);
                return true;
            }
            if octets.is_empty() {
                let _ = to.shutdown(std::net::Shutdown::Write);
            }
        }
        false
    }
}
