//! An mbox file, under the locks that others take (`fcntl` and a dot lock). What was taken in is cut out at the end of a pass,
//! in place, so that whoever waits for the lock appends to the file that is there.
//!
//! A mail is known by its octets, without the fields that mail programs write and change while it lies there. So it does not
//! matter where in the file it lies when it is removed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use config::{After, Scan};
use mail::mbox::file::{Extent, Form, is_volatile, mail_at, unquoted};

mod lock;
mod rewrite;

use super::kept::{Aside, Remembered};
use super::{Content, Ground, Listed, Source, SourceError, Step, off};
use lock::locked;

/// An mbox file.
pub(super) struct Mbox {
    file: PathBuf,
    after: After,
    aside: Aside,
    state_id: String,
    largest: u64,
    /// Where each mail lies, as of the last look.
    index: Index,
    listed: VecDeque<String>,
    /// What is to be cut out.
    gone: HashSet<String>,
    remembered: Remembered,
}

/// Where each mail lies.
#[derive(Clone, Debug, Default)]
struct Index {
    /// The file as it was.
    stamp: Option<Stamp>,
    order: Vec<String>,
    extents: HashMap<String, Extent>,
}

/// By what it is told that a file has changed: device, inode, size, time of its last change.
type Stamp = (u64, u64, u64, i64, i64);

impl Mbox {
    pub(super) fn new(file: &Path, scan: &Scan, ground: &Ground<'_>) -> Self {
        Self {
            file: file.to_owned(),
            after: scan.after.clone(),
            aside: Aside::of(ground.config),
            state_id: ground.state_id.clone(),
            largest: ground.config.smtp.max_size,
            index: Index::default(),
            listed: VecDeque::new(),
            gone: HashSet::new(),
            remembered: Remembered::new(&ground.config.state, &scan.source.to_string()),
        }
    }

    fn trouble(&self, what: &str, error: &io::Error) -> SourceError {
        let trouble = SourceError::new(format!("mbox:{} {what}", self.file.display()), error);
        match error.kind() {
            io::ErrorKind::PermissionDenied => trouble.help(
                "let the user that callpost runs as write the file and its folder (group mail), for the dot lock",
            ),
            _ => trouble,
        }
    }

    async fn list(&mut self) -> io::Result<()> {
        self.listed.clear();
        let (file, state_id, largest) = (self.file.clone(), self.state_id.clone(), self.largest);
        let before = self.index.stamp;
        let index = off(move || match std::fs::metadata(&file) {
            // The file is made when the first mail comes.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Some(Index::default())),
            Err(error) => Err(error),
            Ok(status) if Some(stamp(&status)) == before && !rewrite::is_pending(&file) => Ok(None),
            Ok(_) => locked(&file, &state_id, |open| {
                rewrite::recover(&file, open)?;
                index(open, largest).map(Some)
            }),
        });
        if let Some(index) = index.await? {
            self.index = index;
        }
        for id in &self.index.order {
            if self.after != After::Keep || !self.remembered.has(id)? {
                self.listed.push_back(id.clone());
            }
        }
        Ok(())
    }

    /// The octets of a mail, with its `From ` line, where it lies there still.
    fn octets(&mut self, id: &str) -> io::Result<Option<(Vec<u8>, Form)>> {
        let Some(extent) = self.index.extents.get(id) else { return Ok(None) };
        let mut file = File::open(&self.file)?;
        let octets = cut(&mut file, &extent.mail)?;
        if identity(&octets) == id {
            return Ok(Some((octets, extent.form)));
        }
        // The file was changed under us: the next pass looks anew.
        self.index.stamp = None;
        Ok(None)
    }

    fn look(&mut self, id: &str) -> io::Result<Content> {
        let is_large = |extent: &Extent| extent.mail.end - extent.mail.start > self.largest;
        if self.index.extents.get(id).is_some_and(is_large) {
            return Ok(Content::TooLarge);
        }
        let Some((octets, form)) = self.octets(id)? else { return Ok(Content::Gone) };
        let sender = mail::mbox::sender(&octets);
        let text = mail::mbox::without_from_line(&octets);
        let text = if form == Form::Quoted { unquoted(text) } else { text.to_owned() };
        Ok(Content::Mail { sender, message: Bytes::from(mail::mbox::canonical(&text)) })
    }

    fn put_aside(&mut self, id: &str) -> io::Result<()> {
        let Some((octets, _)) = self.octets(id)? else { return Ok(()) };
        self.aside.keep((&format!("mbox:{}", self.file.display()), id), octets)?;
        self.finish(id)
    }

    fn finish(&mut self, id: &str) -> io::Result<()> {
        if self.after == After::Keep {
            return self.remembered.add(id);
        }
        self.gone.insert(id.to_owned());
        Ok(())
    }

    /// Cuts out what is gone.
    async fn cut_out(&mut self) -> io::Result<()> {
        if self.after == After::Keep {
            let present = self.index.extents.keys().cloned().collect();
            return self.remembered.keep_only(&present);
        }
        if self.gone.is_empty() {
            return Ok(());
        }
        let (file, state_id, largest) = (self.file.clone(), self.state_id.clone(), self.largest);
        let gone = self.gone.clone();
        off(move || {
            locked(&file, &state_id, |open| {
                rewrite::recover(&file, open)?;
                let now = extents(open, largest)?;
                let kept = now.iter().filter(|(id, _)| !gone.contains(id)).map(|(_, extent)| extent.whole.clone());
                rewrite::keep_only(&file, open, &kept.collect::<Vec<_>>())
            })
        })
        .await?;
        self.gone.clear();
        self.index.stamp = None;
        Ok(())
    }
}

fn stamp(status: &std::fs::Metadata) -> Stamp {
    (status.dev(), status.ino(), status.size(), status.mtime(), status.mtime_nsec())
}

fn index(file: &mut File, largest: u64) -> io::Result<Index> {
    let stamp = Some(stamp(&file.metadata()?));
    let mut index = Index { stamp, ..Index::default() };
    for (id, extent) in extents(file, largest)? {
        // Two mails that are the same to the octet are one.
        if index.extents.insert(id.clone(), extent).is_none() {
            index.order.push(id);
        }
    }
    Ok(index)
}

/// Every mail of the file, with what it is known by.
fn extents(file: &mut File, largest: u64) -> io::Result<Vec<(String, Extent)>> {
    let (mut found, mut at) = (Vec::new(), 0);
    loop {
        let extent = mail_at(&mut BufReader::new(&mut *file), at)?;
        let Some(extent) = extent else { return Ok(found) };
        at = extent.whole.end;
        let length = extent.mail.end - extent.mail.start;
        // One that is too large is never read; it is known by its beginning.
        let known_by =
            if length > largest { extent.mail.start..extent.mail.start + largest } else { extent.mail.clone() };
        found.push((identity(&cut(file, &known_by)?), extent));
    }
}

fn cut(file: &mut File, range: &Range<u64>) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(range.start))?;
    let mut octets = Vec::new();
    file.take(range.end - range.start).read_to_end(&mut octets)?;
    Ok(octets)
}

/// What a mail is known by: a digest of it without the fields that change while it lies there.
fn identity(mail: &[u8]) -> String {
    let mail = mail.trim_ascii_end();
    let mut digest = Context::new(&SHA256);
    let (mut is_header, mut is_left_out) = (true, false);
    for line in mail.split_inclusive(|&octet| octet == b'\n') {
        is_header &= !matches!(line, b"\n" | b"\r\n");
        if is_header && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            is_left_out = is_volatile(line);
        }
        if !(is_header && is_left_out) {
            digest.update(line);
        }
    }
    digest.finish().as_ref()[..16].iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Whether it is an mbox that can be used.
pub(super) fn check(file: &Path) -> Result<(), SourceError> {
    let trouble = |error: io::Error| SourceError::new(format!("mbox:{} cannot be used", file.display()), error);
    let folder = file.parent().unwrap_or(Path::new("."));
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK)
        .map_err(|error| trouble(error.into()).help("the folder must be writable, for the dot lock (group mail)"))?;
    match std::fs::OpenOptions::new().read(true).write(true).open(file) {
        Ok(open) if !open.metadata().is_ok_and(|status| status.is_file()) => Err(trouble(io::Error::other("no file"))),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(trouble(error)),
        _ => Ok(()),
    }
}

impl Source for Mbox {
    fn begin(&mut self) -> Step<'_, ()> {
        Box::pin(async move {
            let listed = self.list().await;
            listed.map_err(|error| self.trouble("cannot be read", &error))
        })
    }

    fn next(&mut self) -> Step<'_, Option<Listed>> {
        let next = self.listed.pop_front().map(|id| Listed { spot: id.clone(), id });
        Box::pin(std::future::ready(Ok(next)))
    }

    fn read<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, Content> {
        let read = self.look(&listed.id).map_err(|error| self.trouble("cannot be read", &error));
        Box::pin(std::future::ready(read))
    }

    /// Nobody claims a mail of an mbox: processes on one state are told apart by its store.
    fn claim<'a>(&'a mut self, _: &'a mut Listed) -> Step<'a, bool> {
        Box::pin(std::future::ready(Ok(true)))
    }

    fn done<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()> {
        let done = self.finish(&listed.id).map_err(|error| self.trouble("cannot be marked", &error));
        Box::pin(std::future::ready(done))
    }

    fn set_aside<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()> {
        let aside = self.put_aside(&listed.id);
        let what = "has a mail that cannot be set aside in the state folder";
        Box::pin(std::future::ready(aside.map_err(|error| self.trouble(what, &error))))
    }

    fn end(&mut self) -> Step<'_, ()> {
        Box::pin(async move {
            let cut_out = self.cut_out().await;
            cut_out.map_err(|error| self.trouble("cannot be written", &error))
        })
    }
}

#[cfg(test)]
mod tests;
