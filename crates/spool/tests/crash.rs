//! The process ends at each step that touches the disk, in turn: what was acknowledged is there, and nothing is there by
//! half. The test runs itself as the child that ends.
#![allow(clippy::unwrap_used, clippy::panic)] // A test fails by panicking, wherever in it.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use spool::conformance::{answered, at, mail, parcel, report};
use spool::fail_point::{FailPoint, Step};
use spool::{AttemptKind, Commit, Filter, Inspect, Item, Next, Options, QueueItem, Refusal, Spool, SqliteSpool, State};
use tempfile::TempDir;

/// Aborts the process at the Nth step.
#[derive(Debug)]
struct EndAt(AtomicUsize);

impl FailPoint for EndAt {
    fn before(&self, _step: Step) -> io::Result<()> {
        if self.0.fetch_sub(1, Ordering::SeqCst) == 1 { std::process::abort() } else { Ok(()) }
    }
}

/// Three mails, one of them in a file, and the record of an answer.
fn commit(key: &str) -> Commit {
    let mut large = mail(key, &["large@example.net"]).unwrap();
    large.message = Bytes::from(vec![b'x'; 300 << 10]);
    let mails = vec![mail(key, &["one@example.net"]).unwrap(), large, mail(key, &["two@example.net"]).unwrap()];
    Commit { answered: Some(answered(key, at(3600))), claimed: true, ..parcel(mails) }
}

#[tokio::test]
#[ignore = "run by the other test, as its child"]
async fn child() {
    let folder = PathBuf::from(std::env::var_os("SPOOL_FOLDER").unwrap());
    let nth: usize = std::env::var("SPOOL_END_AT").unwrap().parse().unwrap();
    let options = Options { fail_point: Arc::new(EndAt(AtomicUsize::new(nth))), ..Options::default() };
    let mut log = OpenOptions::new().append(true).create(true).open(folder.join("acknowledged")).unwrap();
    let store = SqliteSpool::open(&folder, options).unwrap();
    for round in 0..3 {
        let (left, right) = (format!("{round}left"), format!("{round}right"));
        let (one, other) = tokio::join!(store.commit(commit(&left), at(0)), store.commit(commit(&right), at(0)));
        let first = one.unwrap().entries[1].id;
        other.unwrap();
        writeln!(log, "queued {left}\nqueued {right}").unwrap();
        let done = report(first, AttemptKind::Delivered, Next::Retire, at(1));
        store.record(vec![done], at(1)).await.unwrap();
        writeln!(log, "done {first}").unwrap();
    }
    drop(store);
    writeln!(log, "end").unwrap();
}

fn run_child(folder: &Path, nth: usize) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--quiet"]);
    command.env("SPOOL_FOLDER", folder).env("SPOOL_END_AT", nth.to_string());
    command.output().unwrap();
}

async fn items(store: &SqliteSpool) -> Vec<QueueItem> {
    let mut items = Vec::new();
    for state in [State::Queued, State::Done] {
        let page = store.scan(Filter { state: Some(state), ..Filter::default() }, None, 10_000).await.unwrap();
        items.extend(page.items.into_iter().map(|item| match item {
            Item::Whole(item) => *item,
            Item::Damaged { id, cause } => panic!("{id}: {cause}"),
        }));
    }
    items
}

/// Compares the store with what the child was told. True where the child came to its end.
async fn verify(folder: &Path, nth: usize) -> bool {
    let log = std::fs::read_to_string(folder.join("acknowledged")).unwrap_or_default();
    let told: HashSet<&str> = log.lines().collect();
    let store = SqliteSpool::open(folder, Options::default()).unwrap();
    let items = items(&store).await;
    for round in 0..3 {
        for side in ["left", "right"] {
            let key = format!("{round}{side}");
            let there = items.iter().filter(|item| item.message_id == format!("{key}@example.org")).count();
            let record = store.answered(spool::conformance::key(&key), at(0)).await.unwrap();
            let whole = there == 3 && record.is_some();
            assert!(whole || (there == 0 && record.is_none()), "step {nth}: {key} by half: {there} {record:?}");
            assert!(whole || !told.contains(&format!("queued {key}")[..]), "step {nth}: {key} was promised");
        }
    }
    for item in &items {
        let body = store.message(item.id).await;
        match item.state {
            State::Done => assert_eq!(body.err(), Some(Refusal::Unknown)),
            _ => assert_eq!(body.unwrap().len() as u64, item.size, "step {nth}: {}", item.id),
        }
        let is_done = told.contains(&format!("done {}", item.id)[..]);
        assert!(!is_done || item.state == State::Done, "step {nth}: {} was done", item.id);
    }
    let large = items.iter().filter(|item| item.size > 1000 && item.state == State::Queued).count();
    let files = std::fs::read_dir(folder.join("bodies")).unwrap().count();
    assert_eq!(files, large, "step {nth}: orphans are swept");
    assert_eq!(
        store.claim(1000, at(9)).await.unwrap().len(),
        items.iter().filter(|i| i.state == State::Queued).count()
    );
    told.contains("end")
}

#[tokio::test]
async fn what_was_acknowledged_survives_an_end_at_any_step() {
    for nth in 1.. {
        let folder = TempDir::new().unwrap();
        run_child(folder.path(), nth);
        if verify(folder.path(), nth).await {
            assert!(nth > 30, "the child passes more steps than {nth}");
            return;
        }
    }
}
