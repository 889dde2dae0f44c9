//! The one thread that writes. It takes whatever waits, bounded by count and by octets, does it all in one transaction,
//! commits once, and then tells everyone; it never waits for stragglers. What nobody waits for (checkpoints, purges) it
//! does when nothing else is to be done; the purge also gets up to a third of its time at any load, or what is over would
//! pile up behind those who wait.
//!
//! After a commit that failed, pages that SQLite counts as written may never have reached the disk, and a later `fsync`
//! can succeed without them (Linux marks them clean). Nothing is therefore acknowledged on top: the log must first be
//! moved into the database and cut to nothing, or the next batch is refused too.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::foreign::Foreign;
use super::ledger::Ledger;
use super::purge::{Purge, Slice};
use super::store_error::StoreError;
use super::task::{Job, Task};
use super::{checkpoint, release};
use crate::EntryId;
use crate::fail_point::Step;

/// How long the writer must have had nothing to do before it tidies up.
const IDLE: Duration = Duration::from_millis(200);
/// How long it waits between two slices of tidying, so that whoever comes is served first.
const BETWEEN: Duration = Duration::from_millis(2);
/// How often it looks for something to tidy where it found nothing; more often where little is kept.
const TIDY: Duration = Duration::from_secs(60);
/// The part of the time of keeping what is over that may pass before it is looked for.
const TIDY_PART: u32 = 20;
/// How long the log holds what was overwritten, however busy the writer is.
const CUT: Duration = Duration::from_secs(5);
/// The most time for the purge that can be saved up while the writer is busy.
const MOST_CREDIT: Duration = Duration::from_millis(200);

/// The writer's loop and what it remembers between transactions.
pub(super) struct Writer {
    ledger: Ledger,
    inbox: Receiver<Box<dyn Task>>,
    /// A write failed: see the head of this file.
    suspect: bool,
    /// Octets written since the last checkpoint.
    logged: u64,
    purge: Purge,
    /// When there may be something to forget.
    purge_at: Instant,
    /// How long the purge may take: half of the time that went to others.
    credit: Duration,
    /// Claimed for callers who are gone.
    unheard: Vec<EntryId>,
    foreign: Foreign,
    /// When the log is cut at the latest, whatever is to be done: it still holds what was overwritten.
    cut_at: Option<Instant>,
}

impl Writer {
    pub(super) fn new(ledger: Ledger, inbox: Receiver<Box<dyn Task>>) -> Self {
        let foreign = Foreign::new(ledger.notices.clone());
        Self {
            ledger,
            inbox,
            foreign,
            suspect: false,
            logged: 0,
            purge: Purge::default(),
            purge_at: Instant::now(),
            credit: Duration::ZERO,
            unheard: Vec::new(),
            cut_at: None,
        }
    }

    /// Runs until every sender is gone and everything that waited is done.
    pub(super) fn run(mut self) {
        let mut wait = IDLE;
        loop {
            let nap = self.foreign.nap(wait);
            match self.inbox.recv_timeout(nap) {
                Ok(task) => {
                    let begun = Instant::now();
                    self.batch(task);
                    self.share(begun);
                    wait = IDLE;
                }
                Err(RecvTimeoutError::Timeout) if nap < wait => wait -= nap,
                Err(RecvTimeoutError::Timeout) => wait = self.tidy(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.foreign.look(&self.ledger.connection);
        }
        self.leave();
    }

    fn batch(&mut self, first: Box<dyn Task>) {
        let limits = &self.ledger.options.limits;
        let (most, most_octets) = (limits.batch_operations, limits.batch_octets);
        let mut octets = first.octets();
        let mut tasks = vec![first];
        while tasks.len() < most && octets < most_octets {
            let Ok(task) = self.inbox.try_recv() else { break };
            octets += task.octets();
            tasks.push(task);
        }
        self.settle(tasks);
        self.give_back();
        self.ledger.bodies.remove_put_off();
        self.logged += octets as u64;
        if self.ledger.is_scrubbed() && *self.cut_at.get_or_insert_with(|| Instant::now() + CUT) <= Instant::now() {
            self.cut();
        }
        if self.logged > self.ledger.options.limits.log_octets {
            self.checkpoint();
        }
    }

    /// Does the tasks in one transaction and tells their callers. Damage that one of them meets does not harm the others:
    /// each is then done alone.
    fn settle(&mut self, mut tasks: Vec<Box<dyn Task>>) {
        match self.transact(&mut tasks) {
            Ok(()) => self.answer(tasks),
            Err(trouble) if trouble.is_damage() => tasks.into_iter().for_each(|task| self.settle_alone(task)),
            Err(trouble) => refuse(tasks, &trouble),
        }
    }

    /// Does one task. What is damaged is set aside, and the task done without it.
    fn settle_alone(&mut self, task: Box<dyn Task>) {
        let (mut tasks, mut mended) = (vec![task], HashSet::new());
        loop {
            let trouble = match self.transact(&mut tasks) {
                Ok(()) => return self.answer(tasks),
                Err(trouble) => trouble,
            };
            let done = match &trouble {
                StoreError::Entry(key, cause) if mended.insert(*key) => self.ledger.set_aside(*key, cause),
                StoreError::Index => self.ledger.rebuild_index(),
                _ => return refuse(tasks, &trouble),
            };
            if let Err(trouble) = done {
                self.suspect |= !trouble.is_damage();
                return refuse(tasks, &trouble);
            }
        }
    }

    fn transact(&mut self, tasks: &mut [Box<dyn Task>]) -> Result<(), StoreError> {
        self.heal()?;
        self.ledger.begin()?;
        let done = tasks.iter_mut().try_for_each(|task| task.run(&mut self.ledger)).and_then(|()| self.ledger.commit());
        if let Err(trouble) = &done {
            self.ledger.roll_back();
            self.suspect |= !trouble.is_damage();
            // At once, so that what was refused is not found by a start after a crash; what fails here is tried again.
            let _ = self.heal();
        }
        done
    }

    fn heal(&mut self) -> Result<(), StoreError> {
        if self.suspect {
            checkpoint::truncate(&self.ledger)?;
            self.suspect = false;
            tracing::info!("the log is whole again after a failed write");
        }
        Ok(())
    }

    fn answer(&mut self, tasks: Vec<Box<dyn Task>>) {
        // It is durable: whatever the fail_point says now changes nothing.
        let _ = self.ledger.options.fail_point.before(Step::Answer);
        self.ledger.tell_changes();
        for task in tasks {
            self.unheard.extend(task.finish(Ok(())));
        }
        for file in std::mem::take(&mut self.ledger.unlink) {
            self.ledger.bodies.remove(&file);
        }
    }

    /// Releases what was claimed for callers who did not wait: nobody else would.
    fn give_back(&mut self) {
        if self.unheard.is_empty() {
            return;
        }
        let entries = std::mem::take(&mut self.unheard);
        let (job, _) = Job::new(0, move |ledger| release::release(ledger, &entries), super::task::nothing_claimed);
        self.settle(vec![job]);
    }

    fn checkpoint(&mut self) {
        match checkpoint::passive(&self.ledger) {
            Ok(()) => self.logged = 0,
            // The log is kept and grows; the next try moves the same pages again.
            Err(trouble) => tracing::error!(?trouble, "checkpoint failed"),
        }
    }

    /// Cuts the log to nothing, where nobody is at it; else it is tried again.
    fn cut(&mut self) {
        match checkpoint::cut(&mut self.ledger) {
            Ok(true) => (self.logged, self.cut_at) = (0, None),
            Ok(false) => self.cut_at = Some(Instant::now() + IDLE),
            Err(trouble) => {
                tracing::error!(?trouble, "the log could not be cut");
                self.cut_at = Some(Instant::now() + CUT);
            }
        }
    }

    /// Does a little of what can wait, and says when to come back.
    fn tidy(&mut self) -> Duration {
        if self.heal().is_err() {
            return IDLE;
        }
        if self.ledger.is_scrubbed() {
            self.cut();
        } else if self.logged > 0 {
            self.checkpoint();
        }
        self.ledger.bodies.remove_put_off();
        self.purge();
        if self.ledger.is_scrubbed() {
            return IDLE;
        }
        if self.purge_at <= Instant::now() { BETWEEN } else { self.rest() }
    }

    /// A busy writer gives the purge its share.
    fn share(&mut self, begun: Instant) {
        let now = Instant::now();
        self.credit = (self.credit + (now - begun) / 2).min(MOST_CREDIT);
        if self.purge_at <= now && !self.credit.is_zero() {
            self.purge();
            self.credit = self.credit.saturating_sub(now.elapsed());
        }
    }

    /// One slice, and when the next is due.
    fn purge(&mut self) {
        let slice = self.purge.slice(&mut self.ledger).unwrap_or_else(|trouble| {
            self.suspect |= !trouble.is_damage();
            tracing::error!(?trouble, "purge failed");
            Slice::default()
        });
        self.logged += slice.octets;
        self.purge_at = Instant::now() + if slice.goes_on { Duration::ZERO } else { self.rest() };
    }

    fn rest(&self) -> Duration {
        (self.ledger.retained.now().keep_done / TIDY_PART).clamp(BETWEEN, TIDY)
    }

    fn leave(self) {
        if let Err(trouble) = checkpoint::truncate(&self.ledger) {
            tracing::warn!(?trouble, "the log stays for the next start");
        }
        self.purge.forget_own_epoch(&self.ledger);
    }
}

fn refuse(tasks: Vec<Box<dyn Task>>, trouble: &StoreError) {
    tracing::error!(?trouble, operations = tasks.len(), "the store refuses a batch");
    for task in tasks {
        task.finish(Err(trouble.refusal()));
    }
}

#[cfg(test)]
mod tests;
