//! Calls of ours: awaited, and ended exactly once.

use std::collections::HashSet;

use bytes::Bytes;
use jiff::Timestamp;
use mail::EnhancedStatus;
use rusqlite::{Connection, OptionalExtension, Row};

use super::ledger::Ledger;
use super::row::{mailbox, micros, time};
use super::store_error::StoreError;
use crate::{Change, Pending, PendingOutcome, Refusal};

/// Refuses a call whose id or Message-ID is awaited already, in the store or in the same commit.
pub(super) fn require_new(ledger: &Ledger, call: &Pending, seen: &mut HashSet<String>) -> Result<(), StoreError> {
    let known = |sql: &str, id: &str| ledger.exists(sql, [id]);
    if !seen.insert(call.id.clone()) || known("SELECT 1 FROM pending WHERE id = ?1", &call.id)? {
        return Err(Refusal::Duplicate(call.id.clone()).into());
    }
    for id in &call.message_ids {
        if !seen.insert(format!("<{id}>")) || known("SELECT 1 FROM pending_id WHERE message_id = ?1", id)? {
            return Err(Refusal::Duplicate(id.clone()).into());
        }
    }
    Ok(())
}

pub(super) fn insert(ledger: &Ledger, call: &Pending) -> Result<(), StoreError> {
    ledger.execute(
        "INSERT INTO pending (id, recipient, method, protocol, listen, sent, expires, shown)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (
            &call.id,
            call.to.to_string(),
            &call.method,
            &call.protocol,
            &call.listen,
            micros(call.sent),
            micros(call.expires),
            call.shown,
        ),
    )?;
    let number = ledger.connection.last_insert_rowid();
    for (place, id) in (0_i64..).zip(&call.message_ids) {
        ledger
            .execute("INSERT INTO pending_id (message_id, number, place) VALUES (?1, ?2, ?3)", (id, number, place))?;
    }
    if let Some(outcome) = &call.outcome {
        complete(ledger, &call.id, outcome, call.sent)?;
    }
    Ok(())
}

/// Ends a call; false where it is unknown or has ended already.
pub(super) fn complete(
    ledger: &Ledger,
    id: &str,
    outcome: &PendingOutcome,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let status = outcome.bounce_status().map(|status| status.to_string());
    let (code, words, document) = match outcome {
        PendingOutcome::Answered { media_type, document } => (0, Some(media_type), Some(document.as_ref())),
        // What the report documents, so to say: its status has no column of its own.
        PendingOutcome::Bounced { words, .. } => (1, Some(words), status.as_ref().map(String::as_bytes)),
        PendingOutcome::Expired => (2, None, None),
        PendingOutcome::Forgotten => (3, None, None),
    };
    // Its request goes.
    ledger.overwrite()?;
    let changed = ledger.execute(
        "UPDATE pending SET outcome = ?2, words = ?3, document = ?4, ended = ?5, again = NULL, request = NULL
         WHERE id = ?1 AND outcome IS NULL",
        (id, code, words, document, micros(now)),
    )?;
    Ok(changed == 1)
}

/// Ends every call whose time is over, and says which.
pub(super) fn expire(ledger: &mut Ledger, now: Timestamp) -> Result<Vec<String>, StoreError> {
    ledger.now = Some(now);
    let overdue = {
        let mut statement =
            ledger.prepare("SELECT id FROM pending WHERE outcome IS NULL AND expires <= ?1 ORDER BY expires")?;
        statement.query_map([micros(now)], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?
    };
    for id in &overdue {
        complete(ledger, id, &PendingOutcome::Expired, now)?;
        ledger.changes(|| Change::Call(id.clone()));
    }
    Ok(overdue)
}

/// Selects what [`read`] reads.
pub(super) const COLUMNS: &str = "SELECT number, id, recipient, method, protocol, listen, sent, expires, outcome, words, document, shown FROM pending";

/// Every call, newest last. A row that does not decode is named in the log and left out.
pub(super) fn all(connection: &Connection) -> Result<Vec<Pending>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} ORDER BY sent, number"))?;
    let mut rows = statement.query([])?;
    let mut calls = Vec::new();
    while let Some(row) = rows.next()? {
        match read(connection, row) {
            Ok(call) => calls.push(call),
            Err(trouble) if trouble.is_damage() => tracing::error!(?trouble, "a damaged pending call is left out"),
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(calls)
}

/// The call with this id, or that was sent under this Message-ID.
pub(super) fn find(connection: &Connection, id: &str) -> Result<Option<Pending>, StoreError> {
    let number: Option<i64> = connection
        .prepare_cached(
            "SELECT number FROM pending WHERE id = ?1
             UNION ALL SELECT number FROM pending_id WHERE message_id = ?1 LIMIT 1",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?;
    number.map_or(Ok(None), |number| at(connection, number))
}

/// The calls that were sent under one of these ids, each once.
pub(super) fn awaited(connection: &Connection, ids: &[String]) -> Result<Vec<Pending>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT number FROM pending_id WHERE message_id = ?1")?;
    let mut numbers: Vec<i64> = Vec::new();
    for id in ids {
        let number: Option<i64> = statement.query_row([id], |row| row.get(0)).optional()?;
        numbers.extend(number.filter(|number| !numbers.contains(number)));
    }
    numbers.into_iter().filter_map(|number| at(connection, number).transpose()).collect()
}

/// The call of this number.
pub(super) fn at(connection: &Connection, number: i64) -> Result<Option<Pending>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE number = ?1"))?;
    let mut rows = statement.query([number])?;
    rows.next()?.map(|row| read(connection, row)).transpose()
}

/// Reads one row of [`COLUMNS`], and the ids of its call.
pub(super) fn read(connection: &Connection, row: &Row<'_>) -> Result<Pending, StoreError> {
    let number: i64 = row.get(0)?;
    let message_ids = connection
        .prepare_cached("SELECT message_id FROM pending_id WHERE number = ?1 ORDER BY place")?
        .query_map([number], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(Pending {
        id: row.get(1)?,
        message_ids,
        to: mailbox(&row.get::<_, String>(2)?)?,
        method: row.get(3)?,
        protocol: row.get(4)?,
        listen: row.get(5)?,
        sent: time(row.get(6)?)?,
        expires: time(row.get(7)?)?,
        shown: row.get(11)?,
        outcome: read_outcome(row)?,
    })
}

fn read_outcome(row: &Row<'_>) -> Result<Option<PendingOutcome>, StoreError> {
    let Some(code) = row.get::<_, Option<i64>>(8)? else { return Ok(None) };
    Ok(Some(match code {
        0 => {
            let document: Vec<u8> = row.get(10)?;
            PendingOutcome::Answered { media_type: row.get(9)?, document: Bytes::from(document) }
        }
        1 => PendingOutcome::Bounced { status: bounce_status(row)?, words: row.get(9)? },
        2 => PendingOutcome::Expired,
        3 => PendingOutcome::Forgotten,
        _ => return Err(StoreError::Damaged("an unknown outcome of a pending call".into())),
    }))
}

fn bounce_status(row: &Row<'_>) -> Result<Option<EnhancedStatus>, StoreError> {
    let Some(octets) = row.get::<_, Option<Vec<u8>>>(10)? else { return Ok(None) };
    let status = std::str::from_utf8(&octets).ok().and_then(EnhancedStatus::parse);
    status.map(Some).ok_or_else(|| StoreError::Damaged("the status of a bounced call that is none".into()))
}
