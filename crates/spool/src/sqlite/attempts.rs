//! Attempts as they are stored: the last one in the entry's row, those before it in a table of their own.

use rusqlite::Connection;

use super::attempt::{COLUMNS, read};
use super::store_error::StoreError;
use crate::Attempt;

/// Those before the last one, oldest first.
pub(super) fn earlier(connection: &Connection, key: i64) -> Result<Vec<Attempt>, StoreError> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM attempt WHERE entry = ?1 AND try > 0 ORDER BY try"))?;
    let mut rows = statement.query([key])?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next()? {
        attempts.extend(read(row, 0)?);
    }
    Ok(attempts)
}

/// One of them, from 1.
pub(super) fn one(connection: &Connection, key: i64, number: u32) -> Result<Option<Attempt>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM entry WHERE id = ?1 AND tries = ?2
         UNION ALL SELECT {COLUMNS} FROM attempt WHERE entry = ?1 AND try = ?2 LIMIT 1"
    ))?;
    let mut rows = statement.query((key, number))?;
    rows.next()?.map_or(Ok(None), |row| read(row, 0))
}
