//! Mail by the Message-IDs under which its owner sent it.
//!
//! They have no index: it would be paid for with every mail. Ids of ours tell when they were made (RFC 9562 §5.7), and mails
//! are numbered as they come: a few steps by the numbers lead to where a mail must be. Ids that callers wrote themselves are
//! looked for among the newest.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::ledger::SetAside;
use super::numbering;
use super::row::{kind_code, micros};
use super::scan::item;
use super::store_error::StoreError;
use crate::{Item, Kind};

/// How long before its id a mail may have been queued, in microseconds: clocks are set back.
const BEFORE: i64 = 60_000_000;
/// How long behind its id, in microseconds.
const BEHIND: i64 = 120_000_000;
/// Mails that are looked at for one id, at most.
const WINDOW: i64 = 100_000;
/// Mails that are looked at for ids that callers wrote, at most.
const NEWEST: i64 = 1_000_000;
/// Recipients of one mail that are told, at most.
const RECIPIENTS: i64 = 10_000;

pub(super) fn sent(
    connection: &Connection,
    owner: &str,
    message_ids: &[String],
    set_aside: &SetAside,
) -> Result<Vec<Vec<Item>>, StoreError> {
    let newest: i64 = connection.query_row("SELECT next FROM counter WHERE name = 'message'", [], |row| row.get(0))?;
    let look = Look { connection, owner, newest };
    let mut mails: HashMap<&str, Vec<i64>> = HashMap::new();
    let mut others = Vec::new();
    for id in message_ids {
        match mail::message_id::made_at(id) {
            Some(at) => {
                mails.insert(id, look.near(id, micros(at))?);
            }
            None => others.push(id.as_str()),
        }
    }
    if !others.is_empty() {
        look.among_the_newest(&others, &mut mails)?;
    }
    let of = |id: &String| mails.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
    message_ids.iter().map(|id| recipients(connection, of(id), set_aside)).collect()
}

struct Look<'a> {
    connection: &'a Connection,
    owner: &'a str,
    newest: i64,
}

impl Look<'_> {
    /// The mails of this id, which was made then.
    fn near(&self, id: &str, at: i64) -> Result<Vec<i64>, StoreError> {
        let first = self.first_queued_since(at.saturating_sub(BEFORE))?;
        let mut look = self.connection.prepare_cached(
            "SELECT id, queued, message_id = ?2 AND owner = ?3 AND kind = ?4 FROM message
             WHERE id >= ?1 ORDER BY id LIMIT ?5",
        )?;
        let mut rows = look.query((first, id, self.owner, kind_code(Kind::Message), WINDOW))?;
        while let Some(row) = rows.next()? {
            if row.get(2)? {
                return Ok(vec![row.get(0)?]);
            }
            if row.get::<_, i64>(1)? > at.saturating_add(BEHIND) {
                break;
            }
        }
        Ok(Vec::new())
    }

    /// The number from which on mails were queued at this time or later: in halves.
    fn first_queued_since(&self, since: i64) -> Result<i64, StoreError> {
        let mut next =
            self.connection.prepare_cached("SELECT id, queued FROM message WHERE id >= ?1 ORDER BY id LIMIT 1")?;
        let (mut low, mut high) = (0, self.newest);
        while low < high {
            let middle = low + (high - low) / 2;
            let found: Option<(i64, i64)> =
                next.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            match found {
                Some((id, queued)) if queued < since => low = id + 1,
                Some(_) | None => high = middle,
            }
        }
        Ok(low)
    }

    fn among_the_newest<'i>(&self, ids: &[&'i str], mails: &mut HashMap<&'i str, Vec<i64>>) -> Result<(), StoreError> {
        let mut look = self.connection.prepare_cached(
            "SELECT id, message_id FROM message WHERE id > ?1 AND owner = ?2 AND kind = ?3 ORDER BY id",
        )?;
        let before = self.newest.saturating_sub(NEWEST);
        let mut rows = look.query((before, self.owner, kind_code(Kind::Message)))?;
        while let Some(row) = rows.next()? {
            let found = row.get_ref(1)?.as_str().unwrap_or_default();
            if let Some(id) = ids.iter().find(|id| **id == found) {
                mails.entry(id).or_default().push(row.get(0)?);
            }
        }
        Ok(())
    }
}

fn recipients(connection: &Connection, mails: &[i64], set_aside: &SetAside) -> Result<Vec<Item>, StoreError> {
    let mut items = Vec::new();
    let mut entries =
        connection.prepare_cached("SELECT id FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3")?;
    for &mail in mails {
        let (first, last) = numbering::entry_range(mail);
        let keys = entries.query_map((first, last, RECIPIENTS), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        for key in keys {
            items.push(item(connection, key, set_aside)?);
        }
    }
    Ok(items)
}
