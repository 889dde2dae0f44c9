//! What is over leaves in small slices, and nothing else does.

use std::sync::Arc;
use std::time::Duration;

use super::Purge;
use crate::conformance::{answered, at, mail, pending, report};
use crate::sqlite::claim;
use crate::sqlite::insert::{self, Load};
use crate::sqlite::ledger::Ledger;
use crate::sqlite::record::{self, Reports};
use crate::sqlite::row::{Ready, micros};
use crate::sqlite::{Options, open};
use crate::{AttemptKind, Commit, EntryId, Event, Next, Note, PendingOutcome};

fn ledger(folder: &tempfile::TempDir) -> Ledger {
    let options = Options { keep_done: Duration::from_secs(100), ..Options::default() };
    open::ledger(folder.path(), options).unwrap()
}

fn count(ledger: &Ledger) -> Vec<i64> {
    let tables = ["message", "body", "entry", "attempt", "answered", "pending", "pending_id", "event"];
    let count = |table: &&str| {
        ledger.connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    tables.iter().map(count).collect()
}

/// A mail, the record of an answer, a call that has ended, and a line of the journal, all at second 0.
fn load() -> Arc<Load> {
    let ready = Ready::new(mail("one", &["a@example.net"]).unwrap(), "", None, micros(at(0)));
    let commit = Commit {
        answered: Some(answered("k", at(50))),
        expects: vec![pending("c", &["m@example.org"], at(60)).unwrap()],
        completes: vec![("c".into(), PendingOutcome::Forgotten)],
        claimed: true,
        events: vec![Event { at: at(0), about: "c".into(), what: Note::Answered }],
        ..Commit::default()
    };
    Arc::new(Load { parcel: vec![ready], commit, now: at(0) })
}

/// The same mail without all else.
fn mail_alone() -> Load {
    let Load { parcel, commit, now } = Arc::into_inner(load()).unwrap();
    Load { parcel, commit: Commit { answered: None, expects: vec![], completes: vec![], ..commit }, now }
}

fn retire(ledger: &mut Ledger, message: i64) {
    let id = EntryId { message, recipient: 1 };
    let attempts = [
        report(id, AttemptKind::Deferred, Next::Retry(at(2)), at(1)),
        report(id, AttemptKind::Delivered, Next::Retire, at(10)),
    ];
    for report in attempts {
        let reports = Arc::new(Reports { reports: vec![(report, None)], now: at(10) });
        let recorded = ledger.alone(|ledger| record::record(ledger, &reports)).unwrap();
        assert_eq!(recorded.fenced, vec![]);
        ledger.alone(|ledger| claim::claim_these(ledger, &[id], at(10))).unwrap();
    }
}

fn purge(ledger: &mut Ledger, second: i64) {
    let mut purge = Purge::default();
    ledger.now = Some(at(second));
    while purge.slice(ledger).unwrap().goes_on {}
}

#[test]
fn what_is_over_is_forgotten_after_its_time_and_not_before() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut ledger = ledger(&folder);
    let inserted = ledger.alone(|ledger| insert::commit(ledger, &load())).unwrap();
    retire(&mut ledger, inserted.messages[0]);
    assert_eq!(count(&ledger), [1, 0, 1, 1, 1, 1, 1, 1]);
    purge(&mut ledger, 49);
    assert_eq!(count(&ledger), [1, 0, 1, 1, 1, 1, 1, 1], "it is young");
    purge(&mut ledger, 105);
    assert_eq!(count(&ledger), [1, 0, 1, 1, 0, 0, 0, 0], "delivered at second 10");
    purge(&mut ledger, 111);
    assert_eq!(count(&ledger), [0; 8]);
}

#[test]
fn what_is_not_over_is_never_forgotten() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut ledger = ledger(&folder);
    ledger.alone(|ledger| insert::commit(ledger, &load())).unwrap();
    purge(&mut ledger, 1_000_000);
    assert_eq!(count(&ledger), [1, 1, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn a_number_is_never_given_twice() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let mut ledger = ledger(&folder);
        for name in ["k1", "k2"] {
            let load = mail_alone();
            let inserted = ledger.alone(|ledger| insert::commit(ledger, &Arc::new(load)));
            seen.push((inserted.unwrap().messages[0], name));
        }
        let spoiled = ledger.alone(|ledger| {
            insert::commit(ledger, &load())?;
            Err::<(), _>(crate::Refusal::Full.into())
        });
        assert!(spoiled.is_err());
        for (message, _) in &seen {
            ledger.connection.execute("DELETE FROM message WHERE id = ?1", [message]).unwrap();
        }
    }
    let numbers: Vec<i64> = seen.iter().map(|(number, _)| *number).collect();
    assert!(numbers.is_sorted_by(|left, right| left < right), "{numbers:?}");
}

#[test]
fn what_is_over_goes_though_older_mail_still_waits() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut ledger = ledger(&folder);
    let mut messages = Vec::new();
    for _ in 0..700 {
        let inserted = ledger.alone(|ledger| insert::commit(ledger, &Arc::new(mail_alone())));
        messages.extend(inserted.unwrap().messages);
    }
    // Every tenth still waits, the first among them.
    messages.iter().enumerate().filter(|(place, _)| place % 10 > 0).for_each(|(_, &id)| retire(&mut ledger, id));
    purge(&mut ledger, 1_000);
    assert_eq!(count(&ledger)[..4], [70, 70, 70, 0]);
}
