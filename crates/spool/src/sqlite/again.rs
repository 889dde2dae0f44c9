//! Requests of ours that are sent again while no answer comes.

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::Connection;

use super::ledger::Ledger;
use super::row::{envelope, envelope_text, micros, seal, time};
use super::store_error::StoreError;
use super::{numbering, pending};
use crate::{Pending, Refusal, Resend, Sent};

/// Refuses what is sent for a call that has ended, or is unknown; `expected` says whether the same commit awaits it.
pub(super) fn require_open(ledger: &Ledger, sent: &Sent, expected: impl Fn(&str) -> bool) -> Result<(), StoreError> {
    let is_open = || ledger.exists("SELECT 1 FROM pending WHERE id = ?1 AND outcome IS NULL", [&sent.call]);
    if !expected(&sent.call) && !is_open()? {
        return Err(Refusal::Unknown.into());
    }
    match &sent.message_id {
        Some(id) if ledger.exists("SELECT 1 FROM pending_id WHERE message_id = ?1", [id])? => {
            Err(Refusal::Duplicate(id.clone()).into())
        }
        _ => Ok(()),
    }
}

/// The request of a call was sent with this mail.
pub(super) fn sent(ledger: &Ledger, sent: &Sent, mail: i64) -> Result<(), StoreError> {
    if let Some(id) = &sent.message_id {
        ledger.execute(
            "INSERT INTO pending_id (message_id, number, place)
             SELECT ?1, number, 1 + (SELECT max(place) FROM pending_id AS known WHERE known.number = pending.number)
             FROM pending WHERE id = ?2",
            (id, &sent.call),
        )?;
    }
    let again = sent.again.as_ref();
    // What stood there goes.
    ledger.overwrite()?;
    let due = again.map(|again| micros(again.due));
    let request = again.map(|again| Record { tries: again.tries, mail, again }.written());
    ledger.execute("UPDATE pending SET again = ?2, request = ?3 WHERE id = ?1", (&sent.call, due, request)).map(drop)
}

/// How a request was sent, as one value: a seal, and what it seals.
struct Record<'a> {
    tries: u32,
    /// The number of its last mail.
    mail: i64,
    again: &'a Resend,
}

impl Record<'_> {
    fn written(&self) -> Vec<u8> {
        let Resend { envelope, message, next_hop, .. } = self.again;
        let mut sealed = self.tries.to_le_bytes().to_vec();
        sealed.extend(self.mail.to_le_bytes());
        for text in [next_hop.as_deref().unwrap_or_default(), &envelope_text(envelope)] {
            sealed.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
            sealed.extend(text.as_bytes());
        }
        sealed.extend(message.as_ref());
        [&seal(&sealed).to_le_bytes(), &*sealed].concat()
    }
}

/// The request and the number of its last mail, as they were written; `None` where it was something else.
fn read(octets: &[u8], due: Timestamp) -> Option<(Resend, i64)> {
    let (sealed_by, mut rest) = octets.split_first_chunk()?;
    if seal(rest) != i64::from_le_bytes(*sealed_by) {
        return None;
    }
    let (tries, after) = rest.split_first_chunk()?;
    let (mail, after) = after.split_first_chunk()?;
    rest = after;
    let mut text = || {
        let (length, after) = rest.split_first_chunk()?;
        let (text, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        rest = after;
        std::str::from_utf8(text).ok()
    };
    let (hop, path) = (text()?, text()?);
    let resend = Resend {
        due,
        tries: u32::from_le_bytes(*tries),
        envelope: envelope(path).ok()?,
        message: Bytes::copy_from_slice(rest),
        next_hop: Some(hop.to_owned()).filter(|hop| !hop.is_empty()),
    };
    Some((resend, i64::from_le_bytes(*mail)))
}

/// What is due, the oldest first, but for what still waits in the queue. A row that does not decode is named in the log and
/// left out.
pub(super) fn due(connection: &Connection, now: Timestamp, limit: usize) -> Result<Vec<(Pending, Resend)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, again, request FROM pending WHERE outcome IS NULL AND again <= ?1 ORDER BY again",
    )?;
    let mut waits =
        connection.prepare_cached("SELECT 1 FROM entry WHERE id BETWEEN ?1 AND ?2 AND state < 10 LIMIT 1")?;
    let mut rows = statement.query([micros(now)])?;
    let mut due = Vec::new();
    while due.len() < limit
        && let Some(row) = rows.next()?
    {
        let number: i64 = row.get(0)?;
        let Some((again, mail)) = read(row.get_ref(2)?.as_blob().unwrap_or_default(), time(row.get(1)?)?) else {
            tracing::error!(number, "the request of a call is damaged: it is not sent again");
            continue;
        };
        if !waits.exists(numbering::entry_range(mail))? {
            due.extend(pending::at(connection, number)?.map(|call| (call, again)));
        }
    }
    Ok(due)
}
