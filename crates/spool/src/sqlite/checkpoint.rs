//! Checkpoints: the write-ahead log is moved into the database. Only the writer does it, and the opening of the store.

use super::ledger::Ledger;
use super::trouble::Trouble;
use crate::Refusal;
use crate::seam::Step;

/// Moves what can be moved without waiting for readers.
pub(super) fn passive(ledger: &Ledger) -> Result<(), Trouble> {
    ledger.options.seam.before(Step::Checkpoint)?;
    ledger.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(())
}

/// Moves everything, and cuts the log to nothing, so that no frame of a transaction that failed can ever be read again.
pub(super) fn truncate(ledger: &Ledger) -> Result<(), Trouble> {
    ledger.options.seam.before(Step::Checkpoint)?;
    let busy: i64 = ledger.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(Refusal::Storage("the log is in use and cannot be cut".into()).into()) }
}
