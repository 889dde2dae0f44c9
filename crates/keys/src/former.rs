//! The secrets that a key had before.

use jiff::Timestamp;
use spool::{FormerSecret, KeyRecord};

/// What stands behind a key's name in the record of a former secret, in stores of the time when each was a key of its own.
const OLD_MARK: &str = " (until rotated ";

/// The records, each with all its former secrets: those that are kept as keys of their own are brought home, so that they are
/// revoked with the key that they belong to.
#[must_use]
pub fn folded(records: Vec<KeyRecord>) -> Vec<KeyRecord> {
    let of = |record: &KeyRecord| record.name.split_once(OLD_MARK).map(|(name, _)| name.to_owned());
    let (strays, mut records): (Vec<_>, Vec<_>) = records.into_iter().partition(|record| of(record).is_some());
    for stray in strays {
        let home = records.iter_mut().find(|record| of(&stray).is_some_and(|name| name == record.name));
        let until = if stray.revoked.is_some() { Some(Timestamp::MIN) } else { stray.expires };
        match (home, until) {
            (Some(home), Some(until)) => add(home, FormerSecret { digest: stray.digest, until }),
            // A key that was really given such a name.
            _ => records.push(stray),
        }
    }
    records
}

/// The record with a new secret; the one before goes on until then.
#[must_use]
pub fn rotated(record: &KeyRecord, digest: [u8; 32], until: Timestamp) -> KeyRecord {
    let mut rotated = KeyRecord { digest, ..record.clone() };
    add(&mut rotated, FormerSecret { digest: record.digest, until });
    rotated
}

/// The secrets of a key that was revoked, for the new one of its name: they open nothing, whatever the clock says, and are
/// known for what they were.
#[must_use]
pub fn ended(record: &KeyRecord) -> Vec<FormerSecret> {
    let digests = record.former.iter().map(|former| former.digest).chain([record.digest]);
    digests.map(|digest| FormerSecret { digest, until: Timestamp::MIN }).collect()
}

fn add(record: &mut KeyRecord, former: FormerSecret) {
    if record.digest != former.digest && record.former.iter().all(|known| known.digest != former.digest) {
        record.former.push(former);
    }
}
