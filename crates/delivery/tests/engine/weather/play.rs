//! One scenario on its stage: an engine under load, a hop in bad weather, and another in fine weather beside it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use delivery::{Clock, Engine, Equipment, MemoryLimits, Outbox, Policy, Silent};
use jiff::Timestamp;
use spool::sqlite::{Options, SqliteSpool};
use spool::{Commit, Parcel};
use tempfile::TempDir;
use testbed::weather::{Hop, Wire};
use tokio::task::JoinHandle;

use super::judge::{Bounds, Judge};
use crate::bed::{policy, relay, route, submission};

/// Between two mails for the hop in fine weather.
const BESIDE: Duration = Duration::from_millis(50);
/// How long nothing may move before the clock is hurried to the next step of the ladder.
const STILL: Duration = Duration::from_millis(400);
/// The steps of the default ladder, each with the most that chance may add.
const LADDER: [Duration; 3] = [Duration::from_secs(120), Duration::from_secs(600), Duration::from_secs(1800)];

/// How many mails a scenario sends: `CALLPOST_WEATHER_MAILS`, else enough for a test of seconds.
pub(super) fn mails() -> usize {
    std::env::var("CALLPOST_WEATHER_MAILS").ok().and_then(|many| many.parse().ok()).unwrap_or(200)
}

/// A clock that runs with the machine's, and can be hurried.
pub(super) struct Hurried {
    start: Instant,
    ahead: Mutex<Duration>,
}

impl Hurried {
    fn hurry(&self, by: Duration) {
        *self.ahead.lock().unwrap() += by;
    }
}

impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        Timestamp::now() + *self.ahead.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed() + *self.ahead.lock().unwrap()
    }
}

pub(super) struct Play {
    name: &'static str,
    folder: TempDir,
    store: Arc<SqliteSpool>,
    clock: Arc<Hurried>,
    outbox: Outbox,
    engine: Engine,
    pub(super) hop: Arc<Hop>,
    wire: Option<Wire>,
    fine: Arc<Hop>,
    beside: JoinHandle<()>,
    /// What was queued for the hop in fine weather, and when.
    sent_beside: Arc<Mutex<Vec<(String, Instant)>>>,
    ids: Vec<String>,
    recipients: usize,
    steps: usize,
    cleared: Option<Instant>,
    refused: usize,
}

impl Play {
    /// The hop is spoken to directly.
    pub(super) fn to(name: &'static str, hop: Hop) -> Self {
        Self::set(name, hop, None, |_| {})
    }

    /// The hop is reached over a wire.
    pub(super) fn over(name: &'static str, hop: Hop, wire: Wire) -> Self {
        Self::set(name, hop, Some(wire), |_| {})
    }

    /// The same with other wishes of the operator.
    pub(super) fn set(name: &'static str, hop: Hop, wire: Option<Wire>, wish: impl FnOnce(&mut Policy)) -> Self {
        let (hop, fine) = (Arc::new(hop), Arc::new(Hop::fine()));
        let mut policy = policy(relay(wire.as_ref().map_or(hop.address(), Wire::address)));
        policy.routes.routes.push(route("*@fine.example", relay(fine.address())));
        wish(&mut policy);
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteSpool::open(folder.path(), Options { min_free: 0, ..Options::default() }).unwrap());
        let clock = Arc::new(Hurried { start: Instant::now(), ahead: Mutex::default() });
        let (limits, log) = (MemoryLimits::default(), Arc::new(Silent));
        let equipment = Equipment { spool: store.clone(), clock: clock.clone(), limits, log };
        let (outbox, engine) = Engine::start_with(equipment, policy);
        let sent_beside = Arc::default();
        let beside = tokio::spawn(send_beside(outbox.clone(), Arc::clone(&sent_beside)));
        let (ids, recipients, steps, cleared, refused) = (Vec::new(), 0, 0, None, 0);
        Self {
            name,
            folder,
            store,
            clock,
            outbox,
            engine,
            hop,
            wire,
            fine,
            beside,
            sent_beside,
            ids,
            recipients,
            steps,
            cleared,
            refused,
        }
    }

    /// Queues the load: so many mails, each to so many recipients of its own.
    pub(super) async fn load(&mut self, mails: usize, recipients: usize) {
        let numbers: Vec<usize> = (self.ids.len()..self.ids.len() + mails).collect();
        for parcel in numbers.chunks(20) {
            let parcel = parcel.iter().map(|number| {
                let to: Vec<String> = (0..recipients).map(|part| format!("n{number}-{part}@weather.example")).collect();
                submission(&format!("n{number}@x"), &to.iter().map(String::as_str).collect::<Vec<_>>())
            });
            self.outbox.commit(Commit { parcel: Parcel(parcel.collect()), ..Commit::default() }).await.unwrap();
        }
        self.ids.extend(numbers.iter().map(|number| format!("n{number}@x")));
        self.recipients = recipients;
    }

    /// Waits until the hop has told of so many.
    pub(super) async fn until_told(&self, many: usize) {
        let hop = Arc::clone(&self.hop);
        let told = tokio::task::spawn_blocking(move || hop.told(many, Duration::from_secs(20))).await.unwrap();
        assert!(told, "{}: the load does not begin to arrive", self.name);
    }

    /// The hop is away for so long, and then back. Connections that are refused in the meantime are no contradiction.
    pub(super) async fn away(&mut self, end: testbed::weather::End, time: Duration) {
        self.hop.down(end);
        tokio::time::sleep(time).await;
        self.refused += 10 + usize::try_from(time.as_secs()).unwrap();
        self.hop.up();
        self.clear();
    }

    /// The weather is fine from now on: bounds are counted from here.
    pub(super) fn clear(&mut self) {
        self.cleared = Some(Instant::now());
    }

    /// Lets the load arrive, hurrying the clock by at most `bounds.steps` steps of the ladder, and judges.
    pub(super) async fn judged(mut self, bounds: Bounds) {
        let deadline = Instant::now() + bounds.all.max(Duration::from_secs(40));
        let wanted = self.ids.len() * self.recipients;
        let mut last = (0, Instant::now());
        while Instant::now() < deadline {
            let (arrived, waiting) = (self.arrived(), self.engine.status().entries);
            if arrived >= wanted && waiting == 0 {
                break;
            }
            if arrived > last.0 {
                last = (arrived, Instant::now());
            } else if last.1.elapsed() > STILL && self.steps < bounds.steps {
                self.clock.hurry(LADDER[self.steps]);
                self.steps += 1;
                last.1 = Instant::now();
            }
            self.engine.wake();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.judge(bounds).await;
    }

    /// Recipients whose mail the hop has.
    fn arrived(&self) -> usize {
        self.hop.record().copies().len()
    }

    async fn judge(self, bounds: Bounds) {
        self.beside.abort();
        let beside = std::mem::take(&mut *self.sent_beside.lock().unwrap());
        let fine = Arc::clone(&self.fine);
        let many = beside.len();
        tokio::task::spawn_blocking(move || fine.told(many, Duration::from_secs(5))).await.unwrap();
        self.engine.drain(Duration::from_secs(5)).await;
        let judge = Judge {
            name: self.name,
            ids: self.ids,
            recipients: self.recipients,
            record: self.hop.record(),
            fine: self.fine.record(),
            beside,
            cut: self.hop.record().cut + self.wire.as_ref().map_or(0, Wire::cut_off),
            refused: self.refused,
            cleared: self.cleared,
            steps: self.steps,
        };
        judge.run(&self.store, bounds).await;
        drop(self.folder);
    }
}

/// A mail for the hop in fine weather every now and then.
async fn send_beside(outbox: Outbox, sent: Arc<Mutex<Vec<(String, Instant)>>>) {
    for number in 0_u64.. {
        let (id, at) = (format!("beside-{number}@x"), Instant::now());
        let parcel = Parcel(vec![submission(&id, &["b@fine.example"])]);
        outbox.commit(Commit { parcel, ..Commit::default() }).await.unwrap();
        sent.lock().unwrap().push((id, at));
        tokio::time::sleep(BESIDE).await;
    }
}
