//! How much mail may be in memory. Fresh mail may take all of it, but for one site only a quarter; what comes back from the
//! store takes half. So neither a long queue nor a slow site stands in the way of a new mail.

use std::sync::Arc;

use budget::{MemoryBudget, Reservation};
use tokio::sync::Notify;

/// How much mail may be in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryLimits {
    /// Entries. Default 20,000.
    pub entries: usize,
    /// Octets of messages. Default 64 MiB. One message larger than this is taken when nothing else is there.
    pub octets: u64,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self { entries: 20_000, octets: 64 << 20 }
    }
}

/// Where mail in memory came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Just committed.
    Fresh,
    /// Claimed from the store.
    Backlog,
}

/// An amount of mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) entries: usize,
    pub(crate) octets: u64,
}

/// The memory that mail may take.
#[derive(Debug)]
pub(crate) struct MailMemory {
    limits: MemoryLimits,
    all: Tally,
    /// What of it came from the store.
    backlog: Tally,
    /// Told when half of the backlog's share is free again.
    pub(crate) freed: Notify,
}

/// Two budgets that are spent together.
#[derive(Debug)]
struct Tally {
    entries: MemoryBudget,
    octets: MemoryBudget,
}

/// A part of both.
#[derive(Debug)]
struct Part {
    entries: Reservation,
    octets: Reservation,
}

/// The memory of some mail; given back when dropped.
#[derive(Debug)]
pub(crate) struct MailReservation {
    memory: Arc<MailMemory>,
    origin: Origin,
    /// Of all, and of the backlog's share.
    parts: (Part, Option<Part>),
}

impl MailMemory {
    pub(crate) fn new(limits: MemoryLimits) -> Arc<Self> {
        let share = MemoryLimits { entries: limits.entries.div_ceil(2), octets: limits.octets.div_ceil(2) };
        Arc::new(Self { limits, all: Tally::new(limits), backlog: Tally::new(share), freed: Notify::new() })
    }

    /// Reserves for fresh mail; `None` where it does not fit. A message that is larger than all there is fits where nothing
    /// else is there.
    pub(crate) fn reserve(self: &Arc<Self>, load: Load) -> Option<MailReservation> {
        let entries = self.all.entries.reserve(load.entries)?;
        let is_alone = self.all.entries.used() == load.entries;
        let octets = self.all.octets.reserve(octets(load));
        let octets = octets.or_else(|| is_alone.then(|| self.all.octets.owed(self::octets(load))))?;
        let parts = (Part { entries, octets }, None);
        Some(MailReservation { memory: Arc::clone(self), origin: Origin::Fresh, parts })
    }

    /// Reserves for what is in memory already, whether it fits or not.
    pub(crate) fn owed(self: &Arc<Self>, origin: Origin, load: Load) -> MailReservation {
        let backlog = (origin == Origin::Backlog).then(|| self.backlog.owed(load));
        MailReservation { memory: Arc::clone(self), origin, parts: (self.all.owed(load), backlog) }
    }

    /// How much of the backlog may be claimed now.
    pub(crate) fn free_for_backlog(&self) -> Load {
        let (all, backlog) = (self.all.left(), self.backlog.left());
        Load { entries: backlog.entries.min(all.entries), octets: backlog.octets.min(all.octets) }
    }

    /// How many fresh mails of one site may wait in memory: with the backlog's half, a slow site takes three quarters.
    pub(crate) fn share_of_a_site(&self) -> usize {
        self.limits.entries.div_ceil(4)
    }

    /// What is in memory.
    pub(crate) fn used_now(&self) -> Load {
        self.all.used()
    }

    /// Tells the claimer where it is worth a look at the store.
    fn tell_freed(&self) {
        let (all, backlog) = (self.all.used(), self.backlog.used());
        let is_roomy = backlog.entries <= self.limits.entries / 4 && all.entries <= self.limits.entries * 3 / 4;
        if is_roomy && all.octets <= self.limits.octets * 3 / 4 {
            self.freed.notify_one();
        }
    }
}

impl Tally {
    fn new(limits: MemoryLimits) -> Self {
        Self { entries: MemoryBudget::new(limits.entries as u64), octets: MemoryBudget::new(limits.octets) }
    }

    fn owed(&self, load: Load) -> Part {
        Part { entries: self.entries.owed(load.entries), octets: self.octets.owed(octets(load)) }
    }

    fn used(&self) -> Load {
        Load { entries: self.entries.used(), octets: self.octets.used() as u64 }
    }

    fn left(&self) -> Load {
        Load { entries: self.entries.left(), octets: self.octets.left() as u64 }
    }
}

impl Part {
    fn split(&mut self, load: Load) -> Self {
        Self { entries: self.entries.split(load.entries), octets: self.octets.split(octets(load)) }
    }

    fn is_nothing(&self) -> bool {
        self.entries.octets() == 0 && self.octets.octets() == 0
    }
}

fn octets(load: Load) -> usize {
    usize::try_from(load.octets).unwrap_or(usize::MAX)
}

impl MailReservation {
    /// Parts a smaller one from this; what is not there cannot be parted.
    pub(crate) fn split(&mut self, load: Load) -> Self {
        let (all, backlog) = &mut self.parts;
        let parts = (all.split(load), backlog.as_mut().map(|backlog| backlog.split(load)));
        Self { memory: Arc::clone(&self.memory), origin: self.origin, parts }
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }
}

impl Drop for MailReservation {
    fn drop(&mut self) {
        let (all, backlog) = &mut self.parts;
        if !all.is_nothing() {
            // They are given back before anybody looks.
            let everything = Load { entries: usize::MAX, octets: u64::MAX };
            drop((all.split(everything), backlog.as_mut().map(|backlog| backlog.split(everything))));
            self.memory.tell_freed();
        }
    }
}

#[cfg(test)]
mod tests;
