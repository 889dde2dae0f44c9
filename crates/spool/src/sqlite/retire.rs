//! The octets of a mail whose last entry has ended go.

use rusqlite::OptionalExtension;

use super::ledger::Ledger;
use super::row::{CAPTURE, KEY, SOLE};
use super::store_error::StoreError;

/// Drops the octets of a mail once its last entry has ended, unless they are to be kept.
pub(super) fn drop_body(ledger: &mut Ledger, message: i64, flags: i64) -> Result<(), StoreError> {
    let is_last = flags & SOLE != 0 || {
        let mut statement = ledger.prepare("UPDATE message SET open = open - 1 WHERE id = ?1 RETURNING open")?;
        statement.query_row([message], |row| row.get::<_, i64>(0)).optional()?.is_some_and(|open| open <= 0)
    };
    let holds_key = flags & KEY != 0;
    if !is_last || flags & CAPTURE != 0 || (ledger.retention.keep_body && !holds_key) {
        return Ok(());
    }
    if holds_key {
        ledger.overwrite()?;
    }
    delete_body(ledger, message)
}

/// Deletes the octets of a mail; a file goes once the transaction is durable.
fn delete_body(ledger: &mut Ledger, message: i64) -> Result<(), StoreError> {
    // Bodies in files are few, and the index on them is small: one look there spares reading the row.
    let file: Option<String> = ledger
        .prepare("SELECT file FROM body WHERE message = ?1 AND file IS NOT NULL")?
        .query_row([message], |row| row.get(0))
        .optional()?;
    ledger.execute("DELETE FROM body WHERE message = ?1", [message])?;
    ledger.unlink.extend(file);
    Ok(())
}
