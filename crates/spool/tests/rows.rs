//! One column of one row is changed behind the store's back: what is read is what was written, or it is refused as damaged.
#![allow(clippy::unwrap_used, clippy::panic)] // A test fails by panicking, wherever in it.

use std::path::Path;

use mail::{Envelope, Mailbox, ReversePath};
use proptest::prelude::{Just, Strategy, any, proptest};
use proptest::sample::select;
use proptest::{prop_oneof, test_runner::Config};
use rusqlite::Connection;
use rusqlite::types::Value;
use spool::conformance::{answered, at, mail, parcel};
use spool::{
    AcceptedRequest, Answered, Commit, Decision, Filter, Holder, Inspect, Item, Options, Origin, Parcel, Proof,
    ProvenBy, QueueItem, Refusal, Spool, SqliteSpool, Submission,
};
use tempfile::TempDir;

/// The columns over which a seal is, and the seals.
const SEALED: &[(&str, &[&str])] = &[
    (
        "message",
        &[
            "message_id",
            "reverse_path",
            "kind",
            "owner",
            "next_hop",
            "capture",
            "size",
            "queued",
            "crc",
            "subject",
            "trace",
            "wishes",
            "seal",
        ],
    ),
    ("entry", &["recipient", "seal"]),
    ("body", &["octets"]),
    (
        "taken",
        &[
            "digest",
            "service",
            "peer",
            "envelope",
            "message",
            "crc",
            "at",
            "file",
            "tls",
            "certificate",
            "identity",
            "asker",
            "address",
            "proof",
            "proven",
            "domain",
            "privileged",
            "seal",
        ],
    ),
    ("answered", &["digest", "envelope", "answer", "answer_id", "story", "seal"]),
];

/// Those over which there is none: whoever reads them bears whatever they hold.
const OTHERS: &[(&str, &[&str])] = &[
    ("message", &["recipients", "open"]),
    (
        "entry",
        &[
            "state", "owner", "due", "tries", "flags", "at", "outcome", "site", "reply", "stage", "code", "status",
            "ends",
        ],
    ),
    ("taken", &["key", "started", "owner"]),
    ("answered", &["expires", "replays"]),
    ("happened", &["at", "facts"]),
];

const TEXTS: [&str; 6] = ["", "-", "a@b.example", "a@b.example\nc@d.example", "[::1]:25", "x"];

#[derive(Clone, Debug)]
struct Damage {
    table: &'static str,
    column: &'static str,
    value: Value,
}

fn damage(of: &'static [(&str, &[&str])]) -> impl Strategy<Value = Damage> {
    let columns: Vec<(&str, &str)> =
        of.iter().flat_map(|(table, columns)| columns.iter().map(|column| (*table, *column))).collect();
    let octets = || proptest::collection::vec(any::<u8>(), 0..40);
    let value = prop_oneof![
        1 => Just(Value::Null),
        2 => (-2..12_i64).prop_map(Value::Integer),
        1 => any::<i64>().prop_map(Value::Integer),
        2 => select(&TEXTS[..]).prop_map(|text| Value::Text(text.into())),
        1 => any::<String>().prop_map(Value::Text),
        1 => octets().prop_map(Value::Blob),
        1 => Just(Value::Blob(vec![9; 32])),
    ];
    (select(columns), value).prop_map(|((table, column), value)| Damage { table, column, value })
}

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

fn envelope() -> Envelope {
    Envelope::for_one(ReversePath::Mailbox(mailbox("asker@x.example")), mailbox("calendar@example.org"))
}

fn request() -> AcceptedRequest {
    AcceptedRequest {
        id: "t1".into(),
        key: None,
        digest: [7; 32],
        service: "calendar".into(),
        origin: Origin { client: Some(([192, 0, 2, 1], 25).into()), ..Origin::default() },
        decision: Some(Decision {
            asker: mailbox("asker@x.example"),
            address: mailbox("asker@x.example"),
            proof: Proof::of(ProvenBy::Network, ""),
            is_privileged: false,
        }),
        envelope: envelope(),
        message: b"From: asker@x.example\r\n\r\nx\r\n".as_slice().into(),
        at: at(0),
        started: None,
        holder: Holder::Dead,
    }
}

fn answer() -> Answered {
    Answered { answer: Some((envelope(), b"the answer".as_slice().into())), ..answered("key", at(1_000)) }
}

fn sent() -> Submission {
    let message = b"Subject: Invoice\r\n\r\nx\r\n".as_slice().into();
    Submission { next_hop: Some("hop.example:25".into()), message, ..mail("one", &["a@example.net"]).unwrap() }
}

async fn fill(folder: &Path) {
    let store = SqliteSpool::open(folder, Options::default()).unwrap();
    store.commit(Commit { trace: "68f0-a".into(), ..parcel(vec![sent()]) }, at(0)).await.unwrap();
    store.commit(Commit { takes: Some(request()), ..Commit::default() }, at(0)).await.unwrap();
    let commit = Commit { answered: Some(answer()), parcel: Parcel::default(), ..Commit::default() };
    store.commit(commit, at(0)).await.unwrap();
}

/// False where SQLite itself refuses such a value in this column.
fn harm(folder: &Path, Damage { table, column, value }: &Damage) -> bool {
    let database = Connection::open(folder.join("queue.sqlite")).unwrap();
    database.execute(&format!("UPDATE {table} SET {column} = ?1"), [value]).is_ok()
}

fn is_what_was_sent(item: &QueueItem) {
    let sent = sent();
    assert_eq!(item.recipient, sent.envelope.recipients()[0]);
    assert_eq!(item.reverse_path, sent.envelope.reverse_path);
    assert_eq!((&item.message_id, item.kind, &item.owner), (&sent.message_id, sent.kind, &sent.owner));
    assert_eq!((&item.next_hop, item.capture, item.size), (&sent.next_hop, sent.capture, sent.message.len() as u64));
    assert_eq!((&*item.subject, &*item.trace, item.queued), ("Invoice", "68f0-a", at(0)));
}

/// What was read is what was written; or it is damaged, and false.
fn same<T: PartialEq + std::fmt::Debug>(read: Result<T, Refusal>, written: &T) -> bool {
    match read {
        Ok(read) => assert_eq!(&read, written),
        Err(Refusal::Damaged(_)) => return false,
        Err(other) => panic!("{other:?}"),
    }
    true
}

/// Reads all that there is, as the server does. True where nothing was refused.
async fn read(store: &SqliteSpool) -> bool {
    let mut whole = true;
    for item in store.scan(Filter::default(), None, 9).await.unwrap().items {
        match item {
            Item::Whole(item) => is_what_was_sent(&item),
            Item::Damaged { .. } => whole = false,
        }
    }
    for entry in store.claim(9, at(1)).await.unwrap() {
        assert_eq!(entry.recipient, sent().envelope.recipients()[0]);
        whole &= same(store.message(entry.id).await, &sent().message);
    }
    for id in store.taken().await.unwrap() {
        let found =
            store.find_taken(id).await.map(|found| found.map(|found| AcceptedRequest { started: None, ..found }));
        let held = |found: AcceptedRequest| AcceptedRequest { holder: Holder::Dead, key: None, ..found };
        whole &= same(found.map(|found| found.map(held)), &Some(request()));
    }
    let found = store.answered(spool::conformance::key("key"), at(1)).await;
    let found = found.map(|found| found.map_or_else(answer, |found| Answered { replays: 0, ..found }));
    whole & same(found, &answer())
}

fn with_harm(damage: &Damage) -> Option<bool> {
    let folder = TempDir::new().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        fill(folder.path()).await;
        if !harm(folder.path(), damage) {
            return None;
        }
        let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
        Some(read(&store).await)
    })
}

#[test]
fn what_nobody_changed_is_read_whole() {
    let nothing = Damage { table: "taken", column: "started", value: Value::Null };
    assert_eq!(with_harm(&nothing), Some(true));
}

#[test]
fn a_stored_envelope_that_names_another_is_refused() {
    for (table, column) in
        [("taken", "envelope"), ("answered", "envelope"), ("taken", "asker"), ("message", "reverse_path")]
    {
        let value = Value::Text("other@x.example\ncalendar@example.org".into());
        assert_eq!(with_harm(&Damage { table, column, value }), Some(false), "{table}.{column}");
    }
}

#[tokio::test]
async fn what_was_taken_and_answered_before_there_were_seals_is_read() {
    let folder = TempDir::new().unwrap();
    fill(folder.path()).await;
    let database = Connection::open(folder.path().join("queue.sqlite")).unwrap();
    let older = "ALTER TABLE taken DROP COLUMN seal; ALTER TABLE answered DROP COLUMN seal;
                 ALTER TABLE pending DROP COLUMN again; ALTER TABLE pending DROP COLUMN request;
        DELETE FROM entry; DELETE FROM message; ALTER TABLE message DROP COLUMN subject;
        ALTER TABLE message DROP COLUMN trace; ALTER TABLE taken DROP COLUMN proven;
        ALTER TABLE taken DROP COLUMN domain; ALTER TABLE message DROP COLUMN wishes;
        DROP INDEX entry_ends; ALTER TABLE entry DROP COLUMN ends;
        ALTER TABLE entry DROP COLUMN tls; ALTER TABLE attempt DROP COLUMN tls; PRAGMA user_version = 6;";
    database.execute_batch(older).unwrap();
    drop(database);
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    assert!(read(&store).await);
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_column_that_is_sealed_is_never_read_as_another(damage in damage(SEALED)) {
        with_harm(&damage);
    }

    #[test]
    fn a_column_that_is_not_sealed_takes_nothing_else_with_it(damage in damage(OTHERS)) {
        with_harm(&damage);
    }
}
