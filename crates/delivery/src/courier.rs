//! A courier: one connection after another to one site, with the mail that waits for it.
//!
//! It connects only when there is mail, keeps the connection while there is more, and says QUIT when it was idle for a
//! while. What becomes of each entry is reported; deciding what follows is not its business.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use mail::evidence::Reason;
use mail::{Evidence, ReversePath};
use smtp::client::{Awaiting, End, Event, Finished, Outcome, Tag, Transaction, Verdict};
use spool::{AttemptKind, Entry, Refusal};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use crate::dispatcher::Dispatcher;
use crate::outage::Witness;
use crate::recalls::Recall;
use crate::receipt::Owed;
use crate::report::{Ended, Sequel};
use crate::session::Session;
use crate::site::{Idling, Job, Leave, Leaving, Site, TURNED_AWAY};
use crate::status::SiteError;

mod open;

use open::Opened;

pub(crate) struct Courier {
    dispatcher: Arc<Dispatcher>,
    site: Arc<Site>,
}

/// One connection with its mail.
struct Round<'a> {
    courier: &'a Courier,
    session: Session,
    witness: Witness,
    running: VecDeque<(Tag, Job, Bytes)>,
    /// What it has sent and the store does not know yet.
    owed: Arc<Owed>,
    /// Transactions that the server decided.
    decided: usize,
    /// Transactions that the end of the session decided.
    cut: usize,
    idle: bool,
    closed: Option<Evidence>,
    wishes: UnboundedReceiver<Recall>,
    /// What is being taken back, and waits for a final dot to be answered.
    recalls: Vec<Recall>,
    /// The connection is to be cut as soon as no final dot waits for its answer: a person wants mail back that is on it.
    cutting: bool,
}

/// What woke a round.
enum Wake {
    Turn(std::io::Result<usize>),
    Arrival,
    Recorded,
    Recall(Recall),
    Time,
    Stopping,
    Halting,
}

impl Courier {
    pub(crate) fn new(dispatcher: Arc<Dispatcher>, site: Arc<Site>) -> Self {
        Self { dispatcher, site }
    }

    /// Works until nothing is left to do, or the site cannot be reached.
    pub(crate) async fn run(self) {
        loop {
            let stopping = &self.dispatcher.stopping;
            let opened = tokio::select! {
                opened = self.open(), if !stopping.is_cancelled() => opened,
                () = stopping.cancelled() => None,
            };
            match opened {
                Some(Opened::Session(session, witness)) => {
                    self.site.connected(witness.host);
                    self.dispatcher.recruit_beside(&self.site);
                    Round::new(&self, *session, witness).run().await;
                }
                Some(Opened::Nowhere(nowhere)) => self.fail_all(&nowhere),
                None => return self.leave().await,
            }
            if self.site.leave() == Leave::Gone {
                return;
            }
        }
    }

    /// Leaves without a connection. Mail that nobody else will take goes back to the store: untried where the engine stops.
    async fn leave(&self) {
        match self.site.leave_unconnected(self.dispatcher.clock.now()) {
            Leaving::OthersWork => self.come_again(),
            Leaving::Last(jobs) if self.dispatcher.stopping.is_cancelled() => {
                jobs.into_iter().for_each(|job| self.site.put_back(job));
            }
            Leaving::Last(jobs) => {
                let entries = jobs.iter().flat_map(|job| &job.entries).map(|entry| entry.id).collect();
                self.dispatcher.park(&self.site, entries).await;
                self.dispatcher.give_up_overdue(&self.site).await;
            }
        }
    }

    /// Others may have no end of work, or hang: after a while one more is tried, if there is something to do for it.
    fn come_again(&self) {
        let (dispatcher, site) = (Arc::clone(&self.dispatcher), Arc::clone(&self.site));
        self.dispatcher.tasks.spawn(async move {
            let wait = Duration::try_from(TURNED_AWAY).unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(wait) => dispatcher.recruit(&site),
                () = dispatcher.stopping.cancelled() => {}
            }
        });
    }
}

impl<'a> Round<'a> {
    fn new(courier: &'a Courier, session: Session, witness: Witness) -> Self {
        let wishes = courier.dispatcher.recalls.register();
        Self {
            courier,
            session,
            witness,
            running: VecDeque::new(),
            owed: Arc::default(),
            decided: 0,
            cut: 0,
            idle: false,
            closed: None,
            wishes,
            recalls: Vec::new(),
            cutting: false,
        }
    }

    async fn run(mut self) {
        let dispatcher = Arc::clone(&self.courier.dispatcher);
        let timer = sleep_until(self.session.next_look());
        tokio::pin!(timer);
        while self.closed.is_none() {
            let stopping = dispatcher.stopping.is_cancelled();
            if !stopping && !self.cutting {
                self.fill().await;
            }
            self.settle();
            self.go_on();
            if self.closed.is_some() || stopping && self.session.dialogue.is_idle() {
                break;
            }
            self.note_idling();
            let next_look = self.session.next_look();
            if next_look < timer.deadline() {
                timer.as_mut().reset(next_look);
            }
            let can_start = self.session.dialogue.can_start() && !self.cutting;
            let wake = tokio::select! {
                biased;
                result = self.session.turn() => Wake::Turn(result),
                Some(recall) = self.wishes.recv() => Wake::Recall(recall),
                () = self.courier.site.arrivals.notified(), if can_start && !stopping => Wake::Arrival,
                () = self.owed.settled() => Wake::Recorded,
                () = &mut timer => Wake::Time,
                () = dispatcher.stopping.cancelled(), if !stopping => Wake::Stopping,
                () = dispatcher.halting.cancelled() => Wake::Halting,
            };
            match wake {
                Wake::Turn(result) => self.session.take(result),
                Wake::Arrival | Wake::Recorded | Wake::Stopping => {}
                Wake::Recall(recall) => self.recall(recall),
                Wake::Halting => self.session.dialogue.lost(Reason::ShuttingDown),
                Wake::Time if Instant::now() < self.session.deadline() => timer.as_mut().reset(self.session.deadline()),
                Wake::Time if self.session.dialogue.awaiting() == Awaiting::Nothing => break,
                Wake::Time => self.session.late(),
            }
        }
        self.finish().await;
    }

    /// The text of the next message may leave once the one before is recorded; or the connection is cut, where it is to be.
    fn go_on(&mut self) {
        self.answer_recalls();
        if self.cutting && !self.session.dialogue.awaits_final_reply() {
            self.session.dialogue.lost(Reason::TakenBack);
            self.settle();
        } else if !self.cutting && self.owed.is_settled() {
            self.session.dialogue.release();
        }
    }

    /// The connection is over, or no longer needed.
    async fn finish(mut self) {
        if self.idle {
            self.courier.site.idles(Idling::Ends);
        }
        self.courier.site.disconnected(self.witness.host);
        let site = &self.courier.site;
        match self.closed.take() {
            Some(evidence) if self.decided == 0 && self.cut > 0 && !self.cutting => {
                let error = SiteError { host: Arc::clone(&self.session.peer), evidence };
                self.courier.dispatcher.host_failed(site, self.witness, error);
            }
            closed => {
                site.stops_looking(self.witness);
                match closed {
                    None => self.session.quit().await,
                    Some(evidence) => tracing::debug!(site = %site.relay, "{evidence}"),
                }
            }
        }
    }

    /// Somebody wants mail back. What has its final dot on the wire is only counted; for the rest the connection is cut.
    fn recall(&mut self, recall: Recall) {
        let mut on_wire = Vec::new();
        for (tag, job, _) in &self.running {
            let wanted = job.entries.iter().map(|entry| entry.id).filter(|id| recall.set.contains(id));
            if self.session.dialogue.is_sent(*tag) {
                on_wire.extend(wanted);
            } else {
                self.cutting |= wanted.count() > 0;
            }
        }
        let _ = recall.on_wire.send(on_wire);
        self.recalls.push(recall);
    }

    /// Answers whoever wants nothing back that still runs here.
    fn answer_recalls(&mut self) {
        let running = &self.running;
        let runs = |recall: &Recall| {
            running.iter().any(|(_, job, _)| job.entries.iter().any(|entry| recall.set.contains(&entry.id)))
        };
        self.recalls.retain(runs);
    }

    fn note_idling(&mut self) {
        let idle = self.session.dialogue.is_idle();
        if idle != self.idle {
            self.idle = idle;
            self.courier.site.idles(if idle { Idling::Begins } else { Idling::Ends });
        }
    }

    /// Starts what can be started.
    async fn fill(&mut self) {
        while self.session.dialogue.can_start() {
            let Some(job) = self.courier.site.pull() else { return };
            let Some((job, message)) = self.courier.load(job).await else { continue };
            if let Some(job) = self.courier.dispatcher.sift(job) {
                self.start(job, message);
            }
        }
    }

    fn start(&mut self, job: Job, message: Bytes) {
        let Some(first) = job.entries.first() else { return };
        let tag = self.session.dialogue.start(Transaction {
            reverse_path: &first.reverse_path,
            recipients: job.entries.iter().map(|entry| &entry.recipient).collect(),
            message: message.clone(),
            envelope_id: (first.reverse_path != ReversePath::Null).then_some(first.message_id.as_str()),
        });
        self.running.push_back((tag, job, message));
    }

    fn settle(&mut self) {
        while let Some(event) = self.session.dialogue.next_event() {
            match event {
                Event::Finished(finished) => self.settle_one(finished),
                Event::Closed(evidence) => self.closed = Some(evidence),
                Event::Ready | Event::StartTls => {}
            }
        }
    }

    fn settle_one(&mut self, finished: Finished) {
        let Some(place) = self.running.iter().position(|(tag, ..)| *tag == finished.tag) else { return };
        let Some((_, job, message)) = self.running.remove(place) else { return };
        match finished.end {
            End::Cut => self.cut += 1,
            End::Decided => {
                self.courier.dispatcher.host_works(&self.courier.site, self.witness.host);
                self.decided += 1;
            }
        }
        // A server may end a session after some mails, or while it was idle: that is no verdict on the next mail. Nor is
        // a cut of ours.
        let spare = finished.end == End::Cut && (self.cutting || self.decided > 0 && job.lives > 0);
        let sequel = if finished.end == End::Cut { Sequel::Site } else { Sequel::Schedule };
        let (mut ended, mut again, mut delivered) = (Vec::with_capacity(job.entries.len()), Vec::new(), 0);
        let at = self.courier.dispatcher.clock.wall();
        for (entry, outcome) in job.entries.into_iter().zip(finished.outcomes) {
            match kind(outcome.verdict) {
                None => again.push(entry),
                Some(AttemptKind::Deferred) if spare => again.push(entry),
                Some(kind) => {
                    delivered += u64::from(kind == AttemptKind::Delivered);
                    let part = Part { entry, outcome, kind, at, sequel };
                    ended.push(self.ended(part, &message, &job.hold));
                }
            }
        }
        self.courier.dispatcher.report(ended, job.run.as_deref());
        self.courier.site.delivered(delivered);
        if !again.is_empty() {
            let lives = job.lives - u8::from(spare && !self.cutting);
            let job = Job { entries: again, message: Some(message), lives, ..job };
            if let Some(job) = self.courier.dispatcher.sift(job) {
                self.courier.site.put_back(job);
            }
        }
    }

    fn ended(&self, part: Part, message: &Bytes, hold: &Arc<crate::memory::MailReservation>) -> Ended {
        Ended {
            entry: part.entry,
            // Only what may come back to its sender needs the message any longer.
            message: (part.kind != AttemptKind::Delivered).then(|| message.clone()),
            kind: part.kind,
            site: Arc::clone(&self.session.peer),
            evidence: part.outcome.evidence,
            protection: self.session.protection,
            at: part.at,
            sequel: part.sequel,
            hold: Arc::clone(hold),
            receipt: Some(self.owed.receipt()),
        }
    }
}

struct Part {
    entry: Entry,
    outcome: Outcome,
    kind: AttemptKind,
    at: Timestamp,
    sequel: Sequel,
}

/// `None`: it is sent again at once.
fn kind(verdict: Verdict) -> Option<AttemptKind> {
    match verdict {
        Verdict::Delivered => Some(AttemptKind::Delivered),
        Verdict::Deferred => Some(AttemptKind::Deferred),
        Verdict::Failed => Some(AttemptKind::Failed),
        Verdict::Uncertain => Some(AttemptKind::Uncertain),
        Verdict::NextTransaction => None,
    }
}

impl Courier {
    /// The job with its message. Where the store has none, the job is no longer ours.
    async fn load(&self, mut job: Job) -> Option<(Job, Bytes)> {
        if let Some(message) = job.message.take() {
            return Some((job, message));
        }
        let id = job.entries.first()?.id;
        match self.dispatcher.spool.message(id).await {
            Ok(message) => return Some((job, message)),
            Err(refusal @ (Refusal::Damaged(_) | Refusal::Unknown)) => {
                // The store has set it aside, or a person has taken it out: nothing is owed.
                tracing::warn!(entry = %id, "{refusal}");
            }
            Err(refusal) => {
                tracing::error!(entry = %id, "its message cannot be read: {refusal}");
                self.dispatcher.give_back(job.entries.iter().map(|entry| entry.id).collect()).await;
            }
        }
        None
    }
}
