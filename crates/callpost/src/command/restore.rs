//! `restore FILE`: the state of a backup in a state folder that has none; and `restore --release`, which lets its mail go.
//!
//! The store is made whole beside its place, what waits in it is held there, and the folder is marked, before it gets its
//! name: whatever ends this command, no daemon ever finds a restored store that is not held.

use std::os::unix::fs::chown;
use std::path::Path;

use config::Config;
use control::reach::{Reached, reach};
use control::restored::{LetGo, RELEASE};
use diagnostic::screen::{Form, Progress, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use jiff::Timestamp;
use serde_json::json;
use spool::sqlite::SqliteSpool;
use spool::sqlite::archive::{Archived, ArchivedFile, put};
use spool::{Filter, Inspect, QueueAction, Selection, State};

use super::store_client;
use crate::cli::Restore;

/// The store's folder until it is whole.
const DRAFT: &str = "queue.restoring";

/// Runs it.
///
/// # Errors
/// There is a store already, a daemon is up, or the file is no backup.
pub fn run(config: &Config, restore: &Restore, screen: &Screen) -> Outcome<Exit> {
    let Some(file) = &restore.file else { return release(config, screen) };
    let archived = Archived::open(file).map_err(|error| unrestored(file, &error.to_string()))?;
    let contents = archived.contents().map_err(|error| unrestored(file, &error.to_string()))?;
    let taken_at = Timestamp::from_microsecond(contents.taken_at).unwrap_or_default();
    let state = &config.state;
    let Reached::Alone(lock) = reach(state, "restore")? else {
        let diagnostic = Diagnostic::new(Code::Backup, format!("a daemon keeps its state in {}", state.display()));
        return Err(Box::new(diagnostic.help("callpost --set state=/another/folder restore FILE")));
    };
    owners_can_be_kept(&archived, file)?;
    let progress = Progress::new(screen, "restore");
    let (restored, archived) = state::as_owner(state, move || (into(config, &archived, progress), archived))?;
    let held = restored.map_err(|why| unrestored(file, &why))?;
    give_back_owners(&archived, state).map_err(|why| unrestored(file, &why))?;
    drop(lock);
    match screen.form() {
        Form::Json => screen.object(&json!({ "v": 1, "state": state, "taken_at": taken_at, "held": held })),
        Form::Text => {
            screen.line(&format!("{} is as it was at {taken_at:.0}; {held} recipients are held", state.display()));
            screen.hint(&format!(
                "What left since then would leave again: look at `callpost queue list`, then `{RELEASE}`"
            ));
        }
    }
    Ok(Exit::Done)
}

/// Everything but the owners of mail that others left. Gives the number of recipients that are held.
fn into(config: &Config, archived: &Archived, mut progress: Progress) -> Result<u64, String> {
    let (state, draft) = (&config.state, config.state.join(DRAFT));
    let queue = state::queue(state);
    if queue.join("queue.sqlite").exists() {
        return Err(format!("there is a store in {} already", state.display()));
    }
    let words = |error: &dyn std::fmt::Display| error.to_string();
    if draft.exists() {
        std::fs::remove_dir_all(&draft).map_err(|error| words(&error))?;
    }
    private_folder(&draft).and_then(|()| private_folder(&draft.join("bodies"))).map_err(|error| words(&error))?;
    let place = |file: ArchivedFile| match file.path.strip_prefix("queue/") {
        Some(path) => put(&draft, &ArchivedFile { path: path.to_owned(), ..file }),
        None => put_private(state, &file),
    };
    archived.files(place).map_err(|error| words(&error))?;
    let mut pace = |done, all| {
        progress.at(done, all);
        Ok(())
    };
    archived.database(&draft, &mut pace).map_err(|error| words(&error))?;
    let now = Timestamp::from_microsecond(Timestamp::now().as_microsecond()).unwrap_or_default();
    let held = hold(config, &draft, now)?;
    state::restored::mark(state, now.as_microsecond()).map_err(|error| words(&error))?;
    // An empty folder gives way to it; one with a store in it does not.
    let _ = std::fs::remove_dir(queue.join("owners"));
    std::fs::rename(&draft, &queue).map_err(|error| format!("{}: {error}", queue.display()))?;
    std::fs::File::open(state).and_then(|state| state.sync_all()).map_err(|error| words(&error))?;
    Ok(held)
}

/// Holds all that waits in the store.
fn hold(config: &Config, queue: &Path, now: Timestamp) -> Result<u64, String> {
    let options = server::wiring::store_options(config);
    let spool = SqliteSpool::open(queue, options).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    let waits = Filter { state: Some(State::Queued), ..Filter::default() };
    let held = runtime.block_on(spool.act(QueueAction::Hold, Selection::Filter(waits), now));
    held.map_err(|refusal| refusal.to_string())
}

/// The folders that are made for it are as private as those that they were read from.
fn put_private(state: &Path, file: &ArchivedFile) -> Result<(), spool::sqlite::archive::ArchiveError> {
    let folder = Path::new(&file.path).parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.map(|folder| state.join(folder)).filter(|folder| !folder.exists()) {
        private_folder(&folder)
            .map_err(|source| spool::sqlite::archive::ArchiveError::Io { path: folder.clone(), source })?;
    }
    put(state, file)
}

fn private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Mail in the drop folder is its owner's: with whose rights it is taken in depends on that.
fn owners_can_be_kept(archived: &Archived, file: &Path) -> Outcome<()> {
    let me = rustix::process::geteuid();
    let owners = archived.owners("drop").map_err(|error| unrestored(file, &error.to_string()))?;
    if me.is_root() || owners.iter().all(|owner| *owner == me.as_raw()) {
        return Ok(());
    }
    let what =
        "the backup holds mail that other users had left in the drop folder, which only root can give back to them";
    let diagnostic = Diagnostic::new(Code::Backup, what).exit_with(Exit::NoPermission);
    Err(Box::new(diagnostic.help(format!("sudo callpost restore {}", file.display()))))
}

fn give_back_owners(archived: &Archived, state: &Path) -> Result<(), String> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let give = |file: ArchivedFile| match file.path.starts_with("drop/") {
        true => {
            let path = state.join(&file.path);
            chown(&path, Some(file.uid), None)
                .map_err(|source| spool::sqlite::archive::ArchiveError::Io { path, source })
        }
        false => Ok(()),
    };
    archived.files(give).map_err(|error| error.to_string())
}

fn release(config: &Config, screen: &Screen) -> Outcome<Exit> {
    let gone: LetGo = store_client::let_go(config)?;
    match screen.form() {
        Form::Json => screen.object(&json!(gone)),
        Form::Text if gone.held => screen.line(&format!("{} recipients are released", gone.released)),
        Form::Text => screen.line("nothing is held back"),
    }
    Ok(if gone.held { Exit::Done } else { Exit::Fault })
}

fn unrestored(file: &Path, why: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::Backup, format!("{} was not restored", file.display()));
    Box::new(diagnostic.because(why))
}
