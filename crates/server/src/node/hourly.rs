//! How often something happened to each of many in an hour.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// For how long is counted.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// Names that are remembered, at most.
const MOST: usize = 100_000;

/// The counts of this hour, by name.
#[derive(Debug, Default)]
pub struct Hourly(Mutex<HashMap<String, Count>>);

/// That of one of them.
#[derive(Clone, Copy, Debug)]
struct Count {
    /// When the first of this hour was due.
    since: Timestamp,
    times: usize,
}

impl Hourly {
    /// Counts one more of this name, unless there were `most` in this hour already; false: there were.
    pub fn admits(&self, name: String, most: usize, now: Timestamp) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |count: &Count| now.duration_since(count.since) >= WINDOW;
        if counts.len() >= MOST {
            counts.retain(|_, count| !is_over(count));
        }
        // So many that none of them can be told from a stranger: whoever forges names is not held up by a count of each.
        if counts.len() >= MOST {
            counts.clear();
        }
        let count = counts.entry(name).or_insert(Count { since: now, times: 0 });
        if is_over(count) {
            *count = Count { since: now, times: 0 };
        }
        let admits = count.times < most;
        count.times += usize::from(admits);
        admits
    }
}
