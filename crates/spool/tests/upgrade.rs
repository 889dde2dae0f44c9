//! Stores that older programs wrote are taken over with all that they hold, and a copy of each is made first.
#![allow(clippy::unwrap_used, clippy::panic)] // A test fails by panicking, wherever in it.

use std::fs;
use std::path::{Path, PathBuf};

use mail::Evidence;
use mail::evidence::Cause;
use rusqlite::Connection;
use rusqlite::types::Value;
use spool::conformance::{at, mail, parcel};
use spool::{
    AcceptedRequest, By, CallKey, Commit, Cursor, Decision, Events, Filter, Found, Holder, Inspect, Item, Note,
    OpenError, Options, Origin, PendingOutcome, Proof, ProvenBy, Sought, Spool, SqliteSpool, State, Timing, Totals,
};
use tempfile::TempDir;

/// As the program of schema 2 left it: six deferred recipients, one of them held, a key, a line of the journal.
const STORE_2: &str = include_str!("data/store_2.sql");

/// As the program of schema 4 left it when it was killed: mail in every state, one in a file, one claimed; an answered
/// request, two that were taken, of which one has begun; a call of each outcome; two keys, one with a former secret.
const STORE_4: &str = include_str!("data/store_4.sql");

/// As the program of schema 9 left it when it was killed: mail of a key that waits for a site that is away, of which one
/// recipient is held and one dropped.
const STORE_9: &str = include_str!("data/store_9.sql");

/// The octets of its mail that is in a file.
const LARGE: usize = 1500;

/// A folder with a store of that schema version.
fn old_store(version: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    let database = open(&folder.path().join("queue.sqlite"));
    let store = match version {
        ..4 => STORE_2,
        4 => STORE_4,
        _ => STORE_9,
    };
    database.execute_batch(store).unwrap();
    if version < 2 {
        database.execute_batch("DROP TABLE taken; PRAGMA user_version = 1;").unwrap();
    }
    if version == 10 {
        let tenth = "ALTER TABLE taken ADD COLUMN proven TEXT; ALTER TABLE taken ADD COLUMN domain TEXT;
            PRAGMA user_version = 10;";
        database.execute_batch(tenth).unwrap();
    }
    if version == 4 {
        fs::create_dir(folder.path().join("bodies")).unwrap();
        fs::write(folder.path().join("bodies/1-1"), "x".repeat(LARGE)).unwrap();
    }
    folder
}

fn open(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

fn copy_of(folder: &Path, version: usize) -> PathBuf {
    folder.join(format!("queue.sqlite.{version}.bak"))
}

/// The rows of all tables but those that an opening writes, by the columns that an old store has.
fn rows(old: &Connection, of: &Connection) -> Vec<(String, Vec<Vec<Value>>)> {
    let names =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('owner', 'counter') ORDER BY name";
    let mut names = old.prepare(names).unwrap();
    let tables = names.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    tables
        .map(|table| {
            let columns: Vec<String> = {
                let mut info = old.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
                info.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            };
            let mut select = of.prepare(&format!("SELECT {} FROM {table} ORDER BY 1, 2", columns.join(", "))).unwrap();
            let read = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|column| row.get(column)).collect();
            let found = select.query_map([], read).unwrap().map(Result::unwrap).collect();
            (table, found)
        })
        .collect()
}

#[test]
fn every_row_of_an_older_store_is_kept_and_a_copy_of_it_as_it_was() {
    for version in [1, 2, 4, 9, 10] {
        let folder = old_store(version);
        let older_copy = copy_of(folder.path(), 0);
        fs::write(&older_copy, "of an upgrade before").unwrap();
        drop(SqliteSpool::open(folder.path(), Options::default()).unwrap());
        let (copy, now) = (open(&copy_of(folder.path(), version)), open(&folder.path().join("queue.sqlite")));
        let one = |of: &Connection, sql: &str| -> String { of.query_row(sql, [], |row| row.get(0)).unwrap() };
        let found = one(&copy, "SELECT CAST(user_version AS TEXT) FROM pragma_user_version");
        assert_eq!(found, version.to_string());
        for of in [&copy, &now] {
            assert_eq!(one(of, "SELECT integrity_check FROM pragma_integrity_check"), "ok", "{version}");
        }
        let (before, after) = (rows(&copy, &copy), rows(&copy, &now));
        assert!(before.iter().map(|(_, rows)| rows.len()).sum::<usize>() > 15, "{version}");
        assert_eq!(before, after, "{version}");
        assert!(!older_copy.exists(), "one copy is kept");
        let first_page = fs::read(folder.path().join("queue.sqlite")).unwrap();
        assert_eq!(first_page[100], 13, "{version}: the schema is on the first page alone");
    }
}

#[test]
fn without_room_for_a_copy_nothing_is_changed() {
    let folder = old_store(4);
    let before = fs::read(folder.path().join("queue.sqlite")).unwrap();
    let refused = SqliteSpool::open(folder.path(), Options { min_free: u64::MAX, ..Options::default() });
    let error = refused.unwrap_err();
    assert!(matches!(error, OpenError::NoRoom { version: 4, min_free: u64::MAX, .. }), "{error}");
    assert!(error.to_string().ends_with("callpost serve --set queue.min_free=0"), "{error}");
    let database = open(&folder.path().join("queue.sqlite"));
    let found: u32 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(found, 4);
    drop(database);
    assert_eq!(fs::read(folder.path().join("queue.sqlite")).unwrap().len(), before.len());
    assert!(!copy_of(folder.path(), 4).exists());
    drop(SqliteSpool::open(folder.path(), Options { min_free: 0, ..Options::default() }).unwrap());
    assert!(copy_of(folder.path(), 4).exists());
}

#[test]
fn a_store_of_this_version_is_opened_without_a_copy() {
    let folder = TempDir::new().unwrap();
    for _ in 0..2 {
        drop(SqliteSpool::open(folder.path(), Options { min_free: u64::MAX, ..Options::default() }).unwrap());
    }
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.filter(|name| name.contains(".bak")).count(), 0);
}

#[tokio::test]
async fn what_schema_2_and_before_left_goes_on() {
    let long_after = jiff::Timestamp::from_second(2_000_000_000).unwrap();
    for version in [1, 2] {
        let folder = old_store(version);
        let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
        assert_eq!(store.taken().await.unwrap(), Vec::<String>::new(), "{version}");
        assert_eq!(store.keys().await.unwrap()[0].name, "website");
        assert_eq!(store.journal(9).await.unwrap()[0].what, Note::Words("3.1 held by hand".into()));
        let held = Filter { state: Some(State::Held), ..Filter::default() };
        assert_eq!(store.scan(held, None, 9).await.unwrap().items.len(), 1);
        let claimed = store.claim(9, long_after).await.unwrap();
        assert_eq!(claimed.len(), 5, "{version}");
        for entry in claimed {
            assert_eq!(entry.tries, 1);
            assert_eq!(store.message(entry.id).await.unwrap().len() as u64, entry.size);
            let story = store.trace(entry.id.to_string()).await.unwrap();
            let words = told("127.0.0.1:9: Connection refused (os error 111)");
            assert_eq!(story.chapters[0].attempts[0].evidence, words);
        }
    }
}

#[tokio::test]
async fn what_schema_4_left_goes_on() {
    let folder = old_store(4);
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    assert_eq!(store.totals().await.unwrap(), Totals { waiting: 5, held: 1, ..Totals::default() });
    let mut states = Vec::new();
    for state in [None, Some(State::Done), Some(State::Dropped)] {
        for item in store.scan(Filter { state, ..Filter::default() }, None, 99).await.unwrap().items {
            let Item::Whole(item) = item else { panic!("{item:?}") };
            states.push((item.message_id.trim_end_matches("@example.org").to_owned(), item.state));
        }
    }
    states.sort_by(|(one, _), (other, _)| one.cmp(other));
    let wanted = [
        ("answer", State::Queued),
        ("bounce", State::Queued),
        ("five", State::Done),
        ("four", State::Dropped),
        ("one", State::Done),
        ("seven", State::Queued),
        ("six", State::Queued),
        ("three", State::Held),
        ("two", State::Queued),
        ("two", State::Done),
    ];
    assert_eq!(states, wanted.map(|(name, state)| (name.to_owned(), state)));
    let attempts = store.trace("one@example.org".into()).await.unwrap().chapters.remove(0).attempts;
    assert_eq!(
        attempts.iter().map(|attempt| attempt.kind.name()).collect::<Vec<_>>(),
        ["deferred", "uncertain", "delivered"]
    );
    for entry in store.claim(99, at(100)).await.unwrap() {
        assert_eq!(store.message(entry.id).await.unwrap().len() as u64, entry.size, "{}", entry.id);
    }
    requests_and_calls(&store).await;
    let keys = store.keys().await.unwrap();
    assert_eq!(keys.iter().map(|key| (&*key.name, key.former.len())).collect::<Vec<_>>(), [("gone", 0), ("shop", 1)]);
}

#[tokio::test]
async fn words_of_an_older_store_are_kept_as_they_were_and_not_read() {
    let folder = old_store(4);
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    for (entry, words) in [
        ("1.1", &["250 2.0.0 Ok", "250 2.0.0 Ok", "250 2.0.0 Ok"][..]),
        ("2.1", &["550 5.1.1 No such user"]),
        ("2.2", &["250 2.0.0 Ok"]),
        ("6.1", &["kept"]),
        ("7.1", &[]),
    ] {
        let attempts = store.trace(entry.into()).await.unwrap().chapters.remove(0).attempts;
        assert!(attempts.iter().all(|attempt| attempt.protection.is_none()), "nobody knows how they were protected");
        let evidence: Vec<_> = attempts.into_iter().map(|attempt| attempt.evidence).collect();
        assert_eq!(evidence, words.iter().map(|words| told(words)).collect::<Vec<_>>(), "{entry}");
    }
}

#[tokio::test]
async fn how_an_older_request_came_is_read_and_what_was_decided_is_not_known() {
    let folder = old_store(4);
    let database = open(&folder.path().join("queue.sqlite"));
    database.execute_batch("UPDATE taken SET peer = '- 0a1b.mail' WHERE id = 't2'").unwrap();
    drop(database);
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    let taken = |id: &str| store.find_taken(id.to_owned());
    let (first, second) = (taken("t1").await.unwrap().unwrap(), taken("t2").await.unwrap().unwrap());
    let client = Some(([192, 0, 2, 1], 4711).into());
    assert_eq!((first.origin, first.decision), (Origin { client, ..Origin::default() }, None));
    let file = Some("0a1b.mail".to_owned());
    assert_eq!((second.origin, second.decision), (Origin { file, ..Origin::default() }, None));
}

#[tokio::test]
async fn older_mail_has_no_subject_and_is_found_by_its_time() {
    let folder = old_store(4);
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    let Item::Whole(item) = store.trace("3.1".into()).await.unwrap().chapters.remove(0).item else { panic!() };
    assert_eq!((&*item.subject, &*item.trace), ("", ""));
    for by in [By::Subject("three".into()), By::Trace("three".into())] {
        assert_eq!(store.find(Sought { by, since: None }, 99).await.unwrap(), Found::default());
    }
    let since = Some(item.queued);
    let found = store.find(Sought { since, ..Sought::default() }, 99).await.unwrap();
    assert!(found.mails.contains(&3) && found.mails.is_sorted_by(|newer, older| newer > older), "{found:?}");
    let fresh = Commit { trace: "68f0-a".into(), ..parcel(vec![mail("fresh", &["a@x.example"]).unwrap()]) };
    let fresh = store.commit(fresh, at(99)).await.unwrap().entries.remove(0).id.message;
    let found = store.find(Sought { by: By::Trace("68f0-a".into()), since }, 99).await.unwrap();
    assert_eq!(found, Found { mails: vec![fresh], more: false });
}

/// Its mail is found by the ids under which its owner sent it, and told of in the order in which it happened.
#[tokio::test]
async fn what_schema_9_and_10_left_goes_on() {
    for version in [9, 10] {
        let folder = old_store(version);
        let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
        let told = store.of_owner("website".into(), Cursor::default(), 99).await.unwrap();
        let told: Vec<String> =
            told.events.iter().map(|event| format!("{} {}", event.entry, event.what.name())).collect();
        let queued = ["1.1", "1.2", "2.1", "2.2", "3.1", "3.2"].map(|entry| format!("{entry} queued"));
        assert_eq!(told, [&queued[..], &["1.1 held".to_owned(), "2.2 dropped".to_owned()]].concat());
        let id = "01a221af-7588-71da-a8bc-194d055a0d23@mail.example.org".to_owned();
        let sent = store.sent("website".into(), vec![id]).await.unwrap().remove(0);
        let [Item::Whole(first), Item::Whole(second)] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!((first.state, second.state), (State::Queued, State::Dropped));
        assert_eq!((first.timing, &*first.labels), (Timing::default(), ""));
        let long_after = jiff::Timestamp::from_second(2_000_000_000).unwrap();
        assert_eq!(store.claim(9, long_after).await.unwrap().len(), 4);
    }
}

/// The evidence of an attempt whose words alone are known.
fn told(words: &str) -> Evidence {
    Evidence::outside(Cause::Unparsed(words.into()))
}

async fn requests_and_calls(store: &SqliteSpool) {
    let key = CallKey::of("asker@example.net id1@example.net".into());
    let answered = store.answered(key, at(0)).await.unwrap().unwrap();
    assert_eq!((answered.replays, answered.digest, answered.answer.is_some()), (2, [7; 32], true));
    assert_eq!(store.taken().await.unwrap(), ["t1", "t2"]);
    let begun = store.start("t1".into(), at(99)).await.unwrap();
    assert_eq!((begun.started, begun.holder), (Some(at(32)), Holder::Dead));
    let fresh = store.start("t2".into(), at(99)).await.unwrap();
    assert_eq!((fresh.started, fresh.message.len()), (None, 18));
    let calls = store.pending().await.unwrap();
    let outcome = |call: &spool::Pending| match &call.outcome {
        None => "open".to_owned(),
        Some(PendingOutcome::Answered { media_type, .. }) => media_type.clone(),
        Some(PendingOutcome::Bounced { status: None, words }) => words.clone(),
        Some(PendingOutcome::Bounced { status, words }) => format!("{status:?} {words}"),
        Some(PendingOutcome::Expired) => "expired".to_owned(),
        Some(PendingOutcome::Forgotten) => "forgotten".to_owned(),
    };
    assert_eq!(calls.iter().map(outcome).collect::<Vec<_>>(), ["open", "text/xml", "5.1.1 gone", "expired"]);
}

#[tokio::test]
async fn what_an_older_version_decided_is_read_and_nobody_is_named_as_proven() {
    let folder = TempDir::new().unwrap();
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    let mailbox = |text: &str| mail::Mailbox::parse(text).unwrap();
    let (asker, address) = (mailbox("a@x.example"), mailbox("registry@example.org"));
    let by = Proof { by: ProvenBy::Network, identity: String::new(), domain: None };
    let request = AcceptedRequest {
        id: "t9".into(),
        key: None,
        digest: [7; 32],
        service: "registry".into(),
        origin: Origin::default(),
        decision: Some(Decision { asker, address, proof: by.clone(), is_privileged: false }),
        envelope: mail("t9", &["registry@example.org"]).unwrap().envelope,
        message: b"Subject: x\r\n\r\ny\r\n".as_slice().into(),
        at: at(0),
        started: None,
        holder: Holder::Us,
    };
    store.commit(Commit { takes: Some(request), ..Commit::default() }, at(0)).await.unwrap();
    drop(store);
    // As the program of schema 9 left it: the row is sealed without what that had no columns for.
    let database = open(&folder.path().join("queue.sqlite"));
    database
        .execute_batch(
            "ALTER TABLE taken DROP COLUMN proven; ALTER TABLE taken DROP COLUMN domain; DROP INDEX entry_ends;
             ALTER TABLE entry DROP COLUMN ends; ALTER TABLE message DROP COLUMN wishes; 
             ALTER TABLE entry DROP COLUMN tls; ALTER TABLE attempt DROP COLUMN tls; PRAGMA user_version = 9;",
        )
        .unwrap();
    drop(database);
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    let found = store.find_taken("t9".into()).await.unwrap().unwrap();
    assert_eq!(found.decision.map(|decision| decision.proof), Some(by));
    assert!(copy_of(folder.path(), 9).exists(), "a copy of it is kept");
}
