//! How much mail may be in memory. Fresh mail may take all of it, but for one site only a quarter; what comes back from the
//! store takes half. So neither a long queue nor a slow site stands in the way of a new mail.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How much mail may be in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries. Default 20,000.
    pub entries: usize,
    /// Octets of messages. Default 64 MiB. One message larger than this is taken when nothing else is there.
    pub octets: u64,
}

impl Default for Limits {
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

/// The room there is.
#[derive(Debug)]
pub(crate) struct Room {
    limits: Limits,
    used: Mutex<Used>,
    /// Told when half of the room for the backlog is free again.
    pub(crate) freed: Notify,
}

#[derive(Debug, Default)]
struct Used {
    fresh: Load,
    backlog: Load,
}

/// A part of the room; given back when dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    room: Arc<Room>,
    origin: Origin,
    load: Load,
}

impl Room {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, used: Mutex::default(), freed: Notify::new() })
    }

    /// Takes room for fresh mail; `None` where it does not fit.
    pub(crate) fn take(self: &Arc<Self>, load: Load) -> Option<Hold> {
        let mut used = self.used();
        let (entries, octets) = used.all();
        let fits = entries + load.entries <= self.limits.entries && octets + load.octets <= self.limits.octets;
        if !fits && (entries > 0 || load.entries > self.limits.entries) {
            return None;
        }
        used.fresh.add(load);
        Some(Hold { room: Arc::clone(self), origin: Origin::Fresh, load })
    }

    /// Takes room for what is in memory already, whether it fits or not.
    pub(crate) fn take_anyway(self: &Arc<Self>, origin: Origin, load: Load) -> Hold {
        self.used().of(origin).add(load);
        Hold { room: Arc::clone(self), origin, load }
    }

    /// How much of the backlog may be claimed now.
    pub(crate) fn free_for_backlog(&self) -> Load {
        let used = self.used();
        let (entries, octets) = used.all();
        let share = Load { entries: self.limits.entries.div_ceil(2), octets: self.limits.octets.div_ceil(2) };
        Load {
            entries: (share.entries.saturating_sub(used.backlog.entries))
                .min(self.limits.entries.saturating_sub(entries)),
            octets: (share.octets.saturating_sub(used.backlog.octets)).min(self.limits.octets.saturating_sub(octets)),
        }
    }

    /// How many fresh mails of one site may wait in memory: with the backlog's half, a slow site takes three quarters.
    pub(crate) fn share_of_a_site(&self) -> usize {
        self.limits.entries.div_ceil(4)
    }

    /// What is in memory.
    pub(crate) fn used_now(&self) -> Load {
        let (entries, octets) = self.used().all();
        Load { entries, octets }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, origin: Origin, load: Load) {
        let mut used = self.used();
        used.of(origin).subtract(load);
        let (entries, octets) = used.all();
        let roomy = used.backlog.entries <= self.limits.entries / 4 && entries <= self.limits.entries * 3 / 4;
        drop(used);
        if roomy && octets <= self.limits.octets * 3 / 4 {
            self.freed.notify_one();
        }
    }
}

impl Hold {
    /// Parts a smaller hold from this one; what is not there cannot be parted.
    pub(crate) fn split(&mut self, load: Load) -> Self {
        let load = Load { entries: load.entries.min(self.load.entries), octets: load.octets.min(self.load.octets) };
        self.load.subtract(load);
        Self { room: Arc::clone(&self.room), origin: self.origin, load }
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.load != Load::default() {
            self.room.give_back(self.origin, self.load);
        }
    }
}

impl Used {
    fn all(&self) -> (usize, u64) {
        (self.fresh.entries + self.backlog.entries, self.fresh.octets + self.backlog.octets)
    }

    fn of(&mut self, origin: Origin) -> &mut Load {
        match origin {
            Origin::Fresh => &mut self.fresh,
            Origin::Backlog => &mut self.backlog,
        }
    }
}

impl Load {
    fn add(&mut self, other: Self) {
        self.entries += other.entries;
        self.octets += other.octets;
    }

    fn subtract(&mut self, other: Self) {
        self.entries = self.entries.saturating_sub(other.entries);
        self.octets = self.octets.saturating_sub(other.octets);
    }
}

#[cfg(test)]
mod tests;
