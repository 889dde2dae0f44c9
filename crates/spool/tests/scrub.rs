//! What goes is gone: of a mail that held an API key, of a request that was taken and has run, and of the request of a call
//! that has ended, nothing is left in the database, in its freed pages, in its log, or in a file.
#![allow(clippy::unwrap_used)] // A test fails by panicking, wherever in it.

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use spool::conformance::{at, mail, parcel, pending, report};
use spool::{
    AcceptedRequest, AttemptKind, Commit, Holder, Next, Options, Origin, PendingOutcome, Resend, Sent, Spool as _,
    SqliteSpool, StoreLimits, Submission,
};

/// What nobody must find.
const KEY: &[u8] = b"3f9a77c1d2-the-key-3f9a77c1d2";

/// Texts that hold the key: in a cell, over several pages, and so large that they are files.
fn texts() -> [Bytes; 3] {
    [100, 50_000, 300_000].map(|size| {
        let mut text = b"Subject: x\r\n\r\n".to_vec();
        while text.len() < size {
            text.extend_from_slice(KEY);
            text.extend_from_slice(b"\r\n");
        }
        Bytes::from(text)
    })
}

fn options() -> Options {
    let limits = StoreLimits { row_octets: 200_000, ..StoreLimits::default() };
    Options { min_free: 0, limits, ..Options::default() }
}

/// How often the key is in the files of a folder.
fn found(folder: &Path) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        count += match path.is_dir() {
            true => found(&path),
            // A file may go meanwhile.
            false => std::fs::read(&path).map_or(0, |octets| memchr::memmem::find_iter(&octets, KEY).count()),
        };
    }
    count
}

/// The key is there no more, while the store is open.
fn gone(folder: &Path, what: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while found(folder) > 0 {
        assert!(Instant::now() < until, "{what}: the key is still there {} times", found(folder));
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn mails() -> Vec<Submission> {
    let mails = texts().into_iter().enumerate();
    mails.map(|(at, message)| Submission { message, ..mail(&format!("m{at}"), &["a@example.net"]).unwrap() }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_mail_that_held_a_key_nothing_is_left_once_it_has_ended_even_where_texts_are_kept() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = SqliteSpool::open(folder.path(), Options { keep_body: true, ..options() }).unwrap();
    // Others around them fill the pages, and stay.
    let others = || (0..20).map(|at| mail(&format!("other{at}"), &["b@example.net"]).unwrap());
    store.commit(parcel(others().collect()), at(0)).await.unwrap();
    let commit = Commit { claimed: true, holds_key: true, ..parcel(mails()) };
    let entries = store.commit(commit, at(0)).await.unwrap().entries;
    store.commit(parcel(others().collect()), at(0)).await.unwrap();
    assert!(found(folder.path()) > 0, "the test looks where it is");
    let ends = entries.iter().map(|entry| report(entry.id, AttemptKind::Delivered, Next::Retire, at(1)));
    store.record(ends.collect(), at(1)).await.unwrap();
    gone(folder.path(), "delivered");
}

fn request(id: &str, message: Bytes) -> AcceptedRequest {
    AcceptedRequest {
        id: id.into(),
        key: None,
        digest: [0; 32],
        service: "elsewhere".into(),
        origin: Origin::default(),
        decision: None,
        envelope: mail(id, &["a@example.net"]).unwrap().envelope,
        message,
        at: at(0),
        started: None,
        holder: Holder::Us,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_request_that_was_taken_nothing_is_left_once_it_has_run() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = SqliteSpool::open(folder.path(), options()).unwrap();
    for (at_second, message) in (0..).zip(texts()) {
        let request = request(&format!("t{at_second}"), message);
        let (id, takes) = (request.id.clone(), Some(request));
        store.commit(Commit { takes, ..Commit::default() }, at(0)).await.unwrap();
        assert!(found(folder.path()) > 0, "the test looks where it is");
        store.start(id.clone(), at(1)).await.unwrap();
        store.commit(Commit { ends: Some(id), ..Commit::default() }, at(1)).await.unwrap();
    }
    gone(folder.path(), "run");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_request_of_a_call_nothing_is_left_once_the_call_has_ended() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = SqliteSpool::open(folder.path(), options()).unwrap();
    for (number, submission) in mails().into_iter().enumerate() {
        let call = pending(&format!("c{number}"), &[&format!("c{number}@us")], at(60)).unwrap();
        let (envelope, message) = (submission.envelope.clone(), submission.message.clone());
        let again = Some(Resend { due: at(50), tries: 1, envelope, message, next_hop: None });
        let sent = Sent { call: call.id.clone(), message_id: None, again };
        let id = call.id.clone();
        let commit = Commit {
            expects: vec![call],
            sends: vec![sent],
            holds_key: true,
            claimed: true,
            ..parcel(vec![submission])
        };
        let entry = store.commit(commit, at(0)).await.unwrap().entries[0].id;
        store.record(vec![report(entry, AttemptKind::Delivered, Next::Retire, at(1))], at(1)).await.unwrap();
        assert!(found(folder.path()) > 0, "it may be sent again");
        let ends = PendingOutcome::Answered { media_type: "text/xml".into(), document: "<a/>".into() };
        store.commit(Commit { completes: vec![(id, ends)], ..Commit::default() }, at(2)).await.unwrap();
    }
    gone(folder.path(), "ended");
}

/// A writer that is never idle has no time to tidy up, and does so for this.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_however_busy_the_store_is() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = std::sync::Arc::new(SqliteSpool::open(folder.path(), options()).unwrap());
    let busy = (0..2).map(|_| {
        let store = std::sync::Arc::clone(&store);
        tokio::spawn(async move { while store.release(Vec::new()).await.is_ok() {} })
    });
    let busy: Vec<_> = busy.collect();
    let commit = Commit { claimed: true, holds_key: true, ..parcel(mails()) };
    let entries = store.commit(commit, at(0)).await.unwrap().entries;
    let ends = entries.iter().map(|entry| report(entry.id, AttemptKind::Delivered, Next::Retire, at(1)));
    store.record(ends.collect(), at(1)).await.unwrap();
    gone(folder.path(), "busy");
    busy.iter().for_each(tokio::task::JoinHandle::abort);
}
