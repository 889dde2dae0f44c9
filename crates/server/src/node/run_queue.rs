//! Mailed requests that were taken and wait to be run. The store has them; here is only their order, and the news that
//! there is one more.

use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The line of the requests that wait.
#[derive(Debug)]
pub struct RunQueue {
    more: UnboundedSender<String>,
    line: Mutex<Option<UnboundedReceiver<String>>>,
}

impl RunQueue {
    /// The line as the store knows it: what an earlier run of the program left, oldest first.
    #[must_use]
    pub fn beginning_with(ids: Vec<String>) -> Self {
        let (more, line) = unbounded_channel();
        let waiting = Self { more, line: Mutex::new(Some(line)) };
        ids.into_iter().for_each(|id| waiting.add(id));
        waiting
    }

    /// One more.
    pub fn add(&self, id: String) {
        // Where nobody runs them any more, the next start of the program does.
        let _ = self.more.send(id);
    }

    /// The line, for the one who runs them.
    #[must_use]
    pub fn line(&self) -> Option<UnboundedReceiver<String>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
