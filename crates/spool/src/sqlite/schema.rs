//! The tables, their versions, and how a connection is set up.
//!
//! The hot path touches three tables: one row per mail (`message`), one for its octets (`body`), one per recipient
//! (`entry`). The only index it pays for is `entry_open`, which holds what has not ended: by it entries are claimed, and
//! what a dead epoch held is found, without a look at the many rows that are kept for the record. SQLite uses it only
//! where a query says `state < 10` in these words.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{OpenError, backup};

/// Each step takes the store from the version that is its index to the next one.
const MIGRATIONS: &[&[&str]] = &[
    &[VERSION_1],
    &[VERSION_2],
    &[VERSION_3, OPEN_INDEX],
    &[VERSION_4],
    &[COMPACT, VERSION_5],
    &[VERSION_6],
    &[VERSION_7],
    &[VERSION_8],
    &[VERSION_9],
    &[VERSION_10],
    &[DENSE, VERSION_11, ENDS_INDEX],
    &[TERSE, VERSION_12],
];

/// The index of what has not ended. Each destination has its own run in it, so that a million entries for one that is away
/// are passed over in one step.
pub(super) const OPEN_INDEX: &str =
    "CREATE INDEX entry_open ON entry (state, owner, destination, due) WHERE state < 10;";

/// The index of what is given up at a time that its sender named: few.
pub(super) const ENDS_INDEX: &str = "CREATE INDEX entry_ends ON entry(ends)WHERE ends>0 AND state<10;";

const VERSION_1: &str = "
CREATE TABLE counter (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, next) VALUES ('message', 1), ('epoch', 1);

-- A process that has the store open; alive while it holds the lock on owners/EPOCH.lock.
CREATE TABLE owner (epoch INTEGER PRIMARY KEY, pid INTEGER NOT NULL) STRICT;

CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL,
  reverse_path TEXT NOT NULL,      -- empty: <>
  kind INTEGER NOT NULL,
  owner TEXT NOT NULL,
  next_hop TEXT,
  capture INTEGER NOT NULL,
  size INTEGER NOT NULL,
  queued INTEGER NOT NULL,         -- times are microseconds since 1970
  recipients INTEGER NOT NULL,
  open INTEGER NOT NULL,           -- recipients not yet ended; kept only where there are several
  crc INTEGER NOT NULL,            -- CRC-32 of the octets
  seal INTEGER NOT NULL            -- CRC-32 of the columns above that never change
) STRICT;

CREATE TABLE body (message INTEGER PRIMARY KEY, file TEXT, octets BLOB) STRICT;
CREATE INDEX body_file ON body (file) WHERE file IS NOT NULL;

CREATE TABLE entry (
  id INTEGER PRIMARY KEY,          -- message << 20 | recipient
  state INTEGER NOT NULL,          -- 0 queued, 1 held, 2 damaged, 10 done, 11 dropped
  owner INTEGER NOT NULL,          -- epoch that holds it, 0 for nobody
  due INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  flags INTEGER NOT NULL,          -- 1 the only recipient, 2 captured, 4 holds a key
  recipient TEXT NOT NULL,
  seal INTEGER NOT NULL,           -- CRC-32 of the recipient
  at INTEGER, outcome INTEGER, site TEXT, reply TEXT   -- the last attempt
) STRICT;
-- Attempts before the last one.
CREATE TABLE attempt (
  entry INTEGER NOT NULL, try INTEGER NOT NULL,
  at INTEGER, outcome INTEGER, site TEXT, reply TEXT,
  PRIMARY KEY (entry, try)
) STRICT, WITHOUT ROWID;

-- What was set aside, and why. The entry's own state cannot always be written.
CREATE TABLE damaged (entry INTEGER PRIMARY KEY, cause TEXT NOT NULL) STRICT;

CREATE TABLE answered (
  key TEXT PRIMARY KEY, digest BLOB NOT NULL, expires INTEGER NOT NULL, replays INTEGER NOT NULL,
  answer_id TEXT NOT NULL, story TEXT NOT NULL, envelope TEXT, answer BLOB
) STRICT;
CREATE INDEX answered_expires ON answered (expires);

CREATE TABLE pending (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL,
  method TEXT NOT NULL, protocol TEXT NOT NULL, listen TEXT,
  sent INTEGER NOT NULL, expires INTEGER NOT NULL,
  outcome INTEGER, words TEXT, document BLOB, ended INTEGER
) STRICT;
CREATE INDEX pending_open ON pending (expires) WHERE outcome IS NULL;
CREATE INDEX pending_ended ON pending (ended) WHERE ended IS NOT NULL;
CREATE TABLE pending_id (message_id TEXT PRIMARY KEY, number INTEGER NOT NULL, place INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX pending_number ON pending_id (number, place);

CREATE TABLE api_key (
  name TEXT PRIMARY KEY, digest BLOB NOT NULL, policy TEXT NOT NULL,
  created INTEGER NOT NULL, expires INTEGER, revoked INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, about TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX event_about ON event (about);
";

const VERSION_2: &str = "
-- Mailed requests that were taken and are not over. Few at a time: the row goes when the answer is queued.
CREATE TABLE taken (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT UNIQUE, digest BLOB NOT NULL,
  service TEXT NOT NULL, peer TEXT NOT NULL, envelope TEXT NOT NULL, message BLOB NOT NULL, crc INTEGER NOT NULL,
  at INTEGER NOT NULL, started INTEGER
) STRICT;
";

const VERSION_3: &str = "
-- Where entries go: servers of which any will do, and how to speak to them, as the routes name them. 0: nobody knows.
CREATE TABLE destination (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
ALTER TABLE entry ADD COLUMN destination INTEGER NOT NULL DEFAULT 0;
DROP INDEX IF EXISTS entry_open;
";

const VERSION_4: &str = "
-- The small number under which a call was shown.
ALTER TABLE pending ADD COLUMN shown INTEGER;
";

/// SQLite keeps the words of the schema, and all of them are to stay on the first page (see [`without_comments`]): those that
/// say nothing go. In strict tables `INT` is `INTEGER`, but for a primary key.
const COMPACT: &str = "
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(replace(replace(replace(replace(replace(sql,
  'INTEGER NOT NULL', 'INT NOT NULL'), ',' || char(10), ','), ', ', ','), ' (', '('), '(' || char(10), '('), char(10) || ')', ')')
  WHERE sql IS NOT NULL;
PRAGMA writable_schema = RESET;
";

/// The same again, for what came since.
const DENSE: &str = "
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(replace(replace(replace(replace(replace(replace(sql,
  ', ', ','), ' (', '('), ' INTEGER,', ' INT,'), ' INTEGER)', ' INT)'), ') STRICT', ')STRICT'), ' < ', '<'),
  ' IS NOT NULL', ' NOTNULL') WHERE sql IS NOT NULL;
PRAGMA writable_schema = RESET;
";

/// And for what came since that: a handful of octets is left on the page. Whoever adds a column finds room first.
const TERSE: &str = "
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql,
  char(10), ''), ', ', ','), ' IS NULL', ' ISNULL'), 'ended INTEGER', 'ended INT')
  WHERE sql IS NOT NULL;
PRAGMA writable_schema = RESET;
";

const VERSION_5: &str = "
-- Whose it is: the epoch that took it, or began it last.
ALTER TABLE taken ADD COLUMN owner INT;
-- How it came, beside its client (`peer`), and what was decided about it: none in rows from before.
ALTER TABLE taken ADD COLUMN file TEXT;
ALTER TABLE taken ADD COLUMN tls TEXT;
ALTER TABLE taken ADD COLUMN certificate TEXT;
ALTER TABLE taken ADD COLUMN identity TEXT;
ALTER TABLE taken ADD COLUMN asker TEXT;
ALTER TABLE taken ADD COLUMN address TEXT;
ALTER TABLE taken ADD COLUMN proof INT;         -- 0 none was asked for, 1 network, and so on: `ProvenBy`
ALTER TABLE taken ADD COLUMN privileged INT;
-- The evidence of an attempt in its parts. Rows from before have their words in `reply`, and none of these.
ALTER TABLE entry ADD COLUMN stage INT;
ALTER TABLE entry ADD COLUMN code INT;      -- of the reply; below 200: the number of a reason of ours
ALTER TABLE entry ADD COLUMN status INT;    -- of the reply: class << 20 | subject << 10 | detail
ALTER TABLE entry ADD COLUMN given_up INT;  -- tries << 32 | looks, where it was given up
ALTER TABLE attempt ADD COLUMN stage INT;
ALTER TABLE attempt ADD COLUMN code INT;
ALTER TABLE attempt ADD COLUMN status INT;
ALTER TABLE attempt ADD COLUMN given_up INT;
";

const VERSION_6: &str = "
-- What happened in each transaction in which anything did: which rows tell it. What people do to entries is kept in `attempt`
-- from now on, under numbers below zero.
CREATE TABLE happened (id INTEGER PRIMARY KEY,at INT NOT NULL,facts BLOB NOT NULL) STRICT;
";

const VERSION_7: &str = "
-- Seals of what never changes in a request that was taken, and in one that was answered: none in rows from before.
ALTER TABLE taken ADD COLUMN seal INT;
ALTER TABLE answered ADD COLUMN seal INT;
";

const VERSION_8: &str = "
-- A request of ours that is sent again while no answer comes: when, and how it was sent. None once the call has ended.
ALTER TABLE pending ADD COLUMN again INT;
ALTER TABLE pending ADD COLUMN request BLOB;
";

const VERSION_9: &str = "
-- What people seek a mail by; none where there is none, and in rows from before.
ALTER TABLE message ADD COLUMN subject TEXT;
ALTER TABLE message ADD COLUMN trace TEXT;    -- of the call that caused it
";

const VERSION_10: &str = "
-- Who was proven by `proof`, and for which domain: none where nobody was, and in rows from before.
ALTER TABLE taken ADD COLUMN proven TEXT;
ALTER TABLE taken ADD COLUMN domain TEXT;
";

const VERSION_11: &str = "
-- What its sender asks of a mail's delivery and is told with it, where anything.
ALTER TABLE message ADD COLUMN wishes TEXT;
ALTER TABLE entry ADD COLUMN ends INT;     -- when it is given up, where its sender says so
";

const VERSION_12: &str = "
-- How the connection was protected on which an attempt was made: none in rows from before.
ALTER TABLE entry ADD COLUMN tls BLOB;
ALTER TABLE attempt ADD COLUMN tls BLOB;
";

/// How long one process waits for another's transaction.
pub(super) const BUSY: Duration = Duration::from_secs(10);

/// Opens a connection that may write.
pub(super) fn open_writer(path: &Path, cache_bytes: u64) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.execute_batch("PRAGMA page_size = 4096;")?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // FULL: a commit is fsynced before it is answered. Checkpoints are the writer's own business.
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -{}; PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = FAST;",
        cache_bytes / 1024
    ))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens a connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -4096;")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Brings the tables of this database to the version this program knows. A copy of an older store is made first.
pub(super) fn migrate(connection: &Connection, database: &Path, min_free: u64) -> Result<(), OpenError> {
    match version(connection)? {
        MADE => return Ok(()),
        0 => connection.execute_batch("BEGIN IMMEDIATE")?,
        found if found > MADE => return Err(OpenError::Newer { found, known: MADE }),
        _ => backup::begin(connection, database)?,
    }
    let done = upgrade(connection, database, min_free);
    connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    if let Some(copy) = done? {
        backup::remove_others(database, &copy);
    }
    Ok(())
}

/// The tables of this version, in a database that has none.
pub(super) fn make(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut steps = MIGRATIONS.iter().copied().flatten();
    steps.try_for_each(|statements| connection.execute_batch(&without_comments(statements)))
}

/// The version that is made here.
const MADE: usize = MIGRATIONS.len();

fn version(connection: &Connection) -> Result<usize, OpenError> {
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(version as usize)
}

/// Inside the transaction; gives the copy that was made of an older store.
fn upgrade(connection: &Connection, database: &Path, min_free: u64) -> Result<Option<PathBuf>, OpenError> {
    // Another process may have been faster.
    let found = version(connection)?;
    let copy = if (1..MADE).contains(&found) { Some(backup::make(database, found, min_free)?) } else { None };
    for statements in MIGRATIONS.get(found..).unwrap_or_default().iter().copied().flatten() {
        connection.execute_batch(&without_comments(statements))?;
    }
    if found < MADE {
        connection.execute_batch(&format!("PRAGMA user_version = {MADE}"))?;
    }
    if let Some(copy) = &copy {
        tracing::info!(from = found, to = MADE, copy = %copy.display(), "the store is brought to this version; a copy of it as it was is kept");
    }
    Ok(copy)
}

/// SQLite keeps the statements as they are written. So short, they fit on the first page: damage elsewhere leaves the schema
/// readable.
fn without_comments(statements: &str) -> String {
    let lines = statements.lines().map(|line| line.split("--").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
