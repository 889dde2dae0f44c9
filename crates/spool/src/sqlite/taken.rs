//! Mailed requests that were taken before they ran.

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::ledger::Ledger;
use super::owner::Owners;
use super::row::{self, micros, time};
use super::trouble::Trouble;
use crate::{CallKey, Change, Holder, Refusal, Taken};

const COLUMNS: &str = "SELECT id, key, digest, service, peer, envelope, message, crc, at, started, owner FROM taken WHERE id = ?1 OR key = ?1";

/// Refuses one that is there already, by its id or by what makes it the same request.
pub(super) fn require_new(ledger: &Ledger, request: &Taken) -> Result<(), Trouble> {
    let key = request.key.as_ref().map(|key| &key.0);
    match ledger.exists("SELECT 1 FROM taken WHERE id = ?1 OR key = ?2", (&request.id, key))? {
        true => Err(Refusal::Duplicate(key.unwrap_or(&request.id).clone()).into()),
        false => Ok(()),
    }
}

/// Refuses the end of one that is not there, or not ours.
pub(super) fn require_own(ledger: &Ledger, id: &str) -> Result<(), Trouble> {
    let mut statement = ledger.prepare("SELECT owner FROM taken WHERE id = ?1")?;
    match statement.query_row([id], |row| row.get::<_, Option<i64>>(0)).optional()? {
        None => Err(Refusal::Unknown.into()),
        Some(owner) if owner == Some(ledger.epoch()) => Ok(()),
        Some(_) => Err(Refusal::Fenced.into()),
    }
}

pub(super) fn insert(ledger: &Ledger, request: &Taken) -> Result<(), Trouble> {
    ledger.execute(
        "INSERT INTO taken (id, key, digest, service, peer, envelope, message, crc, at, started, owner)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
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
            ledger.epoch(),
        ),
    )?;
    Ok(())
}

pub(super) fn end(ledger: &Ledger, id: &str) -> Result<(), Trouble> {
    ledger.execute("DELETE FROM taken WHERE id = ?1", [id])?;
    Ok(())
}

pub(super) fn start(ledger: &mut Ledger, id: &str, now: Timestamp) -> Result<Taken, Trouble> {
    let request = find(&ledger.connection, &ledger.owners, id)?.ok_or(Refusal::Unknown)?;
    if request.holder == Holder::Other {
        return Err(Refusal::Fenced.into());
    }
    ledger.execute(
        "UPDATE taken SET started = coalesce(started, ?2), owner = ?3 WHERE id = ?1",
        (&request.id, micros(now), ledger.epoch()),
    )?;
    ledger.changes(|| Change::Request(request.id.clone()));
    Ok(request)
}

/// Those that no other holds who lives.
pub(super) fn all(connection: &Connection, owners: &Owners) -> Result<Vec<String>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT id, owner FROM taken ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        if holder(owners, row.get(1)?) != Holder::Other {
            ids.push(row.get(0)?);
        }
    }
    Ok(ids)
}

pub(super) fn find(connection: &Connection, owners: &Owners, id: &str) -> Result<Option<Taken>, Trouble> {
    let mut statement = connection.prepare_cached(COLUMNS)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(|row| Ok(Taken { holder: holder(owners, row.get(10)?), ..read(row)? })).transpose()
}

/// Rows of the time before they had an owner have none: whoever took them is dead.
fn holder(owners: &Owners, owner: Option<i64>) -> Holder {
    match owner {
        Some(owner) if owner == owners.epoch() => Holder::Us,
        Some(owner) if owners.is_alive(owner) => Holder::Other,
        Some(_) | None => Holder::Dead,
    }
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
        holder: Holder::default(),
    })
}
