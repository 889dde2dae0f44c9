//! What time it is: the wall clock, and one for due times that never runs backwards and never stands still.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// A source of time.
pub trait Clock: Send + Sync {
    /// The time of day, which people set and daemons correct.
    fn now(&self) -> Timestamp;

    /// The time since some moment, which nobody sets.
    fn monotonic(&self) -> Duration;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that stands where it is put, for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<(Timestamp, Duration)>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new((now, Duration::ZERO)))
    }

    /// Somebody sets the time of day, forwards or backwards; no time passes.
    pub fn jump(&self, by: SignedDuration) {
        let mut state = self.state();
        state.0 = later(state.0, by);
    }

    /// Time passes.
    pub fn pass(&self, by: Duration) {
        let mut state = self.state();
        state.0 = later(state.0, SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX));
        state.1 += by;
    }

    fn state(&self) -> MutexGuard<'_, (Timestamp, Duration)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state().0
    }

    fn monotonic(&self) -> Duration {
        self.state().1
    }
}

/// The clock of due times: the furthest that the wall clock has ever been, carried on by the monotonic one.
///
/// When somebody sets the wall clock back by a day, nothing waits a day longer; when he sets it forward and back again,
/// what was scheduled in between does not wait either. A restart begins anew from the wall clock.
pub(crate) struct SteadyClock {
    clock: Arc<dyn Clock>,
    /// The greatest (wall − monotonic) seen, in microseconds since the epoch.
    ahead: AtomicI64,
    /// When it jumped ahead, by itself as it was before, and how far, in microseconds.
    jumps: Mutex<Vec<(i64, i64)>>,
}

/// What the wall clock may gain on the monotonic one between two looks without having jumped, in microseconds: it is
/// slewed, and reading both takes a moment.
const SLEW: i64 = 1_000_000;

/// Jumps that are remembered.
const JUMPS: usize = 64;

impl SteadyClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, ahead: AtomicI64::new(i64::MIN), jumps: Mutex::default() }
    }

    /// The time of day, for people.
    pub(crate) fn wall(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time that due times are measured by.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.clock.monotonic().as_micros()).unwrap_or(i64::MAX);
        let seen = self.clock.now().as_microsecond().saturating_sub(passed);
        let before = self.ahead.fetch_max(seen, Ordering::Relaxed);
        if before != i64::MIN && seen.saturating_sub(before) > SLEW {
            let mut jumps = self.jumps.lock().unwrap_or_else(PoisonError::into_inner);
            if jumps.len() < JUMPS {
                jumps.push((before.saturating_add(passed), seen - before));
            }
        }
        Timestamp::from_microsecond(before.max(seen).saturating_add(passed)).unwrap_or(Timestamp::MAX)
    }

    /// How long ago that was; what the clock has jumped over since is not counted.
    pub(crate) fn age(&self, then: Timestamp) -> SignedDuration {
        let age = self.now().duration_since(then);
        let jumps = self.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        let since = jumps.iter().filter(|&&(at, _)| at >= then.as_microsecond());
        age - SignedDuration::from_micros(since.map(|&(_, by)| by).sum())
    }
}

/// `time + by`, at the end of time at most.
pub(crate) fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// `time - by`, at the beginning of time at least.
pub(crate) fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// How long it is from `now` to `then`; zero where that is past.
pub(crate) fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
