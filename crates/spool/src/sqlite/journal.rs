//! Lines of the journal.

use rusqlite::Connection;

use super::ledger::Ledger;
use super::row::{micros, time};
use super::trouble::Trouble;
use crate::Event;

pub(super) fn insert(ledger: &Ledger, events: &[Event]) -> Result<(), Trouble> {
    for event in events {
        ledger.execute(
            "INSERT INTO event (at, about, text) VALUES (?1, ?2, ?3)",
            (micros(event.at), &event.about, &event.text),
        )?;
    }
    Ok(())
}

/// The last lines, newest first.
pub(super) fn last(connection: &Connection, limit: usize) -> Result<Vec<Event>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT at, about, text FROM event ORDER BY id DESC LIMIT ?1")?;
    let mut rows = statement.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
    collect(&mut rows)
}

/// The lines about something, oldest first.
pub(super) fn about(connection: &Connection, about: &str) -> Result<Vec<Event>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT at, about, text FROM event WHERE about = ?1 ORDER BY id")?;
    let mut rows = statement.query([about])?;
    collect(&mut rows)
}

fn collect(rows: &mut rusqlite::Rows<'_>) -> Result<Vec<Event>, Trouble> {
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(Event { at: time(row.get(0)?)?, about: row.get(1)?, text: row.get(2)? });
    }
    Ok(events)
}
