//! The commit: mail that leaves, the call it answers, the calls whose answers we await or have, in one transaction.
//!
//! Everything that can refuse a commit is looked at before its first row is written, so that a refused one leaves
//! nothing in the transaction that the others share.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::attempt::Columns;
use super::facts::Fact;
use super::ledger::Ledger;
use super::numbering::{self, MAX_RECIPIENTS};
use super::read::{seal_of_answered, story_text};
use super::retire::drop_body;
use super::row::{self, CAPTURE, KEY, Ready, SOLE, micros};
use super::store_error::StoreError;
use super::{again, journal, pending, taken};
use crate::fail_point::Step;
use crate::{Answered, AttemptKind, CallKey, Change, Commit, Course, KnownAttempt, Next, Refusal, Replay, State};

/// A [`Commit`] made ready outside the writer's thread.
#[derive(Debug)]
pub(super) struct Load {
    /// The mails of the commit.
    pub(super) parcel: Vec<Ready>,
    /// All else; its own parcel is empty.
    pub(super) commit: Commit,
    pub(super) now: Timestamp,
}

/// What came of it: the number of each mail, and the calls that got their end.
#[derive(Debug)]
pub(super) struct Inserted {
    pub(super) load: Arc<Load>,
    pub(super) messages: Vec<i64>,
    pub(super) completed: Vec<String>,
}

pub(super) fn commit(ledger: &mut Ledger, load: &Arc<Load>) -> Result<Inserted, StoreError> {
    ledger.now = Some(load.now);
    validate(ledger, load)?;
    let holder = if load.commit.claimed { ledger.epoch() } else { 0 };
    let mut messages = Vec::with_capacity(load.parcel.len());
    for (place, ready) in load.parcel.iter().enumerate() {
        let course = load.course(place);
        let start = match load.known_attempt(place) {
            None if load.waits(place) => Start::Untried { holder: 0 },
            None => Start::Untried { holder },
            Some(known_attempt) => Start::Fated(known_attempt),
        };
        messages.push(insert(ledger, ready, (start, course), load.now)?);
    }
    for answered in load.commit.answered.iter().chain(&load.commit.idempotent) {
        insert_answered(&ledger.connection, answered)?;
    }
    if let Some(id) = &load.commit.ends {
        taken::end(ledger, id)?;
    }
    if let Some(request) = &load.commit.takes {
        taken::insert(&ledger.connection, request, ledger.epoch())?;
    }
    if let Some(Replay { key, .. }) = &load.commit.replayed {
        ledger.execute("UPDATE answered SET replays = replays + 1 WHERE key = ?1", [key.to_string()])?;
    }
    for expected in &load.commit.expects {
        pending::insert(ledger, expected)?;
    }
    for sent in &load.commit.sends {
        again::sent(ledger, sent, messages.first().copied().unwrap_or_default())?;
    }
    let mut completed = Vec::new();
    for (id, outcome) in &load.commit.completes {
        if pending::complete(ledger, id, outcome, load.now)? {
            completed.push(id.clone());
        }
    }
    journal::insert(ledger, &load.commit.events)?;
    tell(ledger, load, &completed);
    Ok(Inserted { load: Arc::clone(load), messages, completed })
}

/// What whoever listens may have waited for.
fn tell(ledger: &mut Ledger, load: &Load, completed: &[String]) {
    let is_due = |place| !load.commit.claimed || load.waits(place) || load.known_attempt(place).is_some();
    if (0..load.parcel.len()).any(is_due) {
        ledger.changes(|| Change::Due);
    }
    for id in load.commit.takes.iter().map(|request| &request.id).chain(&load.commit.ends) {
        ledger.changes(|| Change::Request(id.clone()));
    }
    for id in load.commit.expects.iter().map(|call| &call.id).chain(completed) {
        ledger.changes(|| Change::Call(id.clone()));
    }
}

fn validate(ledger: &mut Ledger, load: &Load) -> Result<(), StoreError> {
    if !load.parcel.is_empty() || load.commit.takes.is_some() {
        ledger.require_room()?;
    }
    for ready in &load.parcel {
        require_numbered(ready)?;
    }
    for answered in load.commit.answered.iter().chain(&load.commit.idempotent) {
        if is_answered(ledger, &answered.key, load.now)? {
            return Err(Refusal::Duplicate(answered.key.to_string()).into());
        }
    }
    if let Some(id) = &load.commit.ends {
        taken::require_own(ledger, id)?;
    }
    if let Some(request) = &load.commit.takes {
        taken::require_new(ledger, request)?;
        if let Some(key) = &request.key
            && is_answered(ledger, key, load.now)?
        {
            return Err(Refusal::Duplicate(key.to_string()).into());
        }
    }
    if let Some(replay) = &load.commit.replayed {
        require_replayable(ledger, replay, load.now)?;
    }
    let mut ids = HashSet::new();
    for expected in &load.commit.expects {
        pending::require_new(ledger, expected, &mut ids)?;
    }
    for sent in &load.commit.sends {
        again::require_open(ledger, sent, |call| load.commit.expects.iter().any(|expected| expected.id == call))?;
    }
    Ok(())
}

/// Refuses a mail whose recipients cannot be numbered.
pub(super) fn require_numbered(ready: &Ready) -> Result<(), StoreError> {
    if ready.recipients.len() > MAX_RECIPIENTS {
        return Err(Refusal::Storage(format!("a mail of more than {MAX_RECIPIENTS} recipients")).into());
    }
    Ok(())
}

/// Refuses the replay of what is not there, or was sent often enough. Commits of one transaction are counted one by one.
fn require_replayable(ledger: &Ledger, replay: &Replay, now: Timestamp) -> Result<(), StoreError> {
    let found: Option<(i64, i64)> = ledger
        .prepare("SELECT expires, replays FROM answered WHERE key = ?1")?
        .query_row([replay.key.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        Some((expires, replays)) if expires > micros(now) && replays < i64::from(replay.most) => Ok(()),
        Some((expires, _)) if expires > micros(now) => Err(Refusal::Spent.into()),
        _ => Err(Refusal::Unknown.into()),
    }
}

fn is_answered(ledger: &Ledger, key: &CallKey, now: Timestamp) -> Result<bool, StoreError> {
    let expires: Option<i64> = ledger
        .prepare("SELECT expires FROM answered WHERE key = ?1")?
        .query_row([key.to_string()], |row| row.get(0))
        .optional()?;
    Ok(expires.is_some_and(|expires| expires > micros(now)))
}

impl Load {
    /// What is known of the mail at this place.
    pub(super) fn known_attempt(&self, place: usize) -> Option<&KnownAttempt> {
        self.commit.known_attempts.get(place).and_then(Option::as_ref)
    }

    /// Where it goes.
    pub(super) fn course(&self, place: usize) -> &Course {
        self.commit.courses.get(place).unwrap_or(&NOWHERE)
    }

    /// True where nobody takes it now: its destination is away, or its time has not come.
    pub(super) fn waits(&self, place: usize) -> bool {
        let is_early = |ready: &Ready| ready.submission.wishes.timing.first_due(self.now) > self.now;
        self.course(place).waits || self.parcel.get(place).is_some_and(is_early)
    }
}

/// The course of a mail of which none is known.
static NOWHERE: Course = Course { destinations: Vec::new(), waits: false };

/// How the entries of a mail begin.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    /// To be tried by the holder of this epoch, or by whoever claims them (0).
    Untried { holder: i64 },
    /// Tried once already.
    Fated(&'a KnownAttempt),
}

/// Inserts one mail and its entries, and gives its number.
pub(super) fn insert(
    ledger: &mut Ledger,
    ready: &Ready,
    (start, course): (Start<'_>, &Course),
    now: Timestamp,
) -> Result<i64, StoreError> {
    ledger.options.fail_point.before(Step::Insert)?;
    let id = ledger.next_message()?;
    insert_message(&ledger.connection, id, ready, micros(now))?;
    ledger.facts.add(Fact::Queued(id));
    let octets = ready.file.is_none().then_some(ready.submission.message.as_ref());
    ledger.execute("INSERT INTO body (message, file, octets) VALUES (?1, ?2, ?3)", (id, &ready.file, octets))?;
    let sole = if ready.recipients.len() == 1 { SOLE } else { 0 };
    let kept = if ready.submission.capture { CAPTURE } else { 0 };
    let flags = sole | kept | if ready.holds_key { KEY } else { 0 };
    match start {
        Start::Untried { holder } => {
            let due = micros(ready.submission.wishes.timing.first_due(now));
            let rest = Untried { flags, holder, due, course };
            insert_untried(ledger, id, ready, &rest)?;
        }
        Start::Fated(known_attempt) => insert_fated(ledger, id, ready, (flags, known_attempt, micros(now)))?,
    }
    Ok(id)
}

/// What all entries of an untried mail have alike.
struct Untried<'a> {
    flags: i64,
    holder: i64,
    due: i64,
    course: &'a Course,
}

fn insert_untried(ledger: &mut Ledger, id: i64, ready: &Ready, rest: &Untried<'_>) -> Result<(), StoreError> {
    let (first, _) = numbering::entry_range(id);
    let expires = ready.submission.wishes.timing.expires.map(micros);
    for (place, (recipient, seal)) in ready.recipients.iter().enumerate() {
        let destination = ledger.destination(rest.course.of(place))?;
        let key = first + 1 + i64::try_from(place).unwrap_or(i64::MAX - first - 1);
        let mut statement = ledger.prepare(UNTRIED)?;
        statement.execute((key, rest.holder, rest.due, rest.flags, recipient, seal, destination, expires))?;
    }
    Ok(())
}

/// Inserts an entry that was not tried: its key, its holder, when it is due, its flags, its recipient and the seal of that,
/// the number of its destination, when its time is over.
pub(super) const UNTRIED: &str =
    "INSERT INTO entry (id, state, owner, due, tries, flags, recipient, seal, destination, ends)
    VALUES (?1, 0, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8)";

fn insert_fated(
    ledger: &mut Ledger,
    id: i64,
    ready: &Ready,
    rest: (i64, &KnownAttempt, i64),
) -> Result<(), StoreError> {
    let ((first, _), (flags, KnownAttempt { attempt, next }, now)) = (numbering::entry_range(id), rest);
    // As where it is recorded: what is captured by policy is kept like what was captured by its key.
    let flags = flags | if attempt.kind == AttemptKind::Captured { CAPTURE } else { 0 };
    let (state, due) = match next {
        Next::Retire => (State::Done, now),
        Next::Retry(due) => (State::Queued, micros(*due)),
    };
    for (key, (recipient, seal)) in (first + 1..).zip(&ready.recipients) {
        let mut statement = ledger.prepare(
            "INSERT INTO entry (id, state, owner, due, tries, flags, recipient, seal,
             at, outcome, site, reply, stage, code, status, given_up, tls)
             VALUES (?1, ?2, 0, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?;
        let Columns { at, outcome, site, reply, stage, code, status, given_up, protection } = Columns::of(attempt);
        let state = row::state_code(state);
        statement.execute((
            key, state, due, flags, recipient, seal, at, outcome, site, reply, stage, code, status, given_up,
            protection,
        ))?;
        drop(statement);
        ledger.facts.add(Fact::Attempted(key, 1));
        if *next == Next::Retire {
            drop_body(ledger, id, flags)?;
        }
    }
    Ok(())
}

/// The row of a mail, without its octets.
pub(super) fn insert_message(connection: &Connection, id: i64, ready: &Ready, queued: i64) -> Result<(), StoreError> {
    let submission = &ready.submission;
    let recipients = i64::try_from(ready.recipients.len()).unwrap_or(i64::MAX);
    let size = i64::try_from(submission.message.len()).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "INSERT INTO message (id, message_id, reverse_path, kind, owner, next_hop, capture, size, queued, recipients, open,
         crc, seal, subject, trace, wishes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    statement.execute((
        id,
        &submission.message_id,
        &ready.reverse_path,
        row::kind_code(submission.kind),
        &submission.owner,
        &submission.next_hop,
        submission.capture,
        size,
        queued,
        recipients,
        ready.crc,
        ready.seal,
        known(&ready.subject),
        known(&ready.trace),
        &ready.wishes,
    ))?;
    Ok(())
}

/// `None` where there is none: it takes no room.
fn known(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The record of an answered request.
pub(super) fn insert_answered(connection: &Connection, answered: &Answered) -> Result<(), StoreError> {
    let (envelope, answer) = match &answered.answer {
        Some((envelope, answer)) => (Some(row::envelope_text(envelope)), Some(answer.as_ref())),
        None => (None, None),
    };
    // OR REPLACE: a record of the same key that is there has expired; `validate` saw to it.
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO answered (key, digest, expires, replays, envelope, answer, answer_id, story, seal)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    statement.execute((
        answered.key.to_string(),
        answered.digest,
        micros(answered.expires),
        answered.replays,
        envelope,
        answer,
        &answered.answer_id,
        story_text(answered),
        seal_of_answered(answered),
    ))?;
    Ok(())
}
