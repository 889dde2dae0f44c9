//! What the readers of mailboxes keep in the state folder: the name of the state, the mails set aside of mailboxes that have
//! no folders, and which mails were taken in of mailboxes where they stay and that have no marks.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use bytes::Bytes;
use config::Config;
use mail::payload::MimeLimits;

use super::sync_folder;
use crate::redact::Scrubber;

const PRIVATE: u32 = 0o600;

/// The name of a state, by which mail in a mailbox is claimed for it: made once, and the same in every process.
///
/// # Errors
/// The state folder cannot be read or written.
pub fn state_id(state: &Path) -> io::Result<String> {
    let file = folder(state, "scan")?.join("id");
    for _ in 0..2 {
        match fs::read_to_string(&file) {
            Ok(id) if id.len() == 16 && id.bytes().all(|octet| octet.is_ascii_hexdigit()) => return Ok(id),
            Ok(_) => return Err(io::Error::other(format!("{} is damaged; remove it", file.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let id = uuid::Uuid::new_v4().simple().to_string();
        let draft = file.with_extension(&id);
        write(&draft, &id.as_bytes()[..16])?;
        // Of two that make it at once, the first one's holds.
        let made = fs::hard_link(&draft, &file);
        fs::remove_file(&draft)?;
        match made {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => sync_folder(file.parent().unwrap_or(state))?,
        }
    }
    fs::read_to_string(&file)
}

fn folder(state: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = state.join(name);
    match fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(folder),
    }
}

fn write(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

/// The `aside` folder of the state.
#[derive(Clone, Debug)]
pub(super) struct Aside {
    state: PathBuf,
    scrubber: Scrubber,
}

impl Aside {
    /// By this configuration.
    pub(super) fn of(config: &Config) -> Self {
        let documents = crate::wiring::documents(config);
        let mime = MimeLimits { max_parts: config.limits.parts, max_nesting: config.limits.nesting };
        Self { state: config.state.clone(), scrubber: Scrubber { mime, documents } }
    }

    /// Keeps a mail that is set aside, without the keys in it, durable when this returns: `STATE/aside/NAME.eml`.
    pub(super) fn keep(&self, (mailbox, id): (&str, &str), mail: Vec<u8>) -> io::Result<()> {
        let folder = folder(&self.state, "aside")?;
        let path = folder.join(format!("{}.eml", hex(format!("{mailbox}#{id}").as_bytes())));
        let draft = path.with_extension("draft");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE).open(&draft)?;
        file.write_all(&self.without_keys(mail))?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        sync_folder(&folder)
    }

    /// As it lies in its mailbox, where there is no key in it.
    fn without_keys(&self, mail: Vec<u8>) -> Bytes {
        let read = Bytes::from(mail::mbox::canonical(mail::mbox::without_from_line(&mail)));
        let scrubbed = self.scrubber.scrubbed(&read);
        if scrubbed == read { mail.into() } else { scrubbed }
    }
}

/// The mails of one mailbox that were taken in and stay there. One line each; those that are gone from the mailbox are
/// forgotten.
#[derive(Debug)]
pub(super) struct Remembered {
    state: PathBuf,
    mailbox: String,
    known: Option<HashSet<String>>,
}

impl Remembered {
    /// Those of this mailbox; nothing is read yet.
    pub(super) fn new(state: &Path, mailbox: &str) -> Self {
        Self { state: state.to_owned(), mailbox: hex(mailbox.as_bytes()), known: None }
    }

    fn path(&self) -> io::Result<PathBuf> {
        Ok(folder(&self.state, "scan")?.join(format!("{}.taken", self.mailbox)))
    }

    fn known(&mut self) -> io::Result<&mut HashSet<String>> {
        if self.known.is_none() {
            let lines = match File::open(self.path()?) {
                Ok(file) => BufReader::new(file).lines().collect::<io::Result<_>>()?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => HashSet::new(),
                Err(error) => return Err(error),
            };
            self.known = Some(lines);
        }
        Ok(self.known.get_or_insert_default())
    }

    /// True for one that was taken in.
    pub(super) fn has(&mut self, id: &str) -> io::Result<bool> {
        Ok(self.known()?.contains(id))
    }

    /// Remembers one more, durable when this returns.
    pub(super) fn add(&mut self, id: &str) -> io::Result<()> {
        if !self.known()?.insert(id.to_owned()) {
            return Ok(());
        }
        let mut file = OpenOptions::new().append(true).create(true).mode(PRIVATE).open(self.path()?)?;
        file.write_all(format!("{id}\n").as_bytes())?;
        file.sync_all()
    }

    /// Forgets all but these.
    pub(super) fn keep_only(&mut self, present: &HashSet<String>) -> io::Result<()> {
        let known = self.known()?;
        if known.iter().all(|id| present.contains(id)) {
            return Ok(());
        }
        known.retain(|id| present.contains(id));
        let lines: String = known.iter().map(|id| format!("{id}\n")).collect();
        let path = self.path()?;
        let draft = path.with_extension("draft");
        let _ = fs::remove_file(&draft);
        write(&draft, lines.as_bytes())?;
        fs::rename(&draft, &path)
    }
}

/// A text of any characters as the name of a file.
fn hex(octets: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, octets);
    digest.as_ref()[..16].iter().map(|octet| format!("{octet:02x}")).collect()
}
