//! What people do with entries: hold, release, drop, retry. Each change is an act that is kept with the entry.

use jiff::Timestamp;

use super::acts;
use super::ledger::Ledger;
use super::numbering;
use super::retire::drop_body;
use super::row::{self, CAPTURE, micros};
use super::store_error::StoreError;
use crate::{AttemptKind, Change, EntryId, QueueAction};

/// Does it to each of these, and says how many changed.
pub(super) fn act(ledger: &mut Ledger, verb: QueueAction, ids: &[EntryId], now: Timestamp) -> Result<u64, StoreError> {
    ledger.now = Some(now);
    let mut changed = 0;
    for &id in ids {
        let done = ledger.guard(numbering::entry_key(id), |ledger| act_on(ledger, verb, id, now))?;
        changed += u64::from(done);
    }
    if changed > 0 && matches!(verb, QueueAction::Release | QueueAction::Retry) {
        ledger.changes(|| Change::Due);
    }
    Ok(changed)
}

fn act_on(ledger: &mut Ledger, verb: QueueAction, id: EntryId, now: Timestamp) -> Result<bool, StoreError> {
    let key = numbering::entry_key(id);
    let changed = match verb {
        QueueAction::Hold => ledger.execute("UPDATE entry SET state = 1 WHERE id = ?1 AND state = 0", [key])?,
        QueueAction::Release => release(ledger, key, now)?,
        QueueAction::Retry => {
            ledger.execute("UPDATE entry SET due = ?2 WHERE id = ?1 AND state = 0", (key, micros(now)))?
        }
        QueueAction::Drop => drop_entry(ledger, id)?,
    };
    if changed > 0 {
        acts::insert(ledger, key, verb, now)?;
    }
    Ok(changed > 0)
}

fn release(ledger: &mut Ledger, key: i64, now: Timestamp) -> Result<usize, StoreError> {
    forget_damage(ledger, key)?;
    let kept = ledger.execute("UPDATE entry SET state = 0 WHERE id = ?1 AND state IN (1, 2)", [key])?;
    if kept > 0 { Ok(kept) } else { release_captured(ledger, key, now) }
}

/// What was captured by policy is queued again, as if it had just come; what its key captures stays.
fn release_captured(ledger: &mut Ledger, key: i64, now: Timestamp) -> Result<usize, StoreError> {
    let message = numbering::entry_id(key).message;
    let changed = ledger.execute(
        "UPDATE entry SET state = 0, owner = 0, due = ?2, flags = flags & ~?3
         WHERE id = ?1 AND state = 10 AND outcome = ?4
         AND EXISTS (SELECT 1 FROM message WHERE id = ?5 AND capture = 0)
         AND EXISTS (SELECT 1 FROM body WHERE message = ?5)",
        (key, micros(now), CAPTURE, row::outcome_code(AttemptKind::Captured), message),
    )?;
    let several = "UPDATE message SET open = open + 1 WHERE id = ?1 AND recipients > 1";
    if changed > 0 {
        ledger.execute(several, [message])?;
    }
    Ok(changed)
}

fn drop_entry(ledger: &mut Ledger, id: EntryId) -> Result<usize, StoreError> {
    let key = numbering::entry_key(id);
    forget_damage(ledger, key)?;
    // Its owner stays: what becomes of an attempt under way is told by no other.
    let changed = ledger.execute("UPDATE entry SET state = 11 WHERE id = ?1 AND state < 10", [key])?;
    if changed > 0 {
        let flags = ledger.prepare("SELECT flags FROM entry WHERE id = ?1")?.query_row([key], |row| row.get(0))?;
        drop_body(ledger, id.message, flags)?;
    }
    Ok(changed)
}

fn forget_damage(ledger: &mut Ledger, key: i64) -> Result<(), StoreError> {
    if ledger.set_aside.contains(key) {
        ledger.execute("DELETE FROM damaged WHERE entry = ?1", [key])?;
        ledger.set_aside.remove(key);
    }
    Ok(())
}
