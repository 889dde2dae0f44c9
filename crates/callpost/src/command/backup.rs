//! `backup FILE`: the whole state in one file, while the daemon goes on.
//!
//! The order is what makes it whole. Mail that was left in the drop folder is read first: what the daemon takes in after that
//! is in the copy of its store, and its name there keeps it from being taken in twice. Then the store is copied as it is at
//! one moment; then the bodies that its rows name, which the daemon keeps meanwhile. The other files never change once made.

mod folder;

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use config::Config;
use control::Request;
use control::ask::Daemon;
use control::reach::{Reached, reach};
use diagnostic::screen::{Form, Progress, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use jiff::Timestamp;
use serde_json::json;
use spool::sqlite::archive::{Archive, ArchiveError, Contents};
use state::lock::Lock;
use tempfile::NamedTempFile;

use crate::cli::Backup;

/// How long the daemon keeps the octets of mail that is over, each time it is asked.
const KEPT: Duration = Duration::from_secs(60);

/// How often it is asked.
const ASKED: Duration = Duration::from_secs(10);

/// Who keeps the store still meanwhile.
enum Keeper {
    /// The daemon keeps what is copied.
    Daemon { daemon: Box<Daemon>, asked: Instant },
    /// Nobody else is at work.
    Alone { _lock: Lock },
}

/// Runs it.
///
/// # Errors
/// The file is there, cannot be written, or the state cannot be read.
pub fn run(config: &Config, backup: &Backup, screen: &Screen) -> Outcome<Exit> {
    let (file, begun) = (backup.file.as_path(), Timestamp::now());
    if file.exists() {
        let diagnostic = Diagnostic::new(Code::Backup, format!("{} is there already", file.display()));
        return Err(Box::new(diagnostic.note("no backup is written over another file")));
    }
    let above = file.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only its owner may read it, from the first octet on.
    let draft = tempfile::Builder::new().prefix(".callpost-backup.").tempfile_in(above);
    let draft = draft.map_err(|error| unmade(file, &error.to_string()))?;
    let contents = make(config, (&draft, begun), screen).map_err(|why| unmade(file, &why))?;
    let draft = draft.persist_noclobber(file).map_err(|error| unmade(file, &error.to_string()))?;
    let durable = std::fs::File::open(above).and_then(|above| above.sync_all());
    durable.map_err(|error| unmade(file, &error.to_string()))?;
    let octets = draft.metadata().map_or(0, |status| status.size());
    match screen.form() {
        Form::Json => screen.object(&json!({
            "v": 1, "file": file, "octets": octets, "open": contents.open, "taken_at": begun,
        })),
        Form::Text => screen.line(&format!(
            "{}: {} MB, {} recipients wait in it; it holds keys and mail: keep it safe",
            file.display(),
            octets.div_ceil(1_000_000),
            contents.open
        )),
    }
    Ok(Exit::Done)
}

fn make(config: &Config, (draft, begun): (&NamedTempFile, Timestamp), screen: &Screen) -> Result<Contents, String> {
    let (state, queue) = (&config.state, state::queue(&config.state));
    if !queue.join("queue.sqlite").exists() {
        return Err(format!("there is no store in {}", state.display()));
    }
    let words = |error: io::Error| error.to_string();
    let mut keeper = Keeper::find(state).map_err(|diagnostic| diagnostic.to_string())?;
    keeper.keep().map_err(words)?;
    let left = folder::Aside::of(&state::drop_folder(state), "drop").map_err(words)?;
    let mut progress = Progress::new(screen, "backup");
    let mut pace = |done, all| {
        progress.at(done, all);
        keeper.keep_on()
    };
    let told = |error: ArchiveError| error.to_string();
    let archive = Archive::of_store(&queue, draft.path(), &mut pace).map_err(told)?;
    left.each(|file| archive.add(&file)).map_err(told)?;
    let bodies = archive.bodies().map_err(told)?;
    for (done, name) in (0..).zip(&bodies) {
        let path = queue.join("bodies").join(name);
        match folder::read(&path, &format!("queue/bodies/{name}")) {
            Ok(file) => archive.add(&file).map_err(told)?,
            // Its row is damaged already, and says so there as here.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                screen.hint(&format!("! {} is missing: its mail is damaged", path.display()));
            }
            Err(error) => return Err(format!("{}: {error}", path.display())),
        }
        pace(done, bodies.len() as u64).map_err(words)?;
    }
    folder::each(state, &mut |file| archive.add(&file)).map_err(told)?;
    keeper.keep_on().map_err(words)?;
    archive.finish(begun.as_microsecond(), env!("CARGO_PKG_VERSION")).map_err(told)
}

impl Keeper {
    fn find(state: &Path) -> Outcome<Self> {
        Ok(match reach(state, "backup")? {
            Reached::Daemon(daemon) => Self::Daemon { daemon: Box::new(daemon), asked: Instant::now() },
            Reached::Alone(lock) => Self::Alone { _lock: lock },
        })
    }

    /// Has the octets kept for a while.
    fn keep(&mut self) -> io::Result<()> {
        let Self::Daemon { daemon, asked } = self else { return Ok(()) };
        let before = std::mem::replace(asked, Instant::now());
        daemon
            .ask(&Request::KeepOctets { seconds: KEPT.as_secs() })?
            .map_err(|refused| io::Error::other(refused.what))?;
        if before.elapsed() >= KEPT {
            return Err(io::Error::other("this command stood still for so long that the daemon kept nothing for it"));
        }
        Ok(())
    }

    /// The same, where it is time.
    fn keep_on(&mut self) -> io::Result<()> {
        let is_due = matches!(self, Self::Daemon { asked, .. } if asked.elapsed() >= ASKED);
        if is_due { self.keep() } else { Ok(()) }
    }
}

fn unmade(file: &Path, why: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::Backup, format!("the backup {} was not made", file.display()));
    Box::new(diagnostic.because(why))
}
