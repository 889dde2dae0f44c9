//! A Maildir: each mail a file, in `new` until a mail program has seen it, then in `cur`, with its flags behind `:2,`.
//!
//! A mail is claimed by renaming it: `cur/NAME,Cp=STATE:2,FLAGS`. Of two states that read the folder one rename succeeds.
//! What is claimed and was not taken in is found again by the same state, by its name without the claim.

use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use config::{After, Scan};

use super::{Content, Ground, Listed, Source, SourceError, Step, off};

/// What a claim stands behind in a name.
const CLAIM: &str = ",Cp=";

/// A Maildir.
pub(super) struct Maildir {
    folder: PathBuf,
    after: After,
    aside: String,
    state_id: String,
    largest: u64,
    listed: VecDeque<Listed>,
}

/// The name of a file, in its parts.
#[derive(Debug, PartialEq, Eq)]
struct Name<'a> {
    /// The unique name that whoever delivered it made.
    base: &'a str,
    /// The state that has claimed it.
    claimed: Option<&'a str>,
    /// Its flags.
    flags: &'a str,
}

impl<'a> Name<'a> {
    fn of(name: &'a str) -> Self {
        let (unique, flags) = name.split_once(":2,").unwrap_or((name, ""));
        // Other information (`:1,`) means nothing to us, and goes.
        let unique = unique.split(':').next().unwrap_or(unique);
        match unique.rsplit_once(CLAIM) {
            Some((base, claimed)) => Self { base, claimed: Some(claimed), flags },
            None => Self { base: unique, claimed: None, flags },
        }
    }

    fn of_spot(spot: &'a str) -> Self {
        Self::of(spot.split_once('/').map_or(spot, |(_, name)| name))
    }

    /// Its name in a `cur`, with these flags beside its own.
    fn seen(&self, more: &str) -> String {
        let mut flags: Vec<char> = self.flags.chars().chain(more.chars()).collect();
        flags.sort_unstable();
        flags.dedup();
        format!("{}:2,{}", self.base, flags.into_iter().collect::<String>())
    }
}

impl Maildir {
    pub(super) fn new(folder: &Path, scan: &Scan, ground: &Ground<'_>) -> Self {
        Self {
            folder: folder.to_owned(),
            after: scan.after.clone(),
            aside: scan.set_aside.clone(),
            state_id: ground.state_id.clone(),
            largest: ground.config.smtp.max_size,
            listed: VecDeque::new(),
        }
    }

    fn trouble(&self, what: &str, error: &io::Error) -> SourceError {
        SourceError::new(format!("maildir:{} {what}", self.folder.display()), error)
    }

    fn look(&self, spot: &str) -> io::Result<Content> {
        // What lies there may be a link to what this mailbox' owner must not read, or a pipe that stops us.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(self.folder.join(spot)) {
            Ok(file) => file,
            // A mail program has changed its flags: the next pass finds it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::Gone),
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Ok(Content::Gone);
            }
            Err(error) => return Err(error),
        };
        let status = file.metadata()?;
        if !status.is_file() {
            return Ok(Content::Gone);
        }
        if status.len() > self.largest {
            return Ok(Content::TooLarge);
        }
        let mut octets = Vec::with_capacity(usize::try_from(status.len()).unwrap_or(0));
        file.take(self.largest + 1).read_to_end(&mut octets)?;
        let sender = mail::mbox::sender(&octets);
        Ok(Content::Mail { sender, message: Bytes::from(mail::mbox::normalise(&octets)) })
    }

    /// Renames a mail; false where it is not there any more.
    fn rename(&self, from: &str, to: &str) -> io::Result<bool> {
        match fs::rename(self.folder.join(from), self.folder.join(to)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes a mail, or finds that another has.
    fn take(&self, listed: &mut Listed) -> io::Result<bool> {
        let name = Name::of_spot(&listed.spot);
        if name.claimed.is_some() {
            return Ok(true);
        }
        let claimed = format!("cur/{}{CLAIM}{}:2,{}", name.base, self.state_id, name.flags);
        let is_ours = self.rename(&listed.spot, &claimed)?;
        listed.spot = claimed;
        Ok(is_ours)
    }

    fn finish(&self, spot: &str) -> io::Result<()> {
        let name = Name::of_spot(spot);
        match &self.after {
            After::Delete => match fs::remove_file(self.folder.join(spot)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            After::Keep => self.rename(spot, &format!("cur/{}", name.seen("S"))).map(drop),
            After::Move(folder) => self.move_to(spot, folder, &name.seen("S")),
        }
    }

    fn move_to(&self, spot: &str, folder: &str, name: &str) -> io::Result<()> {
        let inner = format!(".{folder}");
        self.make(&inner)?;
        self.rename(spot, &format!("{inner}/cur/{name}")).map(drop)
    }

    /// Makes a folder as Maildir++ has it, for the owner of this one.
    fn make(&self, inner: &str) -> io::Result<()> {
        let (folder, owner) = (self.folder.join(inner), fs::metadata(&self.folder)?);
        let mode = owner.mode() & 0o777;
        let is_root = rustix::process::geteuid().is_root();
        let given = |path: &Path| if is_root { chown(path, Some(owner.uid()), Some(owner.gid())) } else { Ok(()) };
        for path in [folder.clone(), folder.join("tmp"), folder.join("new"), folder.join("cur")] {
            match fs::DirBuilder::new().mode(mode).create(&path) {
                Ok(()) => given(&path)?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        let mark = folder.join("maildirfolder");
        match OpenOptions::new().write(true).create_new(true).mode(mode & 0o666).open(&mark) {
            Ok(_) => given(&mark),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// What lies in `new` and `cur` and is to be looked at, oldest first by name. `tmp` is whose mail is still being written.
fn list(folder: &Path, (after, state_id): (&After, &str)) -> io::Result<VecDeque<Listed>> {
    let mut found = Vec::new();
    for inner in ["new", "cur"] {
        for entry in fs::read_dir(folder.join(inner))? {
            let entry = entry?;
            let Ok(file) = entry.file_name().into_string() else { continue };
            let name = Name::of(&file);
            let is_marked = name.flags.contains('T') || (*after == After::Keep && name.flags.contains('S'));
            let is_anothers = name.claimed.is_some_and(|claimed| claimed != state_id);
            if file.starts_with('.') || name.base.is_empty() || is_marked || is_anothers {
                continue;
            }
            let (id, spot) = (name.base.to_owned(), format!("{inner}/{file}"));
            found.push(Listed { id, spot });
        }
    }
    found.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    Ok(found.into())
}

/// Whether it is a Maildir that can be used.
pub(super) fn check(folder: &Path) -> Result<(), SourceError> {
    let trouble = |error: &io::Error| SourceError::new(format!("maildir:{} cannot be used", folder.display()), error);
    for inner in ["new", "cur"] {
        let path = folder.join(inner);
        fs::read_dir(&path)
            .map_err(|error| trouble(&error).help(format!("maildirmake.dovecot {}", folder.display())))?;
        rustix::fs::access(&path, rustix::fs::Access::WRITE_OK).map_err(|error| {
            let owner = format!("give {} to the user that callpost runs as", path.display());
            trouble(&error.into()).help(owner)
        })?;
    }
    Ok(())
}

impl Source for Maildir {
    fn begin(&mut self) -> Step<'_, ()> {
        Box::pin(async move {
            let (folder, after, state_id) = (self.folder.clone(), self.after.clone(), self.state_id.clone());
            let listed = off(move || list(&folder, (&after, &state_id))).await;
            let help = format!("maildirmake.dovecot {}", self.folder.display());
            self.listed = listed.map_err(|error| self.trouble("cannot be read", &error).help(help))?;
            Ok(())
        })
    }

    fn next(&mut self) -> Step<'_, Option<Listed>> {
        Box::pin(std::future::ready(Ok(self.listed.pop_front())))
    }

    fn read<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, Content> {
        let read = self.look(&listed.spot);
        let what = || format!("has a mail that cannot be read ({})", listed.spot);
        Box::pin(std::future::ready(read.map_err(|error| self.trouble(&what(), &error))))
    }

    fn claim<'a>(&'a mut self, listed: &'a mut Listed) -> Step<'a, bool> {
        let taken = self.take(listed).map_err(|error| self.trouble("cannot be written", &error));
        Box::pin(std::future::ready(taken))
    }

    fn done<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()> {
        let done = self.finish(&listed.spot).map_err(|error| self.trouble("cannot be written", &error));
        Box::pin(std::future::ready(done))
    }

    fn set_aside<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()> {
        let name = Name::of_spot(&listed.spot).seen("");
        let moved = self.move_to(&listed.spot, &self.aside, &name);
        Box::pin(std::future::ready(moved.map_err(|error| self.trouble("cannot be written", &error))))
    }

    fn end(&mut self) -> Step<'_, ()> {
        self.listed.clear();
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests;
