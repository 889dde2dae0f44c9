//! One destination at run time: the mail that waits for it, its couriers, and whether it is well.
//!
//! A site that cannot be reached cools down by itself: its mail is deferred without another connection until the time is
//! over, then one courier looks. No other site notices.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use spool::Entry;
use tokio::sync::Notify;

use crate::clock::later;
use crate::room::{Hold, Origin};
use crate::route::Relay;
use crate::status::SiteStatus;

/// Entries of one message for one site: one transaction.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) entries: Vec<Entry>,
    /// `None` where it must be read from the store.
    pub(crate) message: Option<Bytes>,
    pub(crate) hold: Arc<Hold>,
    /// How often it may still be put back because a connection ended before its turn.
    pub(crate) lives: u8,
}

/// The first wait after a failed connection; it doubles up to [`LONGEST_COOL_DOWN`].
const FIRST_COOL_DOWN: SignedDuration = SignedDuration::from_secs(20);
const LONGEST_COOL_DOWN: SignedDuration = SignedDuration::from_mins(10);

/// Every so many pulls the backlog comes first, so that fresh mail cannot hold it up for ever.
const BACKLOG_TURN: u32 = 4;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) relay: Arc<Relay>,
    /// Told when a job arrives.
    pub(crate) arrivals: Notify,
    /// Couriers that are connected and have nothing to do.
    idle: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    fresh: VecDeque<Job>,
    backlog: VecDeque<Job>,
    pulls: u32,
    couriers: usize,
    connected: usize,
    hosts: Vec<Health>,
    /// No further courier before this time: the last one was turned away while others were at work.
    no_more_before: Timestamp,
    last_error: Option<String>,
    delivered: u64,
}

#[derive(Clone, Copy, Debug)]
struct Health {
    failures: u32,
    down_until: Timestamp,
}

/// What came of handing a job to a site.
#[derive(Debug)]
pub(crate) enum Pushed {
    /// A courier will take it.
    Queued,
    /// The same, and a courier must be started: it is counted already.
    NeedsCourier,
    /// The site cools down.
    Cooling(Job, Cooling),
}

/// Why a site takes nothing now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cooling {
    pub(crate) words: String,
    pub(crate) until: Timestamp,
}

/// Whether a courier without a connection still has something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    Gone,
    Stay,
}

impl Site {
    pub(crate) fn new(relay: Arc<Relay>) -> Self {
        let well = Health { failures: 0, down_until: Timestamp::MIN };
        let state = State {
            fresh: VecDeque::new(),
            backlog: VecDeque::new(),
            pulls: 0,
            couriers: 0,
            connected: 0,
            hosts: vec![well; relay.hosts.len()],
            no_more_before: Timestamp::MIN,
            last_error: None,
            delivered: 0,
        };
        Self { relay, arrivals: Notify::new(), idle: AtomicUsize::new(0), state: Mutex::new(state) }
    }

    /// Hands over a job; `connections` is how many couriers there may be.
    pub(crate) fn push(&self, job: Job, connections: usize, now: Timestamp) -> Pushed {
        let mut state = self.state();
        if let Some(cooling) = state.cooling(now) {
            return Pushed::Cooling(job, cooling);
        }
        match job.hold.origin() {
            Origin::Fresh => state.fresh.push_back(job),
            Origin::Backlog => state.backlog.push_back(job),
        }
        let waiting = self.idle.load(Ordering::Relaxed) + (state.couriers - state.connected);
        if state.queued() > waiting && state.couriers < state.most_couriers(connections, now) {
            state.couriers += 1;
            return Pushed::NeedsCourier;
        }
        drop(state);
        self.arrivals.notify_one();
        Pushed::Queued
    }

    /// Puts a job back where it came from: its connection ended before its turn.
    pub(crate) fn put_back(&self, job: Job) {
        let mut state = self.state();
        match job.hold.origin() {
            Origin::Fresh => state.fresh.push_front(job),
            Origin::Backlog => state.backlog.push_front(job),
        }
        drop(state);
        self.arrivals.notify_one();
    }

    /// The next job.
    pub(crate) fn pull(&self) -> Option<Job> {
        let mut state = self.state();
        state.pulls = state.pulls.wrapping_add(1);
        if state.pulls.is_multiple_of(BACKLOG_TURN)
            && let Some(job) = state.backlog.pop_front()
        {
            return Some(job);
        }
        state.fresh.pop_front().or_else(|| state.backlog.pop_front())
    }

    /// Fresh jobs that wait.
    pub(crate) fn fresh(&self) -> usize {
        self.state().fresh.len()
    }

    /// All that waits.
    pub(crate) fn take_all(&self) -> Vec<Job> {
        self.state().take_all()
    }

    /// The hosts to try, best first: those that are well, or all where none is.
    pub(crate) fn candidates(&self, now: Timestamp) -> Vec<usize> {
        let state = self.state();
        let well = |&host: &usize| state.hosts[host].down_until <= now;
        let hosts: Vec<usize> = (0..state.hosts.len()).filter(well).collect();
        if hosts.is_empty() { (0..state.hosts.len()).collect() } else { hosts }
    }

    /// A host could not be used.
    pub(crate) fn host_failed(&self, host: usize, words: &str, now: Timestamp) {
        let mut state = self.state();
        state.last_error = Some(words.to_owned());
        if let Some(health) = state.hosts.get_mut(host) {
            let wait = FIRST_COOL_DOWN * 2_i32.saturating_pow(health.failures.min(10));
            health.failures = health.failures.saturating_add(1);
            health.down_until = later(now, wait.min(LONGEST_COOL_DOWN));
        }
    }

    /// A host has taken or refused a mail: it works.
    pub(crate) fn host_works(&self, host: usize) {
        if let Some(health) = self.state().hosts.get_mut(host) {
            *health = Health { failures: 0, down_until: Timestamp::MIN };
        }
    }

    pub(crate) fn connected(&self) {
        self.state().connected += 1;
    }

    pub(crate) fn disconnected(&self) {
        self.state().connected -= 1;
    }

    pub(crate) fn delivered(&self, entries: u64) {
        self.state().delivered += entries;
    }

    /// A courier has, or has no longer, nothing to do.
    pub(crate) fn idles(&self, change: Idling) {
        match change {
            Idling::Begins => self.idle.fetch_add(1, Ordering::Relaxed),
            Idling::Ends => self.idle.fetch_sub(1, Ordering::Relaxed),
        };
    }

    /// A courier without a connection asks whether it may leave.
    pub(crate) fn leave(&self) -> Leave {
        let mut state = self.state();
        if state.queued() > 0 {
            return Leave::Stay;
        }
        state.couriers -= 1;
        Leave::Gone
    }

    /// As attempts name it before a connection is made: its first host.
    pub(crate) fn name(&self) -> String {
        self.relay.hosts.first().map(ToString::to_string).unwrap_or_default()
    }

    /// Why the site takes nothing now, where it does not.
    pub(crate) fn cooling(&self, now: Timestamp) -> Option<Cooling> {
        self.state().cooling(now)
    }

    /// True where the site takes nothing now.
    pub(crate) fn is_cooling(&self, now: Timestamp) -> bool {
        self.cooling(now).is_some()
    }

    /// A courier could connect to no host and leaves. Where it was the last, the mail that waited is given back with it.
    pub(crate) fn leave_unconnected(&self, now: Timestamp) -> Option<(Vec<Job>, Cooling)> {
        let mut state = self.state();
        state.couriers -= 1;
        if state.couriers > 0 {
            state.no_more_before = later(now, FIRST_COOL_DOWN);
            return None;
        }
        let words = state.last_error.clone().unwrap_or_default();
        let cooling = state.cooling(now).unwrap_or(Cooling { words, until: now });
        Some((state.take_all(), cooling))
    }

    /// True where nothing would be lost if it were forgotten.
    pub(crate) fn is_forgettable(&self, now: Timestamp) -> bool {
        let state = self.state();
        state.couriers == 0 && state.queued() == 0 && state.cooling(now).is_none()
    }

    pub(crate) fn status(&self, now: Timestamp) -> SiteStatus {
        let state = self.state();
        SiteStatus {
            name: self.relay.to_string(),
            connections: state.connected,
            queued: state.fresh.iter().chain(&state.backlog).map(|job| job.entries.len()).sum(),
            delivered: state.delivered,
            cooling_until: state.cooling(now).map(|cooling| cooling.until),
            last_error: state.last_error.clone(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change of a courier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Idling {
    Begins,
    Ends,
}

impl State {
    fn queued(&self) -> usize {
        self.fresh.len() + self.backlog.len()
    }

    fn take_all(&mut self) -> Vec<Job> {
        self.fresh.drain(..).chain(self.backlog.drain(..)).collect()
    }

    fn cooling(&self, now: Timestamp) -> Option<Cooling> {
        let until = self.hosts.iter().map(|health| health.down_until).min()?;
        let words = || self.last_error.clone().unwrap_or_default();
        (self.connected == 0 && until > now).then(|| Cooling { words: words(), until })
    }

    /// A site that was down is looked at by one courier first.
    fn most_couriers(&self, connections: usize, now: Timestamp) -> usize {
        if self.hosts.iter().all(|health| health.failures > 0) || self.no_more_before > now {
            return self.connected.max(1);
        }
        connections.max(1)
    }
}

#[cfg(test)]
mod tests;
