//! A backup: one file that holds the store as it was at one moment, and files that belong to it.
//!
//! It is a database itself: the store's own tables, copied page by page inside of one read transaction (so a page that the
//! disk has damaged is copied as it is, and set aside where it is met), and beside them a table of files: bodies, keys,
//! certificates. Whoever writes goes on meanwhile; only the log grows until the copy is made.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::open::DATABASE;
use super::schema;

/// Pages that are copied between two looks at the time: 4 MiB.
const STEP: i32 = 1024;

/// Octets that are copied between two looks.
const CHUNK: u64 = 4 << 20;

/// Other users' files are nobody's business.
const PRIVATE: u32 = 0o600;

/// The tables of a backup beside the store's own.
const TABLES: &str = "
CREATE TABLE archive (form INTEGER PRIMARY KEY, taken_at INT NOT NULL, version TEXT NOT NULL) STRICT;
CREATE TABLE archived_file (path TEXT PRIMARY KEY, mode INT NOT NULL, uid INT NOT NULL, octets BLOB NOT NULL) STRICT;
";

/// What is told while it goes on, in octets or files: how much is done, of how much. An error ends the work.
pub type Pace<'a> = dyn FnMut(u64, u64) -> io::Result<()> + 'a;

/// Why a backup was not made, or not restored. Nothing was changed in the store.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The copy could not be made or read.
    #[error("{0}")]
    Database(#[from] rusqlite::Error),
    /// The pace said so.
    #[error("{0}")]
    Stopped(io::Error),
    /// The file is none that [`Archive`] has finished.
    #[error("it is no backup of callpost, or not a whole one")]
    NoArchive,
    /// The name of a file in it leads out of the folder.
    #[error("it names a file outside of the state folder: {0}")]
    Path(String),
}

/// A file in a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedFile {
    /// Its path below the state folder.
    pub path: String,
    /// Its mode.
    pub mode: u32,
    /// The user id of its owner.
    pub uid: u32,
    /// What is in it.
    pub octets: Vec<u8>,
}

/// What is in a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// When it was begun, in microseconds since 1970.
    pub taken_at: i64,
    /// The program that made it.
    pub version: String,
    /// Recipients whose mail waits or is held.
    pub open: u64,
}

/// A backup that is being written.
pub struct Archive {
    copy: Connection,
    path: PathBuf,
}

impl Archive {
    /// Copies the database of the store in `queue` into `path`, an empty file. `pace` is asked after each step.
    ///
    /// # Errors
    /// The database cannot be read, the file cannot be written, or the pace ends it.
    pub fn of_store(queue: &Path, path: &Path, pace: &mut Pace<'_>) -> Result<Self, ArchiveError> {
        let source = schema::open_reader(&queue.join(DATABASE))?;
        // One moment of the store, however long the copying takes.
        source.execute_batch("BEGIN")?;
        source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        let mut copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Until it is finished it is nothing: no journal, and one fsync at its end.
        copy.execute_batch("PRAGMA synchronous = OFF")?;
        {
            let backup = Backup::new(&source, &mut copy)?;
            loop {
                let step = backup.step(STEP)?;
                let progress = backup.progress();
                let pages = |count: i32| u64::try_from(count).unwrap_or(0) * 4096;
                pace(pages(progress.pagecount - progress.remaining), pages(progress.pagecount))
                    .map_err(ArchiveError::Stopped)?;
                match step {
                    StepResult::Done => break,
                    StepResult::More => {}
                    _ => std::thread::sleep(std::time::Duration::from_millis(5)),
                }
            }
        }
        copy.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
        copy.execute_batch(TABLES)?;
        copy.execute_batch("BEGIN")?;
        Ok(Self { copy, path: path.to_owned() })
    }

    /// The bodies that its mails name, as files of the folder `bodies` of the store.
    ///
    /// # Errors
    /// The copy cannot be read.
    pub fn bodies(&self) -> Result<Vec<String>, ArchiveError> {
        let mut statement = self.copy.prepare("SELECT file FROM body WHERE file IS NOT NULL")?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Adds a file; one that is there already stays as it is.
    ///
    /// # Errors
    /// The copy cannot be written.
    pub fn add(&self, file: &ArchivedFile) -> Result<(), ArchiveError> {
        let mut statement = self.copy.prepare_cached("INSERT OR IGNORE INTO archived_file VALUES (?1, ?2, ?3, ?4)")?;
        statement.execute((&file.path, file.mode, file.uid, &file.octets))?;
        Ok(())
    }

    /// Ends it: the file is whole, and on the disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self, taken_at: i64, version: &str) -> Result<Contents, ArchiveError> {
        let Self { copy, path } = self;
        copy.execute("INSERT INTO archive VALUES (1, ?1, ?2)", (taken_at, version))?;
        copy.execute_batch("COMMIT")?;
        let contents = contents(&copy)?;
        copy.close().map_err(|(_, error)| error)?;
        File::open(&path).and_then(|file| file.sync_all()).map_err(at(&path))?;
        Ok(contents)
    }
}

/// A backup that is read. It was opened by whoever may; who works with it need not be.
pub struct Archived {
    path: PathBuf,
    file: File,
    connection: Connection,
}

impl Archived {
    /// Opens one. It is only read.
    ///
    /// # Errors
    /// It is none, or not whole.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let file = File::open(path).map_err(at(path))?;
        let octets = file.metadata().map_err(at(path))?.len();
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let whole = (|| -> Result<Option<i64>, rusqlite::Error> {
            let pragma = |name| connection.query_row(name, [], |row| row.get::<_, i64>(0));
            let octets = pragma("PRAGMA page_count")?.saturating_mul(pragma("PRAGMA page_size")?);
            let form = connection.query_row("SELECT form FROM archive", [], |row| row.get::<_, i64>(0)).optional()?;
            Ok(form.filter(|form| *form == 1).map(|_| octets))
        })();
        match whole {
            Ok(Some(wanted)) if u64::try_from(wanted) == Ok(octets) => {
                Ok(Self { path: path.to_owned(), file, connection })
            }
            _ => Err(ArchiveError::NoArchive),
        }
    }

    /// What is in it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn contents(&self) -> Result<Contents, ArchiveError> {
        contents(&self.connection)
    }

    /// The user ids of those whose files lie in this folder of it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn owners(&self, folder: &str) -> Result<Vec<u32>, ArchiveError> {
        let mut statement = self
            .connection
            .prepare("SELECT DISTINCT uid FROM archived_file WHERE path LIKE ?1 || '/%' ORDER BY uid")?;
        Ok(statement.query_map([folder], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Gives each file, in the order of their paths.
    ///
    /// # Errors
    /// It cannot be read, a path leads out of the folder, or `take` says no.
    pub fn files(&self, mut take: impl FnMut(ArchivedFile) -> Result<(), ArchiveError>) -> Result<(), ArchiveError> {
        let mut statement =
            self.connection.prepare("SELECT path, mode, uid, octets FROM archived_file ORDER BY path")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let path: String = row.get(0)?;
            let (mode, uid, octets) = (row.get(1)?, row.get(2)?, row.get(3)?);
            if !is_below(&path) {
                return Err(ArchiveError::Path(path));
            }
            take(ArchivedFile { path, mode, uid, octets })?;
        }
        Ok(())
    }

    /// Puts the store's database into `queue`, a folder that has none, durably.
    ///
    /// # Errors
    /// The file cannot be read or the folder not written.
    pub fn database(&self, queue: &Path, pace: &mut Pace<'_>) -> Result<(), ArchiveError> {
        let to = queue.join(DATABASE);
        self.copy_octets(&to, pace)?;
        let copy = Connection::open_with_flags(&to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        copy.execute_batch("DROP TABLE archived_file; DROP TABLE archive;")?;
        copy.close().map_err(|(_, error)| error)?;
        Ok(())
    }

    fn copy_octets(&self, to: &Path, pace: &mut Pace<'_>) -> Result<(), ArchiveError> {
        let mut source = &self.file;
        let all = source.metadata().map_err(at(&self.path))?.len();
        source.seek(SeekFrom::Start(0)).map_err(at(&self.path))?;
        let mut made = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(to).map_err(at(to))?;
        let mut done = 0;
        loop {
            let copied = io::copy(&mut source.take(CHUNK), &mut made).map_err(at(to))?;
            done += copied;
            pace(done, all).map_err(ArchiveError::Stopped)?;
            if copied == 0 {
                return made.sync_all().map_err(at(to));
            }
        }
    }
}

/// Makes a file of it below `folder`, durably; one with other contents is not overwritten.
///
/// # Errors
/// It cannot be written, or another is there.
pub fn put(folder: &Path, file: &ArchivedFile) -> Result<(), ArchiveError> {
    let path = folder.join(&file.path);
    let above = path.parent().unwrap_or(folder);
    let made = fs::create_dir_all(above).and_then(|()| match fs::read(&path) {
        Ok(there) if there == file.octets => Ok(()),
        Ok(_) => Err(io::Error::new(io::ErrorKind::AlreadyExists, "another one is there already")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => write(&path, file),
        Err(error) => Err(error),
    });
    made.and_then(|()| File::open(above)?.sync_all()).map_err(at(&path))
}

fn write(path: &Path, file: &ArchivedFile) -> io::Result<()> {
    let mut made = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path)?;
    made.write_all(&file.octets)?;
    made.set_permissions(fs::Permissions::from_mode(file.mode & 0o777))?;
    made.sync_all()
}

fn contents(connection: &Connection) -> Result<Contents, ArchiveError> {
    let (taken_at, version) =
        connection.query_row("SELECT taken_at, version FROM archive", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let open: i64 = connection.query_row("SELECT count(*) FROM entry WHERE state < 10", [], |row| row.get(0))?;
    Ok(Contents { taken_at, version, open: open.unsigned_abs() })
}

/// A path that stays where it is put.
fn is_below(path: &str) -> bool {
    let mut parts = Path::new(path).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |source| ArchiveError::Io { path, source }
}
