//! A port whose listener can be taken away and put back, and whose connections can be cut.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use crate::Port;

/// How a connection is ended by us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// With a FIN, as a program that closes.
    Close,
    /// With a RST, as a machine that was switched off and came back.
    Reset,
}

type Serve = dyn Fn(TcpStream, usize) + Send + Sync;

/// A loopback port that is open or shut.
pub(super) struct Door {
    port: Port,
    rooms: Arc<Rooms>,
    serve: Arc<Serve>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Rooms {
    open: Mutex<Vec<(usize, TcpStream)>>,
    /// Connections that were ever accepted; it numbers them, too.
    accepted: AtomicUsize,
    cut: AtomicUsize,
    shut: Mutex<bool>,
}

impl Door {
    /// An open door; each connection is served on a thread of its own, with its number from 0.
    pub(super) fn open(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Door {
        let door =
            Door { port: Port::claim(), rooms: Arc::default(), serve: Arc::new(serve), listening: Mutex::default() };
        door.reopen();
        door
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// Connections accepted until now.
    pub(super) fn accepted(&self) -> usize {
        self.rooms.accepted.load(Ordering::SeqCst)
    }

    /// Connections that we cut, one way or the other.
    pub(super) fn cut_off(&self) -> usize {
        self.rooms.cut.load(Ordering::SeqCst)
    }

    /// Cuts what is open; new connections are still taken.
    pub(super) fn cut(&self, end: End) {
        for (_, stream) in self.rooms.open.lock().unwrap().drain(..) {
            self.rooms.cut.fetch_add(1, Ordering::SeqCst);
            finish(&stream, end);
        }
    }

    /// Takes the listener away (connections are refused from now on), and cuts what is open.
    pub(super) fn shut(&self, end: End) {
        *self.rooms.shut.lock().unwrap() = true;
        let listening = self.listening.lock().unwrap().take();
        if let Some(thread) = listening {
            let _ = TcpStream::connect(self.address()); // wakes the accept loop, which then sees `shut`
            thread.join().expect("the listener's thread");
        }
        self.cut(end);
    }

    /// Listens again, on the same port.
    pub(super) fn reopen(&self) {
        let listener = TcpListener::bind(self.address()).expect("the port that we claimed");
        *self.rooms.shut.lock().unwrap() = false;
        let (rooms, serve) = (Arc::clone(&self.rooms), Arc::clone(&self.serve));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if *rooms.shut.lock().unwrap() {
                    return;
                }
                rooms.take_in(stream, &serve);
            }
        });
        *self.listening.lock().unwrap() = Some(thread);
    }
}

impl Rooms {
    fn take_in(self: &Arc<Self>, stream: TcpStream, serve: &Arc<Serve>) {
        let Ok(handle) = stream.try_clone() else { return };
        let number = self.accepted.fetch_add(1, Ordering::SeqCst);
        self.open.lock().unwrap().push((number, handle));
        let (rooms, serve) = (Arc::clone(self), Arc::clone(serve));
        std::thread::spawn(move || {
            serve(stream, number);
            rooms.open.lock().unwrap().retain(|(other, _)| *other != number);
        });
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.shut(End::Reset);
    }
}

/// Ends a connection whose other handles may still be in use.
pub(super) fn finish(stream: &TcpStream, end: End) {
    if end == End::Reset {
        let _ = set_socket_linger(stream, Some(Duration::ZERO));
    }
    let _ = stream.shutdown(Shutdown::Both);
}
