//! What one connection owes: requests that are not answered yet, answers that are not written yet, and since when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The account of one connection.
#[derive(Debug)]
pub(super) struct Ledger {
    start: Instant,
    /// Requests whose answers are not written.
    open: AtomicUsize,
    /// Answers that wait to be written.
    unread: AtomicUsize,
    /// When an answer was last begun, or an octet written; in milliseconds since the start.
    written: AtomicU64,
    /// When a request last ended.
    ended: AtomicU64,
}

/// A request in hand, until its answer is written or it is given up.
#[derive(Debug)]
pub(super) struct Request(Arc<Ledger>);

/// An answer that waits to be written.
#[derive(Debug)]
pub(super) struct Answer(Request);

impl Ledger {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            open: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
            written: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        })
    }

    pub(super) fn request(self: &Arc<Self>) -> Request {
        self.open.fetch_add(1, Ordering::Relaxed);
        Request(Arc::clone(self))
    }

    /// Octets have gone out.
    pub(super) fn wrote(&self) {
        self.written.store(self.now(), Ordering::Relaxed);
    }

    /// How long nothing of what waits has been taken by the client; none where nothing waits.
    pub(super) fn unread_for(&self) -> Option<Duration> {
        (self.unread.load(Ordering::Relaxed) > 0).then(|| self.since(&self.written))
    }

    /// How long there has been no request; none where there is one.
    pub(super) fn idle_for(&self) -> Option<Duration> {
        (self.open.load(Ordering::Relaxed) == 0).then(|| self.since(&self.ended))
    }

    fn since(&self, moment: &AtomicU64) -> Duration {
        Duration::from_millis(self.now().saturating_sub(moment.load(Ordering::Relaxed)))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Request {
    /// Its answer is there.
    pub(super) fn answered(self) -> Answer {
        if self.0.unread.fetch_add(1, Ordering::Relaxed) == 0 {
            self.0.wrote();
        }
        Answer(self)
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.ended.store(self.0.now(), Ordering::Relaxed);
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.0.0.unread.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;

    #[test]
    fn a_request_is_open_until_its_answer_is_written() {
        let ledger = Ledger::new();
        assert!(ledger.idle_for().is_some() && ledger.unread_for().is_none());
        let request = ledger.request();
        assert!(ledger.idle_for().is_none() && ledger.unread_for().is_none());
        let answer = request.answered();
        assert!(ledger.idle_for().is_none() && ledger.unread_for().is_some());
        drop(answer);
        assert!(ledger.idle_for().is_some() && ledger.unread_for().is_none());
    }
}
