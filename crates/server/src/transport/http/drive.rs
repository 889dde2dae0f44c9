//! One connection's life: hyper does what it can do, what was written goes out, and whoever takes nothing is left.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ledger::Ledger;
use super::wire::{Pushed, Stream, Wire};

/// How long a connection may be without a request.
const IDLE: Duration = Duration::from_secs(60);

/// The least time that a client has to take something of an answer.
const LEAST: Duration = Duration::from_millis(100);

/// How long a client that is still sending may take to read the answer that ends its connection, how long it may be silent
/// meanwhile, and how many octets of its are thrown away.
const LINGER: Duration = Duration::from_secs(30);
const SILENCE: Duration = Duration::from_secs(5);
const UNREAD: usize = 256 * 1024 * 1024;

/// Why the work on a connection ended.
pub(super) enum End {
    /// hyper is done with it.
    Done(io::Result<()>),
    /// There was no request for long.
    Idle,
}

/// Lets `connection` work until it ends.
///
/// # Errors
/// The client has taken nothing of an answer for `stall`.
pub(super) async fn drive<C, E, S>(
    mut connection: Pin<&mut C>,
    wire: &Wire<S>,
    (ledger, stall): (&Ledger, Duration),
) -> io::Result<End>
where
    C: Future<Output = Result<(), E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
    S: Stream,
{
    let stall = stall.max(LEAST);
    let mut watch = pin!(tokio::time::sleep(stall.min(IDLE)));
    std::future::poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(Ok(End::Done(ended.map_err(io::Error::other))));
            }
            if wire.push(cx)? == Pushed::AsFarAsItGoes {
                break;
            }
        }
        while watch.as_mut().poll(cx).is_ready() {
            let unread = ledger.unread_for().unwrap_or_default();
            let idle = ledger.idle_for().unwrap_or_default();
            if unread >= stall {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read")));
            }
            if idle >= IDLE {
                return Poll::Ready(Ok(End::Idle));
            }
            let next = stall.saturating_sub(unread).min(IDLE.saturating_sub(idle));
            watch.as_mut().reset(Instant::now() + next);
        }
        Poll::Pending
    })
    .await
}

/// Ends a connection so that the client gets what was written to it: closed with octets of the client's unread it would be
/// reset, and the answer lost with it (RFC 9112 §9.6).
pub(super) async fn part<S: Stream>(wire: &Wire<S>, stop: &CancellationToken) {
    let parting = async {
        std::future::poll_fn(|cx| wire.poll_close(cx)).await?;
        let mut left = UNREAD;
        while left > 0 {
            let next = std::future::poll_fn(|cx| match wire.poll_discard(cx) {
                // What has come is read; who stops does not wait for more.
                Poll::Pending if stop.is_cancelled() => Poll::Ready(Ok(0)),
                next => next,
            });
            let next = tokio::select! {
                next = tokio::time::timeout(SILENCE, next) => next??,
                () = stop.cancelled(), if !stop.is_cancelled() => continue,
            };
            if next == 0 {
                break;
            }
            left = left.saturating_sub(next);
        }
        io::Result::Ok(())
    };
    let _ = tokio::time::timeout(LINGER, parting).await;
}
