//! What is wrong with a part of the state folder: whose it is, which mode it has, and the line that mends it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use diagnostic::{Code, Diagnostic, Exit};
use rustix::process::geteuid;

use super::{DROP_MODE, MODE, drop_folder};
use crate::account;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong, with owner and mode.
    pub what: String,
    /// The line that mends it.
    pub mend: String,
}

/// Files and folders below the state folder whose owner matters, by name; of a folder, what is directly in it too.
const PARTS: [&str; 6] = ["queue", "queue/bodies", "queue/owners", "ca", "drop", ""];

/// Whose a file is, and its mode: `belongs to callpost:callpost and has mode 0711`.
#[must_use]
pub fn standing(status: &Metadata) -> String {
    let (user, group) = (account::user(status.uid()), account::group(status.gid()));
    format!("belongs to {user}:{group} and has mode {:04o}", status.mode() & 0o7777)
}

/// A diagnostic about a part of the state folder that cannot be used, for whoever was hindered.
#[must_use]
pub fn unusable(path: &Path, error: &io::Error) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::StateFolder, format!("{} cannot be used", path.display()));
    let diagnostic = diagnostic.because(error.to_string());
    match permitted(path, error) {
        Some(wrong) => Box::new(diagnostic.note(wrong.what).help(wrong.mend)),
        None => Box::new(diagnostic.help("callpost serve --set state=/path/to/a/folder")),
    }
}

/// Whose the part is that hindered the caller, and who may, where it was permission that was lacking.
#[must_use]
pub fn permitted(path: &Path, error: &io::Error) -> Option<Wrong> {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return None;
    }
    let (nearest, status) = nearest(path)?;
    let what = format!("{} {}", nearest.display(), standing(&status));
    Some(Wrong { what, mend: mending(path, &nearest, &status) })
}

/// As [`unusable`], for the store in the queue's folder, which has words of its own.
#[must_use]
pub fn unusable_store(state: &Path, why: &str) -> Box<Diagnostic> {
    let what = format!("the store in {} cannot be opened", state.display());
    let diagnostic = Diagnostic::new(Code::StoreUnusable, what).because(why);
    Box::new(match hindrance(state) {
        Some(wrong) => diagnostic.note(wrong.what).help(wrong.mend),
        None => diagnostic,
    })
}

/// What keeps the caller from the store: parts of another user, or the whole folder.
fn hindrance(state: &Path) -> Option<Wrong> {
    let status = fs::metadata(state).ok()?;
    let me = geteuid();
    if me.is_root() || status.uid() == me.as_raw() {
        return foreign(state, &status);
    }
    Some(Wrong { what: format!("{} {}", state.display(), standing(&status)), mend: mending(state, state, &status) })
}

/// A mail that could not be left in the drop folder: it is to be tried again (75) when somebody has run the line.
#[must_use]
pub fn no_drop(wrong: Wrong) -> Box<Diagnostic> {
    let diagnostic =
        Diagnostic::new(Code::StateFolder, "no daemon runs, and no mail can be left for it").because(wrong.what);
    Box::new(diagnostic.help(wrong.mend).exit_with(Exit::TryAgain))
}

/// The nearest part of a path that is there.
fn nearest(path: &Path) -> Option<(PathBuf, Metadata)> {
    path.ancestors().find_map(|path| Some((path.to_owned(), fs::metadata(path).ok()?)))
}

fn mending(path: &Path, nearest: &Path, status: &Metadata) -> String {
    let me = account::user(geteuid().as_raw());
    let is_mine = status.uid() == geteuid().as_raw();
    match (nearest == path, is_mine) {
        (true, true) => format!("chmod u+rwx {}", path.display()),
        (false, true) if status.mode() & 0o300 != 0o300 => format!("chmod u+rwx {}", nearest.display()),
        (false, _) => format!("install -d -o {me} -m {MODE:o} {} (as root)", path.display()),
        (true, false) => {
            let owner = account::user(status.uid());
            format!("run this as {owner} or root; for a daemon of {me}: chown -R {me}: {}", path.display())
        }
    }
}

/// The first part of an existing state folder that its owner, or those who hand over mail, cannot use as they must.
#[must_use]
pub fn find(state: &Path) -> Option<Wrong> {
    let status = fs::metadata(state).ok()?;
    foreign(state, &status).or_else(|| closed(state, &status)).or_else(|| {
        let path = drop_folder(state);
        fs::symlink_metadata(&path).ok().and_then(|status| drop(&path, &status, state))
    })
}

/// What is another's than the folder's owner: made by a command of root's that did not know better, or by a restore.
fn foreign(state: &Path, status: &Metadata) -> Option<Wrong> {
    let owner = status.uid();
    let below = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
    let is_mail = |path: &Path| path.parent() == Some(&drop_folder(state));
    let mut paths = PARTS.iter().flat_map(|part| below(state.join(part))).map(|entry| entry.path());
    let (path, found) = paths.find_map(|path| {
        let found = fs::symlink_metadata(&path).ok()?;
        // Each file of the drop folder belongs to whoever left it; a socket is made anew.
        let counts = !is_mail(&path) && path != drop_folder(state) && (found.is_file() || found.is_dir());
        (counts && found.uid() != owner).then_some((path, found))
    })?;
    let what =
        format!("{} {}, but {} belongs to {}", path.display(), standing(&found), state.display(), account::user(owner));
    Some(Wrong { what, mend: format!("chown -R {}: {}", account::user(owner), state.display()) })
}

/// A folder that others cannot pass through.
fn closed(state: &Path, status: &Metadata) -> Option<Wrong> {
    let is_closed = status.mode() & 0o011 != 0o011;
    is_closed.then(|| Wrong {
        what: format!("{} {}: others cannot pass through it to hand over mail", state.display(), standing(status)),
        mend: format!("chmod {MODE:o} {}", state.display()),
    })
}

/// What is wrong with the drop folder, whose status this is, for the daemon and for those who leave mail in it.
#[must_use]
pub fn drop(path: &Path, status: &Metadata, state: &Path) -> Option<Wrong> {
    let owner = fs::metadata(state).map_or(status.uid(), |state| state.uid());
    let shown = path.display();
    let wrong = |mend: String| Some(Wrong { what: format!("{shown} {}", standing(status)), mend });
    if !status.is_dir() {
        return Some(Wrong { what: format!("{shown} is no folder"), mend: format!("mv {shown} {shown}.old") });
    }
    if status.uid() != owner || !account::is_member(owner, status.gid()) {
        let user = account::user(owner);
        return wrong(format!("chown {user}: {shown} && chmod {DROP_MODE:o} {shown}"));
    }
    if status.mode() & 0o7777 != DROP_MODE { wrong(format!("chmod {DROP_MODE:o} {shown}")) } else { None }
}

/// What is wrong with a drop folder that is not there, or not to be seen.
#[must_use]
pub fn no_folder(state: &Path, error: &io::Error) -> Wrong {
    let path = drop_folder(state);
    if error.kind() == io::ErrorKind::PermissionDenied
        && let Some(wrong) = fs::metadata(state).ok().and_then(|status| closed(state, &status))
    {
        return wrong;
    }
    let Some((nearest, status)) = nearest(state) else {
        return Wrong { what: format!("{}: {error}", path.display()), mend: "callpost check".to_owned() };
    };
    let what = format!("{} is not there ({error}), and {} {}", path.display(), nearest.display(), standing(&status));
    let owner = account::user(if nearest == state { status.uid() } else { geteuid().as_raw() });
    let mend = if nearest == state {
        format!("install -d -o {owner} -g {} -m {DROP_MODE:o} {}", group_of(&status), path.display())
    } else {
        format!("install -d -o {owner} -m {MODE:o} {} (as root)", state.display())
    };
    Wrong { what, mend }
}

fn group_of(status: &Metadata) -> String {
    account::group(account::primary_group(status.uid()).unwrap_or(status.gid()))
}
