//! A store under steady load: what is over goes as fast as it comes, and the store stops growing.
#![allow(clippy::unwrap_used)] // A test fails by panicking, wherever in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use spool::conformance::{at, mail, parcel, report};
use spool::{AttemptKind, Commit, Filter, Inspect as _, Next, Options, Spool as _, SqliteSpool, State};

/// Mails of one round.
const ROUND: usize = 400;

/// A round of the store's time. The writer looks for what is over by the machine's clock, each twentieth of the time for which
/// it is kept: in that, even a fast machine is through with few rounds.
const STEP: SignedDuration = SignedDuration::from_millis(100);

/// Rounds for which what is over is kept.
const KEPT: u32 = 10;

/// Commits and delivers one round after the other, without a pause, each a step later by the store's time.
async fn rounds(store: &SqliteSpool, from: i32, count: i32) -> Timestamp {
    let mut now = at(0) + STEP * from;
    for round in from..from + count {
        now = at(0) + STEP * round;
        let mails = (0..ROUND).map(|_| mail("m", &["a@example.net"]).unwrap()).collect();
        let entries = store.commit(Commit { claimed: true, ..parcel(mails) }, now).await.unwrap().entries;
        let delivered = entries.iter().map(|entry| report(entry.id, AttemptKind::Delivered, Next::Retire, now));
        store.record(delivered.collect(), now).await.unwrap();
    }
    now
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_is_never_idle_forgets_as_fast_as_it_takes() {
    let folder = tempfile::TempDir::new().unwrap();
    let options = Options { keep_done: STEP.unsigned_abs() * KEPT, min_free: 0, ..Options::default() };
    let store = Arc::new(SqliteSpool::open(folder.path(), options).unwrap());
    // Others keep the writer busy all the time: it never has nothing to do.
    let busy = (0..4).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let end = Instant::now() + Duration::from_secs(60);
            while Instant::now() < end {
                store.release(Vec::new()).await.unwrap();
            }
        })
    });
    let busy: Vec<_> = busy.collect();
    let size = || std::fs::metadata(folder.path().join("queue.sqlite")).unwrap().len();
    rounds(&store, 0, 60).await;
    let (kept, before) = (store.count(done()).await.unwrap(), size());
    let now = rounds(&store, 60, 120).await;
    let (then, after) = (store.count(done()).await.unwrap(), size());
    busy.iter().for_each(tokio::task::JoinHandle::abort);
    assert!(now.duration_since(at(0)) > STEP * 100);
    let most = 4 * u64::from(KEPT) * ROUND as u64;
    assert!(kept < most && then < most, "{kept}, then {then}: at most a few times what ten rounds bring");
    assert!(after < before * 2, "the pages of what is forgotten are used again: {before}, then {after} octets");
}

fn done() -> Filter {
    Filter { state: Some(State::Done), ..Filter::default() }
}
