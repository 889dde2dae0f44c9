//! `[[scan]]`: mailboxes that are read, again and again.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::declare::rows;
use super::service::Service;
use super::value::{self, Hop, Secret};
use super::view::{Reading, View};

rows! {
    SCAN: Blocks = "scan", "Mailboxes that are read: requests in them are answered, answers complete calls, all else stays as it is.";

    source: url ["maildir:/var/mail/rpc"], now,
        "maildir:FOLDER | mbox:FILE | imaps://USER@HOST/FOLDER | pop3s://USER@HOST (imap: and pop3: begin TLS on the connection)";
    every: duration = "30s", now, "how often it is looked at";
    after: text = "delete", now, "what becomes of mail that was taken in: delete | move:NAME (Maildir, IMAP) | keep";
    service: text = "", now,
        "the service that its mail is for; \"\" = by X-Original-To, Delivered-To, Envelope-To";
    set_aside: text = "Callpost-Aside", now,
        "the folder for requests that cannot be run (Maildir, IMAP; the others have the state folder)";
    password: secret = "", now, "for a mailbox on a server";
    oauth: file = "", now, "instead of a password: a file with the access token, read at each login";
}

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
    pub login: Option<MailLogin>,
}

/// What proves us to a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailLogin {
    /// The password of the account.
    Password(Secret),
    /// The file with its access token (OAuth 2.0), read at each login.
    Token(PathBuf),
}

/// An account on a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub user: String,
    /// The server.
    pub host: Hop,
    /// How the connection is kept private.
    pub tls: AccountTls,
}

/// How a connection to a mail server is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountTls {
    /// TLS from the start (`imaps:`, `pop3s:`).
    Implicit,
    /// TLS is begun on the connection; a server on this machine may have none.
    StartTls,
}

/// A place where mail lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailSource {
    /// A Maildir.
    Maildir(PathBuf),
    /// An mbox file.
    Mbox(PathBuf),
    /// A mailbox on a POP3 server.
    Pop3(Account),
    /// A folder on an IMAP server.
    Imap(Account, String),
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
            Self::Pop3(account) => write!(f, "{}://{}@{}", account.scheme("pop3"), account.user, account.host),
            Self::Imap(account, folder) => {
                write!(f, "{}://{}@{}/{folder}", account.scheme("imap"), account.user, account.host)
            }
        }
    }
}

impl MailSource {
    /// Reads `maildir:FOLDER` and the others.
    ///
    /// # Errors
    /// Says what a source looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            "write maildir:FOLDER, mbox:FILE, imaps://USER@HOST/FOLDER or pop3s://USER@HOST; without the s, TLS is begun on \
             the connection".to_owned()
        };
        let (scheme, rest) = text.split_once(':').filter(|(_, rest)| !rest.is_empty()).ok_or_else(wrong)?;
        match scheme {
            "maildir" => Ok(Self::Maildir(PathBuf::from(rest))),
            "mbox" => Ok(Self::Mbox(PathBuf::from(rest))),
            "imap" | "imaps" | "pop3" | "pop3s" => on_server(scheme, rest.strip_prefix("//").ok_or_else(wrong)?),
            _ => Err(wrong()),
        }
    }

    /// True where mail can be moved to another folder.
    #[must_use]
    pub fn has_folders(&self) -> bool {
        matches!(self, Self::Maildir(_) | Self::Imap(..))
    }

    /// The account, where it is on a server.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Pop3(account) | Self::Imap(account, _) => Some(account),
            Self::Maildir(_) | Self::Mbox(_) => None,
        }
    }
}

impl Account {
    fn scheme(&self, plain: &str) -> String {
        match self.tls {
            AccountTls::Implicit => format!("{plain}s"),
            AccountTls::StartTls => plain.to_owned(),
        }
    }
}

/// `USER@HOST[:PORT][/FOLDER]`; the name may have an `@` of its own, or be written with `%40`.
fn on_server(scheme: &str, rest: &str) -> Result<MailSource, String> {
    let (server, folder) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = server.rsplit_once('@').ok_or("it names no user: write USER@HOST")?;
    if user.contains(':') {
        return Err("the password does not belong into the URL; write it in `password`".to_owned());
    }
    let (port, tls) = match scheme {
        "imap" => (143, AccountTls::StartTls),
        "imaps" => (993, AccountTls::Implicit),
        "pop3" => (110, AccountTls::StartTls),
        _ => (995, AccountTls::Implicit),
    };
    let account = Account { user: decoded(user)?, host: value::hop(host, port)?, tls };
    let is_wrong = |text: &str| text.is_empty() || text.chars().any(char::is_control);
    if is_wrong(&account.user) {
        return Err("it names no user: write USER@HOST".to_owned());
    }
    match (scheme.starts_with("imap"), decoded(folder)?) {
        (true, folder) if folder.is_empty() => Ok(MailSource::Imap(account, "INBOX".to_owned())),
        (true, folder) if is_wrong(&folder) || !folder.is_ascii() => {
            Err("the folder must be named in ASCII".to_owned())
        }
        (true, folder) => Ok(MailSource::Imap(account, folder)),
        (false, folder) if folder.is_empty() => Ok(MailSource::Pop3(account)),
        (false, _) => Err("a POP3 server has one mailbox and no folders".to_owned()),
    }
}

/// A part of a URL as it was meant (RFC 3986 §2.1).
fn decoded(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` has a % that means nothing");
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        if octet != b'%' {
            octets.push(octet);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or_else(wrong)?;
        let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
        octets.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
        rest = after;
    }
    String::from_utf8(octets).map_err(|_| wrong())
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
        Ok(Self { source, every: Duration::from_secs(30), after, service: None, set_aside, login: None })
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
    let every = view.some_time("every");
    if service.as_ref().is_some_and(|name| services.iter().all(|service| service.name != *name)) {
        view.contradicts("service", "no [[service]] has this name");
    }
    let source = view.parsed("source", MailSource::parse)?;
    if matches!(after, After::Move(_)) && !source.has_folders() {
        view.contradicts("after", NO_FOLDERS);
    }
    let login = login(view, &source);
    let source = match source {
        MailSource::Maildir(folder) => MailSource::Maildir(view.beside("source", folder)),
        MailSource::Mbox(file) => MailSource::Mbox(view.beside("source", file)),
        on_server => on_server,
    };
    Some(Scan { source, every, after, service, set_aside, login })
}

fn login(view: View<'_>, source: &MailSource) -> Option<MailLogin> {
    let (password, token) = (view.secret("password"), view.file("oauth"));
    let is_on_server = source.account().is_some();
    match (password, token) {
        (Some(_), Some(_)) => view.contradicts("oauth", "write a password or a token, not both"),
        (Some(password), None) if is_on_server => return Some(MailLogin::Password(password)),
        (None, Some(file)) if is_on_server => return Some(MailLogin::Token(file)),
        (None, None) if is_on_server => {
            view.contradicts("source", "the server asks for a `password`, or a token (`oauth`)")
        }
        (Some(_), None) => view.contradicts("password", "a mailbox on this machine has none"),
        (None, Some(_)) => view.contradicts("oauth", "a mailbox on this machine has none"),
        (None, None) => {}
    }
    None
}
