//! Giving claimed entries back untried.

use std::sync::Arc;

use super::ledger::Ledger;
use super::numbering;
use super::store_error::StoreError;
use crate::{Change, EntryId};

/// Gives back what this epoch holds of these, names the destination for which they wait, and gives those it does not hold.
pub(super) fn park(
    ledger: &mut Ledger,
    entries: &[EntryId],
    destination: &Arc<str>,
) -> Result<Vec<EntryId>, StoreError> {
    let (epoch, destination) = (ledger.epoch(), ledger.destination(Some(destination))?);
    let park = "UPDATE entry SET owner = 0, destination = ?3 WHERE id = ?1 AND owner = ?2 AND state < 10";
    give_back(ledger, entries, |ledger, key| ledger.execute(park, (key, epoch, destination)))
}

/// Gives back what this epoch holds of these, and gives those it does not hold.
pub(super) fn release(ledger: &mut Ledger, entries: &[EntryId]) -> Result<Vec<EntryId>, StoreError> {
    let epoch = ledger.epoch();
    let release = "UPDATE entry SET owner = 0 WHERE id = ?1 AND owner = ?2 AND state < 10";
    give_back(ledger, entries, |ledger, key| ledger.execute(release, (key, epoch)))
}

fn give_back(
    ledger: &mut Ledger,
    entries: &[EntryId],
    update: impl Fn(&mut Ledger, i64) -> Result<usize, StoreError>,
) -> Result<Vec<EntryId>, StoreError> {
    let mut fenced = Vec::new();
    for &entry in entries {
        let key = numbering::entry_key(entry);
        if ledger.guard(key, |ledger| update(ledger, key))? == 0 {
            fenced.push(entry);
        }
    }
    if fenced.len() < entries.len() {
        ledger.changes(|| Change::Due);
    }
    Ok(fenced)
}
