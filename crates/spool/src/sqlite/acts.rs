//! What people have done to entries. It lies with their attempts, under numbers below zero.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::facts::Fact;
use super::ledger::Ledger;
use super::row::{micros, time};
use super::trouble::Trouble;
use crate::{Act, Verb};

/// Adds what was done now.
pub(super) fn insert(ledger: &mut Ledger, key: i64, verb: Verb, now: Timestamp) -> Result<(), Trouble> {
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
pub(super) fn all(connection: &Connection, key: i64) -> Result<Vec<Act>, Trouble> {
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
pub(super) fn one(connection: &Connection, key: i64, number: u32) -> Result<Option<Act>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT at, outcome FROM attempt WHERE entry = ?1 AND try = -?2")?;
    let found = statement.query_row((key, number), |row| Ok(read(row))).optional()?;
    found.transpose()
}

pub(super) fn read(row: &Row<'_>) -> Result<Act, Trouble> {
    Ok(Act { at: time(row.get(0)?)?, verb: verb(row.get(1)?)? })
}

fn code(verb: Verb) -> i64 {
    match verb {
        Verb::Hold => 0,
        Verb::Release => 1,
        Verb::Drop => 2,
        Verb::Retry => 3,
    }
}

fn verb(code: i64) -> Result<Verb, Trouble> {
    match code {
        0 => Ok(Verb::Hold),
        1 => Ok(Verb::Release),
        2 => Ok(Verb::Drop),
        3 => Ok(Verb::Retry),
        _ => Err(Trouble::Damaged("an act of no known kind".into())),
    }
}
