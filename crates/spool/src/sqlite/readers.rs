//! A few threads that only read, each with a connection of its own: a long scan never stands in the writer's way, and
//! nothing blocks inside an async task. Large bodies are written here too, before the writer hears of them.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::store_error::StoreError;
use super::{OpenError, schema};
use crate::Refusal;

type Work = Box<dyn FnOnce(&Connection) + Send>;

/// The pool.
#[derive(Debug)]
pub(super) struct Readers {
    inbox: Option<Sender<Work>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) fn start(database: &Path, threads: usize) -> Result<Self, OpenError> {
        let (inbox, work) = channel();
        let work = Arc::new(Mutex::new(work));
        let mut readers = Self { inbox: Some(inbox), threads: Vec::new() };
        for _ in 0..threads.max(1) {
            let connection = schema::open_reader(database)?;
            readers.threads.push(start(connection, Arc::clone(&work)).map_err(OpenError::Thread)?);
        }
        Ok(readers)
    }

    /// Does the work on one of the threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            // Nobody waits any more: nothing is lost, it was only read.
            let _ = caller.send(work(connection));
        });
        let inbox = self.inbox.as_ref().ok_or(Refusal::Closed)?;
        inbox.send(work).map_err(|_| Refusal::Closed)?;
        answer.await.map_err(|_| Refusal::Closed)?
    }
}

fn start(connection: Connection, work: Arc<Mutex<Receiver<Work>>>) -> io::Result<JoinHandle<()>> {
    Builder::new().name("spool-read".into()).spawn(move || {
        loop {
            let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match next {
                Ok(work) => work(&connection),
                Err(_) => break,
            }
        }
    })
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.inbox = None;
        for thread in self.threads.drain(..) {
            // A reader that panicked has said so already.
            let _ = thread.join();
        }
    }
}
