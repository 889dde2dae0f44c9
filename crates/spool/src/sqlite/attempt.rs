//! The columns of an attempt: those of `entry` for the last, those of `attempt` for the ones before.
//!
//! The evidence is kept in its parts, so that it is read back as it was: of a reply its code, its enhanced status and its
//! text; of a reason of ours its number and what was known besides. Rows of version 4 and older have their words alone.

use mail::evidence::{Cause, GivenUp, Reason, Stage};
use mail::{EnhancedStatus, Evidence, Protection, Reply};
use rusqlite::Row;

use super::row::{micros, outcome, outcome_code, time};
use super::store_error::StoreError;
use crate::Attempt;

/// The columns, in the order in which [`read`] wants them.
pub(super) const COLUMNS: &str = "at, outcome, site, reply, stage, code, status, given_up, tls";

/// Codes below this are the numbers of reasons.
const REPLIES: i64 = 200;

/// What the columns hold.
pub(super) struct Columns<'a> {
    pub(super) at: i64,
    pub(super) outcome: i64,
    pub(super) site: &'a str,
    /// The text of a reply, the detail of a reason, or the words of an older version.
    pub(super) reply: &'a str,
    pub(super) stage: Option<u8>,
    /// The code of a reply, or the number of a reason; none where only words are known.
    pub(super) code: Option<u16>,
    pub(super) status: Option<i64>,
    pub(super) given_up: Option<i64>,
    pub(super) protection: Option<[u8; Protection::LENGTH]>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(attempt: &'a Attempt) -> Self {
        let evidence = &attempt.evidence;
        let (code, status, reply) = match &evidence.cause {
            Cause::Reply(reply) => (Some(reply.code()), reply.enhanced().map(status_code), reply.text()),
            Cause::Reason { reason, detail } => (Some(u16::from(reason.number())), None, detail.as_str()),
            Cause::Unparsed(words) => (None, None, words.as_str()),
        };
        Self {
            at: micros(attempt.at),
            outcome: outcome_code(attempt.kind),
            site: &attempt.site,
            reply,
            stage: evidence.stage.map(Stage::number),
            code,
            status,
            given_up: evidence.given_up.map(|given_up| i64::from(given_up.tries) << 32 | i64::from(given_up.looks)),
            protection: attempt.protection.map(|protection| protection.octets()),
        }
    }
}

/// Reads [`COLUMNS`] from this column on; `None` where there was no attempt.
pub(super) fn read(row: &Row<'_>, first: usize) -> Result<Option<Attempt>, StoreError> {
    let Some(at) = row.get::<_, Option<i64>>(first)? else { return Ok(None) };
    let words: String = row.get(first + 3)?;
    let cause = match row.get::<_, Option<i64>>(first + 5)? {
        None => Cause::Unparsed(words),
        Some(code) if code < REPLIES => reason(code)?.with(words),
        Some(code) => {
            let code = u16::try_from(code).ok().filter(|code| *code < 600).ok_or_else(|| damaged("a code"))?;
            let enhanced = row.get::<_, Option<i64>>(first + 6)?.map(status).transpose()?;
            Reply::new(code, enhanced, words).into()
        }
    };
    let evidence = Evidence {
        cause,
        stage: row.get::<_, Option<i64>>(first + 4)?.map(stage).transpose()?,
        given_up: row.get::<_, Option<i64>>(first + 7)?.map(given_up).transpose()?,
    };
    let protection = row.get::<_, Option<Vec<u8>>>(first + 8)?.map(|octets| protection(&octets)).transpose()?;
    let (kind, site) = (outcome(row.get(first + 1)?)?, row.get(first + 2)?);
    Ok(Some(Attempt { at: time(at)?, kind, site, evidence, protection }))
}

/// `class << 20 | subject << 10 | detail`: each has three digits.
fn status_code(status: EnhancedStatus) -> i64 {
    i64::from(status.class) << 20 | i64::from(status.subject) << 10 | i64::from(status.detail)
}

fn status(code: i64) -> Result<EnhancedStatus, StoreError> {
    let part = |shift: u32| u16::try_from(code >> shift & 0x3ff).ok().filter(|part| *part < 1000);
    let class = u8::try_from(code >> 20).ok().filter(|class| matches!(class, 2 | 4 | 5));
    match (class, part(10), part(0)) {
        (Some(class), Some(subject), Some(detail)) => Ok(EnhancedStatus::new(class, subject, detail)),
        _ => Err(damaged("an enhanced status")),
    }
}

fn stage(number: i64) -> Result<Stage, StoreError> {
    Stage::of_number(number).ok_or_else(|| damaged("a stage"))
}

fn reason(number: i64) -> Result<Reason, StoreError> {
    Reason::of_number(number).ok_or_else(|| damaged("a reason"))
}

fn protection(octets: &[u8]) -> Result<Protection, StoreError> {
    Protection::read(octets).ok_or_else(|| damaged("a protection"))
}

fn given_up(number: i64) -> Result<GivenUp, StoreError> {
    let part = |number: i64| u32::try_from(number).map_err(|_| damaged("a count of tries"));
    Ok(GivenUp { tries: part(number >> 32)?, looks: part(number & 0xffff_ffff)? })
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("{what} that there is not"))
}
