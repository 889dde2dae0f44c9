//! The writer: what waits is committed together, and what fails harms nobody else.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use tempfile::TempDir;

use crate::conformance::{answered, at, mail, parcel};
use crate::fail_point::{FailPoint, Step};
use crate::{Commit, Options, Refusal, Spool, SqliteSpool};

/// Counts transactions; while it is closed, none begins.
#[derive(Debug, Default)]
struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
    begun: AtomicUsize,
    failing: AtomicUsize,
}

impl Gate {
    fn close(&self) {
        *self.closed.lock().unwrap() = true;
    }

    fn open(&self) {
        *self.closed.lock().unwrap() = false;
        self.opened.notify_all();
    }
}

impl FailPoint for Gate {
    fn before(&self, step: Step) -> io::Result<()> {
        if step == Step::Commit && self.failing.load(Ordering::SeqCst) > 0 {
            self.failing.fetch_sub(1, Ordering::SeqCst);
            return Err(io::Error::other("the disk is gone"));
        }
        if step == Step::Begin {
            let closed = self.closed.lock().unwrap();
            drop(self.opened.wait_while(closed, |closed| *closed).unwrap());
            self.begun.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }
}

fn gated() -> (TempDir, Arc<Gate>, SqliteSpool) {
    let folder = TempDir::new().unwrap();
    let gate = Arc::new(Gate::default());
    let options = Options { fail_point: gate.clone(), ..Options::default() };
    let store = SqliteSpool::open(folder.path(), options).unwrap();
    (folder, gate, store)
}

fn one(name: &str) -> Commit {
    parcel(vec![mail(name, &["a@example.net"]).unwrap()])
}

#[tokio::test]
async fn who_waits_shares_a_transaction_and_a_refused_one_spoils_none() {
    let (_folder, gate, store) = gated();
    gate.close();
    let answering = |name: &str| Commit { answered: Some(answered("k", at(9))), ..one(name) };
    let commits = [one("1"), answering("2"), answering("3"), one("4")];
    let mut waiting: Vec<_> = commits.into_iter().map(|commit| store.commit(commit, at(0))).collect();
    for commit in &mut waiting {
        assert!(is_pending(commit).await);
    }
    gate.open();
    let mut ends = Vec::new();
    for commit in waiting {
        ends.push(commit.await.map(|committed| committed.entries.len()));
    }
    assert_eq!(ends, [Ok(1), Ok(1), Err(Refusal::Duplicate("drop k".into())), Ok(1)]);
    assert!(gate.begun.load(Ordering::SeqCst) <= 3, "the first may have begun alone, and a purge behind it");
}

/// Polls once: what is handed over is handed over.
async fn is_pending<T>(future: &mut (impl Future<Output = T> + Unpin)) -> bool {
    std::future::poll_fn(|context| std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending()))
        .await
}

#[tokio::test]
async fn what_was_claimed_for_a_caller_who_left_can_be_claimed_again() {
    let (_folder, gate, store) = gated();
    store.commit(one("1"), at(0)).await.unwrap();
    gate.close();
    let mut claim = store.claim(9, at(0));
    assert!(is_pending(&mut claim).await);
    drop(claim);
    let mut commit = store.commit(Commit { claimed: true, ..one("2") }, at(1));
    assert!(is_pending(&mut commit).await);
    drop(commit);
    gate.open();
    let mut claimed = Vec::new();
    while claimed.len() < 2 {
        claimed.extend(store.claim(9, at(1)).await.unwrap());
        tokio::task::yield_now().await;
    }
    assert_eq!(claimed.iter().map(|entry| entry.due).collect::<Vec<_>>(), [at(0), at(1)]);
}

#[tokio::test]
async fn a_failed_commit_refuses_the_batch_and_the_next_one_is_taken() {
    let (_folder, gate, store) = gated();
    gate.failing.store(1, Ordering::SeqCst);
    let refused = store.commit(one("1"), at(0)).await;
    assert_eq!(refused.err(), Some(Refusal::Storage("the disk is gone".into())));
    assert_eq!(store.commit(one("2"), at(0)).await.unwrap().entries.len(), 1);
    assert_eq!(store.claim(9, at(0)).await.unwrap()[0].message_id, "2@example.org");
}

#[tokio::test]
async fn closing_waits_for_what_was_handed_over() {
    let (folder, _gate, store) = gated();
    let mut commit = store.commit(one("1"), at(0));
    assert!(is_pending(&mut commit).await);
    drop(commit);
    drop(store);
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    assert_eq!(store.claim(9, at(0)).await.unwrap().len(), 1);
}
