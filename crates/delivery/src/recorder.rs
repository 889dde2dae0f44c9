//! Tells the store what became of entries, at once: what arrives while one transaction is being written waits in the store
//! for the next, together with the mail that comes in. A connection waits for this, and for nothing else.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use mail::Evidence;
use mail::evidence::GivenUp;
use spool::{Attempt, AttemptKind, Committed, EntryId, Next, Refusal, Report, Submission};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::bounce::{self, Failure};
use crate::dispatcher::Dispatcher;
use crate::live::Live;
use crate::mail_log::Fact;
use crate::memory::{Load, Origin};
use crate::report::{Ended, Sequel, Told};
use crate::schedule::{History, Turn};

/// Jobs whose reports are told together.
const BATCH: usize = 1024;

/// How many such batches are on their way to the store: one that is written and one that waits behind it, and some room
/// for bounces, whose messages are read first.
const UNDER_WAY: usize = 8;

/// Attempts after which a mail that gets no answer waits as long as the schedule says: it may be the mail that breaks the
/// connections.
const UNANSWERED: u32 = 4;

/// Waits between tries to write what must not be forgotten.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

pub(crate) struct Recorder {
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) told: UnboundedReceiver<Told>,
    /// Nobody reports any more: what is in the channel is the last.
    pub(crate) last: CancellationToken,
}

/// What follows from an attempt.
struct Consequence {
    kind: AttemptKind,
    evidence: Evidence,
    next: Next,
}

impl Recorder {
    pub(crate) async fn run(mut self) {
        let mut batches = JoinSet::new();
        loop {
            let (mut told, room) = (Vec::new(), batches.len() < UNDER_WAY);
            tokio::select! {
                biased;
                count = self.told.recv_many(&mut told, BATCH), if room => if count == 0 { break },
                Some(_) = batches.join_next() => continue,
                () = self.last.cancelled(), if room => break,
            }
            let (batch, flushes) = parted(told);
            let scribe = Scribe { dispatcher: Arc::clone(&self.dispatcher) };
            // When the batch is dropped, the room is free that these entries took, and their connections go on.
            batches.spawn(async move { scribe.take(&batch).await });
            if !flushes.is_empty() {
                while batches.join_next().await.is_some() {}
                for flushed in flushes {
                    let _ = flushed.send(());
                }
            }
        }
        while batches.join_next().await.is_some() {}
    }
}

/// What ended, and who waits for all of it to be recorded.
fn parted(told: Vec<Told>) -> (Vec<Ended>, Vec<oneshot::Sender<()>>) {
    let (mut batch, mut flushes) = (Vec::with_capacity(told.len()), Vec::new());
    for one in told {
        match one {
            Told::Ended(ended) => batch.extend(ended),
            Told::Flush(flushed) => flushes.push(flushed),
        }
    }
    (batch, flushes)
}

/// Writes one batch.
struct Scribe {
    dispatcher: Arc<Dispatcher>,
}

impl Scribe {
    async fn take(&self, batch: &[Ended]) {
        if batch.is_empty() {
            return;
        }
        let live = self.dispatcher.live();
        let follows: Vec<Consequence> = batch.iter().map(|ended| self.consequence(&live, ended)).collect();
        let mut bounces = self.bounces(&live, batch, &follows).await;
        let reports = batch.iter().zip(follows).enumerate().map(|(place, (ended, follows))| {
            let bounce = bounces.remove(&place);
            let course = bounce.as_ref().map(|bounce| self.dispatcher.plan(bounce).course).unwrap_or_default();
            let (at, site) = (ended.at, ended.site.to_string());
            let protection = ended.protection;
            let attempt = Attempt { at, kind: follows.kind, site, evidence: follows.evidence, protection };
            Report { entry: ended.entry.id, attempt, next: follows.next, bounce, course }
        });
        let reports: Vec<Report> = reports.collect();
        tracing::debug!(reports = reports.len(), "attempts");
        if let Some(committed) = self.record(&reports).await {
            let fenced: HashSet<EntryId> = committed.fenced.iter().copied().collect();
            self.tell(batch, &reports, &fenced);
            self.admit(committed).await;
        }
    }

    fn consequence(&self, live: &Live, ended: &Ended) -> Consequence {
        let (kind, evidence) = (ended.kind, ended.evidence.clone());
        match kind {
            AttemptKind::Delivered | AttemptKind::Captured | AttemptKind::Failed => {
                Consequence { kind, evidence, next: Next::Retire }
            }
            AttemptKind::Deferred | AttemptKind::Uncertain => self.after_delay(live, ended),
        }
    }

    fn after_delay(&self, live: &Live, ended: &Ended) -> Consequence {
        let (entry, now) = (&ended.entry, self.dispatcher.clock.now());
        let given_up = |tries, looks| {
            let evidence = ended.evidence.clone().given_up(GivenUp { tries, looks });
            Consequence { kind: AttemptKind::Failed, evidence, next: Next::Retire }
        };
        if let Sequel::GiveUp { looks } = ended.sequel {
            return given_up(entry.tries, looks);
        }
        let tries = entry.tries.saturating_add(1);
        let age = self.dispatcher.clock.age(entry.timing.first_due(entry.queued));
        let history = History { message: entry.id.message, tries, looks: 0, age };
        let (kind, evidence) = (ended.kind, ended.evidence.clone());
        match live.policy.schedule.next(history, now) {
            // The site alone is waited for: the mail is due, and the site is not.
            Turn::Retry(_) if ended.sequel == Sequel::Site && tries <= UNANSWERED => {
                Consequence { kind, evidence, next: Next::Retry(now) }
            }
            // Where its time is over before, it is ended then.
            Turn::Retry(at) => {
                let at = entry.timing.expires.map_or(at, |over| at.min(over.max(now)));
                Consequence { kind, evidence, next: Next::Retry(at) }
            }
            Turn::GiveUp => given_up(tries, 0),
        }
    }

    /// The bounces of a batch by the place of the report that causes them: one for each message, whatever number of its
    /// recipients failed.
    async fn bounces(&self, live: &Live, batch: &[Ended], follows: &[Consequence]) -> HashMap<usize, Submission> {
        let mut failures: HashMap<i64, Vec<usize>> = HashMap::new();
        for (place, (ended, follows)) in batch.iter().zip(follows).enumerate() {
            if follows.kind == AttemptKind::Failed && bounce::is_owed(&ended.entry) {
                failures.entry(ended.entry.id.message).or_default().push(place);
            }
        }
        let mut bounces = HashMap::new();
        for places in failures.into_values() {
            let failed: Vec<Failure<'_>> = places
                .iter()
                .map(|&place| Failure { ended: &batch[place], evidence: &follows[place].evidence })
                .collect();
            let message = self.message(&batch[places[0]]).await;
            if let Some(bounce) = bounce::compose(&live.policy, &failed, &message, self.dispatcher.clock.wall()) {
                bounces.insert(places[0], bounce);
            }
        }
        bounces
    }

    /// The message that failed; empty where even the store has it no longer: the bounce then goes without its header.
    async fn message(&self, ended: &Ended) -> bytes::Bytes {
        if let Some(message) = &ended.message {
            return message.clone();
        }
        match self.dispatcher.spool.message(ended.entry.id).await {
            Ok(message) => message,
            Err(refusal) => {
                tracing::warn!(entry = %ended.entry.id, "its message cannot be read for the bounce: {refusal}");
                bytes::Bytes::new()
            }
        }
    }

    /// Writes until it is written: a delivery that is forgotten would be made again.
    async fn record(&self, reports: &[Report]) -> Option<Committed> {
        let mut wait = FIRST_WAIT;
        loop {
            let refusal = match self.dispatcher.spool.record(reports.to_vec(), self.dispatcher.clock.wall()).await {
                Ok(committed) => return Some(committed),
                Err(refusal) => refusal,
            };
            tracing::error!(reports = reports.len(), "attempts cannot be recorded: {refusal}");
            if refusal == Refusal::Closed {
                return None;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
                () = self.dispatcher.halting.cancelled() => return None,
            }
        }
    }

    /// The mail log hears of what is durable. What another process holds by now is that one's to tell: we counted as dead,
    /// and nothing of ours is in memory any more.
    fn tell(&self, batch: &[Ended], reports: &[Report], fenced: &HashSet<EntryId>) {
        let log = &self.dispatcher.log;
        let caused = reports.iter().filter_map(|report| Some((report.entry.message, report.bounce.as_ref()?)));
        let bounces: HashMap<i64, &Submission> = caused.collect();
        for (ended, report) in batch.iter().zip(reports) {
            if fenced.contains(&report.entry) {
                tracing::error!(entry = %report.entry, attempt = report.attempt.kind.name(), "not recorded: another has it");
                continue;
            }
            let (attempt, number) = (&report.attempt, ended.entry.tries.saturating_add(1));
            let next = match report.next {
                Next::Retry(at) => Some(at),
                Next::Retire => None,
            };
            log.tell(ended.at, &ended.entry, Fact::Attempted { attempt, number, next });
            if attempt.kind != AttemptKind::Failed {
                continue;
            }
            match bounces.get(&report.entry.message) {
                Some(bounce) => log.tell(ended.at, &ended.entry, Fact::Bounced { bounce: &bounce.message_id }),
                None => log.tell(ended.at, &ended.entry, Fact::DoubleBounce),
            }
        }
    }

    /// Bounces are claimed for us by the store.
    async fn admit(&self, committed: Committed) {
        if committed.entries.is_empty() {
            return;
        }
        for entry in &committed.entries {
            self.dispatcher.log.tell(entry.queued, entry, Fact::Queued);
        }
        let octets = committed.entries.iter().map(|entry| entry.size).sum();
        let load = Load { entries: committed.entries.len(), octets };
        let hold = self.dispatcher.memory.owed(Origin::Fresh, load);
        self.dispatcher.admit(committed.entries, hold).await;
    }
}
