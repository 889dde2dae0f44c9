//! The whole story of one item, from whatever people have of it: a number, a Message-ID, an address, the id of a call.
//!
//! Message-IDs have no index: it would be paid for with every mail, and stories are asked for rarely. A look through the
//! rows of a million mails takes a fraction of a second, on a reader.

use rusqlite::Connection;

use super::ledger::SetAside;
use super::numbering;
use super::scan::item;
use super::store_error::StoreError;
use super::{acts, attempts, journal, pending, read};
use crate::{Answered, EntryId, Item, MailTrace, RecipientTrace};

/// Recipients and mails that one story tells, at most.
const MOST: i64 = 1_000;

/// Recipients that the story of an address tells, at most.
const NEWEST: i64 = 100;

pub(super) fn trace(connection: &Connection, subject: &str, set_aside: &SetAside) -> Result<MailTrace, StoreError> {
    let subject = subject.trim().trim_start_matches('<').trim_end_matches('>');
    let mut story = MailTrace { pending: pending::find(connection, subject)?, ..MailTrace::default() };
    let mut names = vec![subject.to_owned()];
    if let Some(call) = &story.pending {
        names.extend(call.message_ids.iter().cloned());
        names.push(call.id.clone());
    }
    story.answered = answered(connection, subject)?;
    if let Some(answered) = &story.answered {
        names.push(answered.answer_id.clone());
    }
    for key in entries(connection, subject, &names)? {
        names.push(numbering::entry_id(key).message.to_string());
        story.chapters.push(chapter(connection, key, set_aside)?);
    }
    names.extend(message_ids(&story));
    if story.pending.is_none() {
        // A mail that carries a call of ours tells of the call, too.
        story.pending = pending::awaited(connection, &message_ids(&story))?.into_iter().next();
        names.extend(story.pending.iter().map(|call| call.id.clone()));
    }
    names.sort();
    names.dedup();
    for name in names.iter().filter(|name| !name.is_empty()) {
        story.events.extend(journal::about(connection, name)?);
    }
    story.events.sort_by_key(|event| event.at);
    Ok(story)
}

fn message_ids(story: &MailTrace) -> Vec<String> {
    let whole = story.chapters.iter().filter_map(|chapter| match &chapter.item {
        Item::Whole(item) => Some(item.message_id.clone()),
        Item::Damaged { .. } => None,
    });
    whole.collect()
}

/// The keys of the entries that are meant.
fn entries(connection: &Connection, subject: &str, names: &[String]) -> Result<Vec<i64>, StoreError> {
    let mut keys = match (subject.parse::<EntryId>(), subject.parse::<i64>()) {
        (Ok(id), _) => entries_between(connection, (numbering::entry_key(id), numbering::entry_key(id)))?,
        // The eight digits of a call may all be decimal: what carries it is found below.
        (_, Ok(message)) => entries_between(connection, numbering::entry_range(message))?,
        _ => Vec::new(),
    };
    let mut statement = connection.prepare_cached("SELECT id FROM message WHERE message_id = ?1 LIMIT ?2")?;
    for name in names.iter().filter(|name| name.contains('@')) {
        let messages = statement.query_map((name, MOST), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        for message in messages {
            keys.extend(entries_between(connection, numbering::entry_range(message))?);
        }
    }
    if keys.is_empty() && subject.contains('@') {
        keys = with_address(connection, subject)?;
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// The newest mails from or to an address.
fn with_address(connection: &Connection, address: &str) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT e.id FROM entry AS e NOT INDEXED CROSS JOIN message AS m ON m.id = e.id >> 20
         WHERE lower(e.recipient) = lower(?1) OR lower(m.reverse_path) = lower(?1) ORDER BY e.id DESC LIMIT ?2",
    )?;
    Ok(statement.query_map((address, NEWEST), |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn entries_between(connection: &Connection, (first, last): (i64, i64)) -> Result<Vec<i64>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3")?;
    Ok(statement.query_map((first, last, MOST), |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn chapter(connection: &Connection, key: i64, set_aside: &SetAside) -> Result<RecipientTrace, StoreError> {
    let item = item(connection, key, set_aside)?;
    let mut attempts = attempts::earlier(connection, key)?;
    if let Item::Whole(item) = &item {
        attempts.extend(item.last.clone());
    }
    Ok(RecipientTrace { item, attempts, acts: acts::all(connection, key)? })
}

fn answered(connection: &Connection, subject: &str) -> Result<Option<Answered>, StoreError> {
    // The key of a request is its sender and, behind a space, its id: people have the id alone.
    for condition in ["key = ?1", "answer_id = ?1", "substr(key, -length(?1) - 1) = ' ' || ?1"] {
        let mut statement = connection.prepare_cached(&format!("{} WHERE {condition} LIMIT 1", read::ANSWERED))?;
        let mut rows = statement.query([subject])?;
        if let Some(row) = rows.next()? {
            return read::read_answered(row).map(Some);
        }
    }
    Ok(None)
}
