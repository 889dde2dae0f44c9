//! The engine: what is owed leaves, what comes back is recorded, until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use spool::Spool;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::claimer::Claimer;
use crate::clock::{Clock, SteadyClock, SystemClock};
use crate::courier::Courier;
use crate::dispatcher::{Dispatcher, Parts};
use crate::mail_log::{MailLog, Silent};
use crate::memory::{MailMemory, MemoryLimits};
use crate::outbox::Outbox;
use crate::policy::Policy;
use crate::recorder::Recorder;
use crate::site::Site;
use crate::status::Status;

/// The delivery of one process. Dropping it stops nothing: see [`Engine::drain`].
pub struct Engine {
    dispatcher: Arc<Dispatcher>,
    claimer: JoinHandle<()>,
    recorder: JoinHandle<()>,
    last: CancellationToken,
}

/// What an engine needs besides its policy.
pub struct Equipment {
    /// What must survive.
    pub spool: Arc<dyn Spool>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// How much mail may be in memory.
    pub limits: MemoryLimits,
    /// Who is told what became of mail.
    pub log: Arc<dyn MailLog>,
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All that had begun is finished and recorded, the rest is given back.
    Clean,
    /// Transactions were cut off when the time was up; they are tried again after the next start.
    CutOff,
}

fn launch(dispatcher: Arc<Dispatcher>, site: Arc<Site>) {
    let tasks = dispatcher.tasks.clone();
    tasks.spawn(Courier::new(dispatcher, site).run());
}

/// How long the store may take for the last reports.
const LAST_REPORTS: Duration = Duration::from_secs(2);

impl Engine {
    /// Starts on the current tokio runtime, with the clock of the machine and the default limits. What a dead process has
    /// claimed is claimed anew.
    pub fn start(spool: Arc<dyn Spool>, policy: Policy) -> (Outbox, Self) {
        Self::start_with(
            Equipment {
                spool,
                clock: Arc::new(SystemClock::default()),
                limits: MemoryLimits::default(),
                log: Arc::new(Silent),
            },
            policy,
        )
    }

    /// The same with a clock and limits of one's own.
    pub fn start_with(equipment: Equipment, policy: Policy) -> (Outbox, Self) {
        let (sender, told) = mpsc::unbounded_channel();
        let parts = Parts {
            spool: equipment.spool,
            clock: SteadyClock::new(equipment.clock),
            memory: MailMemory::new(equipment.limits),
            told: sender,
            log: equipment.log,
            wake: Arc::new(Notify::new()),
            launch,
        };
        let dispatcher = Dispatcher::new(parts, policy);
        let last = CancellationToken::new();
        let recorder = Recorder { dispatcher: Arc::clone(&dispatcher), told, last: last.clone() };
        let claimer = Claimer::new(Arc::clone(&dispatcher));
        let outbox = Outbox { dispatcher: Arc::clone(&dispatcher) };
        let (claimer, recorder) = (tokio::spawn(claimer.run()), tokio::spawn(recorder.run()));
        (outbox, Self { dispatcher, claimer, recorder, last })
    }

    /// Looks into the store now: something may have become due by another hand.
    pub fn wake(&self) {
        self.dispatcher.wake.notify_one();
    }

    /// What it does now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.dispatcher.status()
    }

    /// Stops: takes nothing new, finishes the transactions that have begun within `limit`, gives the rest back to the
    /// store. The outbox still commits, and what it commits waits for the next start.
    pub async fn drain(self, limit: Duration) -> Drained {
        let dispatcher = &self.dispatcher;
        dispatcher.stopping.cancel();
        dispatcher.tasks.close();
        let finished = timeout(limit, dispatcher.tasks.wait()).await.is_ok();
        if !finished {
            dispatcher.halting.cancel();
            let _ = timeout(LAST_REPORTS, dispatcher.tasks.wait()).await;
        }
        let _ = timeout(LAST_REPORTS, self.claimer).await;
        dispatcher.give_back(dispatcher.take_waiting()).await;
        self.last.cancel();
        let recorded = timeout(limit.max(LAST_REPORTS), self.recorder).await.is_ok();
        dispatcher.halting.cancel();
        if finished && recorded { Drained::Clean } else { Drained::CutOff }
    }
}
