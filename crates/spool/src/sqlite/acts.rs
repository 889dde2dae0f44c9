//! What people have done to entries. It lies with their attempts, under numbers below zero.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::facts::Fact;
use super::ledger::Ledger;
use super::numbering;
use super::row::{micros, time};
use super::store_error::StoreError;
use crate::{Act, EntryId, QueueAction};

/// Adds what was done now.
pub(super) fn insert(ledger: &mut Ledger, key: i64, verb: QueueAction, now: Timestamp) -> Result<(), StoreError> {
    let number: i64 = ledger
        .prepare(
            "INSERT INTO attempt (entry, try, at, outcome)
             VALUES (?1, (SELECT coalesce(min(try), 0) - 1 FROM attempt WHERE entry = ?1 AND try < 0), ?2, ?3)
             RETURNING -try",
        )?
        .query_row((key, micros(now), code(verb)), |row| row.get(0))?;
    ledger.facts.add(Fact::Acted(key, u32::try_from(number).unwrap_or(u32::MAX)));
    Ok(())
}

/// All that was done to an entry, oldest first.
pub(super) fn all(connection: &Connection, key: i64) -> Result<Vec<Act>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT at, outcome FROM attempt WHERE entry = ?1 AND try < 0 ORDER BY try DESC")?;
    let mut rows = statement.query([key])?;
    let mut acts = Vec::new();
    while let Some(row) = rows.next()? {
        acts.push(read(row)?);
    }
    Ok(acts)
}

/// One of them, from 1.
pub(super) fn one(connection: &Connection, key: i64, number: u32) -> Result<Option<Act>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT at, outcome FROM attempt WHERE entry = ?1 AND try = -?2")?;
    let found = statement.query_row((key, number), |row| Ok(read(row))).optional()?;
    found.transpose()
}

/// Entries that are held, and were last held then.
pub(super) fn held_at(connection: &Connection, at: Timestamp, limit: usize) -> Result<Vec<EntryId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM entry INDEXED BY entry_open WHERE state < 10 AND state = 1
         AND (SELECT at FROM attempt WHERE entry = entry.id AND try < 0 AND outcome = ?1 ORDER BY try LIMIT 1) = ?2
         LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let keys = statement.query_map((code(QueueAction::Hold), micros(at), limit), |row| row.get(0))?;
    let keys = keys.collect::<Result<Vec<i64>, _>>()?;
    Ok(keys.into_iter().map(numbering::entry_id).collect())
}

pub(super) fn read(row: &Row<'_>) -> Result<Act, StoreError> {
    Ok(Act { at: time(row.get(0)?)?, verb: verb(row.get(1)?)? })
}

fn code(verb: QueueAction) -> i64 {
    match verb {
        QueueAction::Hold => 0,
        QueueAction::Release => 1,
        QueueAction::Drop => 2,
        QueueAction::Retry => 3,
    }
}

fn verb(code: i64) -> Result<QueueAction, StoreError> {
    match code {
        0 => Ok(QueueAction::Hold),
        1 => Ok(QueueAction::Release),
        2 => Ok(QueueAction::Drop),
        3 => Ok(QueueAction::Retry),
        _ => Err(StoreError::Damaged("an act of no known kind".into())),
    }
}
