//! A disk that fails: obligations 2 and 3.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::{Fixture, answered, at, mail, parcel, report};
use crate::fail_point::{FailPoint, Step};
use crate::{AttemptKind, Commit, Filter, Next, Refusal};

/// Fails the Nth step from now, and remembers the steps it saw.
#[derive(Debug, Default)]
struct FailNth {
    left: AtomicUsize,
    seen: Mutex<Vec<Step>>,
}

impl FailNth {
    fn arm(&self, nth: usize) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.left.store(nth, Ordering::SeqCst);
    }

    fn seen(&self) -> Vec<Step> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl FailPoint for FailNth {
    fn before(&self, step: Step) -> io::Result<()> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(step);
        let armed = |left: usize| left.checked_sub(1);
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, armed) {
            Ok(1) => Err(io::Error::from(io::ErrorKind::StorageFull)),
            _ => Ok(()),
        }
    }
}

/// A body that every store keeps apart from its rows.
fn large(seed: u8) -> Bytes {
    Bytes::from(vec![seed; 300 << 10])
}

/// A commit that passes every step: a small mail, a large one, and the record of an answer.
fn everything(key: &str) -> Result<Commit, Refusal> {
    let mut big = mail("big", &["b@example.net", "c@example.net"])?;
    big.message = large(b'x');
    let mails = vec![mail("small", &["a@example.net"])?, big];
    Ok(Commit { answered: Some(answered(key, at(3600))), ..parcel(mails) })
}

/// What the other statements about failure rest on: the fail_point is asked before each kind of step.
///
/// # Errors
/// The store's refusal.
pub async fn every_step_is_passed_by_a_commit(place: &dyn Fixture) -> Result<(), Refusal> {
    let fail_point = Arc::new(FailNth::default());
    let Some(store) = place.open_with(fail_point.clone()).await else { return Ok(()) };
    fail_point.arm(0);
    store.commit(everything("k")?, at(0)).await?;
    drop(store);
    let seen = fail_point.seen();
    let steps = [
        Step::Begin,
        Step::Insert,
        Step::BodyWrite,
        Step::BodySync,
        Step::BodyRename,
        Step::FolderSync,
        Step::Commit,
        Step::Answer,
        Step::Checkpoint,
    ];
    for step in steps {
        assert!(seen.contains(&step), "{step:?} is not asked for: {seen:?}");
    }
    Ok(())
}

/// Each step of a commit fails once: it is refused, nothing of it is there, and what comes next is whole and durable.
///
/// # Errors
/// The store's refusal.
pub async fn a_failed_step_leaves_nothing_and_harms_nothing_later(place: &dyn Fixture) -> Result<(), Refusal> {
    let fail_point = Arc::new(FailNth::default());
    let Some(mut store) = place.open_with(fail_point.clone()).await else { return Ok(()) };
    let mut acknowledged = 0;
    for nth in 1..20 {
        fail_point.arm(nth);
        let key = format!("k{nth}");
        let end = store.commit(everything(&key)?, at(0)).await;
        let steps = fail_point.seen();
        fail_point.arm(0);
        acknowledged += usize::from(end.is_ok());
        let record = store.answered(super::key(&key), at(0)).await?;
        assert_eq!(record.is_some(), end.is_ok(), "step {nth} of {steps:?}");
        let items = store.scan(Filter::default(), None, 1000).await?.items;
        assert_eq!(items.len(), 3 * acknowledged, "step {nth} of {steps:?}");
        store.commit(everything(&format!("next {nth}"))?, at(0)).await?;
        acknowledged += 1;
        if nth % 5 == 0 {
            drop(store);
            let Some(again) = place.open_with(fail_point.clone()).await else { return Ok(()) };
            store = again;
        }
    }
    assert_eq!(store.scan(Filter::default(), None, 1000).await?.items.len(), 3 * acknowledged);
    let claimed = store.claim(1000, at(0)).await?;
    for entry in &claimed {
        assert_eq!(store.message(entry.id).await?.len() as u64, entry.size);
    }
    assert!(acknowledged > 20, "the later steps do not exist, and those commits succeed");
    Ok(())
}

/// Bodies that do not fit a row.
///
/// # Errors
/// The store's refusal.
pub async fn large_bodies_survive_and_go_with_their_mail(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let committed = store.commit(everything("k")?, at(0)).await?;
    drop(store);
    let store = place.open().await;
    let ids: Vec<_> = store.claim(9, at(0)).await?.into_iter().map(|entry| entry.id).collect();
    assert_eq!(ids, committed.entries.iter().map(|entry| entry.id).collect::<Vec<_>>());
    assert_eq!(store.message(ids[1]).await?, large(b'x'));
    let reports = ids.iter().map(|&id| report(id, AttemptKind::Delivered, Next::Retire, at(1)));
    store.record(reports.collect(), at(1)).await?;
    assert_eq!(store.message(ids[1]).await, Err(Refusal::Unknown));
    Ok(())
}
