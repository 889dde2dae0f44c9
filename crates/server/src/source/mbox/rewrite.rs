//! Cuts mails out of an mbox in place, so that a process killed at any step loses none.
//!
//! What stays behind the first mail that goes is first written beside the file, with what the file was (`FILE.callpost`), made
//! durable and named; then it is written over the file, which is then cut to its new length. Whoever finds that file beside
//! the mbox, under the lock, does the rest of it, whatever was appended meanwhile.
//!
//! Whether the file was cut already, to which mail was then appended, cannot be told by its length. So before it is cut, the
//! octet at its new end becomes a NUL, with which no mail begins, and a mark (`FILE.callpost-cut`) says that it may be cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::super::sync_folder;

/// The ends of the names of what lies beside the file: the plan, while it is written, and the mark.
const PLAN: &str = ".callpost";
const DRAFT: &str = ".callpost-draft";
const CUT: &str = ".callpost-cut";

/// Octets that are moved at a time.
const CHUNK: usize = 64 << 10;

/// A rewrite, asked before each of its steps whether it may go on: tests end it at one.
pub(super) struct Rewrite<'a> {
    chunk: usize,
    may: &'a mut dyn FnMut() -> io::Result<()>,
}

/// What is written beside the file before it is touched, ahead of what stays.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plan {
    /// From where on the file changes.
    from: u64,
    /// Its length before.
    old_length: u64,
    /// The length of what stays behind `from`.
    stays: u64,
}

/// True where a rewrite was begun and not ended.
pub(super) fn is_pending(path: &Path) -> bool {
    beside(path, PLAN).exists()
}

/// Leaves only these parts of the file, which are in its order.
///
/// # Errors
/// The disk; the file is then as it was, or the next [`recover`] ends it.
pub(super) fn keep_only(path: &Path, file: &mut File, kept: &[Range<u64>]) -> io::Result<()> {
    Rewrite { chunk: CHUNK, may: &mut || Ok(()) }.keep_only(path, file, kept)
}

/// Ends a rewrite that was begun.
///
/// # Errors
/// The disk.
pub(super) fn recover(path: &Path, file: &mut File) -> io::Result<()> {
    Rewrite { chunk: CHUNK, may: &mut || Ok(()) }.recover(path, file)
}

impl Rewrite<'_> {
    fn keep_only(&mut self, path: &Path, file: &mut File, kept: &[Range<u64>]) -> io::Result<()> {
        let old_length = file.metadata()?.len();
        let mut from = 0;
        let first = kept.iter().take_while(|range| {
            let is_in_place = range.start == from;
            from = if is_in_place { range.end } else { from };
            is_in_place
        });
        let in_place = first.count();
        if from == old_length {
            return Ok(());
        }
        let moved = &kept[in_place..];
        let stays = moved.iter().map(|range| range.end - range.start).sum();
        self.prepare(path, file, (Plan { from, old_length, stays }, moved))?;
        self.recover(path, file)
    }

    /// Writes the plan and what stays beside the file, durable, and names it.
    fn prepare(&mut self, path: &Path, file: &mut File, (plan, parts): (Plan, &[Range<u64>])) -> io::Result<()> {
        self.write_plan(path, file, (&plan, io::empty(), parts))
    }

    /// Makes a plan of one that mail was appended to: what stays, and then that mail.
    fn take_along(&mut self, path: &Path, file: &mut File, (plan, stays): (Plan, impl Read)) -> io::Result<()> {
        let appended = plan.old_length..file.metadata()?.len();
        let new = Plan { stays: plan.stays + (appended.end - appended.start), old_length: appended.end, ..plan };
        self.write_plan(path, file, (&new, stays, &[appended]))
    }

    fn write_plan(
        &mut self,
        path: &Path,
        file: &mut File,
        (plan, mut stays, parts): (&Plan, impl Read, &[Range<u64>]),
    ) -> io::Result<()> {
        let (name, folder) = (beside(path, PLAN), path.parent().unwrap_or(Path::new(".")));
        let draft = beside(path, DRAFT);
        (self.may)()?;
        let mode = file.metadata()?.mode() & 0o777;
        let mut written = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&draft)?;
        written.write_all(plan.line().as_bytes())?;
        io::copy(&mut stays, &mut written)?;
        for part in parts {
            file.seek(SeekFrom::Start(part.start))?;
            io::copy(&mut (&mut *file).take(part.end - part.start), &mut written)?;
            (self.may)()?;
        }
        written.sync_all()?;
        (self.may)()?;
        // A mark is for the plan that it was made under.
        remove(&beside(path, CUT))?;
        sync_folder(folder)?;
        (self.may)()?;
        fs::rename(&draft, &name)?;
        sync_folder(folder)
    }

    fn recover(&mut self, path: &Path, file: &mut File) -> io::Result<()> {
        let (name, mark) = (beside(path, PLAN), beside(path, CUT));
        let folder = path.parent().unwrap_or(Path::new("."));
        while let Some((plan, stays)) = read_plan(&name)? {
            let end = plan.from + plan.stays;
            let is_cut = mark.exists() && octet_at(file, end)? != Some(0);
            if !is_cut && file.metadata()?.len() > plan.old_length {
                // Mail was appended to what was half done: it comes along.
                self.take_along(path, file, (plan, stays))?;
                continue;
            }
            if !is_cut {
                self.overwrite(file, (&plan, stays))?;
                (self.may)()?;
                File::create(&mark)?;
                sync_folder(folder)?;
                (self.may)()?;
                file.set_len(end)?;
                (self.may)()?;
                file.sync_all()?;
            }
            (self.may)()?;
            remove(&name)?;
            sync_folder(folder)?;
        }
        (self.may)()?;
        remove(&mark)
    }

    fn overwrite(&mut self, file: &mut File, (plan, mut stays): (&Plan, impl Read)) -> io::Result<()> {
        let mut at = plan.from;
        let mut octets = vec![0; self.chunk];
        loop {
            let taken = stays.read(&mut octets)?;
            if taken == 0 {
                break;
            }
            (self.may)()?;
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&octets[..taken])?;
            at += taken as u64;
        }
        (self.may)()?;
        file.sync_all()?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&[0])?;
        (self.may)()?;
        file.sync_all()
    }
}

impl Plan {
    fn line(&self) -> String {
        format!("callpost-rewrite {} {} {}\n", self.from, self.old_length, self.stays)
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.trim_end().split(' ');
        let mut word = || words.next();
        (word()? == "callpost-rewrite").then_some(())?;
        let [from, old_length, stays]: [u64; 3] = [word()?.parse().ok()?, word()?.parse().ok()?, word()?.parse().ok()?];
        from.checked_add(stays).is_some_and(|end| end < old_length).then_some(Self { from, old_length, stays })
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn octet_at(file: &mut File, place: u64) -> io::Result<Option<u8>> {
    let mut octet = [0];
    file.seek(SeekFrom::Start(place))?;
    Ok((file.read(&mut octet)? == 1).then_some(octet[0]))
}

/// The plan beside the file, and what stays.
fn read_plan(name: &Path) -> io::Result<Option<(Plan, impl Read + use<>)>> {
    let mut beside = match File::open(name) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut line = Vec::new();
    (&mut beside).take(300).read_until(b'\n', &mut line)?;
    let plan = Plan::read(&String::from_utf8_lossy(&line));
    let plan = plan.ok_or_else(|| io::Error::other(format!("{} is no plan of ours", name.display())))?;
    let (there, wanted) = (beside.get_ref().metadata()?.len(), line.len() as u64 + plan.stays);
    if there != wanted {
        return Err(io::Error::other(format!("{} is damaged: {there} octets, not {wanted}", name.display())));
    }
    Ok(Some((plan, beside)))
}

#[cfg(test)]
mod tests;
