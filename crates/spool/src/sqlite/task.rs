//! An operation on its way through the writer: work to be done inside a transaction, and somebody who waits for the end.

use tokio::sync::oneshot;

use super::ledger::Ledger;
use super::store_error::StoreError;
use crate::{EntryId, Refusal};

/// What the writer sees of an operation.
pub(super) trait Task: Send {
    /// Roughly how many octets it writes: batches are bounded by it.
    fn octets(&self) -> usize;

    /// Does the work inside the open transaction. An error spoils the whole transaction; what only refuses this operation
    /// is kept for its caller. It may be called again after a rollback.
    fn run(&mut self, ledger: &mut Ledger) -> Result<(), StoreError>;

    /// Tells the caller. Gives back the entries that were claimed for a caller who is gone.
    fn finish(self: Box<Self>, end: Result<(), Refusal>) -> Vec<EntryId>;
}

/// A [`Task`] made of a closure.
pub(super) struct Job<T, W> {
    work: W,
    octets: usize,
    result: Result<T, Refusal>,
    caller: oneshot::Sender<Result<T, Refusal>>,
    claimed: fn(&T) -> Vec<EntryId>,
}

impl<T, W> Job<T, W>
where
    T: Send,
    W: FnMut(&mut Ledger) -> Result<T, StoreError> + Send,
{
    pub(super) fn new(
        octets: usize,
        work: W,
        claimed: fn(&T) -> Vec<EntryId>,
    ) -> (Box<Self>, oneshot::Receiver<Result<T, Refusal>>) {
        let (caller, answer) = oneshot::channel();
        (Box::new(Self { work, octets, result: Err(Refusal::Closed), caller, claimed }), answer)
    }
}

impl<T, W> Task for Job<T, W>
where
    T: Send,
    W: FnMut(&mut Ledger) -> Result<T, StoreError> + Send,
{
    fn octets(&self) -> usize {
        self.octets
    }

    fn run(&mut self, ledger: &mut Ledger) -> Result<(), StoreError> {
        self.result = match (self.work)(ledger) {
            Ok(value) => Ok(value),
            Err(StoreError::Refused(refusal)) => Err(refusal),
            Err(trouble) => return Err(trouble),
        };
        Ok(())
    }

    fn finish(self: Box<Self>, end: Result<(), Refusal>) -> Vec<EntryId> {
        match self.caller.send(end.and(self.result)) {
            Err(Ok(unheard)) => (self.claimed)(&unheard),
            _ => Vec::new(),
        }
    }
}

/// For operations that claim nothing.
pub(super) fn nothing_claimed<T>(_: &T) -> Vec<EntryId> {
    Vec::new()
}
