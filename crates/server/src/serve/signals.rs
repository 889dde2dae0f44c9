//! Signals: TERM drains, INT and a second TERM end at once, HUP reads the configuration again.

use diagnostic::{Code, Diagnostic, Outcome};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::Mutex;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Stop accepting, finish what is in hand, exit 0.
    Drain,
    /// Stop now; nothing that was acknowledged is lost.
    Now,
    /// Read the configuration again.
    Reload,
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

/// Hears signals of one kind from now on: for commands that end in their own way.
///
/// # Errors
/// The process can hear no signals.
pub fn stream(kind: SignalKind) -> Outcome<Stream> {
    signal(kind)
        .map_err(|error| Box::new(Diagnostic::new(Code::Bug, "no signal can be heard").because(error.to_string())))
}

/// Begins to listen.
pub(super) fn listen() -> Outcome<Signals> {
    let streams = Streams {
        term: stream(SignalKind::terminate())?,
        int: stream(SignalKind::interrupt())?,
        hup: stream(SignalKind::hangup())?,
    };
    Ok(Signals { streams: Mutex::new(streams) })
}

impl Signals {
    /// The next signal.
    pub(super) async fn wait(&self) -> Signal {
        let mut streams = self.streams.lock().await;
        let Streams { term, int, hup } = &mut *streams;
        tokio::select! {
            _ = term.recv() => Signal::Drain,
            _ = int.recv() => Signal::Now,
            _ = hup.recv() => Signal::Reload,
        }
    }

    /// The work, or nothing of what is left of it after one more signal.
    pub(super) async fn or_again<T>(&self, work: impl Future<Output = T>) {
        let again = async { while self.wait().await == Signal::Reload {} };
        tokio::select! {
            _ = work => {}
            () = again => {}
        }
    }
}
