//! Claiming: who may deliver what, now.
//!
//! An entry whose holder is nobody, or an epoch that is dead, may be claimed; nothing is rewritten when an epoch dies.

use jiff::Timestamp;
use rusqlite::Connection;

use super::ledger::{Ledger, SetAside};
use super::row::{self, micros, time};
use super::trouble::Trouble;
use crate::{Entry, State};

/// Claims up to `limit` due entries for this epoch, oldest due first.
pub(super) fn claim(ledger: &mut Ledger, limit: usize, now: Timestamp) -> Result<Vec<Entry>, Trouble> {
    ledger.now = Some(now);
    let mut claimed = Vec::new();
    for key in candidates(ledger, limit, now)? {
        claimed.push(ledger.guard(key, |ledger| take(ledger, key))?);
    }
    Ok(claimed)
}

/// The keys that may be claimed. What is set aside may still be in the index, and is asked for on top.
fn candidates(ledger: &Ledger, limit: usize, now: Timestamp) -> Result<Vec<i64>, Trouble> {
    index_candidates(ledger, limit, now).map_err(|trouble| if trouble.is_damage() { Trouble::Index } else { trouble })
}

fn index_candidates(ledger: &Ledger, limit: usize, now: Timestamp) -> Result<Vec<i64>, Trouble> {
    let most = i64::try_from(limit.saturating_add(ledger.set_aside.len())).unwrap_or(i64::MAX);
    let mut holders = ledger.owners.dead(&ledger.connection)?;
    holders.push(0);
    let mut found: Vec<(i64, i64)> = Vec::new();
    let mut statement = ledger.prepare(
        "SELECT due, id FROM entry INDEXED BY entry_open
         WHERE state < 10 AND state = 0 AND owner = ?1 AND due <= ?2 ORDER BY due, id LIMIT ?3",
    )?;
    for holder in holders {
        let mut rows = statement.query((holder, micros(now), most))?;
        while let Some(row) = rows.next()? {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    found.sort_unstable();
    let keys = found.into_iter().map(|(_, key)| key).filter(|&key| !ledger.set_aside.contains(key));
    Ok(keys.take(limit).collect())
}

/// Reads one entry and makes it ours.
fn take(ledger: &Ledger, key: i64) -> Result<Entry, Trouble> {
    let stored = read(&ledger.connection, key)?;
    if stored.state != State::Queued {
        return Err(Trouble::Damaged("its state is not the one it is listed under".into()));
    }
    ledger.execute("UPDATE entry SET owner = ?2 WHERE id = ?1", (key, ledger.epoch()))?;
    Ok(stored.entry)
}

/// Reads one entry by its key. An entry that is listed and not there is damage.
pub(super) fn read(connection: &Connection, key: i64) -> Result<row::StoredEntry, Trouble> {
    let mut statement = connection.prepare_cached(row::ENTRY)?;
    let mut rows = statement.query([key])?;
    match rows.next()? {
        Some(row) => row::read_entry(key, row),
        None => Err(Trouble::Damaged("its row is missing".into())),
    }
}

/// When the next unclaimed entry is due.
pub(super) fn next_due(
    connection: &Connection,
    dead: Vec<i64>,
    set_aside: &SetAside,
) -> Result<Option<Timestamp>, Trouble> {
    let most = i64::try_from(set_aside.len()).unwrap_or(i64::MAX).saturating_add(1);
    let mut next = None;
    let mut statement = connection.prepare_cached(
        "SELECT due, id FROM entry INDEXED BY entry_open
         WHERE state < 10 AND state = 0 AND owner = ?1 ORDER BY due LIMIT ?2",
    )?;
    for holder in dead.into_iter().chain([0]) {
        let mut rows = statement.query((holder, most))?;
        while let Some(row) = rows.next()? {
            if !set_aside.contains(row.get(1)?) {
                let due: i64 = row.get(0)?;
                next = Some(next.map_or(due, |next: i64| next.min(due)));
                break;
            }
        }
    }
    next.map(time).transpose()
}
