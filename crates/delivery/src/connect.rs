//! Connections to a host: each of its addresses, IPv6 and IPv4 raced (RFC 8305); or to a socket of this machine.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use mail::Evidence;
use mail::evidence::{Reason, Stage};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::route::HostPort;

/// After so long without an answer the next address is tried beside the one before (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);

/// To whichever address of a host answers first; each is waited for so long.
///
/// # Errors
/// What became of the last.
pub(crate) async fn to_host(host: &HostPort, patience: Duration) -> Result<TcpStream, Evidence> {
    let looked_up = timeout(patience, tokio::net::lookup_host((host.host.as_str(), host.port))).await;
    let addresses = looked_up.map_err(|_| Evidence::at(Stage::Lookup, Reason::TimedOut))?;
    let no_address = |error: io::Error| Evidence::at(Stage::Lookup, Reason::NoAddress.with(error.to_string()));
    to_any(addresses.map_err(no_address)?.collect(), patience).await
}

/// To whichever of these answers first, in their order; each is waited for so long.
///
/// # Errors
/// What became of the last.
pub(crate) async fn to_any(addresses: Vec<SocketAddr>, patience: Duration) -> Result<TcpStream, Evidence> {
    let mut evidence = Evidence::at(Stage::Lookup, Reason::NoAddress);
    let (mut left, mut trying) = (addresses.into_iter(), JoinSet::new());
    loop {
        match left.next() {
            Some(address) => drop(trying.spawn(timeout(patience, TcpStream::connect(address)))),
            None if trying.is_empty() => return Err(evidence),
            None => {}
        }
        let ended = match left.len() {
            0 => trying.join_next().await,
            _ => timeout(HEAD_START, trying.join_next()).await.ok().flatten(),
        };
        match ended {
            Some(Ok(Ok(Ok(stream)))) => {
                let _ = stream.set_nodelay(true); // A group of commands is one write; waiting for more would cost 40 ms.
                return Ok(stream);
            }
            Some(Ok(Ok(Err(error)))) => evidence = failed(&error),
            Some(Ok(Err(_))) => evidence = Evidence::at(Stage::Connect, Reason::TimedOut),
            // A try that panicked, or one that has its head start behind it.
            Some(Err(_)) | None => {}
        }
    }
}

/// To a socket of this machine.
///
/// # Errors
/// Why there is no connection.
pub(crate) async fn locally(path: &Path, patience: Duration) -> Result<UnixStream, Evidence> {
    let connected = timeout(patience, UnixStream::connect(path)).await;
    let connected = connected.map_err(|_| Evidence::at(Stage::Connect, Reason::TimedOut))?;
    connected.map_err(|error| failed(&error))
}

/// There is no connection, for this reason.
pub(crate) fn failed(error: &io::Error) -> Evidence {
    let reason = match error.kind() {
        io::ErrorKind::ConnectionRefused => Reason::ConnectionRefused,
        _ => Reason::NotConnected,
    };
    Evidence::at(Stage::Connect, reason.with(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// An address whose queue of connections is full: a further one gets no answer.
    fn silent() -> (Vec<std::net::TcpStream>, TcpListener, SocketAddr) {
        let (listener, address) = listener();
        rustix::net::listen(&listener, 0).unwrap();
        let short = Duration::from_millis(50);
        let held = std::iter::from_fn(|| std::net::TcpStream::connect_timeout(&address, short).ok()).take(8).collect();
        (held, listener, address)
    }

    #[tokio::test]
    async fn an_address_that_refuses_gives_way_to_the_next() {
        let (gone, nobody) = listener();
        drop(gone);
        let (_listener, there) = listener();
        let stream = to_any(vec![nobody, there], PATIENCE).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), there);
        let evidence = to_any(vec![nobody], PATIENCE).await.unwrap_err();
        assert_eq!((evidence.reason(), evidence.stage), (Some(Reason::ConnectionRefused), Some(Stage::Connect)));
    }

    #[tokio::test]
    async fn an_address_that_is_silent_is_not_waited_for_while_another_answers() {
        let (_held, _full, silent) = silent();
        let (_listener, there) = listener();
        let stream = timeout(PATIENCE / 2, to_any(vec![silent, there], PATIENCE)).await.expect("no wait").unwrap();
        assert_eq!(stream.peer_addr().unwrap(), there);
        let evidence = to_any(vec![silent], Duration::from_millis(100)).await.unwrap_err();
        assert_eq!(evidence.reason(), Some(Reason::TimedOut));
    }

    #[tokio::test]
    async fn no_address_is_no_connection() {
        assert_eq!(to_any(Vec::new(), PATIENCE).await.unwrap_err().reason(), Some(Reason::NoAddress));
    }
}
