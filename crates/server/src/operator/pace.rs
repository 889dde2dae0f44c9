//! Which destinations are slow: mail waits for them in memory, and nothing has got there for a while. One look cannot tell,
//! so the daemon looks again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use delivery::{Outbox, SiteStatus};
use tokio_util::sync::CancellationToken;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(5);

/// For so long nothing has got to a slow destination.
const SLOW: Duration = Duration::from_secs(30);

/// What the last looks found, by the name of the destination.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<String, Found>>);

/// A destination for which mail waits.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// What had got there.
    delivered: u64,
    /// Since when no more has.
    since: Instant,
}

/// What is looked at of a destination.
#[derive(Clone, Copy, Debug)]
struct Seen<'a> {
    name: &'a str,
    queued: usize,
    delivered: u64,
}

impl<'a> Seen<'a> {
    fn of(site: &'a SiteStatus) -> Self {
        Self { name: &site.name, queued: site.queued, delivered: site.delivered }
    }
}

/// Looks until `stop`.
pub async fn watch(pace: Arc<Pace>, outbox: Outbox, stop: CancellationToken) {
    loop {
        pace.look(outbox.status().sites.iter().map(Seen::of), Instant::now());
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

impl Pace {
    /// For how long nothing has got to a destination for which mail waits; `None` where that is not long.
    #[must_use]
    pub fn slow(&self, site: &SiteStatus, now: Instant) -> Option<Duration> {
        self.stuck(Seen::of(site), now)
    }

    fn look<'a>(&self, sites: impl Iterator<Item = Seen<'a>>, now: Instant) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let looked = sites.filter(|site| site.queued > 0).map(|site| {
            let before = found.get(site.name).filter(|before| before.delivered == site.delivered);
            let since = before.map_or(now, |before| before.since);
            (site.name.to_owned(), Found { delivered: site.delivered, since })
        });
        *found = looked.collect();
    }

    fn stuck(&self, site: Seen<'_>, now: Instant) -> Option<Duration> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = found.get(site.name).filter(|before| before.delivered == site.delivered && site.queued > 0)?;
        Some(now.saturating_duration_since(before.since)).filter(|long| *long >= SLOW)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{EVERY, Pace, SLOW, Seen};

    fn seen(queued: usize, delivered: u64) -> Seen<'static> {
        Seen { name: "mx:25", queued, delivered }
    }

    #[test]
    fn a_destination_is_slow_where_mail_waits_and_nothing_gets_there_for_long() {
        let (pace, begun) = (Pace::default(), Instant::now());
        pace.look([seen(5, 1)].into_iter(), begun);
        assert_eq!(pace.stuck(seen(5, 1), begun + EVERY), None, "not yet");
        pace.look([seen(6, 1)].into_iter(), begun + SLOW / 2);
        assert_eq!(pace.stuck(seen(6, 1), begun + SLOW), Some(SLOW));
        assert_eq!(pace.stuck(seen(6, 2), begun + SLOW), None, "it goes on");
        assert_eq!(pace.stuck(seen(0, 1), begun + SLOW), None, "nothing waits");
        pace.look([seen(4, 2)].into_iter(), begun + SLOW);
        assert_eq!(pace.stuck(seen(4, 2), begun + SLOW + EVERY), None);
        pace.look(std::iter::empty(), begun + SLOW * 2);
        pace.look([seen(4, 2)].into_iter(), begun + SLOW * 3);
        assert_eq!(pace.stuck(seen(4, 2), begun + SLOW * 3), None, "it was idle in between");
    }
}
