//! A part of this machine without a network: a network namespace of its own, whose loopback is another one. Programs there
//! reach nothing here, and are reached by nothing, but over the bridges that a test builds, each for one port.
//!
//! A bridge is made of two sockets, one on each side: a socket stays where it was made.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// How long it may take until it is there.
const PATIENCE: Duration = Duration::from_secs(20);

/// The island. Needs [`crate::Requirement::Root`]. Dropped: the namespace goes with the last program in it.
#[derive(Debug)]
pub struct Island {
    keeper: Child,
    namespace: Arc<File>,
}

impl Island {
    /// A new one, with its own loopback and nothing else.
    pub fn new() -> Island {
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-c", "ip link set lo up && exec sleep 86400"]);
        let mut keeper = command.stdin(Stdio::null()).spawn().expect("unshare");
        let (own, its) = ("/proc/self/ns/net".to_owned(), format!("/proc/{}/ns/net", keeper.id()));
        let deadline = Instant::now() + PATIENCE;
        let name = |path: &str| std::fs::read_link(path).ok();
        while name(&its).is_none() || name(&its) == name(&own) {
            let ended = keeper.try_wait().expect("the keeper's state");
            assert!(ended.is_none() && Instant::now() < deadline, "no network namespace: {ended:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        let island = Island { keeper, namespace: Arc::new(File::open(its).expect("the namespace")) };
        while island.here(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).is_err() {
            assert!(Instant::now() < deadline, "the island has no loopback");
            std::thread::sleep(Duration::from_millis(10));
        }
        island
    }

    /// Program and arguments that run another program there.
    pub fn prefix(&self) -> [String; 2] {
        ["nsenter".to_owned(), format!("--net=/proc/{}/ns/net", self.keeper.id())]
    }

    /// A command that runs this program there.
    pub fn command(&self, program: &str) -> Command {
        let [nsenter, at] = self.prefix();
        let mut command = Command::new(nsenter);
        command.arg(at).arg(program);
        command
    }

    /// Waits until a program listens there.
    pub fn wait_for(&self, port: u16) {
        let deadline = Instant::now() + PATIENCE;
        while !self.listens(port) {
            assert!(Instant::now() < deadline, "nobody listens on {port} of the island");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether a program listens there.
    pub fn listens(&self, port: u16) -> bool {
        self.here(move || TcpStream::connect((Ipv4Addr::LOCALHOST, port))).is_ok()
    }

    /// Whoever connects to this port out here reaches that one there.
    pub fn bridge_in(&self, out_here: u16, there: u16) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, out_here)).expect("the near end of a bridge");
        let namespace = Arc::clone(&self.namespace);
        let connect = move || inside(&namespace, move || TcpStream::connect((Ipv4Addr::LOCALHOST, there)));
        std::thread::spawn(move || join_all(&listener, connect));
    }

    /// Whoever connects to this port there reaches that address out here.
    pub fn bridge_out(&self, there: u16, out_here: SocketAddr) {
        let listener = self.here(move || TcpListener::bind((Ipv4Addr::LOCALHOST, there)));
        let listener = listener.expect("the far end of a bridge");
        std::thread::spawn(move || join_all(&listener, move || TcpStream::connect(out_here)));
    }

    fn here<T: Send + 'static>(&self, make: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
        inside(&self.namespace, make)
    }
}

impl Default for Island {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes a socket there: in a thread of its own, which goes there and ends.
fn inside<T: Send + 'static>(
    namespace: &Arc<File>,
    make: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let namespace = Arc::clone(namespace);
    let made = std::thread::spawn(move || {
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
        make()
    });
    made.join().expect("the thread that goes there")
}

fn join_all(listener: &TcpListener, connect: impl Fn() -> io::Result<TcpStream>) {
    for near in listener.incoming().map_while(Result::ok) {
        let Ok(far) = connect() else { continue };
        let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { continue };
        std::thread::spawn(move || carry(near, far));
        std::thread::spawn(move || carry(far_too, near_too));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

impl Drop for Island {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
