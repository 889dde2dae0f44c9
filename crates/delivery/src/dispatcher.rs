//! Gives every entry its site: the one place that all mail in memory goes through.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mail::Evidence;
use mail::evidence::{GivenUp, Reason};
use spool::{AttemptKind, Entry, EntryId, Refusal, Spool};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, RwLock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SteadyClock;
use crate::live::Live;
use crate::mail_log::MailLog;
use crate::memory::{Load, MailMemory, MailReservation};
use crate::outage::Witness;
use crate::policy::Policy;
use crate::recalls::Recalls;
use crate::report::{Ended, Sequel, Told};
use crate::route::{Destination, Destined, Relay};
use crate::run::Run;
use crate::simulator::Simulator;
use crate::site::{Job, Pushed, Site};
use crate::status::{SiteError, Status};
use crate::tls::Connectors;

/// Recipients of one transaction: what every server takes (RFC 5321 §4.5.3.1.8).
const RECIPIENTS: usize = 100;

/// The site of mail that is captured.
pub(crate) const CAPTURE: &str = "capture";

/// How often a job is put back when a connection ends before its turn.
const LIVES: u8 = 2;

/// Starts a courier for a site that has counted it already, among the dispatcher's tasks.
pub(crate) type Launch = fn(Arc<Dispatcher>, Arc<Site>);

/// Sites that are remembered without need; past it those that nothing waits for are forgotten.
const SITES: usize = 256;

pub(crate) struct Dispatcher {
    pub(crate) spool: Arc<dyn Spool>,
    pub(crate) clock: SteadyClock,
    pub(crate) memory: Arc<MailMemory>,
    pub(crate) told: UnboundedSender<Told>,
    pub(crate) log: Arc<dyn MailLog>,
    /// Told when something may be due earlier than was known.
    pub(crate) wake: Arc<Notify>,
    pub(crate) recalls: Recalls,
    /// Shared by whoever has entries of the store in his hands that no site has yet.
    pub(crate) passage: RwLock<()>,
    pub(crate) tasks: TaskTracker,
    /// Nothing new is begun.
    pub(crate) stopping: CancellationToken,
    /// What has begun is cut off.
    pub(crate) halting: CancellationToken,
    launch: Launch,
    live: std::sync::RwLock<Arc<Live>>,
    sites: Mutex<HashMap<Arc<Relay>, Arc<Site>>>,
    /// So many of them are there to be when it is next seen which can be forgotten.
    sweep_sites_at: AtomicUsize,
}

/// What a dispatcher is made of.
pub(crate) struct Parts {
    pub(crate) spool: Arc<dyn Spool>,
    pub(crate) clock: SteadyClock,
    pub(crate) memory: Arc<MailMemory>,
    pub(crate) told: UnboundedSender<Told>,
    pub(crate) log: Arc<dyn MailLog>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) launch: Launch,
}

impl Dispatcher {
    pub(crate) fn new(parts: Parts, policy: Policy) -> Arc<Self> {
        Arc::new(Self {
            spool: parts.spool,
            clock: parts.clock,
            memory: parts.memory,
            told: parts.told,
            log: parts.log,
            wake: parts.wake,
            launch: parts.launch,
            recalls: Recalls::default(),
            passage: RwLock::new(()),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            halting: CancellationToken::new(),
            live: std::sync::RwLock::new(Arc::new(Live {
                policy,
                connectors: Connectors::default(),
                simulator: Simulator::default(),
                sts: Arc::default(),
            })),
            sites: Mutex::default(),
            sweep_sites_at: AtomicUsize::new(SITES),
        })
    }

    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another policy in force. What waits in memory for a site that it does not name goes back to the store, from where
    /// it leaves as the policy says; such sites are forgotten with what was known of them, once they have nothing to do.
    pub(crate) fn reload(self: &Arc<Self>, policy: Policy) {
        let routes = policy.routes.clone();
        let (simulator, sts) = (self.live().simulator.clone(), Arc::clone(&self.live().sts));
        let live = Arc::new(Live { policy, connectors: Connectors::default(), simulator, sts });
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = live;
        let mut back = Vec::new();
        for site in self.all_sites() {
            if !routes.mentions(&site.relay) {
                site.retire();
                back.extend(site.take_all().into_iter().flat_map(|job| job.entries).map(|entry| entry.id));
            } else {
                site.revive();
                self.recruit(&site);
            }
        }
        self.sites().retain(|_, site| !site.is_retired() || site.is_busy());
        let dispatcher = Arc::clone(self);
        self.tasks.spawn(async move {
            dispatcher.give_back(back).await;
            dispatcher.wake.notify_one();
        });
    }

    /// Takes entries that this process has claimed; those of one message stand together. What cannot leave now goes back to
    /// the store.
    pub(crate) async fn admit(self: &Arc<Self>, entries: Vec<Entry>, hold: MailReservation) {
        let mut back = Back::default();
        if self.stopping.is_cancelled() {
            back.untried.extend(entries.into_iter().map(|entry| entry.id));
        } else {
            self.admit_all(entries, hold, &mut back);
        }
        self.give_back(back.untried).await;
        for (site, entries) in back.away {
            self.park(&site, entries).await;
        }
    }

    fn admit_all(self: &Arc<Self>, entries: Vec<Entry>, mut hold: MailReservation, back: &mut Back) {
        let live = self.live();
        let mut entries = entries.into_iter().peekable();
        while let Some(first) = entries.next() {
            let message = first.id.message;
            let mut group = vec![first];
            group.extend(std::iter::from_fn(|| entries.next_if(|entry| entry.id.message == message)));
            let load = Load { entries: group.len(), octets: group[0].size };
            let hold = Arc::new(hold.split(load));
            for (relay, job) in self.jobs(&live, group, &hold) {
                self.push(live.policy.connections, &relay, job)
                    .into_iter()
                    .for_each(|(site, ids)| back.park(site, ids));
            }
        }
    }

    /// The entries of one message: one job for each of its sites, as a rule one. What goes nowhere ends here.
    fn jobs(
        self: &Arc<Self>,
        live: &Live,
        mut group: Vec<Entry>,
        hold: &Arc<MailReservation>,
    ) -> Vec<(Arc<Relay>, Job)> {
        let message = group.iter_mut().find_map(|entry| entry.message.take());
        let run = (group.len() > 1).then(|| Arc::new(Run::new(self.told.clone())));
        let job =
            |entries| Job { entries, message: message.clone(), hold: Arc::clone(hold), lives: LIVES, run: run.clone() };
        let mut jobs: Vec<(Arc<Relay>, Job)> = Vec::with_capacity(1);
        let now = self.clock.now();
        for mut entry in group {
            entry.message = None;
            if entry.timing.is_over(now) {
                let given_up = GivenUp { tries: entry.tries, looks: 0 };
                let evidence = Evidence::outside(Reason::TimeOver).given_up(given_up);
                self.end(job(vec![entry]), &Close { kind: AttemptKind::Failed, site: "".into(), evidence });
                continue;
            }
            match live.policy.routes.destination(Destined::from(&entry)) {
                Ok(Destination::Relay(relay)) => {
                    let open = |(to, job): &&mut (Arc<Relay>, Job)| *to == relay && job.entries.len() < RECIPIENTS;
                    match jobs.iter_mut().find(open) {
                        Some((_, job)) => job.entries.push(entry),
                        None => jobs.push((relay, job(vec![entry]))),
                    }
                }
                Ok(Destination::Capture) => {
                    let (kind, evidence) = (AttemptKind::Captured, Evidence::outside(Reason::Captured));
                    self.end(job(vec![entry]), &Close { kind, site: CAPTURE.into(), evidence });
                }
                Err(error) => {
                    let evidence = Evidence::outside(Reason::Nowhere.with(error.to_string()));
                    self.end(job(vec![entry]), &Close { kind: AttemptKind::Failed, site: "".into(), evidence });
                }
            }
        }
        jobs
    }

    /// Gives back what must wait in the store, and for which site.
    fn push(self: &Arc<Self>, connections: usize, relay: &Arc<Relay>, job: Job) -> Option<(Arc<Site>, Vec<EntryId>)> {
        let job = self.sift(job)?;
        let site = self.site(relay);
        if job.entries.iter().any(|entry| entry.next_hop.is_some()) {
            site.revive();
        }
        match site.push(job, connections, self.clock.now()) {
            Pushed::Queued => None,
            Pushed::NeedsCourier => {
                self.employ(site);
                None
            }
            Pushed::Away(job) => Some((site, job.entries.iter().map(|entry| entry.id).collect())),
        }
    }

    fn employ(self: &Arc<Self>, site: Arc<Site>) {
        (self.launch)(Arc::clone(self), site);
    }

    /// Starts as many couriers as there is work for.
    pub(crate) fn recruit(self: &Arc<Self>, site: &Arc<Site>) {
        let connections = self.live().policy.connections;
        while site.needs_courier(connections, self.clock.now()) {
            self.employ(Arc::clone(site));
        }
    }

    /// A courier has come to a connection: of a domain it is known by this that there is somebody, and others may follow.
    pub(crate) fn recruit_beside(self: &Arc<Self>, site: &Arc<Site>) {
        if site.needs_courier_beside() {
            self.recruit(site);
        }
    }

    /// A host of a site could not be used.
    pub(crate) fn host_failed(self: &Arc<Self>, site: &Arc<Site>, witness: Witness, error: SiteError) {
        let now = self.clock.now();
        let longest = site.longest_wait(self.live().policy.schedule.first_wait());
        if site.host_failed(witness, error.clone(), (now, longest)) {
            tracing::warn!(site = %site.relay, "away: {error}");
            self.wake.notify_one();
        } else {
            tracing::debug!(site = %site.relay, "{error}");
        }
    }

    /// A host of a site has answered a mail.
    pub(crate) fn host_works(self: &Arc<Self>, site: &Arc<Site>, host: usize) {
        if site.host_works(host) {
            tracing::info!(site = %site.relay, "back: what waited is due");
            self.recruit(site);
            self.wake.notify_one();
        }
    }

    /// All entries of a job end alike.
    pub(crate) fn end(&self, job: Job, close: &Close) {
        let at = self.clock.wall();
        let ended = job.entries.into_iter().map(|entry| Ended {
            entry,
            message: job.message.clone(),
            kind: close.kind,
            site: Arc::clone(&close.site),
            evidence: close.evidence.clone(),
            protection: None,
            at,
            sequel: Sequel::Schedule,
            hold: Arc::clone(&job.hold),
            receipt: None,
        });
        self.report(ended.collect(), job.run.as_deref());
    }

    /// On to the store; what ended together stays together.
    pub(crate) fn report(&self, mut ended: Vec<Ended>, run: Option<&Run>) {
        if let Some(run) = run {
            let settled = |ended: &mut Ended| !matches!(ended.kind, AttemptKind::Delivered | AttemptKind::Captured);
            ended.extract_if(.., settled).for_each(|ended| run.hold_back(ended));
        }
        // The recorder outlives every courier; where it is gone all the same, the entries are claimed anew after a restart.
        if !ended.is_empty() {
            let _ = self.told.send(Told::Ended(ended));
        }
    }

    /// Back to the store, untried.
    pub(crate) async fn give_back(&self, entries: Vec<EntryId>) {
        if entries.is_empty() {
            return;
        }
        tell_given_back(self.spool.release(entries).await);
    }

    /// Back to the store, untried, until the site is back.
    pub(crate) async fn park(&self, site: &Site, entries: Vec<EntryId>) {
        if entries.is_empty() {
            return;
        }
        tracing::debug!(site = %site.relay, entries = entries.len(), "waits for its site");
        tell_given_back(self.spool.park(entries, Arc::clone(&site.destination)).await);
        self.wake.notify_one();
    }

    /// What waits in memory, taken out of it.
    pub(crate) fn take_waiting(&self) -> Vec<EntryId> {
        let sites = self.all_sites();
        let jobs = sites.iter().flat_map(|site| site.take_all());
        jobs.flat_map(|job| job.entries).map(|entry| entry.id).collect()
    }

    pub(crate) fn status(&self) -> Status {
        let (sites, now) = (self.all_sites(), self.clock.now());
        let mut sites: Vec<_> = sites.iter().map(|site| site.status(now)).collect();
        sites.sort_by(|one, other| one.name.cmp(&other.name));
        let load = self.memory.used_now();
        Status { sites, entries: load.entries, octets: load.octets, draining: self.stopping.is_cancelled() }
    }

    pub(crate) fn all_sites(&self) -> Vec<Arc<Site>> {
        self.sites().values().cloned().collect()
    }

    pub(crate) fn site(&self, relay: &Arc<Relay>) -> Arc<Site> {
        let mut sites = self.sites();
        if let Some(site) = sites.get(relay) {
            return Arc::clone(site);
        }
        if sites.len() >= self.sweep_sites_at.load(Ordering::Relaxed) {
            let now = self.clock.now();
            sites.retain(|_, site| !site.is_forgettable(now));
            // Where few can be forgotten, not each new one pays for a look at all of them.
            self.sweep_sites_at.store(SITES.max(2 * sites.len()), Ordering::Relaxed);
        }
        let site = Arc::new(Site::new(Arc::clone(relay)));
        sites.insert(Arc::clone(relay), Arc::clone(&site));
        site
    }

    fn sites(&self) -> MutexGuard<'_, HashMap<Arc<Relay>, Arc<Site>>> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell_given_back(fenced: Result<Vec<EntryId>, Refusal>) {
    match fenced {
        Ok(fenced) if fenced.is_empty() => {}
        Ok(fenced) => tracing::warn!(entries = fenced.len(), first = %fenced[0], "another process holds them by now"),
        Err(refusal) => tracing::warn!("entries could not be given back, and wait for the next start: {refusal}"),
    }
}

/// How all entries of a job end.
pub(crate) struct Close {
    pub(crate) kind: AttemptKind,
    /// As attempts name it.
    pub(crate) site: Arc<str>,
    pub(crate) evidence: Evidence,
}

/// What goes back to the store.
#[derive(Default)]
struct Back {
    untried: Vec<EntryId>,
    away: Vec<(Arc<Site>, Vec<EntryId>)>,
}

impl Back {
    fn park(&mut self, site: Arc<Site>, ids: Vec<EntryId>) {
        match self.away.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &site)) {
            Some((_, entries)) => entries.extend(ids),
            None => self.away.push((site, ids)),
        }
    }
}
