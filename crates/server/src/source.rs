//! Mailboxes and folders that are read: each is a [`Source`], and one [`pass`] goes over any of them.
//!
//! What a mail is, and its taking in, is the mail binding's; a source only knows where mail lies and what is done with it
//! there. The order is always the same: a mail is looked at, claimed, taken in (durable), and only then removed, moved or
//! marked. Killed in between, the next pass finds it again, and the store knows its name.
//!
//! The drop folder is none of them: its files hold requests of programs of this machine with their owners and envelopes, mail
//! that is to be sent among them, and all of them are ours.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use config::{Config, MailSource, Scan};
use diagnostic::{Code, Diagnostic};

mod imap;
pub mod intake;
mod kept;
mod maildir;
mod mbox;
pub mod pass;
mod pop3;
mod wire;

pub use kept::state_id;

/// A step that a mailbox takes.
pub type Step<'a, T> = Pin<Box<dyn Future<Output = Result<T, SourceError>> + Send + 'a>>;

/// A mailbox that is read.
pub trait Source: Send {
    /// Begins a pass: what lies there now is listed.
    fn begin(&mut self) -> Step<'_, ()>;

    /// The next mail of the pass.
    fn next(&mut self) -> Step<'_, Option<Listed>>;

    /// Reads a mail; nothing becomes of it.
    fn read<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, Content>;

    /// Takes a mail for this state, so that of several states that read the mailbox one runs it; false where another has it.
    fn claim<'a>(&'a mut self, listed: &'a mut Listed) -> Step<'a, bool>;

    /// Removes, moves or marks a mail that was taken in and is durable.
    fn done<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()>;

    /// Puts a mail where it is not read again and people find it.
    fn set_aside<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()>;

    /// Ends a pass: what was put off is done.
    fn end(&mut self) -> Step<'_, ()>;

    /// Waits until there may be more, at most so long.
    fn wait(&mut self, most: Duration) -> Step<'_, ()> {
        Box::pin(async move {
            tokio::time::sleep(most).await;
            Ok(())
        })
    }
}

/// A mail as a mailbox lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which mail of the mailbox it is, the same as long as it lies there.
    pub id: String,
    /// Where in the mailbox it lies now.
    pub spot: String,
}

/// What lies at the place of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The mail.
    Mail {
        /// The envelope sender that the mailbox notes, empty for the null reverse-path.
        sender: Option<String>,
        /// The message, its lines ending with CRLF.
        message: Bytes,
    },
    /// A mail larger than `smtp.max_size`: it is not read.
    TooLarge,
    /// Nothing any more: somebody else moved or removed it.
    Gone,
}

/// A mailbox cannot be read, or not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// What does not work.
    pub what: String,
    /// Why, in the words of whoever said no.
    pub why: String,
    /// What mends it.
    pub help: Option<String>,
}

impl SourceError {
    /// An error with its reason.
    pub(crate) fn new(what: impl Into<String>, why: impl ToString) -> Self {
        Self { what: what.into(), why: why.to_string(), help: None }
    }

    /// With what mends it.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl From<SourceError> for Box<Diagnostic> {
    fn from(error: SourceError) -> Self {
        let diagnostic = Diagnostic::new(Code::Mailbox, error.what).because(error.why);
        Box::new(match error.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        })
    }
}

/// What a source is opened with beside what is configured for it.
#[derive(Clone, Debug)]
pub struct Ground<'a> {
    /// The configuration: its limits and its state folder.
    pub config: &'a Config,
    /// The name of the state that takes its mail in: see [`state_id`].
    pub state_id: String,
}

/// The mailbox; nothing of it is touched before a pass begins.
#[must_use]
pub fn open(scan: &Scan, ground: &Ground<'_>) -> Box<dyn Source> {
    match &scan.source {
        MailSource::Maildir(folder) => Box::new(maildir::Maildir::new(folder, scan, ground)),
        MailSource::Mbox(file) => Box::new(mbox::Mbox::new(file, scan, ground)),
        MailSource::Pop3(account) => Box::new(pop3::Pop3::new(account, scan, ground)),
        MailSource::Imap(account, folder) => Box::new(imap::Imap::new((account, folder), scan, ground)),
    }
}

/// Whether the mailbox is there and can be used, as far as that is told without changing it.
///
/// # Errors
/// What is wrong.
pub fn check(scan: &Scan) -> Result<(), SourceError> {
    match &scan.source {
        MailSource::Maildir(folder) => maildir::check(folder),
        MailSource::Mbox(file) => mbox::check(file),
        // What is on a server is told by a look there: see [`visit`].
        MailSource::Pop3(_) | MailSource::Imap(..) => Ok(()),
    }
}

/// Looks into the mailbox as a pass would begin, and leaves again; nothing in it is changed.
///
/// # Errors
/// What is wrong.
pub async fn visit(scan: &Scan, ground: &Ground<'_>) -> Result<(), SourceError> {
    let mut source = open(scan, ground);
    source.begin().await?;
    source.end().await
}

/// Work that may block, off the threads that must not.
async fn off<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Makes names in a folder durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
