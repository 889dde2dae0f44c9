//! Lines of the journal.

use mail::EnhancedStatus;
use rusqlite::Connection;

use super::ledger::Ledger;
use super::row::{micros, time};
use super::store_error::StoreError;
use crate::{Event, Note};

/// Stands before each part of a note. No line that an earlier version wrote begins so: those are words.
const UNIT: char = '\u{1f}';

pub(super) fn insert(ledger: &Ledger, events: &[Event]) -> Result<(), StoreError> {
    for event in events {
        ledger.execute(
            "INSERT INTO event (at, about, text) VALUES (?1, ?2, ?3)",
            (micros(event.at), &event.about, text_of(&event.what)),
        )?;
    }
    Ok(())
}

/// The last lines, newest first.
pub(super) fn last(connection: &Connection, limit: usize) -> Result<Vec<Event>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT at, about, text FROM event ORDER BY id DESC LIMIT ?1")?;
    let mut rows = statement.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
    collect(&mut rows)
}

/// The lines about something, oldest first.
pub(super) fn about(connection: &Connection, about: &str) -> Result<Vec<Event>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT at, about, text FROM event WHERE about = ?1 ORDER BY id")?;
    let mut rows = statement.query([about])?;
    collect(&mut rows)
}

fn collect(rows: &mut rusqlite::Rows<'_>) -> Result<Vec<Event>, StoreError> {
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(Event { at: time(row.get(0)?)?, about: row.get(1)?, what: note_of(row.get(2)?) });
    }
    Ok(events)
}

fn text_of(note: &Note) -> String {
    match note {
        Note::Taken { id, service, proof } if proof.is_empty() => format!("{UNIT}taken{UNIT}{id}{UNIT}{service}"),
        Note::Taken { id, service, proof } => {
            format!("{UNIT}accepted{UNIT}{}{UNIT}{id}{UNIT}{service}", proof.replace(UNIT, " "))
        }
        Note::Refused { service, words } => {
            format!("{UNIT}refused{UNIT}{}{UNIT}{words}", service.replace(UNIT, " "))
        }
        Note::SentAgain { message_id, tries } => format!("{UNIT}again{UNIT}{tries}{UNIT}{message_id}"),
        Note::Answered => format!("{UNIT}answered"),
        Note::Bounced { status, words } => {
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            format!("{UNIT}bounced{UNIT}{status}{UNIT}{words}")
        }
        Note::Words(words) => words.clone(),
    }
}

/// What is none of the others is shown as it is.
fn note_of(text: String) -> Note {
    let Some(parts) = text.strip_prefix(UNIT) else { return Note::Words(text) };
    let parts: Vec<&str> = parts.splitn(3, UNIT).collect();
    match parts[..] {
        ["taken", id, service] => taken(id, service, ""),
        ["accepted", proof, rest] => match rest.split_once(UNIT) {
            Some((id, service)) => taken(id, service, proof),
            None => Note::Words(text),
        },
        ["refused", service, words] => Note::Refused { service: service.to_owned(), words: words.to_owned() },
        ["again", tries, message_id] => match tries.parse() {
            Ok(tries) => Note::SentAgain { message_id: message_id.to_owned(), tries },
            Err(_) => Note::Words(text),
        },
        ["answered"] => Note::Answered,
        ["bounced", status, words] => Note::Bounced { status: EnhancedStatus::parse(status), words: words.to_owned() },
        _ => Note::Words(text),
    }
}

fn taken(id: &str, service: &str, proof: &str) -> Note {
    Note::Taken { id: id.to_owned(), service: service.to_owned(), proof: proof.to_owned() }
}
