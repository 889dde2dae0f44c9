//! The kernel fails an `fsync`, each Nth in turn: what was refused is not there, what was acknowledged is, and service
//! goes on. Needs `strace`; the test runs itself under it.
#![allow(clippy::unwrap_used, clippy::panic)] // A test fails by panicking, wherever in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bytes::Bytes;
use spool::conformance::{at, mail, parcel};
use spool::{Filter, Inspect, Item, Options, Spool, SqliteSpool};
use tempfile::TempDir;

const MAILS: usize = 12;

/// The Message-IDs in the store.
async fn there(store: &SqliteSpool) -> BTreeSet<String> {
    let page = store.scan(Filter::default(), None, 1000).await.unwrap();
    let id = |item: Item| match item {
        Item::Whole(item) => item.message_id,
        Item::Damaged { id, cause } => panic!("{id}: {cause}"),
    };
    page.items.into_iter().map(id).collect()
}

#[tokio::test]
#[ignore = "run by the other test, under strace"]
async fn child() {
    let folder = PathBuf::from(std::env::var_os("SPOOL_FOLDER").unwrap());
    let store = match SqliteSpool::open(&folder.join("spool"), Options::default()) {
        Ok(store) => store,
        Err(error) => return std::fs::write(folder.join("unopened"), error.to_string()).unwrap(),
    };
    let (mut acknowledged, mut refused) = (BTreeSet::new(), Vec::new());
    for number in 0..MAILS {
        let mut mail = mail(&format!("{number}"), &["a@example.net"]).unwrap();
        if number % 3 == 2 {
            mail.message = Bytes::from(vec![b'x'; 300 << 10]);
        }
        let id = mail.message_id.clone();
        match store.commit(parcel(vec![mail]), at(0)).await {
            Ok(_) => drop(acknowledged.insert(id)),
            Err(_) => refused.push(number),
        }
        assert_eq!(there(&store).await, acknowledged, "refused: {refused:?}");
    }
    let text: Vec<&str> = acknowledged.iter().map(String::as_str).collect();
    std::fs::write(folder.join("acknowledged"), text.join("\n")).unwrap();
}

fn run_child(folder: &Path, nth: usize) -> std::io::Result<Output> {
    let inject = format!("inject=fsync,fdatasync:error=EIO:when={nth}");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", &inject]);
    command.arg(std::env::current_exe().unwrap()).args(["--exact", "child", "--ignored", "--quiet"]);
    command.env("SPOOL_FOLDER", folder).output()
}

#[tokio::test]
async fn a_failed_fsync_is_refused_and_nothing_is_lost_after_it() {
    let mut hits = 0;
    for nth in 1..=16 {
        let folder = TempDir::new().unwrap();
        let Ok(output) = run_child(folder.path(), nth) else {
            println!("skipped: there is no strace");
            return;
        };
        assert!(output.status.success(), "fsync {nth}: {}", String::from_utf8_lossy(&output.stdout));
        let Ok(text) = std::fs::read_to_string(folder.path().join("acknowledged")) else {
            assert!(folder.path().join("unopened").exists(), "fsync {nth}: neither opened nor refused");
            continue;
        };
        let acknowledged: BTreeSet<String> = text.lines().map(str::to_owned).collect();
        hits += usize::from(acknowledged.len() < MAILS);
        // strace counts in each thread: the writer and the two that write large bodies may fail once each.
        assert!(acknowledged.len() >= MAILS - 3, "fsync {nth}: one failure refuses one mail, not {acknowledged:?}");
        let store = SqliteSpool::open(&folder.path().join("spool"), Options::default()).unwrap();
        assert_eq!(there(&store).await, acknowledged, "fsync {nth}");
    }
    assert!(hits >= 5, "the first ones belong to the opening, the others to commits: {hits}");
}
