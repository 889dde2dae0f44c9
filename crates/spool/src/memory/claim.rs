//! Claiming: who may deliver what, now.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::Node;
use super::tables::{Row, Tables};
use crate::{Entry, EntryId, Overdue, OverdueQuery, State, Wanted};

/// What is due for each destination, in its order.
type Shelves = BTreeMap<usize, VecDeque<(Timestamp, EntryId)>>;

impl Tables {
    /// Claims what is due, oldest first within a destination; the destinations take turns.
    pub(super) fn claim(&mut self, node: &mut Node, wanted: &Wanted, now: Timestamp) -> Vec<Entry> {
        let mut shelves = self.shelves(now);
        let mut found = self.expired(now, wanted.limit);
        for name in &wanted.looks {
            let Some(place) = self.destinations.iter().position(|known| known == name) else { continue };
            let due = shelves.remove(&(place + 1)).unwrap_or_default();
            let oldest = due.front().map(|(_, id)| id.message);
            found.extend(due.into_iter().filter(|(_, id)| Some(id.message) == oldest));
        }
        shelves.retain(|&destination, _| !self.is_named(destination, &wanted.shut));
        found.extend(share(shelves, wanted.limit, &mut node.claimed_up_to));
        let mut seen = HashSet::new();
        found.retain(|&(_, id)| seen.insert(id));
        found.iter().filter_map(|&(_, id)| self.take(node, id)).collect()
    }

    /// Claims these, where they are queued and were given back.
    pub(super) fn claim_these(&mut self, node: &Node, ids: &[EntryId]) -> Vec<Entry> {
        let free = |row: &Row| row.state == State::Queued && row.owner.is_none();
        let free: Vec<EntryId> = ids.iter().copied().filter(|id| self.rows.get(id).is_some_and(free)).collect();
        free.into_iter().filter_map(|id| self.take(node, id)).collect()
    }

    fn take(&mut self, node: &Node, id: EntryId) -> Option<Entry> {
        self.rows.get_mut(&id)?.owner = Some(node.owner);
        self.entry(id)
    }

    fn claimable(&self) -> impl Iterator<Item = (&EntryId, &Row)> {
        self.rows.iter().filter(|(_, row)| row.state == State::Queued && self.is_free(row))
    }

    /// What is given up now, wherever it goes.
    fn expired(&self, now: Timestamp, most: usize) -> Vec<(Timestamp, EntryId)> {
        let over = self.claimable().filter_map(|(&id, row)| Some((row.expires.filter(|&at| at <= now)?, id)));
        let mut over: Vec<_> = over.collect();
        over.sort_unstable();
        over.truncate(most);
        over
    }

    fn shelves(&self, now: Timestamp) -> Shelves {
        let mut shelves = Shelves::new();
        for (&id, row) in self.claimable().filter(|(_, row)| row.due <= now) {
            shelves.entry(row.destination).or_default().push_back((row.due, id));
        }
        shelves.values_mut().for_each(|shelf| shelf.make_contiguous().sort_unstable());
        shelves
    }

    pub(super) fn next_due(&self, shut: &[Arc<str>]) -> Option<Timestamp> {
        let open = self.claimable().filter(|(_, row)| !self.is_named(row.destination, shut));
        let due = open.map(|(_, row)| row.due).min();
        let over = self.claimable().filter_map(|(_, row)| row.expires).min();
        [due, over].into_iter().flatten().min()
    }

    pub(super) fn overdue(&self, of: &OverdueQuery) -> Overdue {
        let names = [Arc::clone(&of.destination)];
        let waiting = self.rows.iter().filter(|(_, row)| {
            row.state == State::Queued
                && row.owner.is_none()
                && row.due <= of.now
                && self.is_named(row.destination, &names)
        });
        let mut overdue = Overdue::default();
        for (&id, _) in waiting {
            let queued = self.messages[&id.message].queued;
            if queued >= of.queued_before || overdue.entries.len() == of.limit {
                overdue.next = Some(queued);
                break;
            }
            overdue.entries.push(id);
        }
        overdue
    }
}

/// One of each in turn, beginning behind the one that was served last; told oldest first.
fn share(shelves: Shelves, limit: usize, last: &mut usize) -> Vec<(Timestamp, EntryId)> {
    let (before, behind): (Vec<_>, Vec<_>) = shelves.into_iter().partition(|(destination, _)| destination <= last);
    let mut open: VecDeque<_> = behind.into_iter().chain(before).collect();
    let mut found = Vec::new();
    while found.len() < limit
        && let Some((destination, mut shelf)) = open.pop_front()
    {
        if let Some(first) = shelf.pop_front() {
            found.push(first);
            *last = destination;
            open.push_back((destination, shelf));
        }
    }
    found.sort_unstable();
    found
}
