//! What the memory holds, and who lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use mail::Mailbox;

use super::LEASE;
use crate::changes::Notices;
use crate::queue::Standing;
use crate::{
    AcceptedRequest, Act, Answered, Attempt, Change, Entry, EntryId, Event, KeyRecord, Kind, Pending, QueueItem,
    RecipientEvent, Resend, State, Submission,
};

/// Names an opening of the store; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner(u64);

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Tables {
    clock: Duration,
    last_owner: u64,
    /// Until when each lives.
    leases: BTreeMap<Owner, Duration>,
    pub(super) messages: BTreeMap<i64, Message>,
    pub(super) rows: BTreeMap<EntryId, Row>,
    /// Names of destinations, by their numbers less one.
    pub(super) destinations: Vec<Arc<str>>,
    pub(super) answered: BTreeMap<String, Answered>,
    /// Requests that are not over, and whose they are, in the order they came.
    pub(super) taken: Vec<(AcceptedRequest, Owner)>,
    /// In the order they came.
    pub(super) pending: Vec<Pending>,
    /// By the id of the call: its request as it is sent again, and the number of its last mail.
    pub(super) again: BTreeMap<String, (Resend, i64)>,
    pub(super) keys: BTreeMap<String, KeyRecord>,
    pub(super) events: Vec<Event>,
    pub(super) notices: Listeners,
    pub(super) happened: Vec<RecipientEvent>,
}

/// The nodes that may be listened to.
#[derive(Debug, Default)]
pub(super) struct Listeners(Vec<Weak<Notices>>);

impl Listeners {
    pub(super) fn add(&mut self, node: &Arc<Notices>) {
        self.0.retain(|node| node.strong_count() > 0);
        self.0.push(Arc::downgrade(node));
    }

    pub(super) fn tell(&self, change: Change) {
        self.0.iter().filter_map(Weak::upgrade).for_each(|node| node.tell(change.clone()));
    }
}

/// A mail.
#[derive(Debug)]
pub(super) struct Message {
    /// As it came; its octets are in `body`.
    pub(super) submission: Submission,
    pub(super) size: u64,
    pub(super) subject: String,
    pub(super) trace: String,
    pub(super) queued: Timestamp,
    /// Until its last recipient has ended.
    pub(super) body: Option<Bytes>,
}

/// One recipient.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) state: State,
    pub(super) owner: Option<Owner>,
    pub(super) recipient: Mailbox,
    pub(super) due: Timestamp,
    /// When it is given up, where its sender says so.
    pub(super) expires: Option<Timestamp>,
    /// Its number; 0 where nobody knows.
    pub(super) destination: usize,
    /// Its body is kept when it ends.
    pub(super) captured: bool,
    pub(super) attempts: Vec<Attempt>,
    pub(super) acts: Vec<Act>,
}

impl Tables {
    pub(super) fn advance(&mut self, by: Duration) {
        self.clock = self.clock.saturating_add(by);
    }

    pub(super) fn enter(&mut self) -> Owner {
        self.last_owner += 1;
        let owner = Owner(self.last_owner);
        self.leases.insert(owner, self.clock.saturating_add(LEASE));
        owner
    }

    /// The owner as which a node goes on: itself, where it lives.
    pub(super) fn renew(&mut self, owner: Owner) -> Owner {
        if !self.is_alive(owner) {
            self.leave(owner);
            return self.enter();
        }
        self.leases.insert(owner, self.clock.saturating_add(LEASE));
        owner
    }

    pub(super) fn leave(&mut self, owner: Owner) {
        self.leases.remove(&owner);
    }

    pub(super) fn is_alive(&self, owner: Owner) -> bool {
        self.leases.get(&owner).is_some_and(|&until| until > self.clock)
    }

    /// True where nobody who lives holds it.
    pub(super) fn is_free(&self, row: &Row) -> bool {
        row.owner.is_none_or(|owner| !self.is_alive(owner))
    }

    /// The number of a destination; it gets one where it has none.
    pub(super) fn destination(&mut self, name: Option<&Arc<str>>) -> usize {
        let Some(name) = name else { return 0 };
        if let Some(place) = self.destinations.iter().position(|known| known == name) {
            return place + 1;
        }
        self.destinations.push(Arc::clone(name));
        self.destinations.len()
    }

    pub(super) fn is_named(&self, destination: usize, names: &[Arc<str>]) -> bool {
        destination.checked_sub(1).is_some_and(|place| names.contains(&self.destinations[place]))
    }

    /// The entry as delivery has it, without its octets.
    pub(super) fn entry(&self, id: EntryId) -> Option<Entry> {
        let (row, message) = (self.rows.get(&id)?, self.messages.get(&id.message)?);
        let Submission { envelope, message_id, kind, owner, next_hop, capture, wishes, .. } =
            message.submission.clone();
        Some(Entry {
            id,
            reverse_path: envelope.reverse_path,
            recipient: row.recipient.clone(),
            message: None,
            size: message.size,
            message_id,
            kind,
            owner,
            next_hop,
            capture,
            timing: wishes.timing,
            queued: message.queued,
            tries: row.tries(),
            due: row.due,
        })
    }

    /// The entry as people see it.
    pub(super) fn item(&self, id: EntryId) -> Option<QueueItem> {
        let (entry, row, message) = (self.entry(id)?, self.rows.get(&id)?, self.messages.get(&id.message)?);
        let destination = row.destination.checked_sub(1).map(|place| self.destinations[place].to_string());
        let standing = Standing {
            state: row.state,
            destination,
            last: row.attempts.last().cloned(),
            subject: message.subject.clone(),
            trace: message.trace.clone(),
            labels: message.submission.wishes.labels.clone(),
        };
        Some(QueueItem::new(entry, standing))
    }
}

impl Message {
    /// True for what this owner asked to be sent.
    pub(super) fn is_sent_by(&self, owner: &str) -> bool {
        self.submission.owner == owner && self.submission.kind == Kind::Message
    }
}

impl Row {
    pub(super) fn tries(&self) -> u32 {
        u32::try_from(self.attempts.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state, State::Done | State::Dropped)
    }
}
