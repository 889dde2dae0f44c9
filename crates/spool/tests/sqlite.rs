//! The conformance suite, against the SQLite store.
#![allow(clippy::unwrap_used)] // A test fails by panicking, wherever in it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use spool::conformance::Place;
use spool::seam::{Seam, Sound};
use spool::{BoxFuture, Options, SqliteSpool, Store};
use tempfile::TempDir;

/// Where a store is, and the lock file of each opening of it, by its address.
struct Folder {
    folder: TempDir,
    locks: Mutex<HashMap<usize, PathBuf>>,
}

impl Folder {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), locks: Mutex::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    fn locks(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.path().join("owners")).into_iter().flatten();
        files.map(|file| file.unwrap().path()).collect()
    }

    fn open_on(&self, seam: Arc<dyn Seam>) -> Arc<dyn Store> {
        let before = self.locks();
        let options = Options { seam, ..Options::default() };
        let store: Arc<dyn Store> = Arc::new(SqliteSpool::open(&self.path(), options).unwrap());
        let lock = self.locks().into_iter().find(|lock| !before.contains(lock)).unwrap();
        self.locks.lock().unwrap().insert(address(&store), lock);
        store
    }
}

fn address(store: &Arc<dyn Store>) -> usize {
    Arc::as_ptr(store).cast::<()>().addr()
}

impl Place for Folder {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { self.open_on(Arc::new(Sound)) })
    }

    /// Without its lock an owner counts as dead, as it does when the kernel has let go of it.
    fn kill(&self, store: &Arc<dyn Store>) -> BoxFuture<'_, ()> {
        let lock = self.locks.lock().unwrap().remove(&address(store)).unwrap();
        std::fs::remove_file(lock).unwrap();
        Box::pin(std::future::ready(()))
    }

    fn open_with(&self, seam: Arc<dyn Seam>) -> BoxFuture<'_, Option<Arc<dyn Store>>> {
        Box::pin(async { Some(self.open_on(seam)) })
    }
}

spool::conformance_tests!(Folder::new());

/// A store as the program of schema 2 left it: six deferred recipients, one of them held, a key, a line of the journal.
const STORE_2: &str = include_str!("data/store_2.sql");

/// A folder with a store of that schema version.
fn old_store(version: u32) -> Folder {
    let place = Folder::new();
    std::fs::create_dir_all(place.path()).unwrap();
    let database = rusqlite::Connection::open(place.path().join("queue.sqlite")).unwrap();
    database.execute_batch(STORE_2).unwrap();
    if version < 2 {
        database.execute_batch("DROP TABLE taken; PRAGMA user_version = 1;").unwrap();
    }
    place
}

#[tokio::test]
async fn older_stores_are_taken_over_with_all_that_they_hold() {
    use spool::{Filter, State};
    let long_after = jiff::Timestamp::from_second(2_000_000_000).unwrap();
    for version in [1, 2] {
        let place = old_store(version);
        let store = place.open().await;
        assert_eq!(store.taken().await.unwrap(), Vec::<String>::new(), "{version}");
        assert_eq!(store.keys().await.unwrap()[0].name, "website");
        assert_eq!(store.journal(9).await.unwrap()[0].text, "3.1 held by hand");
        let held = Filter { state: Some(State::Held), ..Filter::default() };
        assert_eq!(store.scan(held, None, 9).await.unwrap().items.len(), 1);
        let claimed = store.claim(9, long_after).await.unwrap();
        assert_eq!(claimed.len(), 5, "{version}");
        for entry in claimed {
            assert_eq!(entry.tries, 1);
            assert_eq!(store.message(entry.id).await.unwrap().len() as u64, entry.size);
            let story = store.trace(entry.id.to_string()).await.unwrap();
            assert_eq!(story.chapters[0].attempts[0].reply, "127.0.0.1:9: Connection refused (os error 111)");
        }
    }
}
