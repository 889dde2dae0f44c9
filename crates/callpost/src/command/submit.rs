//! Handing a finished message over: to the daemon where one is up, else into the drop folder.

use std::os::unix::fs::MetadataExt;

use config::Config;
use control::{Octets, Request, Submit};
use diagnostic::{Code, Diagnostic, Exit, Family, Outcome};
use mail::Mailbox;
use mail::submission::distinct;
use server::drop;
use server::operator::author;
use spool::Wishes;

use super::store_client;

/// What is to be sent, and to whom.
pub struct Parcel {
    /// The reverse-path; `None`: null.
    pub from: Option<Mailbox>,
    /// The recipients; each gets it once, however often it stands here.
    pub to: Vec<Mailbox>,
    /// The whole message, its lines ending with CRLF.
    pub message: Vec<u8>,
    /// When it leaves, and what is told with it.
    pub wishes: Wishes,
}

/// Hands it over. Durable when this returns.
///
/// # Errors
/// It names nobody, or is not taken. Trouble of ours is 75: the caller keeps its mail and tries again.
pub fn submit(config: &Config, parcel: Parcel) -> Outcome<()> {
    let Parcel { from, to, message, wishes } = parcel;
    if to.is_empty() {
        return Err(Box::new(Diagnostic::new(Code::Usage, "no recipient is named")));
    }
    let from = from.map(|from| from.to_string()).unwrap_or_default();
    let to = distinct(to).iter().map(ToString::to_string).collect();
    let submit = Submit { from, to, message: Octets(message), wishes: wishes.text() };
    let request = Request::Submit(submit);
    if let Ok(Some(mut daemon)) = store_client::daemon(config) {
        match daemon.ask(&request).map_err(|error| later(&error))? {
            Ok(_) => return Ok(()),
            // It takes nothing now: the mail waits where it is looked for every few seconds.
            Err(refused) if refused.is_busy() => {}
            Err(refused) => return Err(ours_is_later(refused.into())),
        }
    }
    if let Request::Submit(submit) = &request {
        permitted(config, submit)?;
    }
    drop::leave(&config.state, &request)
}

/// What the daemon would set aside when it finds it in the drop folder is refused now, while somebody listens.
fn permitted(config: &Config, submit: &Submit) -> Outcome<()> {
    let uid = rustix::process::getuid().as_raw();
    let is_operators = |state: &std::fs::Metadata| uid == 0 || state.uid() == uid;
    // Without a state folder this user makes it, and is the daemon's.
    if std::fs::metadata(&config.state).map_or(true, |state| is_operators(&state)) {
        return Ok(());
    }
    author::check(config, uid, submit).map_err(Box::<Diagnostic>::from)
}

/// What the store or the daemon cannot do now is no fault of the mail.
fn ours_is_later(diagnostic: Box<Diagnostic>) -> Box<Diagnostic> {
    match diagnostic.code.family() {
        Family::Storage | Family::Bug => Box::new(diagnostic.exit_with(Exit::TryAgain)),
        _ => diagnostic,
    }
}

/// The mail could not be read, or nobody could be reached who takes it.
#[must_use]
pub fn later(error: &std::io::Error) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::NoDaemon, "the mail was not taken").because(error.to_string());
    Box::new(diagnostic.exit_with(Exit::TryAgain))
}

/// The mail itself is at fault (65): trying again would not help.
#[must_use]
pub fn unfit(what: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::UnfitMessage, what))
}

/// It is refused whole: what was cut would be taken for all of it.
#[must_use]
pub fn too_large(config: &Config) -> Box<Diagnostic> {
    let what = format!("the mail is larger than smtp.max_size ({} octets)", config.smtp.max_size);
    let diagnostic = unfit(what).note("nothing of it was queued");
    Box::new(diagnostic.help("callpost config explain smtp.max_size"))
}
