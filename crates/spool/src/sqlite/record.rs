//! Recording attempts, and what follows from them: retirement, another try, a bounce.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::attempt::{COLUMNS, Columns};
use super::facts::Fact;
use super::insert::{Start, insert, require_numbered};
use super::ledger::Ledger;
use super::numbering;
use super::retire::drop_body;
use super::row::{self, CAPTURE, Ready, micros};
use super::store_error::StoreError;
use crate::{AttemptKind, Change, EntryId, Next, Report, State};

/// Reports, with their bounces made ready outside the writer's thread.
#[derive(Debug)]
pub(super) struct Reports {
    pub(super) reports: Vec<(Report, Option<Ready>)>,
    pub(super) now: Timestamp,
}

/// What came of them.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) reports: Arc<Reports>,
    /// The bounces that were queued: which report, and the number of the mail.
    pub(super) bounces: Vec<(usize, i64)>,
    /// Entries that others hold.
    pub(super) fenced: Vec<EntryId>,
}

/// What follows from a report.
enum Consequence {
    /// It has changed what becomes of the entry.
    Changed,
    /// It is history.
    None,
    /// It was refused.
    Fenced,
}

/// An entry's row, as far as recording needs it.
struct Known {
    state: State,
    owner: i64,
    tries: i64,
    flags: i64,
}

pub(super) fn record(ledger: &mut Ledger, reports: &Arc<Reports>) -> Result<Recorded, StoreError> {
    ledger.now = Some(reports.now);
    for bounce in reports.reports.iter().filter_map(|(_, bounce)| bounce.as_ref()) {
        require_numbered(bounce)?;
    }
    let (mut bounces, mut fenced) = (Vec::new(), Vec::new());
    for (at, (report, bounce)) in reports.reports.iter().enumerate() {
        let key = numbering::entry_key(report.entry);
        if ledger.set_aside.contains(key) {
            continue;
        }
        match (ledger.guard(key, |ledger| record_one(ledger, report))?, bounce) {
            (Consequence::Changed, Some(bounce)) => {
                if report.course.waits {
                    ledger.changes(|| Change::Due);
                }
                let start = Start::Untried { holder: if report.course.waits { 0 } else { ledger.epoch() } };
                bounces.push((at, insert(ledger, bounce, (start, &report.course), reports.now)?));
            }
            (Consequence::Fenced, _) => fenced.push(report.entry),
            (Consequence::Changed, None) | (Consequence::None, _) => {}
        }
    }
    Ok(Recorded { reports: Arc::clone(reports), bounces, fenced })
}

fn record_one(ledger: &mut Ledger, report: &Report) -> Result<Consequence, StoreError> {
    let key = numbering::entry_key(report.entry);
    let Some(known) = look_up(ledger, key)? else {
        tracing::warn!(entry = %report.entry, "a report on an entry that is not there");
        return Ok(Consequence::None);
    };
    if known.owner != ledger.epoch() {
        return Ok(Consequence::Fenced);
    }
    if known.tries > 0 {
        ledger.execute(
            &format!(
                "INSERT OR REPLACE INTO attempt (entry, try, {COLUMNS}) SELECT id, tries, {COLUMNS} FROM entry WHERE id = ?1"
            ),
            [key],
        )?;
    }
    ledger.facts.add(Fact::Attempted(key, u32::try_from(known.tries + 1).unwrap_or(u32::MAX)));
    match (known.state, &report.next) {
        (State::Queued | State::Held, Next::Retire) => {
            end(ledger, report, State::Done)?;
            // What is captured by policy is kept like what was captured by its key: it is to be looked at.
            let kept = if report.attempt.kind == AttemptKind::Captured { CAPTURE } else { 0 };
            drop_body(ledger, report.entry.message, known.flags | kept)?;
            Ok(Consequence::Changed)
        }
        (State::Queued | State::Held, Next::Retry(due)) => {
            retry(ledger, report, micros(*due))?;
            ledger.changes(|| Change::Due);
            Ok(Consequence::Changed)
        }
        (ended, _) => {
            end(ledger, report, ended)?;
            Ok(Consequence::None)
        }
    }
}

fn look_up(ledger: &Ledger, key: i64) -> Result<Option<Known>, StoreError> {
    let found = ledger
        .prepare("SELECT state, owner, tries, flags FROM entry WHERE id = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    found.map(|(code, owner, tries, flags)| Ok(Known { state: row::state(code)?, owner, tries, flags })).transpose()
}

fn end(ledger: &Ledger, report: &Report, state: State) -> Result<(), StoreError> {
    let Columns { at, outcome, site, reply, stage, code, status, given_up, protection } = Columns::of(&report.attempt);
    let (key, state) = (numbering::entry_key(report.entry), row::state_code(state));
    ledger.execute(
        "UPDATE entry SET state = ?2, owner = 0, tries = tries + 1,
         at = ?3, outcome = ?4, site = ?5, reply = ?6, stage = ?7, code = ?8, status = ?9, given_up = ?10, tls = ?11 WHERE id = ?1",
        (key, state, at, outcome, site, reply, stage, code, status, given_up, protection),
    )?;
    Ok(())
}

fn retry(ledger: &Ledger, report: &Report, due: i64) -> Result<(), StoreError> {
    let Columns { at, outcome, site, reply, stage, code, status, given_up, protection } = Columns::of(&report.attempt);
    let key = numbering::entry_key(report.entry);
    ledger.execute(
        "UPDATE entry SET owner = 0, due = ?2, tries = tries + 1,
         at = ?3, outcome = ?4, site = ?5, reply = ?6, stage = ?7, code = ?8, status = ?9, given_up = ?10, tls = ?11 WHERE id = ?1",
        (key, due, at, outcome, site, reply, stage, code, status, given_up, protection),
    )?;
    Ok(())
}
