//! A full disk: nothing is promised that is not there, what can go on goes on, and service resumes by itself.
#![allow(clippy::unwrap_used, clippy::panic)] // A test fails by panicking, wherever in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use spool::conformance::{at, mail, parcel, report};
use spool::{AttemptKind, Commit, Filter, Inspect, Next, Options, Refusal, Retention, Spool, SqliteSpool};
use tempfile::TempDir;

fn with_min_free(folder: &Path, min_free: u64) -> SqliteSpool {
    SqliteSpool::open(folder, Options { min_free, ..Options::default() }).unwrap()
}

#[tokio::test]
async fn below_the_minimum_no_mail_is_taken_and_the_rest_goes_on() {
    let folder = TempDir::new().unwrap();
    let roomy = with_min_free(folder.path(), 0);
    roomy.commit(parcel(vec![mail("one", &["a@example.net"]).unwrap()]), at(0)).await.unwrap();
    drop(roomy);
    let store = with_min_free(folder.path(), u64::MAX);
    let refused = store.commit(parcel(vec![mail("two", &["a@example.net"]).unwrap()]), at(0)).await;
    assert_eq!(refused.err(), Some(Refusal::Full));
    assert!(store.commit(Commit::default(), at(0)).await.is_ok(), "it takes no mail in");
    let entry = store.claim(9, at(0)).await.unwrap().remove(0);
    let mut failed = report(entry.id, AttemptKind::Failed, Next::Retire, at(1));
    failed.bounce = Some(mail("bounce", &["sender@example.org"]).unwrap());
    assert_eq!(store.record(vec![failed], at(1)).await.unwrap().entries.len(), 1, "a bounce is owed");
}

#[tokio::test]
async fn another_minimum_holds_from_the_next_transaction_on() {
    let folder = TempDir::new().unwrap();
    let store = with_min_free(folder.path(), u64::MAX);
    let take = async |name: &str| store.commit(parcel(vec![mail(name, &["a@example.net"]).unwrap()]), at(0)).await;
    assert_eq!(take("one").await.err(), Some(Refusal::Full));
    let retained = store.retained();
    retained.replace(Retention { min_free: 0, ..retained.now() });
    assert!(take("two").await.is_ok());
    retained.replace(Retention { min_free: u64::MAX, ..retained.now() });
    assert_eq!(take("three").await.err(), Some(Refusal::Full));
}

#[tokio::test]
async fn whether_bodies_are_kept_may_change_while_the_store_is_open() {
    let folder = TempDir::new().unwrap();
    let store = with_min_free(folder.path(), 0);
    let retained = store.retained();
    for keep_body in [true, false, true] {
        retained.replace(Retention { keep_body, ..retained.now() });
        store.commit(parcel(vec![mail("one", &["a@example.net"]).unwrap()]), at(0)).await.unwrap();
        let entry = store.claim(9, at(0)).await.unwrap().remove(0);
        store.record(vec![report(entry.id, AttemptKind::Delivered, Next::Retire, at(1))], at(1)).await.unwrap();
        assert_eq!(store.message(entry.id).await.is_ok(), keep_body);
    }
}

/// A small file system of its own, while the test runs.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this process may not mount.
    fn new() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(folder.path()).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

async fn fill_until_refused(store: &SqliteSpool, size: usize) -> (usize, Refusal) {
    for taken in 0..10_000 {
        let mut mail = mail(&format!("{taken}"), &["a@example.net"]).unwrap();
        mail.message = Bytes::from(vec![b'x'; size]);
        if let Err(refusal) = store.commit(parcel(vec![mail]), at(0)).await {
            return (taken, refusal);
        }
    }
    panic!("the disk does not fill up");
}

#[tokio::test]
async fn a_full_disk_refuses_and_service_resumes_when_space_is_back() {
    let Some(disk) = SmallDisk::new() else {
        println!("skipped: this process may not mount a tmpfs");
        return;
    };
    for size in [4 << 10, 300 << 10] {
        let folder = disk.0.path().join(size.to_string());
        let ballast = disk.0.path().join("ballast");
        fs::write(&ballast, vec![0; 3 << 20]).unwrap();
        let store = with_min_free(&folder, 0);
        let (taken, refusal) = fill_until_refused(&store, size).await;
        assert_eq!(refusal, Refusal::Full);
        assert!(fill_until_refused(&store, size).await.0 < 3, "it stays full");
        let there = store.scan(Filter::default(), None, 10_000).await.unwrap().items.len();
        assert!((taken..taken + 3).contains(&there), "what was acknowledged is there: {taken} of {there}");
        fs::remove_file(&ballast).unwrap();
        let again = mail("again", &["a@example.net"]).unwrap();
        store.commit(parcel(vec![again]), at(0)).await.unwrap();
        drop(store);
        let store = with_min_free(&folder, 0);
        let claimed = store.claim(10_000, at(0)).await.unwrap();
        assert_eq!(claimed.len(), there + 1);
        for entry in claimed {
            assert_eq!(store.message(entry.id).await.unwrap().len() as u64, entry.size);
        }
        drop(store);
        fs::remove_dir_all(&folder).unwrap();
    }
}
