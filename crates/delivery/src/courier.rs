//! A courier: one connection after another to one site, with the mail that waits for it.
//!
//! It connects only when there is mail, keeps the connection while there is more, and says QUIT when it was idle for a
//! while. What becomes of each entry is reported; deciding what follows is not its business.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use mail::ReversePath;
use smtp::client::{Awaiting, End, Event, Finished, Outcome, Tag, Transaction, Verdict};
use spool::{AttemptKind, Entry, Refusal};
use tokio::time::{Instant, sleep_until};

use crate::dispatcher::{Dispatcher, Ended, Live};
use crate::receipt::Owed;
use crate::session::Session;
use crate::site::{Idling, Job, Leave, Site};

pub(crate) struct Courier {
    dispatcher: Arc<Dispatcher>,
    site: Arc<Site>,
}

/// One connection with its mail.
struct Round<'a> {
    courier: &'a Courier,
    session: Session,
    /// Which of the site's hosts it is.
    host: usize,
    running: VecDeque<(Tag, Job, Bytes)>,
    /// What it has sent and the store does not know yet.
    owed: Arc<Owed>,
    /// Transactions that the server decided.
    decided: usize,
    /// Transactions that the end of the session decided.
    cut: usize,
    idle: bool,
    closed: Option<String>,
}

/// What woke a round.
enum Wake {
    Turn(std::io::Result<usize>),
    Arrival,
    Recorded,
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
            if stopping.is_cancelled() || self.site.is_cooling(self.dispatcher.clock.now()) {
                return self.give_up();
            }
            let opened = tokio::select! {
                opened = self.open() => opened,
                () = stopping.cancelled() => None,
            };
            let Some((session, host)) = opened else { return self.give_up() };
            self.site.connected();
            Round::new(&self, session, host).run().await;
            if self.site.leave() == Leave::Gone {
                return;
            }
        }
    }

    /// A connection to the first host that takes one.
    async fn open(&self) -> Option<(Session, usize)> {
        let live: Arc<Live> = self.dispatcher.live();
        for host in self.site.candidates(self.dispatcher.clock.now()) {
            match Session::open(&live, &self.site.relay, &self.site.relay.hosts[host]).await {
                Ok(session) => return Some((session, host)),
                Err(words) => {
                    tracing::warn!(site = %self.site.relay, "{words}");
                    self.site.host_failed(host, &words, self.dispatcher.clock.now());
                }
            }
        }
        None
    }

    /// Leaves; mail that nobody else will take is deferred, unless the engine stops: then it goes back untried.
    fn give_up(&self) {
        let Some((jobs, cooling)) = self.site.leave_unconnected(self.dispatcher.clock.now()) else { return };
        for job in jobs {
            if self.dispatcher.stopping.is_cancelled() {
                self.site.put_back(job);
            } else {
                self.dispatcher.defer(job, &self.site, &cooling);
            }
        }
    }
}

impl<'a> Round<'a> {
    fn new(courier: &'a Courier, session: Session, host: usize) -> Self {
        let (running, owed) = (VecDeque::new(), Arc::default());
        Self { courier, session, host, running, owed, decided: 0, cut: 0, idle: false, closed: None }
    }

    async fn run(mut self) {
        let dispatcher = Arc::clone(&self.courier.dispatcher);
        let timer = sleep_until(self.session.next_look());
        tokio::pin!(timer);
        while self.closed.is_none() {
            let stopping = dispatcher.stopping.is_cancelled();
            if !stopping {
                self.fill().await;
            }
            self.settle();
            if self.owed.is_settled() {
                self.session.dialogue.release();
            }
            if self.closed.is_some() || stopping && self.session.dialogue.is_idle() {
                break;
            }
            self.note_idling();
            let next_look = self.session.next_look();
            if next_look < timer.deadline() {
                timer.as_mut().reset(next_look);
            }
            let can_start = self.session.dialogue.can_start();
            let wake = tokio::select! {
                biased;
                result = self.session.turn() => Wake::Turn(result),
                () = self.courier.site.arrivals.notified(), if can_start && !stopping => Wake::Arrival,
                () = self.owed.settled() => Wake::Recorded,
                () = &mut timer => Wake::Time,
                () = dispatcher.stopping.cancelled(), if !stopping => Wake::Stopping,
                () = dispatcher.halting.cancelled() => Wake::Halting,
            };
            match wake {
                Wake::Turn(result) => self.session.take(result),
                Wake::Arrival | Wake::Recorded | Wake::Stopping => {}
                Wake::Halting => self.session.dialogue.lost("cut off: we are shutting down"),
                Wake::Time if Instant::now() < self.session.deadline() => timer.as_mut().reset(self.session.deadline()),
                Wake::Time if self.session.dialogue.awaiting() == Awaiting::Nothing => break,
                Wake::Time => self.session.late(),
            }
        }
        self.finish().await;
    }

    /// The connection is over, or no longer needed.
    async fn finish(mut self) {
        if self.idle {
            self.courier.site.idles(Idling::Ends);
        }
        self.courier.site.disconnected();
        match self.closed.take() {
            None => self.session.quit().await,
            Some(words) if self.decided == 0 && self.cut > 0 => {
                let words = format!("{}: {words}", self.session.peer);
                tracing::warn!(site = %self.courier.site.relay, "{words}");
                self.courier.site.host_failed(self.host, &words, self.courier.dispatcher.clock.now());
            }
            Some(words) => tracing::debug!(site = %self.courier.site.relay, "{words}"),
        }
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
            if let Some((job, message)) = self.courier.load(job).await {
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
                Event::Closed(words) => self.closed = Some(words),
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
                if self.decided == 0 {
                    self.courier.site.host_works(self.host);
                }
                self.decided += 1;
            }
        }
        // A server may end a session after some mails, or while it was idle: that is no verdict on the next mail.
        let spare = finished.end == End::Cut && self.decided > 0 && job.lives > 0;
        let (mut ended, mut again, mut delivered) = (Vec::with_capacity(job.entries.len()), Vec::new(), 0);
        let at = self.courier.dispatcher.clock.wall();
        for (entry, outcome) in job.entries.into_iter().zip(finished.outcomes) {
            match kind(outcome.verdict) {
                None => again.push(entry),
                Some(AttemptKind::Deferred) if spare => again.push(entry),
                Some(kind) => {
                    delivered += u64::from(kind == AttemptKind::Delivered);
                    let part = Part { entry, outcome, kind, at };
                    ended.push(self.ended(part, &message, &job.hold));
                }
            }
        }
        if !ended.is_empty() {
            self.courier.dispatcher.report(ended);
        }
        self.courier.site.delivered(delivered);
        if !again.is_empty() {
            let lives = job.lives - u8::from(spare);
            self.courier.site.put_back(Job { entries: again, message: Some(message), hold: job.hold, lives });
        }
    }

    fn ended(&self, part: Part, message: &Bytes, hold: &Arc<crate::room::Hold>) -> Ended {
        Ended {
            entry: part.entry,
            // Only what may come back to its sender needs the message any longer.
            message: (part.kind != AttemptKind::Delivered).then(|| message.clone()),
            kind: part.kind,
            site: Arc::clone(&self.session.peer),
            reply: part.outcome.reply,
            at: part.at,
            not_before: Timestamp::MIN,
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
