//! What one running Callpost is made of, whatever listener asks: one store, one way out, one set of methods.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use budget::MemoryBudget;
use config::Config;
use delivery::{Engine, Equipment, Outbox, SystemClock};
use diagnostic::Outcome;
use jiff::Timestamp;
use keys::Keys;
use mail::{Envelope, Mailbox, ReversePath};
use pki::served::Served;
use rpc::Caller;
use spool::{Commit, Refusal, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub mod calls;
pub mod caps;
pub mod ground;
pub mod guesses;
pub mod hourly;
pub mod late;
pub mod mailboxes;
pub mod memory;
pub mod refusals;
pub mod reload;
pub mod resend;
pub mod restored;
pub mod run_queue;
pub mod senders;
pub mod webhooks;

use crate::log::DaemonLog;
use crate::method::post::Post;
use crate::method::{self, Effects};
use crate::setup::{Material, Setup};
use caps::Caps;
use ground::{Adjustable, Ground, unusable};
use guesses::Guesses;
use late::LateCalls;
use mailboxes::Mailboxes;
use refusals::Refusals;
use restored::Restored;
use run_queue::RunQueue;
use senders::Senders;
use webhooks::Webhooks;

/// Passwords that are compared with their hashes at once.
const HASHING: usize = 2;

/// What one running Callpost is made of.
pub struct Node {
    /// What is in force: see [`Node::setup`].
    live: watch::Sender<Arc<Setup>>,
    /// What must survive.
    pub store: Arc<dyn Store>,
    /// The one way out.
    pub outbox: Outbox,
    /// The API keys.
    pub keys: Arc<Keys>,
    /// What the methods about mail work on.
    pub post: Arc<Post>,
    /// Octets in flight.
    pub budget: MemoryBudget,
    /// Connections at once.
    pub caps: Caps,
    /// Mailed requests that were taken and wait to be run.
    pub run_queue: RunQueue,
    /// What is held back of a state that was restored from a backup.
    pub restored: Restored,
    /// Calls that go on after their requests were answered.
    pub late: LateCalls,
    /// The mailboxes that are read.
    pub mailboxes: Mailboxes,
    /// The hooks at work.
    pub webhooks: Webhooks,
    /// How often each sender of mailed requests was answered lately.
    pub senders: Senders,
    /// Failed logins of each client.
    pub guesses: Guesses,
    /// For those who compare a password with its hash: as many at once as this has places.
    pub hashing: tokio::sync::Semaphore,
    /// How many refused requests of each client were noted lately.
    pub refusals: Refusals,
    /// What it does beside its listeners, and they themselves.
    pub tasks: TaskTracker,
    /// From when on it stops: what it has is finished, and nothing new is taken.
    pub stop: CancellationToken,
    adjustable: Adjustable,
    reloading: tokio::sync::Mutex<()>,
    start: u64,
    traces: AtomicU64,
}

impl Node {
    /// Opens the store of the state folder, reads the certificates of the listeners, and starts the delivery; `log` is where
    /// the mail log goes, if one is kept.
    ///
    /// # Errors
    /// The state folder, the store or the configuration cannot be used.
    pub async fn open(config: Config, log: Option<Arc<DaemonLog>>) -> Outcome<(Arc<Self>, Engine)> {
        let ground = Ground::open(&config, log).await?;
        let tls = Served::open(&config, Timestamp::now(), None)?;
        Self::start(config, ground, tls).await
    }

    /// Starts the delivery over this ground, for listeners without TLS.
    ///
    /// # Errors
    /// The store or the configuration cannot be used.
    pub async fn over(config: Config, ground: Ground) -> Outcome<(Arc<Self>, Engine)> {
        Self::start(config, ground, Served::default()).await
    }

    /// Starts the delivery over this ground, for listeners that serve these certificates.
    pub(crate) async fn start(config: Config, ground: Ground, tls: Served) -> Outcome<(Arc<Self>, Engine)> {
        let Ground { store, queue, keys, log, adjustable } = ground;
        let waiting = store.taken().await.map_err(|refusal| unusable(&config, refusal.to_string()))?;
        let (restored, waiting) = Restored::of(&config.state, waiting);
        let (budget, caps) = (MemoryBudget::new(config.limits.in_flight), Caps::of(&config));
        let stop = CancellationToken::new();
        let post = Arc::new(Post::new(Arc::clone(&store), Arc::clone(&keys), stop.clone()));
        let setup = Setup::of(config, tls, Material { post: &post, budget: &budget, elsewhere: &[] })?;
        let equipment = Equipment {
            spool: queue,
            clock: Arc::new(SystemClock::default()),
            limits: delivery::MemoryLimits::default(),
            log,
        };
        let (outbox, engine) = Engine::start_with(equipment, setup.delivery.clone());
        post.deliver_by(outbox.clone());
        let node = Self {
            post,
            live: watch::Sender::new(Arc::new(setup)),
            budget,
            caps,
            run_queue: RunQueue::beginning_with(waiting),
            restored,
            late: LateCalls::default(),
            mailboxes: Mailboxes::default(),
            webhooks: Webhooks::default(),
            senders: Senders::default(),
            guesses: Guesses::default(),
            hashing: tokio::sync::Semaphore::new(HASHING),
            refusals: Refusals::default(),
            tasks: TaskTracker::new(),
            stop,
            adjustable,
            reloading: tokio::sync::Mutex::default(),
            start: Timestamp::now().as_second().unsigned_abs(),
            traces: AtomicU64::new(0),
            store,
            outbox,
            keys,
        };
        Ok((Arc::new(node), engine))
    }

    /// What is in force now. Whoever answers something keeps the one that he began with.
    #[must_use]
    pub fn setup(&self) -> Arc<Setup> {
        Arc::clone(&self.live.borrow())
    }

    /// What is in force, for whoever waits for another one.
    #[must_use]
    pub fn setups(&self) -> watch::Receiver<Arc<Setup>> {
        self.live.subscribe()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// A name for one call, unique in the log: it is the only thing a stranger is told about a fault of ours.
    #[must_use]
    pub fn trace(&self) -> String {
        format!("{:x}-{:x}", self.start, self.traces.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes what the calls of a document want true, in one transaction.
    ///
    /// # Errors
    /// The store refused: nothing of it has happened.
    pub async fn commit_effects(&self, effects: Vec<Effects>, caller: &Caller) -> Result<(), Refusal> {
        if effects.is_empty() {
            return Ok(());
        }
        let (commit, _tickets) = method::commit(effects);
        let commit = Commit { trace: caller.trace.clone(), ..commit };
        let committed = self.outbox.commit(commit).await.map(|_| ());
        committed.inspect_err(|refusal| tracing::error!(trace = %caller.trace, %refusal, "nothing was queued"))
    }
}

/// An envelope with one recipient.
#[must_use]
pub fn to_one(reverse_path: ReversePath, recipient: &Mailbox) -> Envelope {
    Envelope::for_one(reverse_path, recipient.clone())
}

/// How often open calls of ours are looked at.
const EXPIRY: std::time::Duration = std::time::Duration::from_secs(15);

/// Ends calls of ours whose time is over, until `stop`.
pub async fn expire_calls(node: Arc<Node>, stop: tokio_util::sync::CancellationToken) {
    loop {
        if let Err(refusal) = node.store.expire_pending(node.now()).await {
            tracing::error!(%refusal, "calls could not be expired");
        }
        tokio::select! {
            () = tokio::time::sleep(EXPIRY) => {}
            () = stop.cancelled() => return,
        }
    }
}
