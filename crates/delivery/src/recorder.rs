//! Tells the store what became of entries, at once: what arrives while one transaction is being written waits in the store
//! for the next, together with the mail that comes in. A connection waits for this, and for nothing else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use spool::{Attempt, AttemptKind, Committed, Next, Refusal, Report, Submission};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::bounce::{self, Failure};
use crate::dispatcher::{Dispatcher, Ended, Live};
use crate::room::{Load, Origin};
use crate::schedule::{History, Turn};

/// Jobs whose reports are told together.
const BATCH: usize = 1024;

/// How many such batches are on their way to the store: one that is written and one that waits behind it, and some room
/// for bounces, whose messages are read first.
const UNDER_WAY: usize = 8;

/// Waits between tries to write what must not be forgotten.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

pub(crate) struct Recorder {
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) ended: UnboundedReceiver<Vec<Ended>>,
    /// Nobody reports any more: what is in the channel is the last.
    pub(crate) last: CancellationToken,
}

/// What follows from an attempt.
struct Sequel {
    kind: AttemptKind,
    reply: String,
    next: Next,
}

impl Recorder {
    pub(crate) async fn run(mut self) {
        let mut batches = JoinSet::new();
        loop {
            let (mut batch, room) = (Vec::new(), batches.len() < UNDER_WAY);
            tokio::select! {
                biased;
                count = self.ended.recv_many(&mut batch, BATCH), if room => if count == 0 { break },
                Some(_) = batches.join_next() => continue,
                () = self.last.cancelled(), if room => break,
            }
            let scribe = Scribe { dispatcher: Arc::clone(&self.dispatcher) };
            // When the batch is dropped, the room is free that these entries took, and their connections go on.
            batches.spawn(async move { scribe.take(&batch.into_iter().flatten().collect::<Vec<_>>()).await });
        }
        while batches.join_next().await.is_some() {}
    }
}

/// Writes one batch.
struct Scribe {
    dispatcher: Arc<Dispatcher>,
}

impl Scribe {
    async fn take(&self, batch: &[Ended]) {
        let live = self.dispatcher.live();
        let sequels: Vec<Sequel> = batch.iter().map(|ended| self.sequel(&live, ended)).collect();
        let mut bounces = self.bounces(&live, batch, &sequels).await;
        let reports = batch.iter().zip(sequels).enumerate().map(|(place, (ended, sequel))| Report {
            entry: ended.entry.id,
            attempt: Attempt { at: ended.at, kind: sequel.kind, site: ended.site.to_string(), reply: sequel.reply },
            next: sequel.next,
            bounce: bounces.remove(&place),
        });
        let reports: Vec<Report> = reports.collect();
        tracing::debug!(reports = reports.len(), "attempts");
        if let Some(committed) = self.record(reports).await {
            self.admit(committed).await;
        }
    }

    fn sequel(&self, live: &Live, ended: &Ended) -> Sequel {
        let (kind, reply) = (ended.kind, ended.reply.clone());
        match kind {
            AttemptKind::Delivered | AttemptKind::Captured | AttemptKind::Failed => {
                Sequel { kind, reply, next: Next::Retire }
            }
            AttemptKind::Deferred | AttemptKind::Uncertain => self.sequel_of_delay(live, ended),
        }
    }

    fn sequel_of_delay(&self, live: &Live, ended: &Ended) -> Sequel {
        let (entry, now) = (&ended.entry, self.dispatcher.clock.now());
        let history = History { message: entry.id.message, tries: entry.tries.saturating_add(1), queued: entry.queued };
        match live.policy.schedule.next(history, now) {
            Turn::Retry(at) => {
                let (kind, reply) = (ended.kind, ended.reply.clone());
                Sequel { kind, reply, next: Next::Retry(at.max(ended.not_before)) }
            }
            Turn::GiveUp => {
                let reply = format!("given up after {} attempts; the last: {}", history.tries, ended.reply);
                Sequel { kind: AttemptKind::Failed, reply, next: Next::Retire }
            }
        }
    }

    /// The bounces of a batch by the place of the report that causes them: one for each message, whatever number of its
    /// recipients failed.
    async fn bounces(&self, live: &Live, batch: &[Ended], sequels: &[Sequel]) -> HashMap<usize, Submission> {
        let mut failures: HashMap<i64, Vec<usize>> = HashMap::new();
        for (place, (ended, sequel)) in batch.iter().zip(sequels).enumerate() {
            if sequel.kind == AttemptKind::Failed && bounce::is_owed(&ended.entry) {
                failures.entry(ended.entry.id.message).or_default().push(place);
            }
        }
        let mut bounces = HashMap::new();
        for places in failures.into_values() {
            let failed: Vec<Failure<'_>> =
                places.iter().map(|&place| Failure { ended: &batch[place], words: &sequels[place].reply }).collect();
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
    async fn record(&self, reports: Vec<Report>) -> Option<Committed> {
        let mut wait = FIRST_WAIT;
        loop {
            let refusal = match self.dispatcher.spool.record(reports.clone(), self.dispatcher.clock.wall()).await {
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

    /// Bounces are claimed for us by the store.
    async fn admit(&self, committed: Committed) {
        if committed.entries.is_empty() {
            return;
        }
        let octets = committed.entries.iter().map(|entry| entry.size).sum();
        let load = Load { entries: committed.entries.len(), octets };
        let hold = self.dispatcher.room.take_anyway(Origin::Fresh, load);
        let late = self.dispatcher.admit(committed.entries, hold);
        self.dispatcher.give_back(late).await;
    }
}
