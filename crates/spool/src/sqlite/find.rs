//! Mails that people seek and have no name of: by the subject, the call that caused them, the time.
//!
//! None of this has an index: it would be paid for with every mail. The rows are gone through, newest first, on a reader.

use jiff::Timestamp;
use rusqlite::{Connection, Row};

use super::row::time;
use super::store_error::StoreError;
use crate::queue::{Known, Search};
use crate::{Found, Sought};

/// Mails that are looked at, at most: a second's work.
const MOST: i64 = 1_000_000;

pub(super) fn find(connection: &Connection, sought: &Sought, limit: usize) -> Result<Found, StoreError> {
    // Whatever page of the mails is damaged, this says how far they go.
    let newest: i64 = connection.query_row("SELECT next FROM counter WHERE name = 'message'", [], |row| row.get(0))?;
    let before = newest.saturating_sub(MOST).max(0);
    let mut look = Look { connection, search: Search::new(sought), most: limit.saturating_add(1), mails: Vec::new() };
    look.between(before, newest)?;
    let mut mails = look.mails;
    let more = mails.len() > limit || has_any_up_to(connection, before)?;
    mails.truncate(limit);
    Ok(Found { mails, more })
}

fn has_any_up_to(connection: &Connection, last: i64) -> Result<bool, StoreError> {
    if last == 0 {
        return Ok(false);
    }
    let mut older = connection.prepare_cached("SELECT 1 FROM message WHERE id <= ?1 LIMIT 1")?;
    match older.exists([last]).map_err(StoreError::from) {
        Err(trouble) if trouble.is_damage() => Ok(true),
        found => found,
    }
}

struct Look<'a> {
    connection: &'a Connection,
    search: Search,
    /// So many are enough.
    most: usize,
    mails: Vec<i64>,
}

impl Look<'_> {
    /// Looks at the mails behind `before`, up to `last`. Where a row cannot be read, those that are left are looked at in
    /// halves.
    fn between(&mut self, before: i64, last: i64) -> Result<(), StoreError> {
        let mut left = last;
        match self.at_once(before, &mut left) {
            Err(trouble) if trouble.is_damage() => {}
            done => return done,
        }
        match left - before {
            ..=0 => Ok(()),
            1 if left == last => Ok(()), // It is the damaged one.
            1 => self.between(before, left),
            several => {
                let middle = before + several / 2;
                self.between(middle, left)?;
                self.between(before, middle)
            }
        }
    }

    /// The same, up to `left`, until a row cannot be read; what is left then is up to `left`.
    fn at_once(&mut self, before: i64, left: &mut i64) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, queued, subject, trace FROM message WHERE id > ?1 AND id <= ?2 ORDER BY id DESC",
        )?;
        let mut rows = statement.query([before, *left])?;
        while self.mails.len() < self.most
            && let Some(row) = rows.next()?
        {
            let id: i64 = row.get(0)?;
            if self.search.wants(&Known { queued: queued(row)?, subject: text(row, 2), trace: text(row, 3) }) {
                self.mails.push(id);
            }
            *left = id - 1;
        }
        Ok(())
    }
}

fn queued(row: &Row<'_>) -> Result<Timestamp, StoreError> {
    time(row.get(1)?)
}

/// What is no text is nothing that anybody seeks.
fn text<'a>(row: &'a Row<'_>, column: usize) -> &'a str {
    row.get_ref(column).ok().and_then(|value| value.as_str().ok()).unwrap_or_default()
}
