//! Recording attempts, giving back untried, and what people do with entries.

use std::sync::Arc;

use jiff::Timestamp;

use super::queue::Start;
use super::tables::{Owner, Row, Tables};
use crate::{
    Act, AttemptKind, Change, Committed, Cursor, EntryId, Next, QueueAction, RecipientEvent, Report, State, What,
};

/// What follows from a report.
enum Consequence {
    /// It has changed what becomes of the entry.
    Changed,
    /// It is history, or on nothing that is there.
    None,
    /// It was refused.
    Fenced,
}

impl Tables {
    pub(super) fn record(&mut self, owner: Owner, reports: Vec<Report>, now: Timestamp) -> Committed {
        let mut committed = Committed::default();
        for mut report in reports {
            let (id, bounce) = (report.entry, report.bounce.take());
            match (self.record_one(owner, &report), bounce) {
                (Consequence::Changed, Some(bounce)) => {
                    let holder = (!report.course.waits).then_some(owner);
                    if holder.is_none() {
                        self.notices.tell(Change::Due);
                    }
                    let start = Start { holder, course: &report.course, trace: "", known_attempt: None };
                    let entries = self.insert(bounce, &start, now);
                    committed.entries.extend(entries.into_iter().filter(|_| holder.is_some()));
                }
                (Consequence::Fenced, _) => committed.fenced.push(id),
                (Consequence::Changed, None) | (Consequence::None, _) => {}
            }
        }
        self.notices.tell(Change::Happened);
        committed
    }

    fn record_one(&mut self, owner: Owner, report: &Report) -> Consequence {
        let Some(row) = self.rows.get_mut(&report.entry) else { return Consequence::None };
        if row.owner != Some(owner) {
            return Consequence::Fenced;
        }
        row.owner = None;
        row.attempts.push(report.attempt.clone());
        self.happened.push(RecipientEvent::attempted(report.entry, row.tries(), report.attempt.clone()));
        if !row.is_open() {
            return Consequence::None;
        }
        match report.next {
            Next::Retry(due) => {
                row.due = due;
                self.notices.tell(Change::Due);
            }
            Next::Retire => {
                row.state = State::Done;
                let is_kept = row.captured || report.attempt.kind == AttemptKind::Captured;
                if !is_kept {
                    self.drop_body(report.entry.message);
                }
            }
        }
        Consequence::Changed
    }

    /// Gives back what this owner holds of these, and gives those it does not hold.
    pub(super) fn give_back(&mut self, owner: Owner, ids: &[EntryId], destination: Option<&Arc<str>>) -> Vec<EntryId> {
        let number = destination.map(|name| self.destination(Some(name)));
        let mut fenced = Vec::new();
        for id in ids {
            match self.rows.get_mut(id).filter(|row| row.owner == Some(owner) && row.is_open()) {
                Some(row) => {
                    row.owner = None;
                    row.destination = number.unwrap_or(row.destination);
                }
                None => fenced.push(*id),
            }
        }
        if fenced.len() < ids.len() {
            self.notices.tell(Change::Due);
        }
        fenced
    }

    /// Does it to each of these, and says how many changed.
    pub(super) fn act(&mut self, verb: QueueAction, ids: &[EntryId], now: Timestamp) -> u64 {
        let mut changed = 0;
        for &id in ids {
            if !self.act_on(verb, id, now) {
                continue;
            }
            changed += 1;
            self.happened.push(RecipientEvent {
                at: now,
                entry: id,
                what: What::Acted(verb),
                place: Cursor::default(),
            });
            if let Some(row) = self.rows.get_mut(&id) {
                row.acts.push(Act { at: now, verb });
            }
        }
        if changed > 0 {
            self.notices.tell(Change::Happened);
        }
        if changed > 0 && matches!(verb, QueueAction::Release | QueueAction::Retry) {
            self.notices.tell(Change::Due);
        }
        changed
    }

    fn act_on(&mut self, verb: QueueAction, id: EntryId, now: Timestamp) -> bool {
        let can_be_sent = self.messages.get(&id.message).is_some_and(|it| it.body.is_some() && !it.submission.capture);
        let Some(row) = self.rows.get_mut(&id) else { return false };
        match (verb, row.state) {
            (QueueAction::Hold, State::Queued) => {
                row.state = State::Held;
                true
            }
            (QueueAction::Release, State::Held | State::Damaged) => {
                row.state = State::Queued;
                true
            }
            (QueueAction::Release, State::Done) if can_be_sent && was_captured(row) => {
                (row.state, row.owner, row.due, row.captured) = (State::Queued, None, now, false);
                true
            }
            (QueueAction::Retry, State::Queued) => {
                row.due = now;
                true
            }
            (QueueAction::Drop, State::Queued | State::Held | State::Damaged) => {
                row.state = State::Dropped;
                let is_kept = row.captured;
                if !is_kept {
                    self.drop_body(id.message);
                }
                true
            }
            _ => false,
        }
    }
}

fn was_captured(row: &Row) -> bool {
    row.attempts.last().is_some_and(|last| last.kind == AttemptKind::Captured)
}
