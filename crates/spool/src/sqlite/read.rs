//! Look-ups that are done by the readers.

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::{Connection, Row};

use super::body::Bodies;
use super::numbering;
use super::row::{self, Sealing, micros, time};
use super::store_error::StoreError;
use crate::{Answered, CallKey, Refusal};

/// The octets of a mail, checked against the sum that was taken when they came.
pub(super) fn message(connection: &Connection, bodies: &Bodies, message: i64) -> Result<Bytes, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT b.file, b.octets, m.crc FROM body AS b CROSS JOIN message AS m ON m.id = b.message WHERE b.message = ?1",
    )?;
    let mut rows = statement.query([message])?;
    let row = rows.next()?.ok_or(Refusal::Unknown)?;
    let octets = match row.get::<_, Option<String>>(0)? {
        Some(file) => bodies.read(&file).map_err(|error| StoreError::Damaged(format!("body file {file}: {error}")))?,
        None => row.get::<_, Vec<u8>>(1)?,
    };
    if row::seal(&octets) != row.get::<_, i64>(2)? {
        return Err(StoreError::Damaged("the octets of the message do not match their sum".into()));
    }
    Ok(Bytes::from(octets))
}

/// The record of an answered request.
pub(super) fn answered(connection: &Connection, key: &CallKey, now: Timestamp) -> Result<Option<Answered>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{ANSWERED} WHERE key = ?1 AND expires > ?2"))?;
    let mut rows = statement.query((key.to_string(), micros(now)))?;
    rows.next()?.map(read_answered).transpose()
}

pub(super) const ANSWERED: &str =
    "SELECT key, digest, expires, replays, envelope, answer, answer_id, story, seal FROM answered";

pub(super) fn read_answered(row: &Row<'_>) -> Result<Answered, StoreError> {
    let envelope: Option<String> = row.get(4)?;
    let answer: Option<Vec<u8>> = row.get(5)?;
    let answer = match (envelope, answer) {
        (Some(envelope), Some(answer)) => Some((row::envelope(&envelope)?, Bytes::from(answer))),
        (None, None) => None,
        _ => return Err(StoreError::Damaged("half of a stored answer is missing".into())),
    };
    let (story, file) = story_of(row.get(7)?);
    let answered = Answered {
        key: CallKey::of(row.get(0)?),
        digest: row.get(1)?,
        expires: time(row.get(2)?)?,
        replays: row.get(3)?,
        answer,
        answer_id: row.get(6)?,
        story,
        file,
    };
    row::require_seal(row.get(8)?, seal_of_answered(&answered), "an answered request")?;
    Ok(answered)
}

/// Of all but how often it was answered again.
pub(super) fn seal_of_answered(answered: &Answered) -> i64 {
    let answer = answered.answer.as_ref();
    Sealing::default()
        .text(Some(&answered.key.to_string()))
        .octets(Some(&answered.digest))
        .number(micros(answered.expires))
        .text(answer.map(|(envelope, _)| row::envelope_text(envelope)).as_deref())
        .octets(answer.map(|(_, octets)| octets.as_ref()))
        .text(Some(&answered.answer_id))
        .text(Some(&story_text(answered)))
        .seal()
}

/// Stands between the story of an answered request and the name of its file.
const UNIT: char = '\u{1f}';

/// What stood there in version 7 and before.
const FORMER: &str = ", drop/";

/// The story, and behind it the name of the file.
pub(super) fn story_text(answered: &Answered) -> String {
    let Answered { story, file, .. } = answered;
    let is_plain = file.is_none() && story_of(story.clone()).0 == *story;
    if is_plain { story.clone() } else { format!("{story}{UNIT}{}", file.as_deref().unwrap_or_default()) }
}

fn story_of(text: String) -> (String, Option<String>) {
    // The story of one that lay in no file ends with the id of its trace in parentheses.
    let former = || text.rsplit_once(FORMER).filter(|(_, file)| !file.is_empty() && !file.ends_with(')'));
    match text.rsplit_once(UNIT).or_else(former) {
        Some((story, file)) => (story.to_owned(), Some(file.to_owned()).filter(|file| !file.is_empty())),
        None => (text, None),
    }
}

/// The keys of a mail's entries that have not ended.
pub(super) fn open_entries(connection: &Connection, message: i64) -> Result<Vec<i64>, StoreError> {
    let (first, last) = numbering::entry_range(message);
    let mut statement =
        connection.prepare_cached("SELECT id FROM entry WHERE id BETWEEN ?1 AND ?2 AND state < 10 ORDER BY id")?;
    Ok(statement.query_map((first, last), |row| row.get(0))?.collect::<Result<_, _>>()?)
}
