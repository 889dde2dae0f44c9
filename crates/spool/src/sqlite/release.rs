//! Giving claimed entries back untried.

use std::sync::Arc;

use super::ledger::Ledger;
use super::row;
use super::trouble::Trouble;
use crate::EntryId;

/// The same, and names the destination for which they wait.
pub(super) fn park(ledger: &mut Ledger, entries: &[EntryId], destination: &Arc<str>) -> Result<(), Trouble> {
    let (epoch, destination) = (ledger.epoch(), ledger.destination(Some(destination))?);
    let park = "UPDATE entry SET owner = 0, destination = ?3 WHERE id = ?1 AND owner = ?2 AND state < 10";
    for &entry in entries {
        let key = row::entry_key(entry);
        ledger.guard(key, |ledger| ledger.execute(park, (key, epoch, destination)))?;
    }
    Ok(())
}

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
