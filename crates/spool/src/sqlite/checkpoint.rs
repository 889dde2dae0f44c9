//! Checkpoints: the write-ahead log is moved into the database. Only the writer does it, and the opening of the store.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::ledger::Ledger;
use super::schema;
use super::store_error::StoreError;
use crate::Refusal;
use crate::fail_point::Step;

/// Moves what can be moved without waiting for readers.
pub(super) fn passive(ledger: &Ledger) -> Result<(), StoreError> {
    ledger.options.fail_point.before(Step::Checkpoint)?;
    ledger.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(())
}

/// Moves everything, and cuts the log to nothing, so that no frame of a transaction that failed can ever be read again.
///
/// For readers and writers SQLite waits by itself. For a checkpoint that another opening of the store is at it does not, though
/// it is over soon: that is waited for here.
pub(super) fn truncate(ledger: &Ledger) -> Result<(), StoreError> {
    ledger.options.fail_point.before(Step::Checkpoint)?;
    let until = Instant::now() + schema::BUSY;
    while is_busy(&ledger.connection)? {
        if Instant::now() >= until {
            return Err(Refusal::Storage("the log is in use and cannot be cut".into()).into());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

/// Moves everything and cuts the log, where nobody reads or writes just now; false: somebody does.
pub(super) fn cut(ledger: &mut Ledger) -> Result<bool, StoreError> {
    ledger.options.fail_point.before(Step::Checkpoint)?;
    ledger.connection.busy_timeout(Duration::ZERO)?;
    let busy = is_busy(&ledger.connection);
    ledger.connection.busy_timeout(schema::BUSY)?;
    let is_cut = !busy?;
    if is_cut {
        ledger.log_is_cut();
    }
    Ok(is_cut)
}

/// Between two looks at a checkpoint of another.
const PAUSE: Duration = Duration::from_millis(5);

fn is_busy(connection: &Connection) -> Result<bool, StoreError> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy != 0)
}
