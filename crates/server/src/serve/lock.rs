//! One daemon for one state folder. It waits for a command that is at work there, and is refused by another daemon.

use std::path::PathBuf;
use std::time::Instant;

use diagnostic::{Code, Diagnostic, Outcome};
use state::lock::{Asker, Holder, LOOK, Lock, PATIENCE, Tried, attempt, busy};

/// The daemon's place in the line for its state folder.
#[derive(Debug)]
pub(super) struct Claim {
    state: PathBuf,
    first: Tried,
}

/// Asks for the state folder.
///
/// # Errors
/// It cannot be used, or a daemon keeps its state in it.
pub(super) async fn claim(state: PathBuf) -> Outcome<Claim> {
    let mut first = attempt(&state, Asker::Daemon)?;
    if let Tried::Held(holder @ Holder::Daemon { .. }) = &first {
        // A daemon says so twice: once could be what a killed one left for a command that has not yet written its own name.
        tokio::time::sleep(LOOK).await;
        let (holder, again) = (holder.clone(), attempt(&state, Asker::Daemon)?);
        if matches!(&again, Tried::Held(still) if *still == holder) {
            return Err(taken(&state));
        }
        first = again;
    }
    Ok(Claim { state, first })
}

impl Claim {
    /// The lock, as soon as the command that has it ends.
    ///
    /// # Errors
    /// It does not end within [`PATIENCE`].
    pub(super) async fn held(self) -> Outcome<Lock> {
        let until = Instant::now() + PATIENCE;
        let mut tried = self.first;
        loop {
            match tried {
                Tried::Taken(lock) => return Ok(lock),
                Tried::Held(holder) if Instant::now() > until => return Err(busy(&self.state, &holder)),
                Tried::Held(_) => tokio::time::sleep(LOOK).await,
            }
            tried = attempt(&self.state, Asker::Daemon)?;
        }
    }
}

fn taken(state: &std::path::Path) -> Box<Diagnostic> {
    let what = format!("a daemon keeps its state in {} already", state.display());
    Box::new(Diagnostic::new(Code::StoreBusy, what).help("callpost status"))
}
