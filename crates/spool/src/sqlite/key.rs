//! API keys, by name. The secrets of one are one value of one row, so whatever is done with a key is done with all of them.

use rusqlite::{Connection, Row};

use super::ledger::Ledger;
use super::row::{micros, time};
use super::store_error::StoreError;
use crate::{Change, FormerSecret, KeyRecord};

/// Octets of a digest.
const DIGEST: usize = 32;

/// Octets of a former secret: its digest, and the microsecond since 1970 until which it goes on, big-endian.
const FORMER: usize = DIGEST + 8;

/// The keys, by name.
pub(super) fn all(connection: &Connection) -> Result<Vec<KeyRecord>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT name, digest, policy, created, expires, revoked FROM api_key ORDER BY name")?;
    let mut rows = statement.query([])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(read(row)?);
    }
    Ok(keys)
}

pub(super) fn read(row: &Row<'_>) -> Result<KeyRecord, StoreError> {
    let (digest, former) = secrets(row.get_ref(1)?.as_blob().unwrap_or_default())?;
    Ok(KeyRecord {
        name: row.get(0)?,
        digest,
        former,
        policy: row.get(2)?,
        created: time(row.get(3)?)?,
        expires: row.get::<_, Option<i64>>(4)?.map(time).transpose()?,
        revoked: row.get::<_, Option<i64>>(5)?.map(time).transpose()?,
    })
}

/// Adds or replaces a key.
pub(super) fn put(ledger: &mut Ledger, key: &KeyRecord) -> Result<(), StoreError> {
    let mut secrets = key.digest.to_vec();
    for former in &key.former {
        secrets.extend(former.digest);
        secrets.extend(micros(former.until).to_be_bytes());
    }
    ledger.execute(
        "INSERT OR REPLACE INTO api_key (name, digest, policy, created, expires, revoked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (&key.name, secrets, &key.policy, micros(key.created), key.expires.map(micros), key.revoked.map(micros)),
    )?;
    ledger.changes(|| Change::Keys);
    Ok(())
}

/// The secret that holds, and those before it: none in a row of the time before keys had several.
fn secrets(octets: &[u8]) -> Result<([u8; DIGEST], Vec<FormerSecret>), StoreError> {
    let cut = || StoreError::Damaged("the digest of a key is cut off".into());
    let (digest, rest) = octets.split_first_chunk::<DIGEST>().ok_or_else(cut)?;
    let (former, rest) = rest.as_chunks::<FORMER>();
    if !rest.is_empty() {
        return Err(cut());
    }
    Ok((*digest, former.iter().map(one_former).collect::<Result<_, _>>()?))
}

fn one_former(octets: &[u8; FORMER]) -> Result<FormerSecret, StoreError> {
    let (mut digest, mut until) = ([0; DIGEST], [0; FORMER - DIGEST]);
    digest.copy_from_slice(&octets[..DIGEST]);
    until.copy_from_slice(&octets[DIGEST..]);
    Ok(FormerSecret { digest, until: time(i64::from_be_bytes(until))? })
}
