//! Forgetting what is over: a little at a time, when the writer has nothing else to do, and at any load for a share of its
//! time, so that what is over goes at the pace at which it comes.

use jiff::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension;

use super::ledger::Ledger;
use super::numbering;
use super::row::micros;
use super::store_error::StoreError;

/// Rows that one slice forgets, of each kind.
const SLICE: i64 = 500;

/// Mails that one slice looks at: those that are not over are passed over quickly.
const WINDOW: i64 = 5_000;

/// Octets of a row that is deleted, roughly.
const ROW_OCTETS: u64 = 256;

/// Where the purge stands.
#[derive(Debug, Default)]
pub(super) struct Purge {
    /// Messages up to this one have been looked at in this round.
    after: i64,
}

/// What a slice has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slice {
    /// Octets written.
    pub(super) octets: u64,
    /// There may be more to forget.
    pub(super) goes_on: bool,
}

impl Purge {
    /// Forgets one slice in a transaction of its own.
    pub(super) fn slice(&mut self, ledger: &mut Ledger) -> Result<Slice, StoreError> {
        let Some(now) = ledger.now else { return Ok(Slice::default()) };
        let slice = ledger.alone(|ledger| self.slice_inside(ledger, now))?;
        for file in std::mem::take(&mut ledger.unlink) {
            ledger.bodies.remove(&file);
        }
        Ok(slice)
    }

    fn slice_inside(&mut self, ledger: &mut Ledger, now: Timestamp) -> Result<Slice, StoreError> {
        let keep = SignedDuration::try_from(ledger.retention.keep_done).unwrap_or(SignedDuration::MAX);
        let before = now.checked_sub(keep).map_or(i64::MIN, micros);
        let messages = self.messages(ledger, before)?;
        let answered = ledger.execute(
            "DELETE FROM answered WHERE key IN (SELECT key FROM answered WHERE expires <= ?1 LIMIT ?2)",
            (micros(now), SLICE),
        )?;
        let events = ledger.execute(
            "DELETE FROM event WHERE at < ?1 AND id IN (SELECT id FROM event ORDER BY id LIMIT ?2)",
            (before, SLICE),
        )?;
        ledger.execute(
            "DELETE FROM pending_id WHERE number IN
             (SELECT number FROM pending WHERE ended IS NOT NULL AND ended < ?1 ORDER BY ended, number LIMIT ?2)",
            (before, SLICE),
        )?;
        let pending = ledger.execute(
            "DELETE FROM pending WHERE number IN
             (SELECT number FROM pending WHERE ended IS NOT NULL AND ended < ?1 ORDER BY ended, number LIMIT ?2)",
            (before, SLICE),
        )?;
        // The last row stays: the numbers rise from it.
        let happened = ledger.execute(
            "DELETE FROM happened WHERE at < ?1 AND id < (SELECT max(id) FROM happened)
             AND id IN (SELECT id FROM happened ORDER BY id LIMIT ?2)",
            (before, SLICE),
        )?;
        forget_dead_epochs(ledger)?;
        let full = |rows: usize| i64::try_from(rows).is_ok_and(|rows| rows >= SLICE);
        let rows = messages.octets / ROW_OCTETS + (answered + events + pending + happened) as u64;
        let goes_on = messages.goes_on || full(answered) || full(events) || full(pending) || full(happened);
        Ok(Slice { octets: rows * ROW_OCTETS, goes_on })
    }

    /// Numbers rise with time: the walk ends at the first mail too young to be forgotten, and starts anew next time.
    fn messages(&mut self, ledger: &mut Ledger, before: i64) -> Result<Slice, StoreError> {
        let walk = walk(ledger, self.after, before)?;
        self.after = if walk.goes_on { walk.last } else { 0 };
        for &run in &walk.runs {
            forget(ledger, run)?;
        }
        Ok(Slice { octets: walk.forgotten.unsigned_abs() * ROW_OCTETS, goes_on: walk.goes_on })
    }

    /// Leaves the list of owners, where this epoch holds nothing; else the next start finds what it held.
    pub(super) fn forget_own_epoch(&self, ledger: &Ledger) {
        if let Err(trouble) = forget_epoch(ledger, ledger.epoch()) {
            tracing::debug!(?trouble, "the epoch stays listed");
        }
    }
}

/// What one look through the mails has found.
#[derive(Default)]
struct Walk {
    /// First and last number of mails that are over, with none between them that is not.
    runs: Vec<(i64, i64)>,
    forgotten: i64,
    last: i64,
    goes_on: bool,
}

fn walk(ledger: &Ledger, after: i64, before: i64) -> Result<Walk, StoreError> {
    let mut statement = ledger.prepare(
        "SELECT id, queued, EXISTS (SELECT 1 FROM entry WHERE entry.id BETWEEN message.id << 20 AND
         (message.id << 20) + 1048575 AND (state < 10 OR at >= ?3))
         FROM message WHERE id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = statement.query((after, WINDOW, before))?;
    let (mut walk, mut seen, mut in_run) = (Walk::default(), 0, false);
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(1)? >= before {
            return Ok(walk);
        }
        (walk.last, seen) = (row.get(0)?, seen + 1);
        let is_over = !row.get::<_, bool>(2)?;
        match walk.runs.last_mut() {
            Some((_, last)) if is_over && in_run => *last = walk.last,
            _ if is_over => walk.runs.push((walk.last, walk.last)),
            _ => {}
        }
        in_run = is_over;
        walk.forgotten += i64::from(is_over);
        if walk.forgotten >= SLICE || seen == WINDOW {
            walk.goes_on = true;
            return Ok(walk);
        }
    }
    Ok(walk)
}

fn forget(ledger: &mut Ledger, (from, to): (i64, i64)) -> Result<(), StoreError> {
    let (first, last) = (numbering::entry_range(from).0, numbering::entry_range(to).1);
    ledger.execute("DELETE FROM attempt WHERE entry BETWEEN ?1 AND ?2", (first, last))?;
    ledger.execute("DELETE FROM entry WHERE id BETWEEN ?1 AND ?2", (first, last))?;
    ledger.execute("DELETE FROM message WHERE id BETWEEN ?1 AND ?2", (from, to))?;
    let files: Vec<String> = {
        let mut files = ledger.prepare("SELECT file FROM body WHERE message BETWEEN ?1 AND ?2 AND file IS NOT NULL")?;
        files.query_map((from, to), |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    // Few have any left: those that were captured or are kept.
    if ledger.exists("SELECT 1 FROM body WHERE message BETWEEN ?1 AND ?2", (from, to))? {
        ledger.overwrite()?;
        ledger.execute("DELETE FROM body WHERE message BETWEEN ?1 AND ?2", (from, to))?;
    }
    ledger.unlink.extend(files);
    Ok(())
}

fn forget_dead_epochs(ledger: &Ledger) -> Result<(), StoreError> {
    for epoch in ledger.owners.dead(&ledger.connection)? {
        forget_epoch(ledger, epoch)?;
    }
    Ok(())
}

fn forget_epoch(ledger: &Ledger, epoch: i64) -> Result<(), StoreError> {
    let holds = "SELECT 1 FROM entry INDEXED BY entry_open WHERE state < 10 AND state = ?2 AND owner = ?1 LIMIT 1";
    let holds_one =
        |state: i64| ledger.prepare(holds)?.query_row((epoch, state), |_| Ok(())).optional().map_err(StoreError::from);
    if holds_one(0)?.is_none() && holds_one(1)?.is_none() {
        ledger.execute("DELETE FROM owner WHERE epoch = ?1", [epoch])?;
        ledger.owners.remove_lock(epoch);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
