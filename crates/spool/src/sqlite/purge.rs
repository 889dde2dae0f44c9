//! Forgetting what is over: a little at a time, when the writer has nothing else to do.

use jiff::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension;

use super::ledger::Ledger;
use super::record::delete_body;
use super::row::{self, micros};
use super::trouble::Trouble;

/// Rows that one slice looks at.
const SLICE: i64 = 200;

/// Octets of a row that is deleted, roughly.
const ROW_OCTETS: u64 = 256;

/// Where the purge stands.
#[derive(Debug, Default)]
pub(super) struct Purge {
    /// Messages up to this one have been looked at in this round.
    after: i64,
}

impl Purge {
    /// Forgets one slice in a transaction of its own; gives the octets written, zero where nothing is left to forget.
    pub(super) fn slice(&mut self, ledger: &mut Ledger) -> Result<u64, Trouble> {
        let Some(now) = ledger.now else { return Ok(0) };
        let rows = ledger.alone(|ledger| self.slice_inside(ledger, now))?;
        for file in std::mem::take(&mut ledger.unlink) {
            ledger.bodies.remove(&file);
        }
        Ok(rows * ROW_OCTETS)
    }

    fn slice_inside(&mut self, ledger: &mut Ledger, now: Timestamp) -> Result<u64, Trouble> {
        let keep = SignedDuration::try_from(ledger.options.keep_done).unwrap_or(SignedDuration::MAX);
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
        forget_dead_epochs(ledger)?;
        Ok(messages + (answered + events + pending) as u64)
    }

    /// Numbers rise with time: the walk ends at the first mail too young to be forgotten, and starts anew next time.
    fn messages(&mut self, ledger: &mut Ledger, before: i64) -> Result<u64, Trouble> {
        let ids = {
            let mut statement = ledger.prepare("SELECT id, queued FROM message WHERE id > ?1 ORDER BY id LIMIT ?2")?;
            let mut rows = statement.query((self.after, SLICE))?;
            let mut ids = Vec::new();
            while let Some(row) = rows.next()? {
                if row.get::<_, i64>(1)? >= before {
                    break;
                }
                ids.push(row.get::<_, i64>(0)?);
            }
            ids
        };
        self.after = ids.last().copied().unwrap_or(0);
        for &id in &ids {
            if is_over(ledger, id, before)? {
                forget(ledger, id)?;
            }
        }
        Ok(ids.len() as u64)
    }

    /// Leaves the list of owners, where this epoch holds nothing; else the next start finds what it held.
    pub(super) fn forget_own_epoch(&self, ledger: &Ledger) {
        if let Err(trouble) = forget_epoch(ledger, ledger.epoch()) {
            tracing::debug!(?trouble, "the epoch stays listed");
        }
    }
}

fn is_over(ledger: &Ledger, message: i64, before: i64) -> Result<bool, Trouble> {
    let (first, last) = row::entry_range(message);
    let lives = "SELECT 1 FROM entry WHERE id BETWEEN ?1 AND ?2 AND (state < 10 OR at >= ?3)";
    Ok(!ledger.exists(lives, (first, last, before))?)
}

fn forget(ledger: &mut Ledger, message: i64) -> Result<(), Trouble> {
    let (first, last) = row::entry_range(message);
    ledger.execute("DELETE FROM attempt WHERE entry BETWEEN ?1 AND ?2", (first, last))?;
    ledger.execute("DELETE FROM entry WHERE id BETWEEN ?1 AND ?2", (first, last))?;
    ledger.execute("DELETE FROM message WHERE id = ?1", [message])?;
    delete_body(ledger, message)
}

fn forget_dead_epochs(ledger: &Ledger) -> Result<(), Trouble> {
    for epoch in ledger.owners.dead(&ledger.connection)? {
        forget_epoch(ledger, epoch)?;
    }
    Ok(())
}

fn forget_epoch(ledger: &Ledger, epoch: i64) -> Result<(), Trouble> {
    let holds = "SELECT 1 FROM entry INDEXED BY entry_open WHERE state < 10 AND state = ?2 AND owner = ?1 LIMIT 1";
    let holds_one =
        |state: i64| ledger.prepare(holds)?.query_row((epoch, state), |_| Ok(())).optional().map_err(Trouble::from);
    if holds_one(0)?.is_none() && holds_one(1)?.is_none() {
        ledger.execute("DELETE FROM owner WHERE epoch = ?1", [epoch])?;
        ledger.owners.remove_lock(epoch);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
