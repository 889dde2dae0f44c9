//! A listener that nobody has a reason to visit: each connection means that the server fetched what an attacker named.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Listens for as long as the process lives.
#[derive(Debug)]
pub(super) struct Canary {
    /// Where it listens.
    pub(super) address: SocketAddr,
    hits: Arc<AtomicUsize>,
}

impl Canary {
    pub(super) fn start() -> Canary {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port for the canary");
        let address = listener.local_addr().expect("the canary's address");
        let hits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&hits);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        });
        Canary { address, hits }
    }

    /// Connections until now.
    pub(super) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}
