//! An entry as it is stored: its row and its mail's, read and checked.

use rusqlite::Row;

use super::row::{Sealed, kind, mailbox, reverse_path, seal, state, time};
use super::store_error::StoreError;
use super::{attempt, numbering};
use crate::queue::Standing;
use crate::{Entry, Wishes};

/// Selects what [`read`] reads, by the entry's key.
pub(super) const ENTRY: &str = "SELECT e.state, e.flags, e.due, e.tries, e.recipient, e.seal,
    m.message_id, m.reverse_path, m.kind, m.owner, m.next_hop, m.capture, m.size, m.queued, m.crc, m.seal,
    (SELECT name FROM destination WHERE id = e.destination),
    e.at, e.outcome, e.site, e.reply, e.stage, e.code, e.status, e.given_up, e.tls, m.subject, m.trace, m.wishes
    FROM entry AS e CROSS JOIN message AS m ON m.id = e.id >> 20 WHERE e.id = ?1";

/// An entry as it is stored, read and checked.
pub(super) struct Stored {
    pub(super) entry: Entry,
    pub(super) standing: Standing,
}

/// Reads one row of [`ENTRY`].
pub(super) fn read(key: i64, row: &Row<'_>) -> Result<Stored, StoreError> {
    let recipient = text(row, 4)?;
    if seal(recipient.as_bytes()) != row.get::<_, i64>(5)? {
        return Err(StoreError::Damaged("the recipient does not match its seal".into()));
    }
    let sealed = read_sealed(row)?;
    let wishes = wishes(sealed.wishes)?;
    if sealed.seal() != row.get::<_, i64>(15)? {
        return Err(StoreError::Damaged("the message's row does not match its seal".into()));
    }
    let entry = Entry {
        id: numbering::entry_id(key),
        reverse_path: reverse_path(sealed.reverse_path)?,
        recipient: mailbox(recipient)?,
        message: None,
        size: sealed.size.try_into().unwrap_or(0),
        message_id: sealed.message_id.to_owned(),
        kind: kind(sealed.kind)?,
        owner: sealed.owner.to_owned(),
        next_hop: sealed.next_hop.map(str::to_owned),
        capture: sealed.capture,
        timing: wishes.timing,
        queued: time(sealed.queued)?,
        tries: row.get(3)?,
        due: time(row.get(2)?)?,
    };
    let standing = Standing {
        state: state(row.get(0)?)?,
        destination: row.get(16)?,
        last: attempt::read(row, 17)?,
        subject: sealed.subject.to_owned(),
        trace: sealed.trace.to_owned(),
        labels: wishes.labels,
    };
    Ok(Stored { entry, standing })
}

fn read_sealed<'a>(row: &'a Row<'_>) -> Result<Sealed<'a>, StoreError> {
    Ok(Sealed {
        message_id: text(row, 6)?,
        reverse_path: text(row, 7)?,
        kind: row.get(8)?,
        owner: text(row, 9)?,
        next_hop: optional_text(row, 10)?,
        capture: row.get(11)?,
        size: row.get(12)?,
        queued: row.get(13)?,
        crc: row.get(14)?,
        subject: optional_text(row, 26)?.unwrap_or_default(),
        trace: optional_text(row, 27)?.unwrap_or_default(),
        wishes: optional_text(row, 28)?.unwrap_or_default(),
    })
}

fn wishes(text: &str) -> Result<Wishes, StoreError> {
    if text.is_empty() {
        return Ok(Wishes::default());
    }
    Wishes::read(text).ok_or_else(|| StoreError::Damaged("wishes that are none".into()))
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, StoreError> {
    row.get_ref(column)?.as_str().map_err(|_| StoreError::Damaged("a column that is no text".into()))
}

fn optional_text<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>, StoreError> {
    row.get_ref(column)?.as_str_or_null().map_err(|_| StoreError::Damaged("a column that is no text".into()))
}
