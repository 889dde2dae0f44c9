//! What one running Callpost is made of, whatever listener asks: one store, one way out, one set of methods.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use budget::Budget;
use bytes::Bytes;
use config::Config;
use delivery::{Engine, Equipment, Outbox, SystemClock};
use diagnostic::{Code, Complaint, Outcome};
use jiff::Timestamp;
use keys::Keys;
use mail::address::Domain;
use mail::{Envelope, Mailbox, ReversePath};
use rpc::{Caller, Service};
use spool::{Refusal, Store};

pub mod calls;
mod described;
pub mod ground;
pub mod memory;
pub mod taken;

use crate::log::lines::Lines;
use crate::method::outside::{self, Outside};
use crate::method::privilege::Privilege;
use crate::method::upstream::{Room, Upstream};
use crate::method::{self, Effects};
use described::Described;
use ground::{Ground, unusable};
use taken::Waiting;

/// What one running Callpost is made of.
pub struct Node {
    /// What was configured.
    pub config: Config,
    /// What must survive.
    pub store: Arc<dyn Store>,
    /// The one way out.
    pub outbox: Outbox,
    /// The API keys.
    pub keys: Arc<Keys>,
    /// Every method, over HTTP.
    pub api: Service<Effects>,
    /// Every method that ships: for proven senders of mail.
    pub service: Service<Effects>,
    /// The methods that cause nothing but their answer: for senders who are not proven.
    pub pure: Service<Effects>,
    /// By the name of a service: the methods of the one that is behind it, where it is not ours.
    pub behind: HashMap<String, Service<Effects>>,
    /// The services elsewhere.
    pub elsewhere: Vec<Arc<Upstream>>,
    /// Octets in flight.
    pub budget: Budget,
    /// Mailed requests that were taken and wait to be run.
    pub waiting: Waiting,
    /// Repeated answers are counted one by one: many copies of a request at once must not pass the cap together.
    pub repeats: tokio::sync::Mutex<()>,
    id_domain: Domain,
    start: u64,
    traces: AtomicU64,
    openrpc: Mutex<Described>,
}

impl Node {
    /// Opens the store of the state folder and starts the delivery; `log` is where the mail log goes, if one is kept.
    ///
    /// # Errors
    /// The state folder, the store or the configuration cannot be used.
    pub async fn open(config: Config, log: Option<Arc<Lines>>) -> Outcome<(Arc<Self>, Engine)> {
        let ground = Ground::open(&config, log).await?;
        Self::over(config, ground).await
    }

    /// Starts the delivery over this ground.
    ///
    /// # Errors
    /// The store or the configuration cannot be used.
    pub async fn over(config: Config, ground: Ground) -> Outcome<(Arc<Self>, Engine)> {
        let Ground { store, queue, keys, log } = ground;
        let waiting = store.taken().await.map_err(|refusal| unusable(&config, refusal.to_string()))?;
        let waiting = Waiting::beginning_with(waiting);
        let policy = crate::wiring::policy(&config);
        let bug = |error: rpc::RegisterError| Box::new(Complaint::new(Code::Bug, error.to_string()));
        let limits = crate::wiring::documents(&config);
        let budget = Budget::new(config.limits.in_flight);
        let elsewhere = Upstream::all(&config, &Room { budget: &budget, documents: &limits })?;
        let outside = outside::all(&config, &elsewhere, &limits)?;
        let all = |outside: &[Arc<dyn Outside>]| {
            method::all(&keys, crate::wiring::rules(&config), outside).map(|all| Service::new(all, limits.clone()))
        };
        let (api, service) = (all(&outside).map_err(bug)?, all(&[]).map_err(bug)?);
        let behind = |service| Service::new(method::only(service), limits.clone());
        let behind = outside.iter().map(|service| (service.name().to_owned(), behind(service))).collect();
        let pure = Service::new(method::pure().map_err(bug)?, limits);
        let equipment = Equipment {
            spool: queue,
            clock: Arc::new(SystemClock::default()),
            limits: delivery::Limits::default(),
            log,
        };
        let (outbox, engine) = Engine::start_with(equipment, policy);
        let node = Self {
            elsewhere,
            behind,
            api,
            service,
            pure,
            budget,
            waiting,
            repeats: tokio::sync::Mutex::default(),
            id_domain: crate::wiring::id_domain(&config),
            start: Timestamp::now().as_second().unsigned_abs(),
            traces: AtomicU64::new(0),
            openrpc: Mutex::default(),
            store,
            outbox,
            keys,
            config,
        };
        Ok((Arc::new(node), engine))
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

    /// A new Message-ID, without brackets.
    #[must_use]
    pub fn new_message_id(&self) -> String {
        mail::message_id::new_id(uuid::Uuid::now_v7(), &self.id_domain)
    }

    /// What answers at this service's address to a sender of this privilege.
    #[must_use]
    pub fn service(&self, service: &config::Service, privilege: Privilege) -> &Service<Effects> {
        match (self.behind.get(&service.name), privilege) {
            (Some(behind), _) => behind,
            (None, Privilege::Proven) => &self.service,
            (None, Privilege::Unproven) => &self.pure,
        }
    }

    /// The OpenRPC document for this caller, in JSON. It is written once for each state of what services elsewhere say of
    /// themselves, and for each set of them that a caller may call.
    #[must_use]
    pub fn openrpc(&self, caller: &Caller) -> Bytes {
        let version = self.elsewhere.iter().map(|upstream| upstream.version()).sum();
        let told = self.api.registry().serving(caller);
        self.openrpc
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .document(version, told, || Bytes::from(rpc::json::to_string(&self.api.openrpc(caller))))
    }

    /// The limits of one document.
    #[must_use]
    pub fn limits(&self) -> &rpc::Limits {
        self.service.limits()
    }

    /// What this machine calls itself.
    #[must_use]
    pub fn hostname(&self) -> &str {
        &self.config.hostname
    }

    /// Makes what the calls of a document want true, in one transaction.
    ///
    /// # Errors
    /// The store refused: nothing of it has happened.
    pub async fn commit_effects(&self, effects: Vec<Effects>, caller: &Caller) -> Result<(), Refusal> {
        if effects.is_empty() {
            return Ok(());
        }
        let committed = self.outbox.commit(method::commit(effects)).await.map(|_| ());
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
