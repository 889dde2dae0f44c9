//! One outage of one host: when it is looked at, and by whom.
//!
//! One outage is one failure, whatever was open when it began: a failure counts only where whoever saw it knew all that was
//! known before. So ten connections that break in the same millisecond are one failure, and a host that was away for a
//! moment is looked at a second later, whatever went before.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;

/// The wait between two looks in the beginning.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(1);

/// How long looks come that often; then the wait doubles.
const BEGINNING: SignedDuration = SignedDuration::from_secs(10);

/// Looks whose time is remembered. A mail is given up after so many looks and more only where the schedule says so.
const REMEMBERED: usize = 256;

/// What is known of one host.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// Rises with each failure that counts, and with each recovery.
    generation: u64,
    /// Couriers that are connected to it.
    connected: usize,
    outage: Option<Outage>,
}

/// A host as somebody who connects to it has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Witness {
    /// Which of the site's hosts.
    pub(crate) host: usize,
    generation: u64,
    /// True where the host was away: this connection is to find out whether it still is.
    pub(crate) looks: bool,
}

#[derive(Debug)]
struct Outage {
    since: Timestamp,
    next_look: Timestamp,
    wait: SignedDuration,
    /// Somebody is looking.
    looking: bool,
    /// When it was looked at, oldest first; the first of them may be forgotten.
    looks: VecDeque<Timestamp>,
    count: u32,
}

/// Whether a host takes mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It does, as far as is known.
    Open,
    /// It is away, and it is time to look.
    Look,
    /// It is away until then at least; `None` while somebody looks.
    Shut(Option<Timestamp>),
}

impl Health {
    pub(crate) fn gate(&self, now: Timestamp) -> Gate {
        match &self.outage {
            None => Gate::Open,
            Some(outage) if outage.looking => Gate::Shut(None),
            Some(outage) if outage.next_look <= now => Gate::Look,
            Some(outage) => Gate::Shut(Some(outage.next_look)),
        }
    }

    pub(crate) fn connected(&mut self) {
        self.connected += 1;
    }

    pub(crate) fn disconnected(&mut self) {
        self.connected = self.connected.saturating_sub(1);
    }

    pub(crate) fn is_away(&self) -> bool {
        self.outage.is_some()
    }

    /// Somebody connects: what he knows of it.
    pub(crate) fn witness(&mut self, host: usize) -> Witness {
        if let Some(outage) = &mut self.outage {
            outage.looking = true;
        }
        Witness { host, generation: self.generation, looks: self.outage.is_some() }
    }

    /// It could not be used. False where that was known already, or others are served: that is no outage, whatever this
    /// one was told.
    pub(crate) fn failed(&mut self, witness: Witness, now: Timestamp, longest: SignedDuration) -> bool {
        if witness.generation != self.generation || self.connected > 0 && !witness.looks {
            return false;
        }
        self.generation += 1;
        match &mut self.outage {
            None => self.outage = Some(Outage::begun(now)),
            Some(outage) => outage.looked(now, longest),
        }
        true
    }

    /// It has answered. True where it was away.
    pub(crate) fn works(&mut self) -> bool {
        let was_away = self.outage.take().is_some();
        self.generation += u64::from(was_away);
        was_away
    }

    /// Whoever looked has left without finding out.
    pub(crate) fn left(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.looking = false;
        }
    }

    /// The next look comes now.
    pub(crate) fn look_now(&mut self, now: Timestamp) {
        if let Some(outage) = &mut self.outage {
            outage.next_look = outage.next_look.min(now);
        }
    }

    /// How often it was looked at since then; 0 where it is not away.
    pub(crate) fn looks_since(&self, then: Timestamp) -> u32 {
        let Some(outage) = &self.outage else { return 0 };
        let kept = outage.looks.iter().filter(|&&at| at >= then).count();
        if kept == outage.looks.len() { outage.count } else { u32::try_from(kept).unwrap_or(u32::MAX) }
    }
}

impl Outage {
    fn begun(now: Timestamp) -> Self {
        let next_look = later(now, FIRST_WAIT);
        Self { since: now, next_look, wait: FIRST_WAIT, looking: false, looks: VecDeque::new(), count: 0 }
    }

    /// A look found it away.
    fn looked(&mut self, now: Timestamp, longest: SignedDuration) {
        if now.duration_since(self.since) >= BEGINNING {
            self.wait = (self.wait * 2).min(longest.max(FIRST_WAIT));
        }
        self.looking = false;
        self.next_look = later(now, self.wait);
        self.count = self.count.saturating_add(1);
        if self.looks.len() == REMEMBERED {
            self.looks.pop_front();
        }
        self.looks.push_back(now);
    }
}

#[cfg(test)]
mod tests;
