//! Which folders the store opens, and which it refuses to.

use std::fs;
use std::sync::Barrier;

use tempfile::TempDir;

use super::super::schema;
use super::{DATABASE, OWNERS};
use crate::conformance::{at, mail, parcel};
use crate::{OpenError, Options, Spool, SqliteSpool};

#[test]
fn a_newer_store_is_refused_with_both_versions() {
    let folder = TempDir::new().unwrap();
    drop(SqliteSpool::open(folder.path(), Options::default()).unwrap());
    let connection = schema::open_writer(&folder.path().join(DATABASE), 1 << 20).unwrap();
    connection.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(connection);
    let error = SqliteSpool::open(folder.path(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, known: 12 }), "{error}");
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let text = "this is no database, whatever its name says".repeat(200);
    fs::write(folder.path().join(DATABASE), &text).unwrap();
    let error = SqliteSpool::open(folder.path(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Database(_)), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join(DATABASE)).unwrap(), text);
}

#[test]
fn settings_that_durability_rests_on_are_in_force() {
    let folder = TempDir::new().unwrap();
    let connection = schema::open_writer(&folder.path().join(DATABASE), 1 << 20).unwrap();
    let text = |pragma: &str| -> String {
        connection
            .query_row(&format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}"), [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(text("journal_mode"), "wal");
    assert_eq!(text("synchronous"), "2", "FULL");
    assert_eq!(text("page_size"), "4096");
}

#[tokio::test]
async fn a_store_that_is_closed_holding_nothing_leaves_no_owner() {
    let folder = TempDir::new().unwrap();
    let owners = || fs::read_dir(folder.path().join(OWNERS)).unwrap().count();
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    assert_eq!(owners(), 1);
    store.commit(parcel(vec![mail("one", &["a@example.net"]).unwrap()]), at(0)).await.unwrap();
    drop(store);
    assert_eq!(owners(), 0);
    let store = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    store.claim(1, at(0)).await.unwrap();
    drop(store);
    assert_eq!(owners(), 1, "it is still named as the holder");
}

#[test]
fn orphans_of_the_dead_are_swept_and_files_of_the_living_stay() {
    let folder = TempDir::new().unwrap();
    let living = SqliteSpool::open(folder.path(), Options::default()).unwrap();
    let bodies = folder.path().join("bodies");
    for name in ["999-1", "999-2.tmp", "1-77.tmp", "notes.txt"] {
        fs::write(bodies.join(name), "x").unwrap();
    }
    drop(SqliteSpool::open(folder.path(), Options::default()).unwrap());
    let mut left: Vec<_> = fs::read_dir(&bodies).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["1-77.tmp", "notes.txt"], "epoch 1 lives, and what is not ours is not touched");
    drop(living);
}

#[test]
fn openings_at_the_same_time_wait_for_each_other() {
    let folder = TempDir::new().unwrap();
    let start = Barrier::new(4);
    let open = || {
        start.wait();
        SqliteSpool::open(folder.path(), Options::default()).map(drop)
    };
    let opened = std::thread::scope(|scope| {
        let openings = [(); 4].map(|()| scope.spawn(|| (0..25).map(|_| open()).collect::<Vec<_>>()));
        openings.into_iter().flat_map(|opening| opening.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(opened.iter().all(Result::is_ok), "{opened:?}");
}
