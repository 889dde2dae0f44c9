//! Requests that were taken, and calls of ours.

use std::collections::HashSet;

use jiff::Timestamp;

use super::tables::{Owner, Tables};
use crate::{AcceptedRequest, Change, EntryId, Holder, Pending, PendingOutcome, Refusal, Resend, Sent};

impl Tables {
    /// Refuses a request that is there already, by its id or by its key.
    pub(super) fn require_new(&self, request: &AcceptedRequest) -> Result<(), Refusal> {
        let is_same =
            |other: &AcceptedRequest| other.id == request.id || (other.key.is_some() && other.key == request.key);
        match self.taken.iter().any(|(other, _)| is_same(other)) {
            true => {
                Err(Refusal::Duplicate(request.key.as_ref().map_or_else(|| request.id.clone(), ToString::to_string)))
            }
            false => Ok(()),
        }
    }

    /// Refuses the end of a request that is not there, or not this owner's.
    pub(super) fn require_own(&self, owner: Owner, id: &str) -> Result<(), Refusal> {
        match self.taken.iter().find(|(request, _)| request.id == id) {
            None => Err(Refusal::Unknown),
            Some((_, holder)) if *holder == owner => Ok(()),
            Some(_) => Err(Refusal::Fenced),
        }
    }

    /// Those that no other holds who lives.
    pub(super) fn taken_by(&self, owner: Owner) -> Vec<String> {
        let free = self.taken.iter().filter(|(_, holder)| self.holder(owner, *holder) != Holder::Other);
        free.map(|(request, _)| request.id.clone()).collect()
    }

    pub(super) fn find_taken(&self, owner: Owner, id: &str) -> Option<AcceptedRequest> {
        let is_it = |request: &AcceptedRequest| {
            request.id == id || request.key.as_ref().is_some_and(|key| key.to_string() == id)
        };
        let (request, holder) = self.taken.iter().find(|(request, _)| is_it(request))?;
        Some(AcceptedRequest { holder: self.holder(owner, *holder), ..request.clone() })
    }

    fn holder(&self, owner: Owner, holder: Owner) -> Holder {
        match holder {
            holder if holder == owner => Holder::Us,
            holder if self.is_alive(holder) => Holder::Other,
            _ => Holder::Dead,
        }
    }

    pub(super) fn start(&mut self, owner: Owner, id: &str, now: Timestamp) -> Result<AcceptedRequest, Refusal> {
        let before = self.find_taken(owner, id).ok_or(Refusal::Unknown)?;
        if before.holder == Holder::Other {
            return Err(Refusal::Fenced);
        }
        for (request, holder) in self.taken.iter_mut().filter(|(request, _)| request.id == before.id) {
            request.started.get_or_insert(now);
            *holder = owner;
        }
        self.notices.tell(Change::Request(before.id.clone()));
        Ok(before)
    }

    /// Refuses a call whose id or Message-ID is awaited already, in the store or in the same commit.
    pub(super) fn require_unknown(&self, call: &Pending, seen: &mut HashSet<String>) -> Result<(), Refusal> {
        if !seen.insert(call.id.clone()) || self.pending.iter().any(|other| other.id == call.id) {
            return Err(Refusal::Duplicate(call.id.clone()));
        }
        for id in &call.message_ids {
            if !seen.insert(format!("<{id}>")) || self.pending.iter().any(|other| other.message_ids.contains(id)) {
                return Err(Refusal::Duplicate(id.clone()));
            }
        }
        Ok(())
    }

    /// Ends a call; false where it is unknown or has ended already.
    pub(super) fn complete(&mut self, id: &str, outcome: PendingOutcome) -> bool {
        let open = self.pending.iter_mut().find(|call| call.id == id && call.outcome.is_none());
        let Some(call) = open else { return false };
        call.outcome = Some(outcome);
        self.again.remove(id);
        self.notices.tell(Change::Call(id.to_owned()));
        true
    }

    pub(super) fn expire(&mut self, now: Timestamp) -> Vec<String> {
        let is_over = |call: &&mut Pending| call.outcome.is_none() && call.expires <= now;
        let mut over: Vec<&mut Pending> = self.pending.iter_mut().filter(is_over).collect();
        over.sort_by_key(|call| call.expires);
        over.iter_mut().for_each(|call| call.outcome = Some(PendingOutcome::Expired));
        let ids: Vec<String> = over.into_iter().map(|call| call.id.clone()).collect();
        ids.iter().for_each(|id| drop(self.again.remove(id)));
        ids.iter().for_each(|id| self.notices.tell(Change::Call(id.clone())));
        ids
    }

    /// Refuses what is sent for a call that has ended, or is unknown here and in the same commit.
    pub(super) fn require_open(&self, sent: &Sent, expected: &[Pending]) -> Result<(), Refusal> {
        let mut open = self.pending.iter().filter(|call| call.outcome.is_none()).chain(expected);
        if !open.any(|call| call.id == sent.call) {
            return Err(Refusal::Unknown);
        }
        let is_known = |id: &&String| self.pending.iter().any(|call| call.message_ids.contains(id));
        sent.message_id.as_ref().filter(is_known).map_or(Ok(()), |id| Err(Refusal::Duplicate(id.clone())))
    }

    /// The request of a call was sent with the mail of this number.
    pub(super) fn sent(&mut self, sent: Sent, mail: i64) {
        if let Some(call) = self.pending.iter_mut().find(|call| call.id == sent.call) {
            call.message_ids.extend(sent.message_id);
        }
        match sent.again {
            Some(again) => drop(self.again.insert(sent.call, (again, mail))),
            None => drop(self.again.remove(&sent.call)),
        }
    }

    pub(super) fn resends(&self, now: Timestamp, limit: usize) -> Vec<(Pending, Resend)> {
        let waits = |mail: i64| {
            let entries = EntryId { message: mail, recipient: 0 }..=EntryId { message: mail, recipient: u32::MAX };
            self.rows.range(entries).any(|(_, row)| row.is_open())
        };
        let due = self.again.iter().filter(|(_, (again, mail))| again.due <= now && !waits(*mail));
        let mut due: Vec<_> =
            due.filter_map(|(id, (again, _))| Some((self.find_pending(id)?, again.clone()))).collect();
        due.sort_by_key(|(_, again)| again.due);
        due.truncate(limit);
        due
    }

    /// Newest last.
    pub(super) fn calls(&self) -> Vec<Pending> {
        let mut calls = self.pending.clone();
        calls.sort_by_key(|call| call.sent);
        calls
    }

    pub(super) fn find_pending(&self, id: &str) -> Option<Pending> {
        let is_it = |call: &&Pending| call.id == id || call.message_ids.iter().any(|known| known == id);
        self.pending.iter().find(is_it).cloned()
    }

    /// The calls that were sent under one of these ids, each once.
    pub(super) fn awaited(&self, ids: &[String]) -> Vec<Pending> {
        let mut found: Vec<&Pending> = Vec::new();
        for id in ids {
            let call = self.pending.iter().find(|call| call.message_ids.contains(id));
            found.extend(call.filter(|call| !found.iter().any(|other| other.id == call.id)));
        }
        found.into_iter().cloned().collect()
    }
}
