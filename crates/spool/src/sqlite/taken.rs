//! Mailed requests that were taken before they ran.

use std::net::SocketAddr;

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::ledger::Ledger;
use super::owner::Owners;
use super::row::{self, Sealing, micros, time};
use super::store_error::StoreError;
use crate::{AcceptedRequest, CallKey, Change, Decision, Holder, Origin, Proof, ProvenBy, Refusal};

pub(super) const SELECT: &str = "SELECT id, key, digest, service, peer, envelope, message, crc, at, started, owner,
    file, tls, certificate, identity, asker, address, proof, privileged, seal, proven, domain FROM taken WHERE id = ?1 OR key = ?1";

/// Stands for a client that has no address.
const NO_ADDRESS: &str = "-";

/// Refuses one that is there already, by its id or by what makes it the same request.
pub(super) fn require_new(ledger: &Ledger, request: &AcceptedRequest) -> Result<(), StoreError> {
    let key = request.key.as_ref().map(CallKey::to_string);
    match ledger.exists("SELECT 1 FROM taken WHERE id = ?1 OR key = ?2", (&request.id, &key))? {
        true => Err(Refusal::Duplicate(key.unwrap_or_else(|| request.id.clone())).into()),
        false => Ok(()),
    }
}

/// Refuses the end of one that is not there, or not ours.
pub(super) fn require_own(ledger: &Ledger, id: &str) -> Result<(), StoreError> {
    let mut statement = ledger.prepare("SELECT owner FROM taken WHERE id = ?1")?;
    match statement.query_row([id], |row| row.get::<_, Option<i64>>(0)).optional()? {
        None => Err(Refusal::Unknown.into()),
        Some(owner) if owner == Some(ledger.epoch()) => Ok(()),
        Some(_) => Err(Refusal::Fenced.into()),
    }
}

/// Inserts it as one of this epoch.
pub(super) fn insert(connection: &Connection, request: &AcceptedRequest, epoch: i64) -> Result<(), StoreError> {
    let Origin { client, file, tls, certificate, identity } = &request.origin;
    let decision = request.decision.as_ref();
    let mut statement = connection.prepare_cached(
        "INSERT INTO taken (id, key, digest, service, peer, envelope, message, crc, at, started, owner,
         file, tls, certificate, identity, asker, address, proof, privileged, seal, proven, domain)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
    )?;
    statement.execute(params![
        request.id,
        request.key.as_ref().map(CallKey::to_string),
        request.digest,
        request.service,
        client_text(*client),
        row::envelope_text(&request.envelope),
        request.message.as_ref(),
        row::seal(&request.message),
        micros(request.at),
        request.started.map(micros),
        epoch,
        file,
        tls,
        certificate,
        identity,
        decision.map(|decision| decision.asker.to_string()),
        decision.map(|decision| decision.address.to_string()),
        decision.map(|decision| decision.proof.by.number()),
        decision.map(|decision| decision.is_privileged),
        seal(request),
        decision.and_then(|decision| identity_of(&decision.proof)),
        decision.and_then(|decision| decision.proof.domain.as_deref()),
    ])?;
    Ok(())
}

/// Of all but when it began and whose it is. The octets of the mail have a sum of their own.
fn seal(request: &AcceptedRequest) -> i64 {
    let Origin { client, file, tls, certificate, identity } = &request.origin;
    let decision = request.decision.as_ref();
    let sealing = Sealing::default()
        .text(Some(&request.id))
        .text(request.key.as_ref().map(CallKey::to_string).as_deref())
        .octets(Some(&request.digest))
        .text(Some(&request.service))
        .text(Some(&client_text(*client)))
        .text(Some(&row::envelope_text(&request.envelope)))
        .number(row::seal(&request.message))
        .number(micros(request.at))
        .text(file.as_deref())
        .text(tls.as_deref())
        .text(certificate.as_deref())
        .text(identity.as_deref())
        .text(decision.map(|decision| decision.asker.to_string()).as_deref())
        .text(decision.map(|decision| decision.address.to_string()).as_deref())
        .number(decision.map_or(-1, |decision| decision.proof.by.number()))
        .number(decision.map_or(-1, |decision| decision.is_privileged.into()));
    // Rows of version 9 and older were sealed without these, which they have not.
    let proven = decision.and_then(|decision| identity_of(&decision.proof));
    let domain = decision.and_then(|decision| decision.proof.domain.as_deref());
    match (proven, domain) {
        (None, None) => sealing.seal(),
        (proven, domain) => sealing.text(proven).text(domain).seal(),
    }
}

/// Who is proven, where anybody is.
fn identity_of(proof: &Proof) -> Option<&str> {
    (!proof.identity.is_empty()).then_some(proof.identity.as_str())
}

fn client_text(client: Option<SocketAddr>) -> String {
    client.map_or_else(|| NO_ADDRESS.to_owned(), |client| client.to_string())
}

pub(super) fn end(ledger: &Ledger, id: &str) -> Result<(), StoreError> {
    ledger.overwrite()?;
    ledger.execute("DELETE FROM taken WHERE id = ?1", [id])?;
    Ok(())
}

pub(super) fn start(ledger: &mut Ledger, id: &str, now: Timestamp) -> Result<AcceptedRequest, StoreError> {
    let request = find(&ledger.connection, &ledger.owners, id)?.ok_or(Refusal::Unknown)?;
    if request.holder == Holder::Other {
        return Err(Refusal::Fenced.into());
    }
    // The row is written anew; its octets go from where they were.
    ledger.overwrite()?;
    ledger.execute(
        "UPDATE taken SET started = coalesce(started, ?2), owner = ?3 WHERE id = ?1",
        (&request.id, micros(now), ledger.epoch()),
    )?;
    ledger.changes(|| Change::Request(request.id.clone()));
    Ok(request)
}

/// Those that no other holds who lives.
pub(super) fn all(connection: &Connection, owners: &Owners) -> Result<Vec<String>, StoreError> {
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

pub(super) fn find(connection: &Connection, owners: &Owners, id: &str) -> Result<Option<AcceptedRequest>, StoreError> {
    let mut statement = connection.prepare_cached(SELECT)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(|row| Ok(AcceptedRequest { holder: holder(owners, row.get(10)?), ..read(row)? })).transpose()
}

/// Rows of the time before they had an owner have none: whoever took them is dead.
fn holder(owners: &Owners, owner: Option<i64>) -> Holder {
    match owner {
        Some(owner) if owner == owners.epoch() => Holder::Us,
        Some(owner) if owners.is_alive(owner) => Holder::Other,
        Some(_) | None => Holder::Dead,
    }
}

/// Reads one row of [`SELECT`]; whose it is stays open.
pub(super) fn read(row: &Row<'_>) -> Result<AcceptedRequest, StoreError> {
    let message: Vec<u8> = row.get(6)?;
    if row::seal(&message) != row.get::<_, i64>(7)? {
        return Err(StoreError::Damaged("the octets of a taken request do not match their sum".into()));
    }
    let request = AcceptedRequest {
        id: row.get(0)?,
        key: row.get::<_, Option<String>>(1)?.map(CallKey::of),
        digest: row.get(2)?,
        service: row.get(3)?,
        origin: origin(row)?,
        decision: decision(row)?,
        envelope: row::envelope(&row.get::<_, String>(5)?)?,
        message: Bytes::from(message),
        at: time(row.get(8)?)?,
        started: row.get::<_, Option<i64>>(9)?.map(time).transpose()?,
        holder: Holder::default(),
    };
    row::require_seal(row.get(19)?, seal(&request), "a taken request")?;
    Ok(request)
}

/// Rows of version 4 and older have the name of the file behind the client's address.
fn origin(row: &Row<'_>) -> Result<Origin, StoreError> {
    let (peer, file): (String, Option<String>) = (row.get(4)?, row.get(11)?);
    let (client, older) = peer.split_once(' ').map_or((peer.as_str(), None), |(client, file)| (client, Some(file)));
    let client = match client {
        NO_ADDRESS => None,
        client => Some(client.parse().map_err(|_| StoreError::Damaged("a client's address that is none".into()))?),
    };
    let file = file.or_else(|| older.map(str::to_owned));
    Ok(Origin { client, file, tls: row.get(12)?, certificate: row.get(13)?, identity: row.get(14)? })
}

fn decision(row: &Row<'_>) -> Result<Option<Decision>, StoreError> {
    let Some(asker) = row.get::<_, Option<String>>(15)? else { return Ok(None) };
    Ok(Some(Decision {
        asker: row::mailbox(&asker)?,
        address: row::mailbox(&row.get::<_, String>(16)?)?,
        proof: proof(row)?,
        is_privileged: row.get(18)?,
    }))
}

/// Rows of version 9 and older do not say who was proven.
fn proof(row: &Row<'_>) -> Result<Proof, StoreError> {
    let by = ProvenBy::of_number(row.get(17)?).ok_or_else(|| StoreError::Damaged("an unknown proof".into()))?;
    Ok(Proof { by, identity: row.get::<_, Option<String>>(20)?.unwrap_or_default(), domain: row.get(21)? })
}
