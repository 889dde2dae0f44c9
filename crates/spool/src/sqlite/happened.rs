//! What happened, in the order in which it became true: one short row for each transaction in which anything did, which
//! names the rows that tell it. Nothing is told twice: that a mail was queued is its row, an attempt is the entry's.

use rusqlite::{Connection, OptionalExtension};

use super::facts::{FACT, Fact};
use super::numbering::{self, MAX_RECIPIENTS};
use super::row::{kind_code, time};
use super::store_error::StoreError;
use super::{acts, attempts};
use crate::{Act, Cursor, EntryId, History, Kind, RecipientEvent, What};

/// Facts of other owners that one look passes over, at most.
const MOST: usize = 50_000;

/// What happened behind a place. What is told by rows that are forgotten is left out.
pub(super) fn after(connection: &Connection, cursor: Cursor, limit: usize) -> Result<History, StoreError> {
    told(connection, cursor, limit, |_| Ok(true))
}

/// The same, of the mails that this owner asked to be sent.
pub(super) fn of_owner(
    connection: &Connection,
    owner: &str,
    cursor: Cursor,
    limit: usize,
) -> Result<History, StoreError> {
    let mut whose = connection.prepare_cached("SELECT 1 FROM message WHERE id = ?1 AND owner = ?2 AND kind = ?3")?;
    // What happens to the recipients of one mail stands together.
    let mut last = (0, false);
    told(connection, cursor, limit, |message| {
        if last.0 != message {
            last = (message, whose.exists((message, owner, kind_code(Kind::Message)))?);
        }
        Ok(last.1)
    })
}

fn told(
    connection: &Connection,
    cursor: Cursor,
    limit: usize,
    mut is_wanted: impl FnMut(i64) -> Result<bool, StoreError>,
) -> Result<History, StoreError> {
    let mut passed = 0;
    let mut history = History { events: Vec::new(), next: cursor };
    let mut statement = connection.prepare_cached("SELECT id, facts FROM happened WHERE id >= ?1 ORDER BY id")?;
    let mut rows = statement.query([cursor.transaction])?;
    while let Some(row) = rows.next()? {
        let transaction: i64 = row.get(0)?;
        let octets = row.get_ref(1)?.as_blob();
        let (facts, rest) =
            octets.map_err(|_| StoreError::Damaged("what happened is no octets".into()))?.as_chunks::<FACT>();
        if !rest.is_empty() {
            return Err(StoreError::Damaged("what happened in a transaction is cut off".into()));
        }
        let told = if transaction == cursor.transaction { cursor.facts } else { 0 };
        for (place, fact) in (1..).zip(facts).skip(told as usize) {
            if history.events.len() >= limit || passed >= MOST {
                return Ok(history);
            }
            let fact = Fact::read(fact).ok_or_else(|| StoreError::Damaged("a fact of no known kind".into()))?;
            let known = history.events.len();
            match is_wanted(fact.message())? {
                true => tell(connection, fact, &mut history.events)?,
                false => passed += 1,
            }
            history.next = Cursor { transaction, facts: place };
            history.events.iter_mut().skip(known).for_each(|event| event.place = history.next);
        }
    }
    Ok(history)
}

fn tell(connection: &Connection, fact: Fact, events: &mut Vec<RecipientEvent>) -> Result<(), StoreError> {
    match fact {
        Fact::Queued(message) => queued(connection, message, events)?,
        Fact::Attempted(key, number) => {
            let attempt = attempts::one(connection, key, number)?;
            let event = |attempt| RecipientEvent::attempted(numbering::entry_id(key), number, attempt);
            events.extend(attempt.map(event));
        }
        Fact::Acted(key, number) => {
            let act = acts::one(connection, key, number)?;
            let entry = numbering::entry_id(key);
            events.extend(act.map(|Act { at, verb }| RecipientEvent {
                at,
                entry,
                what: What::Acted(verb),
                place: Cursor::default(),
            }));
        }
    }
    Ok(())
}

fn queued(connection: &Connection, message: i64, events: &mut Vec<RecipientEvent>) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT queued, recipients FROM message WHERE id = ?1")?;
    let found: Option<(i64, u32)> = statement.query_row([message], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((at, recipients)) = found else { return Ok(()) };
    let at = time(at)?;
    if recipients as usize > MAX_RECIPIENTS {
        return Err(StoreError::Damaged("a mail with more recipients than one can have".into()));
    }
    let entries = (1..=recipients).map(|recipient| EntryId { message, recipient });
    events.extend(entries.map(|entry| RecipientEvent { at, entry, what: What::Queued, place: Cursor::default() }));
    Ok(())
}
