//! The way from a command to the store: through the daemon, or alone where none is up; never past one that has begun.

use std::path::Path;
use std::time::Instant;

use diagnostic::{Code, Diagnostic, Outcome};
use state::lock::{self, Asker, Holder, LOOK, Lock, PATIENCE, Tried};

use super::ask::Daemon;

/// What was reached.
pub enum Reached {
    /// The daemon.
    Daemon(Daemon),
    /// No daemon is up, nor can one start as long as this is held.
    Alone(Lock),
}

/// Reaches the daemon, also one that is just starting, or takes the state folder for this command (`name` is told to those
/// who wait for it).
///
/// # Errors
/// The state folder is another user's, or somebody has it for longer than [`PATIENCE`].
pub fn reach(state: &Path, name: &str) -> Outcome<Reached> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(daemon) = Daemon::find(state).map_err(|error| unheard(state, &error))? {
            return Ok(Reached::Daemon(daemon));
        }
        match lock::attempt(state, Asker::Command(name))? {
            Tried::Taken(lock) => return Ok(Reached::Alone(lock)),
            Tried::Held(holder) if Instant::now() > until => return Err(lock::busy(state, &holder)),
            Tried::Held(_) => std::thread::sleep(LOOK),
        }
    }
}

/// The daemon, also one that is just starting; `None` where none is up, or none is within [`PATIENCE`]. Nothing is made.
///
/// # Errors
/// Its socket is there but not for us.
pub fn daemon(state: &Path) -> Outcome<Option<Daemon>> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(daemon) = Daemon::find(state).map_err(|error| unheard(state, &error))? {
            return Ok(Some(daemon));
        }
        match lock::holder(state) {
            Some(Holder::Daemon { .. } | Holder::Unknown) if Instant::now() < until => std::thread::sleep(LOOK),
            _ => return Ok(None),
        }
    }
}

fn unheard(state: &Path, error: &std::io::Error) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::NoDaemon, "the daemon does not answer").because(error.to_string());
    Box::new(match state::wrong::find(state) {
        Some(wrong) => diagnostic.note(wrong.what).help(wrong.mend),
        None => diagnostic,
    })
}
