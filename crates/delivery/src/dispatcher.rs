//! Gives every entry its site: the one place that all mail in memory goes through.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use jiff::Timestamp;
use spool::{Attempt, AttemptKind, Entry, EntryId, Fate, Next, Spool, Submission};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SteadyClock;
use crate::courier::Courier;
use crate::policy::Policy;
use crate::receipt::Receipt;
use crate::room::{Hold, Load, Room};
use crate::route::{Destined, NextHop, Relay};
use crate::schedule::{History, Turn};
use crate::site::{Cooling, Job, Pushed, Site};
use crate::status::Status;
use crate::tls::Connectors;

/// Recipients of one transaction: what every server takes (RFC 5321 §4.5.3.1.8).
const RECIPIENTS: usize = 100;

/// The site and the words of mail that is captured.
const CAPTURED: (&str, &str) = ("capture", "kept here, not sent");

/// How often a job is put back when a connection ends before its turn.
const LIVES: u8 = 2;

/// Sites that are remembered without need; past it those that nothing waits for are forgotten.
const SITES: usize = 256;

/// The policy in force, with what is made from it.
pub(crate) struct Live {
    pub(crate) policy: Policy,
    pub(crate) connectors: Connectors,
}

/// What became of one entry, on its way to the store.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) entry: Entry,
    pub(crate) message: Option<Bytes>,
    pub(crate) kind: AttemptKind,
    /// `host:port` or `capture`.
    pub(crate) site: Arc<str>,
    pub(crate) reply: String,
    pub(crate) at: Timestamp,
    /// No attempt makes sense before this.
    pub(crate) not_before: Timestamp,
    /// The room it takes, until it is recorded.
    #[expect(dead_code, reason = "held for its drop")]
    pub(crate) hold: Arc<Hold>,
    /// For the connection that waits until it is recorded.
    #[expect(dead_code, reason = "held for its drop")]
    pub(crate) receipt: Option<Receipt>,
}

pub(crate) struct Dispatcher {
    pub(crate) spool: Arc<dyn Spool>,
    pub(crate) clock: SteadyClock,
    pub(crate) room: Arc<Room>,
    pub(crate) ended: UnboundedSender<Vec<Ended>>,
    pub(crate) tasks: TaskTracker,
    /// Nothing new is begun.
    pub(crate) stopping: CancellationToken,
    /// What has begun is cut off.
    pub(crate) halting: CancellationToken,
    /// Mails whose fate was known: it spreads their next attempts.
    fated: AtomicI64,
    live: RwLock<Arc<Live>>,
    sites: Mutex<HashMap<Arc<Relay>, Arc<Site>>>,
}

/// What a dispatcher is made of.
pub(crate) struct Parts {
    pub(crate) spool: Arc<dyn Spool>,
    pub(crate) clock: SteadyClock,
    pub(crate) room: Arc<Room>,
    pub(crate) ended: UnboundedSender<Vec<Ended>>,
}

impl Dispatcher {
    pub(crate) fn new(parts: Parts, policy: Policy) -> Arc<Self> {
        Arc::new(Self {
            spool: parts.spool,
            clock: parts.clock,
            room: parts.room,
            ended: parts.ended,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            halting: CancellationToken::new(),
            fated: AtomicI64::new(0),
            live: RwLock::new(Arc::new(Live { policy, connectors: Connectors::default() })),
            sites: Mutex::default(),
        })
    }

    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn reload(&self, policy: Policy) {
        let live = Arc::new(Live { policy, connectors: Connectors::default() });
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = live;
    }

    /// Takes entries that this process has claimed; those of one message stand together. Gives back those that came too
    /// late: the engine is stopping.
    pub(crate) fn admit(self: &Arc<Self>, entries: Vec<Entry>, mut hold: Hold) -> Vec<EntryId> {
        if self.stopping.is_cancelled() {
            return entries.into_iter().map(|entry| entry.id).collect();
        }
        let live = self.live();
        let mut entries = entries.into_iter().peekable();
        while let Some(first) = entries.next() {
            let message = first.id.message;
            let mut group = vec![first];
            group.extend(std::iter::from_fn(|| entries.next_if(|entry| entry.id.message == message)));
            let load = Load { entries: group.len(), octets: group[0].size };
            let hold = Arc::new(hold.split(load));
            self.admit_message(&live, group, &hold);
        }
        Vec::new()
    }

    /// The entries of one message: one job for each of its sites, as a rule one.
    fn admit_message(self: &Arc<Self>, live: &Live, mut group: Vec<Entry>, hold: &Arc<Hold>) {
        let message = group.iter_mut().find_map(|entry| entry.message.take());
        let job = |entries| Job { entries, message: message.clone(), hold: Arc::clone(hold), lives: LIVES };
        let mut jobs: Vec<(Arc<Relay>, Job)> = Vec::with_capacity(1);
        for mut entry in group {
            entry.message = None;
            match live.policy.routes.next_hop(Destined::from(&entry)) {
                Ok(NextHop::Relay(relay)) => {
                    let open = |(to, job): &&mut (Arc<Relay>, Job)| *to == relay && job.entries.len() < RECIPIENTS;
                    match jobs.iter_mut().find(open) {
                        Some((_, job)) => job.entries.push(entry),
                        None => jobs.push((relay, job(vec![entry]))),
                    }
                }
                Ok(NextHop::Capture) => {
                    let (site, words) = (CAPTURED.0.into(), CAPTURED.1.to_owned());
                    let close = Close { kind: AttemptKind::Captured, site, words, not_before: Timestamp::MIN };
                    self.end(job(vec![entry]), &close);
                }
                Err(error) => {
                    let (kind, words) = (AttemptKind::Failed, format!("5.4.4 {error}"));
                    self.end(job(vec![entry]), &Close { kind, site: "".into(), words, not_before: Timestamp::MIN });
                }
            }
        }
        for (relay, job) in jobs {
            self.push(live, &relay, job);
        }
    }

    fn push(self: &Arc<Self>, live: &Live, relay: &Arc<Relay>, job: Job) {
        let site = self.site(relay);
        match site.push(job, live.policy.connections, self.clock.now()) {
            Pushed::Queued => {}
            Pushed::NeedsCourier => drop(self.tasks.spawn(Courier::new(Arc::clone(self), site).run())),
            Pushed::Cooling(job, cooling) => self.defer(job, &site, &cooling),
        }
    }

    /// Mail for a site that cannot be reached.
    pub(crate) fn defer(&self, job: Job, site: &Site, cooling: &Cooling) {
        let words = cooling.words.clone();
        let close = Close { kind: AttemptKind::Deferred, site: site.name().into(), words, not_before: cooling.until };
        self.end(job, &close);
    }

    /// All entries of a job end alike.
    fn end(&self, job: Job, close: &Close) {
        let at = self.clock.wall();
        let ended = job.entries.into_iter().map(|entry| Ended {
            entry,
            message: job.message.clone(),
            kind: close.kind,
            site: Arc::clone(&close.site),
            reply: close.words.clone(),
            at,
            not_before: close.not_before,
            hold: Arc::clone(&job.hold),
            receipt: None,
        });
        self.report(ended.collect());
    }

    /// What is known of this mail before it is tried: it is captured, or nobody can be reached where it goes.
    pub(crate) fn fate(&self, mail: &Submission) -> Option<Fate> {
        let (live, now) = (self.live(), self.clock.now());
        let mut recipients = mail.envelope.recipients().iter().map(|recipient| {
            let mail = Destined { recipient, next_hop: mail.next_hop.as_deref(), capture: mail.capture };
            live.policy.routes.next_hop(mail).ok()
        });
        let hop = recipients.next().flatten()?;
        if recipients.any(|other| other.as_ref() != Some(&hop)) {
            return None;
        }
        let at = self.clock.wall();
        match hop {
            NextHop::Capture => {
                let (kind, site, reply) = (AttemptKind::Captured, CAPTURED.0.to_owned(), CAPTURED.1.to_owned());
                Some(Fate { attempt: Attempt { at, kind, site, reply }, next: Next::Retire })
            }
            NextHop::Relay(relay) => {
                let site = self.sites().get(&relay).cloned()?;
                let cooling = site.cooling(now)?;
                let message = self.fated.fetch_add(1, Ordering::Relaxed);
                let history = History { message, tries: 1, queued: at };
                let Turn::Retry(due) = live.policy.schedule.next(history, now) else { return None };
                let (kind, reply) = (AttemptKind::Deferred, cooling.words);
                let attempt = Attempt { at, kind, site: site.name(), reply };
                Some(Fate { attempt, next: Next::Retry(due.max(cooling.until)) })
            }
        }
    }

    /// True where so much fresh mail waits for the site of this mail that more of it would leave no room for others.
    pub(crate) fn is_crowded(&self, mail: &Submission) -> bool {
        let Some(recipient) = mail.envelope.recipients().first() else { return false };
        let mail = Destined { recipient, next_hop: mail.next_hop.as_deref(), capture: mail.capture };
        let Ok(NextHop::Relay(relay)) = self.live().policy.routes.next_hop(mail) else { return false };
        let site = self.sites().get(&relay).cloned();
        site.is_some_and(|site| site.fresh() >= self.room.share_of_a_site())
    }

    /// On to the store; what ended together stays together.
    pub(crate) fn report(&self, ended: Vec<Ended>) {
        // The recorder outlives every courier; where it is gone all the same, the entries are claimed anew after a restart.
        let _ = self.ended.send(ended);
    }

    /// Back to the store, untried.
    pub(crate) async fn give_back(&self, entries: Vec<EntryId>) {
        if entries.is_empty() {
            return;
        }
        if let Err(refusal) = self.spool.release(entries).await {
            tracing::warn!("entries could not be given back, and wait for the next start: {refusal}");
        }
    }

    /// What waits in memory, taken out of it.
    pub(crate) fn take_waiting(&self) -> Vec<EntryId> {
        let sites: Vec<Arc<Site>> = self.sites().values().cloned().collect();
        let jobs = sites.iter().flat_map(|site| site.take_all());
        jobs.flat_map(|job| job.entries).map(|entry| entry.id).collect()
    }

    pub(crate) fn status(&self) -> Status {
        let sites: Vec<Arc<Site>> = self.sites().values().cloned().collect();
        let now = self.clock.now();
        let mut sites: Vec<_> = sites.iter().map(|site| site.status(now)).collect();
        sites.sort_by(|one, other| one.name.cmp(&other.name));
        let load = self.room.used_now();
        Status { sites, entries: load.entries, octets: load.octets, draining: self.stopping.is_cancelled() }
    }

    fn site(&self, relay: &Arc<Relay>) -> Arc<Site> {
        let mut sites = self.sites();
        if let Some(site) = sites.get(relay) {
            return Arc::clone(site);
        }
        if sites.len() >= SITES {
            let now = self.clock.now();
            sites.retain(|_, site| !site.is_forgettable(now));
        }
        let site = Arc::new(Site::new(Arc::clone(relay)));
        sites.insert(Arc::clone(relay), Arc::clone(&site));
        site
    }

    fn sites(&self) -> MutexGuard<'_, HashMap<Arc<Relay>, Arc<Site>>> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How all entries of a job end.
struct Close {
    kind: AttemptKind,
    site: Arc<str>,
    words: String,
    not_before: Timestamp,
}
