//! The commit: whatever can refuse it is looked at before anything is changed.

use std::collections::HashSet;

use jiff::Timestamp;

use super::tables::{Message, Owner, Row, Tables};
use crate::{
    AttemptKind, CallKey, Change, Commit, Committed, Course, Cursor, Entry, EntryId, KnownAttempt, Next,
    RecipientEvent, Refusal, State, Submission, What,
};

/// How the recipients of a mail begin.
pub(super) struct Start<'a> {
    /// Who holds them, where they are untried.
    pub(super) holder: Option<Owner>,
    pub(super) course: &'a Course,
    /// The trace id of the call that caused it.
    pub(super) trace: &'a str,
    /// Their first attempt, where it is known.
    pub(super) known_attempt: Option<&'a KnownAttempt>,
}

impl Tables {
    pub(super) fn commit(&mut self, owner: Owner, commit: Commit, now: Timestamp) -> Result<Committed, Refusal> {
        self.validate(owner, &commit, now)?;
        let mut committed = Committed::default();
        let nowhere = Course::default();
        for (place, submission) in commit.parcel.0.into_iter().enumerate() {
            let course = commit.courses.get(place).unwrap_or(&nowhere);
            let is_early = submission.wishes.timing.first_due(now) > now;
            let holder = (commit.claimed && !course.waits && !is_early).then_some(owner);
            let known_attempt = commit.known_attempts.get(place).and_then(Option::as_ref);
            if holder.is_none() || known_attempt.is_some() {
                self.notices.tell(Change::Due);
            }
            committed.entries.extend(self.insert(
                submission,
                &Start { holder, course, trace: &commit.trace, known_attempt },
                now,
            ));
        }
        for answered in commit.answered.into_iter().chain(commit.idempotent) {
            self.answered.insert(answered.key.to_string(), answered);
        }
        if let Some(id) = &commit.ends {
            self.taken.retain(|(request, _)| request.id != *id);
            self.notices.tell(Change::Request(id.clone()));
        }
        if let Some(request) = commit.takes {
            self.notices.tell(Change::Request(request.id.clone()));
            self.taken.push((request, owner));
        }
        if let Some(record) = commit.replayed.and_then(|replay| self.answered.get_mut(&replay.key.to_string())) {
            record.replays += 1;
        }
        for call in commit.expects {
            self.notices.tell(Change::Call(call.id.clone()));
            self.pending.push(call);
        }
        let first = committed.entries.first().map_or(0, |entry| entry.id.message);
        commit.sends.into_iter().for_each(|sent| self.sent(sent, first));
        for (id, outcome) in commit.completes {
            if self.complete(&id, outcome) {
                committed.completed.push(id);
            }
        }
        self.events.extend(commit.events);
        if !committed.entries.is_empty() {
            self.notices.tell(Change::Happened);
        }
        Ok(committed)
    }

    fn validate(&self, owner: Owner, commit: &Commit, now: Timestamp) -> Result<(), Refusal> {
        let is_answered =
            |key: &CallKey| self.answered.get(&key.to_string()).is_some_and(|record| record.expires > now);
        let mut answers = commit.answered.iter().chain(&commit.idempotent);
        if let Some(answered) = answers.find(|answered| is_answered(&answered.key)) {
            return Err(Refusal::Duplicate(answered.key.to_string()));
        }
        if let Some(id) = &commit.ends {
            self.require_own(owner, id)?;
        }
        if let Some(request) = &commit.takes {
            self.require_new(request)?;
            if let Some(key) = request.key.as_ref().filter(|key| is_answered(key)) {
                return Err(Refusal::Duplicate(key.to_string()));
            }
        }
        if let Some(replay) = &commit.replayed {
            match self.answered.get(&replay.key.to_string()).filter(|record| record.expires > now) {
                None => return Err(Refusal::Unknown),
                Some(record) if record.replays >= replay.most => return Err(Refusal::Spent),
                Some(_) => {}
            }
        }
        let mut seen = HashSet::new();
        commit.expects.iter().try_for_each(|call| self.require_unknown(call, &mut seen))?;
        commit.sends.iter().try_for_each(|sent| self.require_open(sent, &commit.expects))
    }

    /// Inserts one mail, and gives its entries with their octets.
    pub(super) fn insert(&mut self, submission: Submission, start: &Start<'_>, now: Timestamp) -> Vec<Entry> {
        let number = self.messages.last_key_value().map_or(1, |(&last, _)| last + 1);
        let recipients = submission.envelope.recipients().to_vec();
        let (octets, timing) = (submission.message.clone(), submission.wishes.timing);
        let due = timing.first_due(now);
        let (size, body) = (octets.len() as u64, Some(octets.clone()));
        let captured = submission.capture
            || start.known_attempt.is_some_and(|known_attempt| known_attempt.attempt.kind == AttemptKind::Captured);
        let (subject, trace) = (mail::subject::of(&octets), start.trace.to_owned());
        self.messages.insert(number, Message { submission, size, subject, trace, queued: now, body });
        let ids = (1..).take(recipients.len()).map(|recipient| EntryId { message: number, recipient });
        self.happened.extend(ids.map(|entry| RecipientEvent {
            at: now,
            entry,
            what: What::Queued,
            place: Cursor::default(),
        }));
        let mut entries = Vec::with_capacity(recipients.len());
        for (place, recipient) in recipients.into_iter().enumerate() {
            let id = EntryId { message: number, recipient: u32::try_from(place).unwrap_or(u32::MAX - 1) + 1 };
            let destination = self.destination(start.course.of(place));
            let mut row = Row {
                state: State::Queued,
                owner: start.holder,
                recipient,
                due,
                expires: timing.expires,
                destination,
                captured,
                attempts: Vec::new(),
                acts: Vec::new(),
            };
            if let Some(KnownAttempt { attempt, next }) = start.known_attempt {
                row.owner = None;
                row.attempts.push(attempt.clone());
                self.happened.push(RecipientEvent::attempted(id, 1, attempt.clone()));
                match next {
                    Next::Retire => row.state = State::Done,
                    Next::Retry(due) => row.due = *due,
                }
            }
            self.rows.insert(id, row);
            // What is told is as it was before its known_attempt: due when it came.
            entries.extend(self.entry(id).map(|entry| Entry { message: Some(octets.clone()), due, ..entry }));
        }
        if !captured {
            self.drop_body(number);
        }
        entries
    }

    /// Drops the octets of a mail, once its last entry has ended.
    pub(super) fn drop_body(&mut self, message: i64) {
        let entries = EntryId { message, recipient: 0 }..=EntryId { message, recipient: u32::MAX };
        let is_open = self.rows.range(entries).any(|(_, row)| row.is_open());
        if !is_open && let Some(message) = self.messages.get_mut(&message) {
            message.body = None;
        }
    }
}
