//! Mailed requests that were taken before they ran.

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::{Connection, Row};

use super::ledger::Ledger;
use super::row::{self, micros, time};
use super::trouble::Trouble;
use crate::{CallKey, Change, Refusal, Taken};

const COLUMNS: &str =
    "SELECT id, key, digest, service, peer, envelope, message, crc, at, started FROM taken WHERE id = ?1 OR key = ?1";

/// Refuses one that is there already, by its id or by what makes it the same request.
pub(super) fn require_new(ledger: &Ledger, request: &Taken) -> Result<(), Trouble> {
    let key = request.key.as_ref().map(|key| &key.0);
    match ledger.exists("SELECT 1 FROM taken WHERE id = ?1 OR key = ?2", (&request.id, key))? {
        true => Err(Refusal::Duplicate(key.unwrap_or(&request.id).clone()).into()),
        false => Ok(()),
    }
}

/// Refuses the end of one that is not there.
pub(super) fn require_open(ledger: &Ledger, id: &str) -> Result<(), Trouble> {
    match ledger.exists("SELECT 1 FROM taken WHERE id = ?1", [id])? {
        true => Ok(()),
        false => Err(Refusal::Unknown.into()),
    }
}

pub(super) fn insert(ledger: &Ledger, request: &Taken) -> Result<(), Trouble> {
    ledger.execute(
        "INSERT INTO taken (id, key, digest, service, peer, envelope, message, crc, at, started)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        (
            &request.id,
            request.key.as_ref().map(|key| &key.0),
            request.digest,
            &request.service,
            &request.peer,
            row::envelope_text(&request.envelope),
            request.message.as_ref(),
            row::seal(&request.message),
            micros(request.at),
            request.started.map(micros),
        ),
    )?;
    Ok(())
}

pub(super) fn end(ledger: &Ledger, id: &str) -> Result<(), Trouble> {
    ledger.execute("DELETE FROM taken WHERE id = ?1", [id])?;
    Ok(())
}

pub(super) fn start(ledger: &mut Ledger, id: &str, now: Timestamp) -> Result<Taken, Trouble> {
    let request = find(&ledger.connection, id)?.ok_or(Refusal::Unknown)?;
    ledger.execute("UPDATE taken SET started = ?2 WHERE id = ?1 AND started IS NULL", (&request.id, micros(now)))?;
    ledger.changes(|| Change::Request(request.id.clone()));
    Ok(request)
}

pub(super) fn all(connection: &Connection) -> Result<Vec<String>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT id FROM taken ORDER BY number")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

pub(super) fn find(connection: &Connection, id: &str) -> Result<Option<Taken>, Trouble> {
    let mut statement = connection.prepare_cached(COLUMNS)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(read).transpose()
}

fn read(row: &Row<'_>) -> Result<Taken, Trouble> {
    let message: Vec<u8> = row.get(6)?;
    if row::seal(&message) != row.get::<_, i64>(7)? {
        return Err(Trouble::Damaged("the octets of a taken request do not match their sum".into()));
    }
    Ok(Taken {
        id: row.get(0)?,
        key: row.get::<_, Option<String>>(1)?.map(CallKey),
        digest: row.get(2)?,
        service: row.get(3)?,
        peer: row.get(4)?,
        envelope: row::envelope(&row.get::<_, String>(5)?)?,
        message: Bytes::from(message),
        at: time(row.get(8)?)?,
        started: row.get::<_, Option<i64>>(9)?.map(time).transpose()?,
    })
}
