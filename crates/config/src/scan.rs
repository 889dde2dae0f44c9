//! `[[scan]]`: mailboxes that are read, again and again.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::service::Service;
use super::value::Secret;
use super::view::{Reading, View};

/// A mailbox that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Which.
    pub source: MailSource,
    /// How often.
    pub every: Duration,
    /// What becomes of mail that was taken in.
    pub after: After,
    /// The service that its mail is for; `None`: the fields say it that the mail server wrote on delivery.
    pub service: Option<String>,
    /// The folder for requests that cannot be run.
    pub set_aside: String,
    /// What proves us to the server, where the mailbox is on one.
    pub secret: Option<Secret>,
}

/// A place where mail lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailSource {
    /// A Maildir.
    Maildir(PathBuf),
    /// An mbox file.
    Mbox(PathBuf),
}

/// What becomes of mail that was taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum After {
    /// It is removed.
    #[default]
    Delete,
    /// It goes to this folder.
    Move(String),
    /// It stays, and is marked where the mailbox has marks.
    Keep,
}

impl fmt::Display for MailSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Maildir(folder) => write!(f, "maildir:{}", folder.display()),
            Self::Mbox(file) => write!(f, "mbox:{}", file.display()),
        }
    }
}

impl MailSource {
    /// Reads `maildir:FOLDER` and the others.
    ///
    /// # Errors
    /// Says what a source looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "write maildir:FOLDER or mbox:FILE".to_owned();
        let (scheme, rest) = text.split_once(':').filter(|(_, rest)| !rest.is_empty()).ok_or_else(wrong)?;
        match scheme {
            "maildir" => Ok(Self::Maildir(PathBuf::from(rest))),
            "mbox" => Ok(Self::Mbox(PathBuf::from(rest))),
            "imap" | "imaps" | "pop3" | "pop3s" => {
                Err(format!("`{scheme}` is known, but not built in this version; {}", wrong()))
            }
            _ => Err(wrong()),
        }
    }

    /// True where mail can be moved to another folder.
    #[must_use]
    pub fn has_folders(&self) -> bool {
        matches!(self, Self::Maildir(_))
    }
}

impl After {
    /// Reads `delete`, `keep` and `move:NAME`.
    ///
    /// # Errors
    /// Says what it takes.
    pub fn parse(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("move:")) {
            ("delete", _) => Ok(Self::Delete),
            ("keep", _) => Ok(Self::Keep),
            (_, Some(name)) => folder(name).map(Self::Move),
            _ => Err("write delete, keep or move:NAME".to_owned()),
        }
    }
}

/// The name of a folder beside the mailbox.
fn folder(name: &str) -> Result<String, String> {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '*' | '%' | '"' | '\\');
    match !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && name.chars().all(is_plain) {
        true => Ok(name.to_owned()),
        false => Err(format!("`{}` is no name of a folder", name.escape_debug())),
    }
}

impl Scan {
    /// One that a command line asks for; what it does not say is as by default.
    ///
    /// # Errors
    /// What does not go together.
    pub fn of(source: MailSource, after: After) -> Result<Self, String> {
        if let (After::Move(_), false) = (&after, source.has_folders()) {
            return Err(NO_FOLDERS.to_owned());
        }
        let set_aside = SET_ASIDE.to_owned();
        Ok(Self { source, every: Duration::from_secs(30), after, service: None, set_aside, secret: None })
    }
}

const SET_ASIDE: &str = "Callpost-Aside";
const NO_FOLDERS: &str = "such a mailbox has no folders; write delete or keep";

/// The configured mailboxes.
pub(super) fn scans(reading: &Reading<'_>, services: &[Service]) -> Vec<Scan> {
    let mut scans: Vec<Scan> = Vec::new();
    for view in reading.blocks("scan", None) {
        let Some(scan) = scan(view, services) else { continue };
        if scans.iter().any(|other| other.source == scan.source) {
            view.contradicts("source", "another [[scan]] reads it");
        }
        scans.push(scan);
    }
    scans
}

fn scan(view: View<'_>, services: &[Service]) -> Option<Scan> {
    let after = view.parsed("after", After::parse).unwrap_or_default();
    let set_aside = view.parsed("set_aside", folder).unwrap_or_else(|| SET_ASIDE.to_owned());
    let service = Some(view.text("service")).filter(|name| !name.is_empty());
    let (every, secret) = (view.some_time("every"), view.secret("password"));
    if service.as_ref().is_some_and(|name| services.iter().all(|service| service.name != *name)) {
        view.contradicts("service", "no [[service]] has this name");
    }
    let source = view.parsed("source", MailSource::parse)?;
    if matches!(after, After::Move(_)) && !source.has_folders() {
        view.contradicts("after", NO_FOLDERS);
    }
    let source = match source {
        MailSource::Maildir(folder) => MailSource::Maildir(view.beside("source", folder)),
        MailSource::Mbox(file) => MailSource::Mbox(view.beside("source", file)),
    };
    Some(Scan { source, every, after, service, set_aside, secret })
}
