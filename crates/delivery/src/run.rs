//! The run of a message with several recipients: what is not delivered is told when the last of them has ended, so that its
//! sender gets one bounce, over however many transactions and sites they were spread.

use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::report::{Ended, Told};

/// The run of one message. What it holds back goes on when the last job that belongs to it is dropped.
#[derive(Debug)]
pub(crate) struct Run {
    told: UnboundedSender<Told>,
    held_back: Mutex<Vec<Ended>>,
}

impl Run {
    pub(crate) fn new(told: UnboundedSender<Told>) -> Self {
        Self { told, held_back: Mutex::default() }
    }

    /// Keeps what has ended otherwise than by delivery. Nothing may wait for it: it would wait for itself.
    pub(crate) fn hold_back(&self, ended: Ended) {
        let ended = Ended { receipt: None, ..ended };
        self.held_back.lock().unwrap_or_else(PoisonError::into_inner).push(ended);
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let held_back = std::mem::take(self.held_back.get_mut().unwrap_or_else(PoisonError::into_inner));
        if !held_back.is_empty() {
            let _ = self.told.send(Told::Ended(held_back));
        }
    }
}
