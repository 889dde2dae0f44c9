//! What a node holds back whose state was restored from a backup. What left after the backup was made would leave again, so
//! mail of the backup is held in the store, and here: requests that were taken and not yet run, mail in the drop folder, and
//! calls that are due to be sent again. What comes new is served as ever.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::run_queue::RunQueue;

/// What is held back, until it is let go.
#[derive(Debug)]
pub struct Restored {
    holds: watch::Sender<bool>,
    requests: Mutex<Vec<String>>,
}

impl Restored {
    /// What this state folder holds back of these requests; the others may run.
    #[must_use]
    pub fn of(state: &Path, waiting: Vec<String>) -> (Self, Vec<String>) {
        let holds = state::restored::marked(state).is_some();
        let (held, free) = if holds { (waiting, Vec::new()) } else { (Vec::new(), waiting) };
        (Self { holds: watch::Sender::new(holds), requests: Mutex::new(held) }, free)
    }

    /// Whether something is held back.
    #[must_use]
    pub fn holds(&self) -> bool {
        *self.holds.borrow()
    }

    /// Waits until nothing is held back any more; false where `stop` came first.
    pub async fn let_go_before(&self, stop: &CancellationToken) -> bool {
        let mut holds = self.holds.subscribe();
        tokio::select! {
            gone = holds.wait_for(|holds| !holds) => gone.is_ok(),
            () = stop.cancelled() => false,
        }
    }

    /// Lets it go: the requests are run, and whoever waits goes on.
    pub fn let_go(&self, line: &RunQueue) {
        let requests = std::mem::take(&mut *self.requests.lock().unwrap_or_else(PoisonError::into_inner));
        requests.into_iter().for_each(|id| line.add(id));
        self.holds.send_replace(false);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    #[test]
    fn requests_of_a_restored_state_run_when_they_are_let_go_and_others_at_once() {
        let state = tempfile::tempdir().unwrap();
        let (free, waiting) = Restored::of(state.path(), vec!["1".into()]);
        assert_eq!((free.holds(), waiting), (false, vec!["1".to_owned()]));
        state::restored::mark(state.path(), 7).unwrap();
        let (held, waiting) = Restored::of(state.path(), vec!["1".into(), "2".into()]);
        assert!(held.holds() && waiting.is_empty());
        let queue = RunQueue::beginning_with(waiting);
        let mut line = queue.line().unwrap();
        assert!(line.try_recv().is_err());
        held.let_go(&queue);
        assert_eq!((line.try_recv().unwrap(), line.try_recv().unwrap()), ("1".to_owned(), "2".to_owned()));
        assert!(!held.holds());
    }
}
