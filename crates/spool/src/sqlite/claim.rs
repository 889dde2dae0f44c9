//! Claiming: who may deliver what, now.
//!
//! An entry whose holder is nobody, or an epoch that is dead, may be claimed; nothing is rewritten when an epoch dies.

use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::entry;
use super::ledger::{Ledger, SetAside, destination};
use super::numbering;
use super::row::{micros, time};
use super::store_error::StoreError;
use crate::{Entry, EntryId, Overdue, OverdueQuery, State, Wanted};

/// Claims due entries for this epoch, oldest due first within a destination.
pub(super) fn claim(ledger: &mut Ledger, wanted: &Wanted, now: Timestamp) -> Result<Vec<Entry>, StoreError> {
    ledger.now = Some(now);
    let found = candidates(ledger, wanted, now);
    let keys = found.map_err(|trouble| if trouble.is_damage() { StoreError::Index } else { trouble })?;
    let mut claimed = Vec::with_capacity(keys.len());
    for key in keys {
        claimed.push(ledger.guard(key, |ledger| take(ledger, key))?);
    }
    Ok(claimed)
}

/// Claims these, where nobody holds them.
pub(super) fn claim_these(ledger: &mut Ledger, ids: &[EntryId], now: Timestamp) -> Result<Vec<Entry>, StoreError> {
    ledger.now = Some(now);
    let mut claimed = Vec::new();
    for &id in ids {
        let key = numbering::entry_key(id);
        let free = "SELECT 1 FROM entry WHERE id = ?1 AND state = 0 AND owner = 0";
        if !ledger.set_aside.contains(key) && ledger.exists(free, [key])? {
            claimed.push(ledger.guard(key, |ledger| take(ledger, key))?);
        }
    }
    Ok(claimed)
}

/// The keys that may be claimed. What is set aside may still be in the index, and is asked for on top.
fn candidates(ledger: &mut Ledger, wanted: &Wanted, now: Timestamp) -> Result<Vec<i64>, StoreError> {
    let mut holders = ledger.owners.dead(&ledger.connection)?;
    holders.push(0);
    let shut = numbers(&ledger.connection, &wanted.shut)?;
    let looks = numbers(&ledger.connection, &wanted.looks)?;
    let shelf = Shelf { ledger, holders: &holders, now: micros(now) };
    let mut keys = shelf.expired(wanted.limit)?;
    for &destination in &looks {
        keys.extend(shelf.oldest_message(destination)?);
    }
    let mut open = destinations(&ledger.connection, &holders)?;
    open.retain(|destination| !shut.contains(destination) && !looks.contains(destination));
    // Those behind the last one that was served come first.
    let turn = open.partition_point(|&destination| destination <= ledger.claimed_up_to);
    open.rotate_left(turn);
    let (shared, last) = shelf.share(&open, wanted.limit)?;
    ledger.claimed_up_to = last.unwrap_or(ledger.claimed_up_to);
    keys.extend(shared);
    let mut seen = HashSet::new();
    keys.retain(|&key| seen.insert(key));
    Ok(keys)
}

/// An entry's place in the order of its destination.
type DuePosition = (i64, i64);

/// Before all places.
const START: DuePosition = (i64::MIN, -1);

/// Most recipients of a message that is sent to look at a destination.
const MAX_LOOK: usize = 100;

/// What is due and held by nobody who lives.
struct Shelf<'a> {
    ledger: &'a Ledger,
    holders: &'a [i64],
    now: i64,
}

impl Shelf<'_> {
    /// Fills `limit` from these destinations, each its share, and what some leave goes to the others. Gives the one that was
    /// served last, too.
    fn share(&self, destinations: &[i64], limit: usize) -> Result<(Vec<i64>, Option<i64>), StoreError> {
        let (mut found, mut last) = (Vec::new(), None);
        let mut open: Vec<(i64, DuePosition)> = destinations.iter().map(|&destination| (destination, START)).collect();
        while found.len() < limit && !open.is_empty() {
            let quota = (limit - found.len()).div_ceil(open.len());
            let mut still_open = Vec::new();
            for (destination, after) in open {
                let most = quota.min(limit - found.len());
                if most == 0 {
                    break;
                }
                let places = self.due(destination, after, most)?;
                if let Some(&end) = places.last() {
                    last = Some(destination);
                    still_open.extend((places.len() == most).then_some((destination, end)));
                }
                found.extend(places);
            }
            open = still_open;
        }
        found.sort_unstable();
        Ok((found.into_iter().map(|(_, key)| key).collect(), last))
    }

    /// Up to so many entries of a destination behind a place, but for those that are set aside.
    fn due(&self, destination: i64, after: DuePosition, most: usize) -> Result<Vec<DuePosition>, StoreError> {
        let mut statement = self.ledger.prepare(
            "SELECT due, id FROM entry INDEXED BY entry_open
             WHERE state < 10 AND state = 0 AND owner = ?1 AND destination = ?2 AND due <= ?3 AND due >= ?4
             AND (due > ?4 OR id > ?5) ORDER BY due, id",
        )?;
        let mut places = Vec::new();
        for &holder in self.holders {
            let mut rows = statement.query((holder, destination, self.now, after.0, after.1))?;
            let mut taken = 0;
            while taken < most
                && let Some(row) = rows.next()?
            {
                let key = row.get(1)?;
                if !self.ledger.set_aside.contains(key) {
                    places.push((row.get(0)?, key));
                    taken += 1;
                }
            }
        }
        places.sort_unstable();
        places.truncate(most);
        Ok(places)
    }

    /// What is given up now, wherever it goes.
    fn expired(&self, most: usize) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.ledger.prepare(
            "SELECT id FROM entry INDEXED BY entry_ends
             WHERE ends > 0 AND state < 10 AND state = 0 AND owner = ?1 AND ends <= ?2 ORDER BY ends",
        )?;
        let mut keys = Vec::new();
        for &holder in self.holders {
            let mut rows = statement.query((holder, self.now))?;
            while keys.len() < most
                && let Some(row) = rows.next()?
            {
                let key = row.get(0)?;
                keys.extend((!self.ledger.set_aside.contains(key)).then_some(key));
            }
        }
        Ok(keys)
    }

    /// The entries of the message that has waited longest for a destination.
    fn oldest_message(&self, destination: i64) -> Result<Vec<i64>, StoreError> {
        let places = self.due(destination, START, MAX_LOOK)?;
        let Some(&(_, first)) = places.first() else { return Ok(Vec::new()) };
        let message = numbering::entry_id(first).message;
        let keys = places.into_iter().map(|(_, key)| key);
        Ok(keys.filter(|&key| numbering::entry_id(key).message == message).collect())
    }
}

/// The destinations that the index has, in their order: one step into it for each.
fn destinations(connection: &Connection, holders: &[i64]) -> Result<Vec<i64>, StoreError> {
    let mut found = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT destination FROM entry INDEXED BY entry_open
         WHERE state < 10 AND state = 0 AND owner = ?1 AND destination > ?2 ORDER BY destination LIMIT 1",
    )?;
    for &holder in holders {
        let mut behind = -1;
        while let Some(destination) = statement.query_row((holder, behind), |row| row.get(0)).optional()? {
            found.push(destination);
            behind = destination;
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The numbers of those destinations that have one.
fn numbers(connection: &Connection, names: &[Arc<str>]) -> Result<HashSet<i64>, StoreError> {
    let mut numbers = HashSet::with_capacity(names.len());
    for name in names {
        numbers.extend(destination(connection, name)?);
    }
    Ok(numbers)
}

/// Reads one entry and makes it ours.
fn take(ledger: &Ledger, key: i64) -> Result<Entry, StoreError> {
    let stored = read(&ledger.connection, key)?;
    if stored.standing.state != State::Queued {
        return Err(StoreError::Damaged("its state is not the one it is listed under".into()));
    }
    ledger.execute("UPDATE entry SET owner = ?2 WHERE id = ?1", (key, ledger.epoch()))?;
    Ok(stored.entry)
}

/// Reads one entry by its key. An entry that is listed and not there is damage.
pub(super) fn read(connection: &Connection, key: i64) -> Result<entry::Stored, StoreError> {
    let mut statement = connection.prepare_cached(entry::ENTRY)?;
    let mut rows = statement.query([key])?;
    match rows.next()? {
        Some(row) => entry::read(key, row),
        None => Err(StoreError::Damaged("its row is missing".into())),
    }
}

/// When the next unclaimed entry is due, but for what waits for the destinations that are shut.
pub(super) fn next_due(
    connection: &Connection,
    holders: &[i64],
    shut: &[Arc<str>],
    set_aside: &SetAside,
) -> Result<Option<Timestamp>, StoreError> {
    let shut = numbers(connection, shut)?;
    let mut next = None;
    let mut statement = connection.prepare_cached(
        "SELECT due, id FROM entry INDEXED BY entry_open
         WHERE state < 10 AND state = 0 AND owner = ?1 AND destination = ?2 ORDER BY due",
    )?;
    for destination in destinations(connection, holders)?.into_iter().filter(|number| !shut.contains(number)) {
        for holder in holders {
            let mut rows = statement.query((holder, destination))?;
            while let Some(row) = rows.next()? {
                if !set_aside.contains(row.get(1)?) {
                    let due: i64 = row.get(0)?;
                    next = Some(next.map_or(due, |next: i64| next.min(due)));
                    break;
                }
            }
        }
    }
    let mut over = connection.prepare_cached(
        "SELECT ends, id FROM entry INDEXED BY entry_ends
         WHERE ends > 0 AND state < 10 AND state = 0 AND owner = ?1 ORDER BY ends",
    )?;
    for holder in holders {
        let mut rows = over.query([holder])?;
        while let Some(row) = rows.next()? {
            if !set_aside.contains(row.get(1)?) {
                let at: i64 = row.get(0)?;
                next = Some(next.map_or(at, |next: i64| next.min(at)));
                break;
            }
        }
    }
    next.map(time).transpose()
}

/// What has waited long for a destination. Numbers rise with time, so the oldest have the lowest.
pub(super) fn overdue(connection: &Connection, of: &OverdueQuery, set_aside: &SetAside) -> Result<Overdue, StoreError> {
    let Some(destination) = destination(connection, &of.destination)? else { return Ok(Overdue::default()) };
    let mut statement = connection.prepare_cached(
        "SELECT id FROM entry INDEXED BY entry_open
         WHERE state < 10 AND state = 0 AND owner = 0 AND destination = ?1 AND due <= ?2",
    )?;
    let keys = statement.query_map((destination, micros(of.now)), |row| row.get(0))?;
    // The lowest, and one more: it tells when to come again.
    let mut lowest: BinaryHeap<i64> = BinaryHeap::new();
    for key in keys {
        lowest.push(key?);
        if lowest.len() > of.limit.saturating_add(1) {
            lowest.pop();
        }
    }
    let mut overdue = Overdue::default();
    let mut queued = connection.prepare_cached("SELECT queued FROM message WHERE id = ?1 >> 20")?;
    for key in lowest.into_sorted_vec().into_iter().filter(|&key| !set_aside.contains(key)) {
        let Some(at) = queued.query_row([key], |row| row.get(0)).optional()? else { continue };
        if at >= micros(of.queued_before) || overdue.entries.len() == of.limit {
            overdue.next = Some(time(at)?);
            break;
        }
        overdue.entries.push(numbering::entry_id(key));
    }
    Ok(overdue)
}
