//! A hook at work: it reads, tells, and keeps where it is.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use client::http::Endpoint;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::position::{self, Open, Position, Replay};
use crate::schedule::Schedule;
use crate::signature::{Secret, sign};
use crate::window::{MOST, Outcome, Sequel, Window};
use crate::{Event, Source};

/// How often it is looked whether something has happened.
const LOOK: Duration = Duration::from_millis(500);
/// How often it is kept where it is, at most.
const KEEP: Duration = Duration::from_millis(200);
/// Events of one reading.
const AT_ONCE: usize = 128;

/// What is configured of a hook.
pub struct Terms {
    /// What people call it.
    pub name: String,
    /// Where it tells.
    pub endpoint: Endpoint,
    /// What it signs with: all of them, so that a receiver may change over.
    pub secrets: Vec<Secret>,
    /// What it tells; empty: everything.
    pub kinds: Vec<String>,
    /// How long it tries.
    pub schedule: Schedule,
    /// Requests at once.
    pub parallel: usize,
    /// Where it keeps where it is.
    pub file: PathBuf,
}

/// A hook that is not at work yet.
pub struct Hook {
    /// What is configured of it.
    pub terms: Terms,
    /// Where its events come from.
    pub source: Arc<dyn Source>,
}

/// What a hook does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// What people call it.
    pub name: String,
    /// Where it tells.
    pub url: String,
    /// True where nothing is told until somebody says so.
    pub parked: bool,
    /// Events that were read and are not over.
    pub waiting: usize,
    /// Events that were told since the start.
    pub told: u64,
    /// Events that were given up.
    pub given_up: u64,
    /// When the receiver last took one.
    pub last_taken: Option<Timestamp>,
    /// What went wrong last, and when; none since one was taken.
    pub trouble: Option<(Timestamp, String)>,
}

/// A hook at work.
pub struct Running {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    stop: CancellationToken,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    status: Status,
    replays: Vec<Replay>,
    hurry: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hook {
    /// Sets it to work.
    #[must_use]
    pub fn start(self) -> Running {
        let (shared, stop) = (Arc::new(Shared::default()), CancellationToken::new());
        let worker = Worker {
            terms: Arc::new(self.terms),
            source: self.source,
            shared: Arc::clone(&shared),
            stop: stop.clone(),
            window: Window::default(),
            flying: JoinSet::new(),
            kept: None,
            kept_at: None,
        };
        {
            let status = &mut shared.state().status;
            (status.name, status.url) = (worker.terms.name.clone(), worker.terms.endpoint.shown());
        }
        Running { shared, task: tokio::spawn(worker.run()), stop }
    }
}

impl Running {
    /// What it does.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.state().status.clone()
    }

    /// Nothing is told until [`Running::resume`].
    pub fn park(&self) {
        self.shared.state().status.parked = true;
        self.shared.changed.notify_one();
    }

    /// It goes on, and what waits is told now.
    pub fn resume(&self) {
        let mut state = self.shared.state();
        (state.status.parked, state.hurry) = (false, true);
        drop(state);
        self.shared.changed.notify_one();
    }

    /// What happened within this time, as far as it is kept, is told once more.
    pub fn replay(&self, since: Timestamp, until: Timestamp) {
        self.shared.state().replays.push(Replay { place: String::new(), since, until });
        self.shared.changed.notify_one();
    }

    /// Ends it: what is being told is told to its end.
    pub async fn stop(self) {
        self.stop.cancel();
        let _ = self.task.await;
    }
}

struct Worker {
    terms: Arc<Terms>,
    source: Arc<dyn Source>,
    shared: Arc<Shared>,
    stop: CancellationToken,
    window: Window,
    flying: JoinSet<(Arc<Event>, Result<Outcome, String>)>,
    /// What was kept last, and when.
    kept: Option<Position>,
    kept_at: Option<Instant>,
}

impl Worker {
    async fn run(mut self) {
        if let Err(why) = self.begin().await {
            return self.trouble(&format!("it cannot begin: {why}"));
        }
        while !self.stop.is_cancelled() {
            if let Err(why) = self.read().await {
                self.trouble(&why);
            }
            self.tell();
            self.keep().await;
            self.wait().await;
        }
        while let Some(ended) = self.flying.join_next().await {
            self.ended(ended.ok());
        }
        self.keep().await;
    }

    /// Goes on where it was, or behind all that has happened where it is new.
    async fn begin(&mut self) -> Result<(), String> {
        let path = self.terms.file.clone();
        let kept =
            tokio::task::spawn_blocking(move || position::read(&path)).await.map_err(|error| error.to_string())?;
        let kept = kept.map_err(|error| format!("{}: {error}", self.terms.file.display()))?;
        let Some(kept) = kept else {
            self.window = Window::at(self.source.end().await?);
            return Ok(());
        };
        self.window = Window::at(kept.next);
        for open in &kept.open {
            self.restore(open).await?;
        }
        let mut state = self.shared.state();
        (state.status.parked, state.status.given_up) = (kept.parked, kept.given_up);
        state.replays = kept.replays;
        Ok(())
    }

    async fn restore(&mut self, open: &Open) -> Result<(), String> {
        let batch = self.source.after(&open.before, AT_ONCE).await?;
        match batch.events.into_iter().find(|event| event.id == open.id) {
            Some(event) => self.window.restore(event, open, Timestamp::now()),
            None => tracing::warn!(webhook = self.terms.name, event = open.id, "it is not kept any longer: not told"),
        }
        Ok(())
    }

    /// Fills the window.
    async fn read(&mut self) -> Result<(), String> {
        let now = Timestamp::now();
        while self.window.room() >= AT_ONCE {
            let replay = self.shared.state().replays.first().cloned();
            if let Some(replay) = replay {
                self.read_again(replay, now).await?;
                continue;
            }
            let batch = self.source.after(self.window.next(), AT_ONCE).await?;
            let is_end = batch.next == self.window.next();
            let terms = Arc::clone(&self.terms);
            self.window.add(batch, |event| terms.wants(event), now);
            if is_end {
                break;
            }
        }
        Ok(())
    }

    async fn read_again(&mut self, mut replay: Replay, now: Timestamp) -> Result<(), String> {
        let batch = self.source.after(&replay.place, AT_ONCE).await?;
        let is_over = batch.next == replay.place || batch.events.last().is_some_and(|event| event.at > replay.until);
        let wanted = |event: &Event| self.terms.wants(event) && event.at >= replay.since && event.at <= replay.until;
        let events: Vec<Event> = batch.events.into_iter().filter(wanted).collect();
        self.window.add_behind(&replay.place, events.into_iter(), now);
        replay.place = batch.next;
        let replays = &mut self.shared.state().replays;
        if is_over || replays.is_empty() {
            replays.drain(..1.min(replays.len()));
        } else {
            replays[0] = replay;
        }
        Ok(())
    }

    fn tell(&mut self) {
        let mut state = self.shared.state();
        if std::mem::take(&mut state.hurry) {
            self.window.hurry(Timestamp::now());
        }
        while !state.status.parked && self.flying.len() < self.terms.parallel {
            let Some(event) = self.window.take(Timestamp::now()) else { break };
            let terms = Arc::clone(&self.terms);
            self.flying.spawn(async move {
                let outcome = terms.post(&event).await;
                (event, outcome)
            });
        }
        state.status.waiting = self.window.len();
    }

    async fn wait(&mut self) {
        let next = self.window.next_due().map(|due| Duration::try_from(due.duration_since(Timestamp::now())));
        let pause = next.and_then(Result::ok).unwrap_or(LOOK).clamp(Duration::from_millis(1), LOOK);
        let is_full = self.flying.len() >= self.terms.parallel || self.shared.state().status.parked;
        tokio::select! {
            Some(ended) = self.flying.join_next() => self.ended(ended.ok()),
            () = self.shared.changed.notified() => {}
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(if is_full { LOOK } else { pause }) => {}
        }
    }

    fn ended(&mut self, ended: Option<(Arc<Event>, Result<Outcome, String>)>) {
        let Some((event, outcome)) = ended else { return };
        let now = Timestamp::now();
        let trouble = match &outcome {
            Ok(Outcome::Taken) => None,
            Ok(Outcome::Refused(_)) => Some("it refused".to_owned()),
            Err(why) => Some(why.clone()),
        };
        let outcome = outcome.unwrap_or(Outcome::Refused(None));
        let sequel = self.window.ended(&event.id, outcome, (&self.terms.schedule, now));
        let mut state = self.shared.state();
        match trouble {
            None => {
                state.status.told += 1;
                (state.status.last_taken, state.status.trouble) = (Some(now), None);
            }
            Some(why) => state.status.trouble = Some((now, why)),
        }
        if sequel == Sequel::GivenUp {
            state.status.given_up += 1;
            tracing::warn!(webhook = self.terms.name, event = event.id, "told in vain for too long: given up");
        }
    }

    fn trouble(&self, why: &str) {
        tracing::warn!(webhook = self.terms.name, "{why}");
        self.shared.state().status.trouble = Some((Timestamp::now(), why.to_owned()));
    }

    /// Keeps where it is, where that has changed, and not with every event: what is told and not kept is told again after a
    /// crash, under the same id.
    async fn keep(&mut self) {
        let (next, open) = self.window.position();
        let position = {
            let state = self.shared.state();
            let (parked, given_up) = (state.status.parked, state.status.given_up);
            Position { next, open, parked, given_up, replays: state.replays.clone() }
        };
        let is_early = self.kept_at.is_some_and(|at| at.elapsed() < KEEP) && !self.stop.is_cancelled();
        if self.kept.as_ref() == Some(&position) || is_early {
            return;
        }
        let (path, written) = (self.terms.file.clone(), position.clone());
        match tokio::task::spawn_blocking(move || position::write(&path, &written)).await {
            Ok(Ok(())) => (self.kept, self.kept_at) = (Some(position), Some(Instant::now())),
            Ok(Err(error)) => self.trouble(&format!("where it is cannot be kept: {error}")),
            Err(error) => self.trouble(&error.to_string()),
        }
    }
}

impl Terms {
    fn wants(&self, event: &Event) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&event.kind)
    }

    /// Tells one event; an error is what went wrong, for people.
    async fn post(&self, event: &Event) -> Result<Outcome, String> {
        let (body, seconds) = (event.body(), Timestamp::now().as_second());
        let fields = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", event.id.clone()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", sign(&self.secrets, (&event.id, seconds), &body)),
        ];
        let answer = self.endpoint.tell(&fields, body.into()).await.map_err(|error| error.to_string())?;
        if answer.status.is_success() {
            return Ok(Outcome::Taken);
        }
        match answer.wish {
            Some(wish) => Ok(Outcome::Refused(Some(wish))),
            None => Err(format!("it answers {}", answer.status)),
        }
    }
}

/// More than a window is never read at once.
const _: () = assert!(AT_ONCE <= MOST);
