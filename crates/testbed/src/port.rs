//! Free loopback ports for programs that cannot be asked for port 0.
//!
//! A port is claimed by a lock on a file named after it, so that tests in other processes do not take the same one
//! between our look and the program's bind. They lie below Linux' range for outgoing connections (32768 and up), so
//! that no client socket sits on one by chance.

use std::fmt;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rand::RngExt;

/// A loopback port nobody else in these tests uses while this value lives.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _claim: File,
}

impl Port {
    /// Claims a free port on 127.0.0.1. Panics when a thousand tries found none.
    pub fn claim() -> Port {
        let folder = std::env::temp_dir().join("callpost-testbed-ports");
        std::fs::create_dir_all(&folder).expect("a folder for port claims");
        for _ in 0..1000 {
            let number = rand::rng().random_range(20_000..32_000);
            let claim = File::create(folder.join(number.to_string())).expect("a file for a port claim");
            if claim.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Port { number, _claim: claim };
            }
        }
        panic!("no free port on 127.0.0.1 between 20000 and 32000")
    }

    /// The bare number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// `127.0.0.1:number`, to connect to or to listen on.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }

    /// Waits until a program listens there. Panics where `who` does not after 30 seconds.
    pub fn wait_for(&self, who: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(self.address()).is_err() {
            assert!(Instant::now() < deadline, "{who} does not listen on {self}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address())
    }
}
