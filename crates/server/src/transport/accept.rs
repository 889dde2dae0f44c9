//! Accepting connections: a cap on how many there are at once, and errors that must not end the loop.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::node::caps::{self, Room};

/// How long to wait where the process has no file descriptors left.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// The next connection, with its place among those allowed at once; `None` when it is time to stop.
pub async fn next(
    listener: &TcpListener,
    room: &Arc<Room>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, caps::Seat)> {
    let place = tokio::select! {
        place = room.enter() => place,
        () = stop.cancelled() => return None,
    };
    let (stream, address) = patiently(|| listener.accept(), stop).await?;
    Some((stream, address, place))
}

/// The next connection of any listener; `None` when it is time to stop. EMFILE and its like pass: a loop that ended there
/// would end the service, and one that did not wait would leave nothing of a processor for anybody.
pub async fn patiently<T, F>(mut accept: impl FnMut() -> F, stop: &CancellationToken) -> Option<T>
where
    F: Future<Output = io::Result<T>>,
{
    loop {
        let accepted = tokio::select! {
            accepted = accept() => accepted,
            () = stop.cancelled() => return None,
        };
        match accepted {
            Ok(accepted) => return Some(accepted),
            Err(error) => {
                tracing::warn!(%error, "accept");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

/// Connections at once from one address.
#[derive(Clone, Debug, Default)]
pub struct PerClient {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The place of one connection; given back when it is dropped.
#[derive(Debug)]
pub struct ClientSeat {
    address: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl PerClient {
    /// A place, if the address has not taken so many yet.
    #[must_use]
    pub fn enter(&self, address: IpAddr, most: usize) -> Option<ClientSeat> {
        let address = address.to_canonical();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(ClientSeat { address, open: Arc::clone(&self.open) })
    }
}

impl Drop for ClientSeat {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Instant;

    use tokio_util::sync::CancellationToken;

    use super::{EXHAUSTED, patiently};

    #[tokio::test]
    async fn a_process_without_file_descriptors_waits_before_it_accepts_again_and_goes_on() {
        let (mut left, begun) = (3, Instant::now());
        let accept = || {
            left -= 1;
            let exhausted = left >= 0;
            std::future::ready(if exhausted { Err(io::Error::other("EMFILE")) } else { Ok("a connection") })
        };
        assert_eq!(patiently(accept, &CancellationToken::new()).await, Some("a connection"));
        assert!(begun.elapsed() >= EXHAUSTED * 3, "it spun");
    }
}
