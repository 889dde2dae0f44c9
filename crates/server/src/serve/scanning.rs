//! Reads the mailboxes that are configured, each on its own, again and again. One that cannot be read is tried again with
//! growing pauses, and named once.

use std::sync::Arc;
use std::time::Duration;

use config::{Config, Limits, Scan};
use diagnostic::Diagnostic;
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::binding::email::Email;
use crate::node::Node;
use crate::setup::Setup;
use crate::source::pass::{Reader, Tally};
use crate::source::{self, Ground, Source, SourceError};

/// The first pause after a pass that failed, where the mailbox is looked at more often.
const PAUSE: Duration = Duration::from_secs(5);

/// What the reading of a mailbox goes by: where any of it changes, it is begun anew.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Terms {
    scan: Scan,
    limits: Limits,
    largest: u64,
}

impl Terms {
    fn of(setup: &Setup) -> Vec<Self> {
        let Config { scans, limits, smtp, .. } = &setup.config;
        let terms = |scan: &Scan| Self { scan: scan.clone(), limits: *limits, largest: smtp.max_size };
        scans.iter().map(terms).collect()
    }
}

/// A mailbox that is being read.
struct Watched {
    terms: Terms,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Reads the mailboxes that are configured, also those that another configuration brings, until `stop`.
pub(super) async fn keep(node: Arc<Node>, email: Arc<Email>, stop: CancellationToken) {
    let mut setups = node.setups();
    let mut watched: Vec<Watched> = Vec::new();
    while !stop.is_cancelled() {
        let setup = Arc::clone(&setups.borrow_and_update());
        let wanted = Terms::of(&setup);
        let (stay, go) = watched.into_iter().partition(|one| wanted.contains(&one.terms));
        watched = stay;
        end(go).await;
        node.mailboxes.put(&setup.config.scans);
        for terms in wanted {
            if watched.iter().all(|one| one.terms != terms) {
                let (node, email, stop) = (Arc::clone(&node), Arc::clone(&email), stop.child_token());
                let task = tokio::spawn(watch((node, email), Arc::clone(&setup), (terms.scan.clone(), stop.clone())));
                watched.push(Watched { terms, stop, task });
            }
        }
        tokio::select! {
            changed = setups.changed() => if changed.is_err() { break },
            () = stop.cancelled() => {}
        }
    }
    end(watched).await;
}

/// What is in hand is taken in, and removed, before a mailbox is let go.
async fn end(watched: Vec<Watched>) {
    watched.iter().for_each(|one| one.stop.cancel());
    for one in watched {
        if let Err(error) = one.task.await {
            tracing::error!(mailbox = %one.terms.scan.source, %error, "the reading of a mailbox broke off");
        }
    }
}

/// Reads one mailbox until it is told to stop.
async fn watch((node, email): (Arc<Node>, Arc<Email>), setup: Arc<Setup>, (scan, stop): (Scan, CancellationToken)) {
    let state_id = match source::state_id(&setup.config.state) {
        Ok(id) => id,
        Err(error) => {
            tracing::error!(mailbox = %scan.source, %error, "a mailbox is not read: the state folder cannot be used");
            return;
        }
    };
    let mut reader = Reader::new(&scan, email, &setup.config.limits);
    (reader.budget, reader.stop) = (node.budget.clone(), stop.clone());
    let source = source::open(&scan, &Ground { config: &setup.config, state_id });
    Watch { node, scan, reader, failures: 0, told: None }.run(source, stop).await;
}

struct Watch {
    node: Arc<Node>,
    scan: Scan,
    reader: Reader,
    /// Passes that failed one after the other.
    failures: u32,
    /// What was told of that.
    told: Option<SourceError>,
}

impl Watch {
    async fn run(mut self, mut source: Box<dyn Source>, stop: CancellationToken) {
        let name = self.reader.name.clone();
        while !stop.is_cancelled() {
            // What is in hand when the daemon stops is taken in, and removed, before it ends.
            let (tally, ended) = self.reader.pass(&mut *source).await;
            let wait = self.note(tally, &ended);
            let next = Timestamp::now().checked_add(wait).ok();
            self.node.mailboxes.update(&name, |row| row.next_try = next);
            let waited = async {
                match ended {
                    Ok(()) => source.wait(wait).await,
                    Err(_) => {
                        tokio::time::sleep(wait).await;
                        Ok(())
                    }
                }
            };
            tokio::select! {
                waited = waited => if let Err(error) = waited {
                    tracing::debug!(mailbox = name, why = error.why, "the mailbox was lost while nothing came");
                },
                () = stop.cancelled() => {}
            }
        }
    }

    /// Notes how a pass ended; how long to wait.
    fn note(&mut self, tally: Tally, ended: &Result<(), SourceError>) -> Duration {
        let name = &self.reader.name;
        match ended {
            Ok(()) if self.told.take().is_some() => tracing::info!(mailbox = name, "the mailbox is read again"),
            // One that fails in the same way again and again is told of once.
            Err(error) if self.told.as_ref() != Some(error) => {
                let diagnostic: Box<Diagnostic> = error.clone().into();
                tracing::error!(mailbox = name, %diagnostic, help = error.help, "a mailbox is not read; it is tried again");
                self.told = Some(error.clone());
            }
            _ => {}
        }
        self.failures = if ended.is_ok() { 0 } else { self.failures.saturating_add(1) };
        let failures = self.failures;
        self.node.mailboxes.update(name, |row| {
            row.last_pass = Some(Timestamp::now());
            row.taken_in += tally.taken_in;
            row.set_aside += tally.set_aside;
            row.left_alone = tally.left_alone;
            row.failures = failures;
            row.last_error = ended.as_ref().err().map(|error| format!("{}: {}", error.what, error.why));
        });
        pause(self.scan.every, failures, self.node.setup().config.limits.mailbox_pause)
    }
}

/// How long to wait after so many failures: twice as long after each, from the usual time or a few seconds on.
fn pause(every: Duration, failures: u32, most: Duration) -> Duration {
    if failures == 0 {
        return every;
    }
    let first = every.max(PAUSE);
    first.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(most.max(first))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::pause;

    #[test]
    fn pauses_grow_from_the_usual_time_and_have_an_end() {
        let s = Duration::from_secs;
        let pauses: Vec<_> = (0..5).map(|failures| pause(s(30), failures, s(200))).collect();
        assert_eq!(pauses, [s(30), s(30), s(60), s(120), s(200)]);
        assert_eq!((pause(s(1), 1, s(200)), pause(s(1), 2, s(200))), (s(5), s(10)));
        assert_eq!(pause(s(600), 4, s(200)), s(600), "never more often than asked");
        assert_eq!(pause(s(1), u32::MAX, s(3600)), s(3600));
    }
}
