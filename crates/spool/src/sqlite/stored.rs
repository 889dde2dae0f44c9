//! For tests and the fuzzer: rows as damage may have left them, in memory.
//!
//! The readers of the store get columns of any class with anything in them, and the writers say what columns a record has:
//! no file, no thread, no lock.

use jiff::Timestamp;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

use super::insert::{UNTRIED, insert_answered, insert_message};
use super::row::{Ready, micros};
use super::store_error::StoreError;
use super::{acts, attempt, entry, key, numbering, pending, read, row, schema, taken};
use crate::{AcceptedRequest, Act, Answered, Attempt, EntryId, KeyRecord, Pending, QueueItem, Refusal, Submission};

/// What a column holds: any of SQLite's classes, whatever the schema says of it. Text need not be UTF-8.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Nothing.
    Null,
    /// A number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// The octets of a text.
    Text(Vec<u8>),
    /// Octets.
    Blob(Vec<u8>),
}

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// An entry of the queue, with its mail's row and its last attempt.
    Entry,
    /// A request that was taken and is not over.
    Taken,
    /// A request that was answered.
    Answered,
    /// A call of ours.
    Pending,
    /// An attempt before the last.
    Attempt,
    /// What a person did to an entry.
    Act,
    /// An API key.
    Key,
}

/// What a row was read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Of [`Table::Entry`].
    Entry(Box<QueueItem>),
    /// Of [`Table::Taken`].
    Taken(Box<AcceptedRequest>),
    /// Of [`Table::Answered`].
    Answered(Box<Answered>),
    /// Of [`Table::Pending`].
    Pending(Box<Pending>),
    /// Of [`Table::Attempt`]; `None` where there was none.
    Attempt(Option<Attempt>),
    /// Of [`Table::Act`].
    Act(Act),
    /// Of [`Table::Key`].
    Key(Box<KeyRecord>),
}

impl Record {
    /// What it was read from.
    #[must_use]
    pub fn table(&self) -> Table {
        match self {
            Self::Entry(_) => Table::Entry,
            Self::Taken(_) => Table::Taken,
            Self::Answered(_) => Table::Answered,
            Self::Pending(_) => Table::Pending,
            Self::Attempt(_) => Table::Attempt,
            Self::Act(_) => Table::Act,
            Self::Key(_) => Table::Key,
        }
    }
}

impl Table {
    /// Every one of them.
    pub const ALL: [Table; 7] =
        [Self::Entry, Self::Taken, Self::Answered, Self::Pending, Self::Attempt, Self::Act, Self::Key];

    /// How many columns its rows have.
    #[must_use]
    pub fn columns(self) -> usize {
        match self {
            Self::Entry => 29,
            Self::Taken => 22,
            Self::Answered => 9,
            Self::Pending => 12,
            Self::Attempt => 9,
            Self::Act => 2,
            Self::Key => 6,
        }
    }

    /// The places of the columns that cannot become another's without being found out: a seal is over them, or is one;
    /// that of the row is last.
    #[must_use]
    pub fn sealed(self) -> &'static [usize] {
        match self {
            Self::Entry => &[4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 26, 27, 28, 15],
            Self::Taken => &[0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 19],
            Self::Answered => &[0, 1, 2, 4, 5, 6, 7, 8],
            Self::Pending | Self::Attempt | Self::Act | Self::Key => &[],
        }
    }
}

/// The tables of a store, in memory.
#[derive(Debug)]
pub struct Rows(Connection);

/// The mail whose entry is written and read.
const MAIL: i64 = 1;

impl Rows {
    /// Tables without a row.
    ///
    /// # Errors
    /// SQLite has no memory for them.
    pub fn new() -> Result<Self, Refusal> {
        let connection = Connection::open_in_memory().map_err(refusal)?;
        schema::make(&connection).map_err(refusal)?;
        Ok(Self(connection))
    }

    /// What a row of these columns is read as; columns that are missing hold nothing.
    ///
    /// # Errors
    /// It is no row of this table, as a store says it.
    pub fn read(&self, table: Table, columns: &[Column]) -> Result<Record, Refusal> {
        let places: Vec<String> = (1..=table.columns()).map(|place| format!("?{place}")).collect();
        let values = (0..table.columns()).map(|place| columns.get(place).unwrap_or(&Column::Null));
        let found = || -> Result<Record, StoreError> {
            let mut statement = self.0.prepare_cached(&format!("SELECT {}", places.join(", ")))?;
            let mut rows = statement.query(params_from_iter(values))?;
            let row = rows.next()?.ok_or(Refusal::Unknown)?;
            self.record(table, row)
        };
        found().map_err(|trouble| trouble.refusal())
    }

    fn record(&self, table: Table, row: &Row<'_>) -> Result<Record, StoreError> {
        Ok(match table {
            Table::Entry => {
                let entry::Stored { entry, standing } = entry::read(entry_key(), row)?;
                Record::Entry(Box::new(QueueItem::new(entry, standing)))
            }
            Table::Taken => Record::Taken(Box::new(taken::read(row)?)),
            Table::Answered => Record::Answered(Box::new(read::read_answered(row)?)),
            Table::Pending => Record::Pending(Box::new(pending::read(&self.0, row)?)),
            Table::Attempt => Record::Attempt(attempt::read(row, 0)?),
            Table::Act => Record::Act(acts::read(row)?),
            Table::Key => Record::Key(Box::new(key::read(row)?)),
        })
    }

    /// The columns of the first entry of a mail that is queued at a time, by a call with this trace id.
    ///
    /// # Errors
    /// SQLite has no memory for them.
    pub fn entry(&self, submission: Submission, trace: &str, now: Timestamp) -> Result<Vec<Column>, Refusal> {
        let ready = Ready::new(submission, trace, None, micros(now));
        let (recipient, seal) = ready.recipients.first().ok_or(Refusal::Unknown)?;
        self.written(entry::ENTRY, entry_key(), |connection| {
            insert_message(connection, MAIL, &ready, micros(now))?;
            let mut statement = connection.prepare_cached(UNTRIED)?;
            statement.execute((entry_key(), 0, micros(now), row::SOLE, recipient, seal, 0, None::<i64>))?;
            Ok(())
        })
    }

    /// The columns of a request that was taken.
    ///
    /// # Errors
    /// SQLite has no memory for them.
    pub fn taken(&self, request: &AcceptedRequest) -> Result<Vec<Column>, Refusal> {
        self.written(taken::SELECT, &request.id, |connection| taken::insert(connection, request, 1))
    }

    /// The columns of a request that was answered.
    ///
    /// # Errors
    /// SQLite has no memory for them.
    pub fn answered(&self, request: &Answered) -> Result<Vec<Column>, Refusal> {
        let select = format!("{} WHERE key = ?1", read::ANSWERED);
        self.written(&select, request.key.to_string(), |connection| insert_answered(connection, request))
    }

    /// What one `select` finds once something is inserted; nothing of it stays.
    fn written(
        &self,
        select: &str,
        key: impl ToSql,
        insert: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<Vec<Column>, Refusal> {
        let found = || -> Result<Vec<Column>, StoreError> {
            let transaction = self.0.unchecked_transaction()?;
            insert(&transaction)?;
            let mut statement = transaction.prepare_cached(select)?;
            let count = statement.column_count();
            let columns = |row: &Row<'_>| (0..count).map(|place| row.get_ref(place).map(Column::from)).collect();
            Ok(statement.query_row([key], columns)?)
        };
        found().map_err(|trouble| trouble.refusal())
    }
}

fn entry_key() -> i64 {
    numbering::entry_key(EntryId { message: MAIL, recipient: 1 })
}

fn refusal(error: rusqlite::Error) -> Refusal {
    StoreError::from(error).refusal()
}

impl From<ValueRef<'_>> for Column {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(octets) => Self::Text(octets.to_owned()),
            ValueRef::Blob(octets) => Self::Blob(octets.to_owned()),
        }
    }
}

impl ToSql for Column {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(octets) => ValueRef::Text(octets),
            Self::Blob(octets) => ValueRef::Blob(octets),
        }))
    }
}
