//! Giving up mail that only waits: it is old, and it was tried, or its site looked at, as often as the schedule allows.

use std::sync::Arc;

use mail::Evidence;
use mail::evidence::{Reason, Stage};
use spool::{AttemptKind, Entry, OverdueQuery, Refusal};

use crate::clock::earlier;
use crate::dispatcher::Dispatcher;
use crate::memory::{Load, Origin};
use crate::report::{Ended, Sequel};
use crate::schedule::History;
use crate::site::Site;
use crate::status::SiteError;

/// Entries of one look into the store.
const LIMIT: usize = 1000;

impl Dispatcher {
    /// After a look that found the site away. Whom it does not concern yet goes on waiting, untouched.
    pub(crate) async fn give_up_overdue(self: &Arc<Self>, site: &Arc<Site>) {
        while !self.stopping.is_cancelled()
            && !site.is_retired()
            && site.is_away()
            && site.is_sweep_due(self.clock.now())
        {
            match self.sweep(site).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(refusal) => return tracing::error!(site = %site.relay, "what waits cannot be read: {refusal}"),
            }
        }
    }

    /// One look into the store; true where there may be more.
    async fn sweep(self: &Arc<Self>, site: &Arc<Site>) -> Result<bool, Refusal> {
        let (live, now) = (self.live(), self.clock.now());
        let give_up = live.policy.schedule.give_up();
        let destination = Arc::clone(&site.destination);
        let query = OverdueQuery { destination, queued_before: earlier(now, give_up), now, limit: LIMIT };
        let old = self.spool.overdue(query).await?;
        let Some(&oldest) = old.entries.first() else {
            site.sweep_again(old.next.map_or(now, |next| crate::clock::later(next, give_up)).max(now));
            return Ok(false);
        };
        let is_full = old.entries.len() == LIMIT;
        let entries = self.spool.claim_these(old.entries, now).await?;
        tracing::debug!(site = %site.relay, entries = entries.len(), %oldest, "have waited long");
        let is_over = |entry: &Entry| {
            let since = entry.timing.first_due(entry.queued);
            let (looks, age) = (site.looks_since(since), self.clock.age(since));
            let history = History { message: entry.id.message, tries: entry.tries, looks, age };
            live.policy.schedule.is_over(history)
        };
        let (over, waiting): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(is_over);
        self.park(site, waiting.iter().map(|entry| entry.id).collect()).await;
        let any = !over.is_empty();
        self.give_up(site, over);
        Ok(any && is_full)
    }

    fn give_up(&self, site: &Arc<Site>, entries: Vec<Entry>) {
        let at = self.clock.wall();
        let error = site.last_error().unwrap_or_else(|| SiteError {
            host: site.name().into(),
            evidence: Evidence::at(Stage::Connect, Reason::NotConnected.with("it is away")),
        });
        let load = Load { entries: entries.len(), octets: 0 };
        let hold = Arc::new(self.memory.owed(Origin::Backlog, load));
        let ended = entries.into_iter().map(|entry| Ended {
            sequel: Sequel::GiveUp { looks: site.looks_since(entry.queued) },
            entry,
            message: None,
            kind: AttemptKind::Deferred,
            site: Arc::clone(&error.host),
            evidence: error.evidence.clone(),
            protection: None,
            at,
            hold: Arc::clone(&hold),
            receipt: None,
        });
        self.report(ended.collect(), None);
    }
}
