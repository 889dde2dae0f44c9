//! One command's view of a store that others use too.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use mail::evidence::Reason;
use mail::{Envelope, Evidence, Mailbox, ReversePath};
use spool::sqlite::{Options, SqliteSpool};
use spool::{Attempt, AttemptKind, Commit, Course, EntryId, Kind, Next, Parcel, Report, Spool, Submission, Wanted};

use super::OwnMail;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// One mail that nobody holds.
fn commit(to: &str, destination: &str) -> Commit {
    let mail = Submission {
        envelope: Envelope::for_one(ReversePath::Null, Mailbox::parse(to).unwrap()),
        message: Bytes::from_static(b"Subject: s\r\n\r\nt\r\n"),
        message_id: format!("{to}.id"),
        kind: Kind::Request,
        owner: String::new(),
        next_hop: None,
        capture: false,
        wishes: spool::Wishes::default(),
    };
    let courses = vec![Course { destinations: vec![destination.into()], waits: false }];
    Commit { parcel: Parcel(vec![mail]), courses, ..Commit::default() }
}

fn wanted(limit: usize) -> Wanted {
    Wanted { limit, ..Wanted::default() }
}

async fn put(store: &dyn Spool, commit: Commit) -> EntryId {
    store.commit(commit, now()).await.unwrap().entries[0].id
}

async fn claimed(store: &OwnMail, wanted: Wanted, at: Timestamp) -> Vec<EntryId> {
    store.claim_wanted(wanted, at).await.unwrap().into_iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn what_others_have_queued_is_neither_seen_nor_taken() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Arc::new(SqliteSpool::open(folder.path(), Options { min_free: 0, ..Options::default() }).unwrap());
    let own = OwnMail::of(Arc::clone(&shared) as _);
    let others = put(&*shared, commit("other@x.test", "x")).await;
    assert_eq!(own.next_due().await.unwrap(), None);
    assert_eq!(claimed(&own, wanted(9), later(99)).await, []);
    assert_eq!(own.claim_these(vec![others], later(99)).await.unwrap(), []);
    let mine = put(&own, commit("mine@x.test", "x")).await;
    assert_eq!(own.next_due().await.unwrap(), Some(now()));
    assert_eq!(claimed(&own, wanted(9), now()).await, [mine]);
    let rest = shared.claim(9, later(99)).await.unwrap();
    assert_eq!(rest.iter().map(|entry| entry.id).collect::<Vec<_>>(), [others], "it was left where it is");
}

#[tokio::test]
async fn an_own_mail_that_was_deferred_is_taken_again_when_it_is_due_and_not_after_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Arc::new(SqliteSpool::open(folder.path(), Options { min_free: 0, ..Options::default() }).unwrap());
    let own = OwnMail::of(shared);
    let id = put(&own, Commit { claimed: true, ..commit("mine@x.test", "x") }).await;
    assert_eq!(claimed(&own, wanted(9), now()).await, [], "it is on its way from memory");
    let report = |kind, next| {
        let attempt = Attempt {
            at: now(),
            kind,
            site: "x".to_owned(),
            evidence: Evidence::outside(Reason::Closed),
            protection: None,
        };
        Report { entry: id, attempt, next, bounce: None, course: Course::default() }
    };
    own.record(vec![report(AttemptKind::Deferred, Next::Retry(later(60)))], now()).await.unwrap();
    assert_eq!(own.next_due().await.unwrap(), Some(later(60)));
    assert_eq!(claimed(&own, wanted(9), later(59)).await, []);
    assert_eq!(claimed(&own, wanted(9), later(60)).await, [id]);
    own.record(vec![report(AttemptKind::Delivered, Next::Retire)], later(61)).await.unwrap();
    assert_eq!((own.next_due().await.unwrap(), claimed(&own, wanted(9), later(99)).await), (None, vec![]));
}

#[tokio::test]
async fn what_waits_for_a_destination_that_is_away_waits_and_one_of_it_is_taken_for_a_look() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Arc::new(SqliteSpool::open(folder.path(), Options { min_free: 0, ..Options::default() }).unwrap());
    let own = OwnMail::of(shared);
    let first = put(&own, commit("a@x.test", "x")).await;
    put(&own, commit("b@x.test", "x")).await;
    let other = put(&own, commit("c@y.test", "y")).await;
    let shut = Wanted { shut: vec!["x".into()], ..wanted(9) };
    assert_eq!(claimed(&own, shut, now()).await, [other]);
    assert_eq!(own.next_due_but(vec!["x".into(), "y".into()]).await.unwrap(), None);
    let look = Wanted { looks: vec!["x".into()], ..wanted(0) };
    assert_eq!(claimed(&own, look, now()).await, [first]);
}
