//! Giving claimed entries back untried.

use super::ledger::Ledger;
use super::row;
use super::trouble::Trouble;
use crate::EntryId;

/// Releases what this epoch holds of these; others' stay.
pub(super) fn release(ledger: &mut Ledger, entries: &[EntryId]) -> Result<(), Trouble> {
    let epoch = ledger.epoch();
    for &entry in entries {
        let key = row::entry_key(entry);
        ledger.guard(key, |ledger| {
            ledger.execute("UPDATE entry SET owner = 0 WHERE id = ?1 AND owner = ?2 AND state < 10", (key, epoch))
        })?;
    }
    Ok(())
}
