//! An engine with its store in a temporary folder, and a clock that stands.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use delivery::{
    Drained, Engine, Equipment, HostPort, ManualClock, MemoryLimits, NextHop, Outbox, Policy, Queued, Relay, Route,
    Routes, Silent, SiteStatus, Tls,
};
use jiff::Timestamp;
use mail::{Domain, Envelope, Mailbox, Pattern, ReversePath};
use spool::sqlite::{Options, SqliteSpool};
use spool::{Commit, Inspect as _, Kind, Parcel, Report, Submission};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::watched::Watched;

/// How long an event is awaited: long, since a test that meets it does not wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Bed {
    pub(crate) folder: TempDir,
    pub(crate) store: Arc<SqliteSpool>,
    pub(crate) watched: Arc<Watched>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) outbox: Outbox,
    pub(crate) engine: Engine,
    recorded: UnboundedReceiver<Report>,
}

pub(crate) fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

pub(crate) fn host(address: SocketAddr) -> HostPort {
    HostPort::parse(&address.to_string(), 25).unwrap()
}

pub(crate) fn relay(address: SocketAddr) -> NextHop {
    NextHop::Relay(Arc::new(Relay::to(host(address), Tls::Off)))
}

pub(crate) fn route(pattern: &str, next_hop: NextHop) -> Route {
    Route { patterns: vec![Pattern::parse(pattern).unwrap()], next_hop }
}

pub(crate) fn policy(rest: NextHop) -> Policy {
    let routes = Routes { routes: Vec::new(), own: Vec::new(), rest };
    Policy::new(Domain::parse("me.example").unwrap(), routes)
}

/// A loopback address where nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A mail from `a@x.example`, in two lines of which one begins with a dot.
pub(crate) fn submission(id: &str, recipients: &[&str]) -> Submission {
    let recipients = recipients.iter().map(|recipient| mailbox(recipient)).collect();
    Submission {
        envelope: Envelope::new(ReversePath::Mailbox(mailbox("a@x.example")), recipients).unwrap(),
        message: Bytes::from(format!("Message-ID: <{id}>\r\nSubject: test\r\n\r\nHello\r\n.dotted\r\n")),
        message_id: id.to_owned(),
        kind: Kind::Message,
        owner: "key".into(),
        next_hop: None,
        capture: false,
        wishes: spool::Wishes::default(),
    }
}

impl Bed {
    pub(crate) fn new(policy: Policy) -> Self {
        Self::open(tempfile::tempdir().unwrap(), policy, MemoryLimits::default())
    }

    /// An engine on a folder that may have a history.
    pub(crate) fn open(folder: TempDir, policy: Policy, limits: MemoryLimits) -> Self {
        let store = Arc::new(SqliteSpool::open(folder.path(), Options { min_free: 0, ..Options::default() }).unwrap());
        let (sender, recorded) = unbounded_channel();
        let watched = Arc::new(Watched { inner: store.clone(), recorded: sender, broken: AtomicUsize::new(0) });
        let clock = Arc::new(ManualClock::new(Timestamp::now()));
        let equipment = Equipment { spool: watched.clone(), clock: clock.clone(), limits, log: Arc::new(Silent) };
        let (outbox, engine) = Engine::start_with(equipment, policy);
        Self { folder, store, watched, clock, outbox, engine, recorded }
    }

    pub(crate) async fn send(&self, submission: Submission) -> Queued {
        self.send_all(vec![submission]).await
    }

    pub(crate) async fn send_all(&self, submissions: Vec<Submission>) -> Queued {
        let commit = Commit { parcel: Parcel(submissions), ..Commit::default() };
        self.outbox.commit(commit).await.unwrap()
    }

    /// The next attempt that is recorded.
    pub(crate) async fn report(&mut self) -> Report {
        tokio::time::timeout(PATIENCE, self.recorded.recv()).await.expect("an attempt in time").unwrap()
    }

    /// The site that this is the only one of, once it is away, and everything that waits for it is in the store.
    pub(crate) async fn away(&self) -> SiteStatus {
        let away = async {
            loop {
                let status = self.engine.status();
                match status.sites.into_iter().find(|site| site.is_away && site.connections == 0) {
                    Some(site) if status.entries == 0 && site.next_look.is_some() => return site,
                    _ => tokio::time::sleep(Duration::from_millis(2)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, away).await.expect("an outage in time")
    }

    /// True where nothing is recorded for a moment.
    pub(crate) async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(100), self.recorded.recv()).await.is_err()
    }

    /// Time goes by, and the engine looks at the queue.
    pub(crate) fn later(&self, by: Duration) {
        self.clock.pass(by);
        self.engine.wake();
    }

    /// Recording fails so many times.
    pub(crate) fn break_recording(&self, times: usize) {
        self.watched.broken.store(times, Ordering::Relaxed);
    }

    /// The next attempt, if one is recorded soon.
    pub(crate) async fn report_soon(&mut self) -> Option<Report> {
        tokio::time::timeout(Duration::from_millis(20), self.recorded.recv()).await.ok().flatten()
    }

    /// Entries that wait in the store, claimed or not.
    pub(crate) async fn queued(&self) -> (u64, u64) {
        let totals = self.store.totals().await.unwrap();
        (totals.waiting, totals.claimed)
    }

    /// Drains, closes the store, and gives the folder back.
    pub(crate) async fn stop(self, limit: Duration) -> (TempDir, Drained) {
        let drained = self.engine.drain(limit).await;
        (self.folder, drained)
    }
}
