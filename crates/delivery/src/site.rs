//! One destination at run time: the mail that waits for it, its couriers, and whether it is well.
//!
//! Mail for a site that cannot be reached waits in the store, under the site's name; one courier at a time looks whether it
//! is back, with one mail. Once that has been answered, all that waits is due. No other site notices.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use spool::{Entry, Priority};
use tokio::sync::Notify;

use crate::clock::later;
use crate::memory::{MailReservation, Origin};
use crate::outage::{Gate, Health, Witness};
use crate::route::{Relay, Servers};
use crate::run::Run;
use crate::status::{SiteError, SiteStatus};

/// Entries of one message for one site: one transaction.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) entries: Vec<Entry>,
    /// `None` where it must be read from the store.
    pub(crate) message: Option<Bytes>,
    pub(crate) hold: Arc<MailReservation>,
    /// How often it may still be put back because a connection ended before its turn.
    pub(crate) lives: u8,
    /// Where the message has several recipients: all that belongs to it.
    pub(crate) run: Option<Arc<Run>>,
}

/// No further courier so long after one was turned away while others were at work.
pub(crate) const TURNED_AWAY: SignedDuration = SignedDuration::from_secs(5);

/// How long a mail exchanger that could not be used is tried after the others only.
const LATELY: SignedDuration = SignedDuration::from_mins(5);

/// So many first waits of the ladder is the longest wait between two looks at a domain.
const DOMAIN_WAITS: i32 = 10;

/// Every so many pulls the backlog comes first, so that fresh mail cannot hold it up for ever.
const BACKLOG_TURN: u32 = 4;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) relay: Arc<Relay>,
    /// Under which its mail waits in the store.
    pub(crate) destination: Arc<str>,
    /// Told when a job arrives.
    pub(crate) arrivals: Notify,
    /// Couriers that are connected and have nothing to do.
    idle: AtomicUsize,
    /// Some host is away: a courier that sees it answer must say so.
    troubled: AtomicBool,
    /// The policy sends nothing there any more: what waits in the store under its name does not wait for it.
    retired: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    fresh: VecDeque<Job>,
    backlog: VecDeque<Job>,
    pulls: u32,
    /// Jobs that were handed over.
    pushes: u64,
    couriers: usize,
    connected: usize,
    /// One for each that the operator named, else one for all.
    hosts: Vec<Health>,
    /// Mail exchangers that could not be used, and when.
    failed_lately: Vec<(String, Timestamp)>,
    /// Nothing waits for it in the store: nobody looks before somebody has mail for it.
    unwanted: bool,
    /// No further courier before this time: the last one was turned away while others were at work.
    no_more_before: Timestamp,
    last_error: Option<SiteError>,
    delivered: u64,
    /// When the oldest that waits for it may be given up.
    sweep: Timestamp,
}

/// What came of handing a job to a site.
#[derive(Debug)]
pub(crate) enum Pushed {
    /// A courier will take it.
    Queued,
    /// The same, and a courier must be started: it is counted already.
    NeedsCourier,
    /// The site is away: it waits in the store.
    Away(Job),
}

/// How a courier that has no connection leaves.
#[derive(Debug)]
pub(crate) enum Leaving {
    /// Others are at work; one may come again after [`TURNED_AWAY`].
    OthersWork,
    /// It was the last: with what waited.
    Last(Vec<Job>),
}

/// Whether a courier without a connection still has something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    Gone,
    Stay,
}

impl Site {
    pub(crate) fn new(relay: Arc<Relay>) -> Self {
        let state = State {
            fresh: VecDeque::new(),
            backlog: VecDeque::new(),
            pulls: 0,
            pushes: 0,
            couriers: 0,
            connected: 0,
            hosts: (0..relay.hosts().len().max(1)).map(|_| Health::default()).collect(),
            failed_lately: Vec::new(),
            unwanted: false,
            no_more_before: Timestamp::MIN,
            last_error: None,
            delivered: 0,
            sweep: Timestamp::MIN,
        };
        Self {
            destination: relay.destination(),
            relay,
            arrivals: Notify::new(),
            idle: AtomicUsize::new(0),
            troubled: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    /// Hands over a job; `connections` is how many couriers there may be.
    pub(crate) fn push(&self, job: Job, connections: usize, now: Timestamp) -> Pushed {
        let mut state = self.state();
        if matches!(state.gate(now), Gate::Shut(_)) {
            return Pushed::Away(job);
        }
        state.unwanted = false;
        state.pushes += 1;
        state.line_up(job);
        if self.hire(&mut state, connections, now) {
            return Pushed::NeedsCourier;
        }
        drop(state);
        self.arrivals.notify_one();
        Pushed::Queued
    }

    /// True where one more courier has something to do: it is counted already.
    pub(crate) fn needs_courier(&self, connections: usize, now: Timestamp) -> bool {
        self.hire(&mut self.state(), connections, now)
    }

    /// True where more waits for a domain than one that has just connected to it, and taken nothing yet, will take at once.
    pub(crate) fn needs_courier_beside(&self) -> bool {
        matches!(self.relay.servers, Servers::Mx { .. }) && self.state().queued() > 1
    }

    fn hire(&self, state: &mut State, connections: usize, now: Timestamp) -> bool {
        let waiting = self.idle.load(Ordering::Relaxed) + (state.couriers - state.connected);
        let most = match self.relay.servers {
            // Of a domain nobody knows whether it is there: one finds out.
            Servers::Mx { .. } if state.connected == 0 => 1,
            _ => state.most_couriers(connections, now),
        };
        let needed = state.queued() > waiting && state.couriers < most;
        state.couriers += usize::from(needed);
        needed
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

    /// What of the waiting jobs stays.
    pub(crate) fn retain_jobs(&self, mut stays: impl FnMut(&mut Job) -> bool) {
        let mut state = self.state();
        let state = &mut *state;
        for queue in [&mut state.fresh, &mut state.backlog] {
            queue.retain_mut(&mut stays);
        }
    }

    /// The hosts to try, best first: those that are well or to be looked at. Empty where all are away.
    pub(crate) fn candidates(&self, now: Timestamp) -> Vec<usize> {
        let state = self.state();
        (0..state.hosts.len()).filter(|&host| !matches!(state.hosts[host].gate(now), Gate::Shut(_))).collect()
    }

    /// A courier connects to this host.
    pub(crate) fn witness(&self, host: usize) -> Option<Witness> {
        self.state().hosts.get_mut(host).map(|health| health.witness(host))
    }

    /// Whoever looked leaves without having found out.
    pub(crate) fn stops_looking(&self, witness: Witness) {
        if witness.looks
            && let Some(health) = self.state().hosts.get_mut(witness.host)
        {
            health.left();
        }
    }

    /// A host could not be used; `longest` is the longest wait between two looks. True where the site is away by this.
    pub(crate) fn host_failed(
        &self,
        witness: Witness,
        error: SiteError,
        (now, longest): (Timestamp, SignedDuration),
    ) -> bool {
        let mut state = self.state();
        state.last_error = Some(error);
        let Some(health) = state.hosts.get_mut(witness.host) else { return false };
        let counted = health.failed(witness, now, longest);
        self.troubled.store(state.hosts.iter().any(Health::is_away), Ordering::Release);
        counted && state.hosts.iter().all(Health::is_away)
    }

    /// The longest wait between two looks while it is away. There may be very many domains that take no mail for days.
    pub(crate) fn longest_wait(&self, first_wait: SignedDuration) -> SignedDuration {
        match self.relay.servers {
            Servers::Hosts(_) => first_wait,
            Servers::Mx { .. } => first_wait.saturating_mul(DOMAIN_WAITS),
        }
    }

    /// A mail exchanger could not be used.
    pub(crate) fn exchanger_failed(&self, host: String, now: Timestamp) {
        let mut state = self.state();
        state.failed_lately.retain(|(known, at)| *known != host && later(*at, LATELY) > now);
        state.failed_lately.push((host, now));
    }

    /// True where that mail exchanger could not be used a while ago.
    pub(crate) fn has_failed_lately(&self, host: &str, now: Timestamp) -> bool {
        self.state().failed_lately.iter().any(|(known, at)| known == host && later(*at, LATELY) > now)
    }

    /// A host has taken or refused a mail: it works. True where the site was away until now.
    pub(crate) fn host_works(&self, host: usize) -> bool {
        if !self.troubled.load(Ordering::Acquire) {
            return false;
        }
        let mut state = self.state();
        let was_away = state.hosts.iter().all(Health::is_away);
        if state.hosts.get_mut(host).is_some_and(Health::works) {
            state.no_more_before = Timestamp::MIN;
            state.unwanted = false;
            state.last_error = None;
        }
        self.troubled.store(state.hosts.iter().any(Health::is_away), Ordering::Release);
        was_away
    }

    /// Whether it takes mail.
    pub(crate) fn gate(&self, now: Timestamp) -> Gate {
        let state = self.state();
        match state.gate(now) {
            Gate::Look if state.unwanted => Gate::Open,
            gate => gate,
        }
    }

    /// The policy sends nothing there any more.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    /// Something is sent there again.
    pub(crate) fn revive(&self) {
        self.retired.store(false, Ordering::Release);
    }

    /// True where the policy sends nothing there any more.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// How many jobs it was handed until now.
    pub(crate) fn pushes(&self) -> u64 {
        self.state().pushes
    }

    /// Nothing was found that waits for it in the store, nor handed over since so many jobs were: nobody looks before
    /// somebody has mail for it.
    pub(crate) fn rest_unless_wanted(&self, pushes: u64) {
        let mut state = self.state();
        state.unwanted = state.pushes == pushes && state.couriers == 0 && state.queued() == 0;
    }

    /// The next look comes now.
    pub(crate) fn look_now(&self, now: Timestamp) {
        let mut state = self.state();
        state.no_more_before = Timestamp::MIN;
        state.hosts.iter_mut().for_each(|health| health.look_now(now));
    }

    /// How often it was looked at since then, while it was away.
    pub(crate) fn looks_since(&self, then: Timestamp) -> u32 {
        self.state().hosts.iter().map(|health| health.looks_since(then)).max().unwrap_or(0)
    }

    /// True where no host can be reached.
    pub(crate) fn is_away(&self) -> bool {
        self.state().hosts.iter().all(Health::is_away)
    }

    /// True where some of what waits may have waited long enough.
    pub(crate) fn is_sweep_due(&self, now: Timestamp) -> bool {
        self.state().sweep <= now
    }

    /// Nothing that waits is old enough before this.
    pub(crate) fn sweep_again(&self, at: Timestamp) {
        self.state().sweep = at;
    }

    /// What last went wrong with it.
    pub(crate) fn last_error(&self) -> Option<SiteError> {
        self.state().last_error.clone()
    }

    pub(crate) fn connected(&self, host: usize) {
        let mut state = self.state();
        state.connected += 1;
        state.hosts.get_mut(host).map(Health::connected);
    }

    pub(crate) fn disconnected(&self, host: usize) {
        let mut state = self.state();
        state.connected -= 1;
        state.hosts.get_mut(host).map(Health::disconnected);
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

    /// As attempts name it where no host is meant: its hosts.
    pub(crate) fn name(&self) -> String {
        self.relay.to_string()
    }

    /// A courier could connect to no host and leaves. Where it was the last, the mail that waited is given back with it.
    pub(crate) fn leave_unconnected(&self, now: Timestamp) -> Leaving {
        let mut state = self.state();
        state.couriers -= 1;
        if state.couriers > 0 {
            state.no_more_before = later(now, TURNED_AWAY);
            return Leaving::OthersWork;
        }
        state.hosts.iter_mut().for_each(Health::left);
        Leaving::Last(state.take_all())
    }

    /// True where couriers are at work, or mail waits for them.
    pub(crate) fn is_busy(&self) -> bool {
        let state = self.state();
        state.couriers > 0 || state.queued() > 0
    }

    /// True where nothing would be lost if it were forgotten.
    pub(crate) fn is_forgettable(&self, now: Timestamp) -> bool {
        let state = self.state();
        state.couriers == 0 && state.queued() == 0 && (state.unwanted || state.gate(now) == Gate::Open)
    }

    pub(crate) fn status(&self, now: Timestamp) -> SiteStatus {
        let state = self.state();
        SiteStatus {
            name: self.relay.to_string(),
            connections: state.connected,
            queued: state.fresh.iter().chain(&state.backlog).map(|job| job.entries.len()).sum(),
            delivered: state.delivered,
            destination: Arc::clone(&self.destination),
            is_away: state.hosts.iter().all(Health::is_away),
            next_look: match state.gate(now) {
                Gate::Shut(next) => next,
                Gate::Open | Gate::Look => None,
            },
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

    /// What is urgent stands before all else that is not; what is not urgent at all, behind what comes fresh.
    fn line_up(&mut self, job: Job) {
        let priority = |job: &Job| job.entries.first().map(|entry| entry.timing.priority).unwrap_or_default();
        match (priority(&job), job.hold.origin()) {
            (Priority::High, _) => {
                let behind = self.fresh.iter().position(|other| priority(other) != Priority::High);
                self.fresh.insert(behind.unwrap_or(self.fresh.len()), job);
            }
            (Priority::Normal, Origin::Fresh) => self.fresh.push_back(job),
            (Priority::Normal, Origin::Backlog) | (Priority::Low, _) => self.backlog.push_back(job),
        }
    }

    fn take_all(&mut self) -> Vec<Job> {
        self.fresh.drain(..).chain(self.backlog.drain(..)).collect()
    }

    /// Away only where every host is.
    fn gate(&self, now: Timestamp) -> Gate {
        let mut soonest = Gate::Shut(None);
        for health in &self.hosts {
            soonest = match (soonest, health.gate(now)) {
                (_, Gate::Open) => return Gate::Open,
                (Gate::Look, _) | (_, Gate::Look) => Gate::Look,
                (Gate::Shut(one), Gate::Shut(other)) => Gate::Shut([one, other].into_iter().flatten().min()),
                (gate, Gate::Shut(_)) => gate,
            };
        }
        soonest
    }

    /// A site that was down is looked at by one courier first.
    fn most_couriers(&self, connections: usize, now: Timestamp) -> usize {
        if self.hosts.iter().all(Health::is_away) || self.no_more_before > now {
            return self.connected.max(1);
        }
        connections.max(1)
    }
}

#[cfg(test)]
mod tests;
