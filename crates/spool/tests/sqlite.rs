//! The conformance suite, against the SQLite store.
#![allow(clippy::unwrap_used)] // A test fails by panicking, wherever in it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use spool::conformance::Fixture;
use spool::fail_point::{FailPoint, Sound};
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

    fn open_on(&self, fail_point: Arc<dyn FailPoint>) -> Arc<dyn Store> {
        let before = self.locks();
        let options = Options { fail_point, ..Options::default() };
        let store: Arc<dyn Store> = Arc::new(SqliteSpool::open(&self.path(), options).unwrap());
        let lock = self.locks().into_iter().find(|lock| !before.contains(lock)).unwrap();
        self.locks.lock().unwrap().insert(address(&store), lock);
        store
    }
}

fn address(store: &Arc<dyn Store>) -> usize {
    Arc::as_ptr(store).cast::<()>().addr()
}

impl Fixture for Folder {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { self.open_on(Arc::new(Sound)) })
    }

    /// Without its lock an owner counts as dead, as it does when the kernel has let go of it.
    fn kill(&self, store: &Arc<dyn Store>) -> BoxFuture<'_, ()> {
        let lock = self.locks.lock().unwrap().remove(&address(store)).unwrap();
        std::fs::remove_file(lock).unwrap();
        Box::pin(std::future::ready(()))
    }

    fn open_with(&self, fail_point: Arc<dyn FailPoint>) -> BoxFuture<'_, Option<Arc<dyn Store>>> {
        Box::pin(async { Some(self.open_on(fail_point)) })
    }
}

spool::conformance_tests!(Folder::new());
