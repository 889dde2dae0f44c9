//! What can go wrong inside the store, and what is said of it outside.

use std::io;

use rusqlite::ErrorCode;

use super::numbering;
use crate::Refusal;

/// An error on its way to a [`Refusal`].
#[derive(Debug)]
pub(super) enum StoreError {
    /// The operation itself is refused; nothing was written for it.
    Refused(Refusal),
    /// A row or a body is not what was stored.
    Damaged(String),
    /// That of an entry, by its key.
    Entry(i64, String),
    /// The index of open entries cannot be read.
    Index,
    /// SQLite failed.
    Sql(rusqlite::Error),
    /// A file, or the fail_point, failed.
    Io(io::Error),
}

impl StoreError {
    /// True where one row is at fault and not the disk: the others need not suffer.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Entry(..) | Self::Index => true,
            Self::Sql(error) => sql_is_damage(error),
            Self::Refused(_) | Self::Io(_) => false,
        }
    }

    /// What is said of it.
    pub(super) fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Damaged(cause) => Refusal::Damaged(cause.clone()),
            Self::Entry(key, cause) => Refusal::Damaged(format!("{}: {cause}", numbering::entry_id(*key))),
            Self::Index => Refusal::Damaged("the index of open entries".into()),
            Self::Sql(error) if sql_is_damage(error) => Refusal::Damaged(error.to_string()),
            Self::Io(error) if is_full(error) => Refusal::Full,
            Self::Io(error) => Refusal::Storage(error.to_string()),
            Self::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => Refusal::Full,
            Self::Sql(error) => Refusal::Storage(error.to_string()),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn sql_is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => matches!(
            failure.code,
            ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
        ),
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => true,
        _ => false,
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
