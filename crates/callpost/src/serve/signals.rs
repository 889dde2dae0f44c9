//! Signals: TERM drains, INT and a second TERM end at once, HUP reloads nothing yet and says so.

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::Mutex;

use crate::complaint::{Code, Complaint, Outcome};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Stop accepting, finish what is in hand, exit 0.
    Drain,
    /// Stop now; nothing that was acknowledged is lost.
    Now,
}

/// The signals of this process.
pub(super) struct Signals {
    streams: Mutex<Streams>,
}

struct Streams {
    term: Stream,
    int: Stream,
    hup: Stream,
}

/// Begins to listen.
pub(super) fn listen() -> Outcome<Signals> {
    let stream = |kind| {
        signal(kind)
            .map_err(|error| Box::new(Complaint::new(Code::Bug, "no signal can be heard").because(error.to_string())))
    };
    let streams = Streams {
        term: stream(SignalKind::terminate())?,
        int: stream(SignalKind::interrupt())?,
        hup: stream(SignalKind::hangup())?,
    };
    Ok(Signals { streams: Mutex::new(streams) })
}

impl Signals {
    /// The next signal that ends the daemon.
    pub(super) async fn wait(&self) -> Signal {
        let mut streams = self.streams.lock().await;
        let Streams { term, int, hup } = &mut *streams;
        loop {
            tokio::select! {
                _ = term.recv() => return Signal::Drain,
                _ = int.recv() => return Signal::Now,
                _ = hup.recv() => tracing::warn!("HUP: this version reads its configuration at start only; restart to change it"),
            }
        }
    }

    /// The work, or nothing of what is left of it after one more signal.
    pub(super) async fn or_again<T>(&self, work: impl Future<Output = T>) {
        tokio::select! {
            _ = work => {}
            _ = self.wait() => {}
        }
    }
}
