//! When an entry is tried again, and when it is given up: a function of its input.

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;

/// The waits between attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    retry: Vec<SignedDuration>,
    give_up: SignedDuration,
    /// How many attempts the waits allow until `give_up` has passed.
    enough: u32,
}

/// What is known of an entry after an attempt that did not settle it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// The number of its message: entries of one message are tried together.
    pub message: i64,
    /// How many attempts there were, this one included.
    pub tries: u32,
    /// How often its site was looked at while it waited: that counts for giving up, and moves it up no ladder.
    pub looks: u32,
    /// How long ago it was queued; time that only a clock has jumped over does not count.
    pub age: SignedDuration,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is tried again at this time.
    Retry(Timestamp),
    /// It is returned to its sender.
    GiveUp,
}

/// The shortest wait: a list of zeros would be a busy loop.
const SHORTEST: SignedDuration = SignedDuration::from_secs(1);

impl Schedule {
    /// Waits as in `retry`, of which the last repeats, until an entry is `give_up` old. An empty list is one of an hour.
    #[must_use]
    pub fn new(retry: &[SignedDuration], give_up: SignedDuration) -> Self {
        let mut retry: Vec<_> = retry.iter().map(|&wait| wait.max(SHORTEST)).collect();
        if retry.is_empty() {
            retry.push(SignedDuration::from_hours(1));
        }
        let enough = attempts_within(&retry, give_up);
        Self { retry, give_up, enough }
    }

    /// The next attempt, or the end.
    ///
    /// It ends only when the entry is old *and* was tried as often as the waits allow in that time. So a clock that jumps
    /// ahead, or a daemon that was off for a week, bounces nothing.
    #[must_use]
    pub fn next(&self, history: History, now: Timestamp) -> Turn {
        if self.is_over(history) {
            return Turn::GiveUp;
        }
        let wait = self.wait(history.tries);
        Turn::Retry(later(now, wait + jitter(wait, history)))
    }

    /// True where it is old, and was tried or looked for often enough.
    #[must_use]
    pub fn is_over(&self, history: History) -> bool {
        history.age >= self.give_up && history.tries.saturating_add(history.looks) >= self.enough
    }

    /// How old mail must be to be given up.
    pub(crate) fn give_up(&self) -> SignedDuration {
        self.give_up
    }

    /// The first wait; a site that is away is looked at as often at least.
    pub(crate) fn first_wait(&self) -> SignedDuration {
        self.wait(1)
    }

    fn wait(&self, tries: u32) -> SignedDuration {
        let place = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
        self.retry.get(place).or(self.retry.last()).copied().unwrap_or(SHORTEST)
    }
}

impl Default for Schedule {
    /// 1m, 5m, 15m, 1h, 2h, 4h, then every 8h; 5 days.
    fn default() -> Self {
        let minutes = [1, 5, 15, 60, 120, 240, 480].map(SignedDuration::from_mins);
        Self::new(&minutes, SignedDuration::from_hours(5 * 24))
    }
}

/// Up to a tenth of the wait and up to five minutes, always the same for the same message and attempt: what was deferred
/// together does not come back all in the same second.
fn jitter(wait: SignedDuration, history: History) -> SignedDuration {
    let seed = history.message.cast_unsigned().wrapping_mul(31).wrapping_add(u64::from(history.tries));
    let share = i32::try_from(mix(seed) % 1000).unwrap_or(0);
    most_jitter(wait) / 1000 * share
}

fn most_jitter(wait: SignedDuration) -> SignedDuration {
    (wait / 10).min(SignedDuration::from_mins(5))
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
fn mix(seed: u64) -> u64 {
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

/// How many attempts there are until `give_up`, with the longest jitter: one more than the waits that fill that time.
fn attempts_within(retry: &[SignedDuration], give_up: SignedDuration) -> u32 {
    let mut age = SignedDuration::ZERO;
    for (attempts, wait) in (1u32..).zip(retry) {
        if age >= give_up {
            return attempts;
        }
        age += *wait + most_jitter(*wait);
    }
    let last = retry.last().copied().unwrap_or(SHORTEST);
    let left = (give_up - age).as_secs().max(0);
    let repeats = u64::try_from(left).unwrap_or(0).div_ceil((last + most_jitter(last)).as_secs().unsigned_abs().max(1));
    u32::try_from(repeats.saturating_add(retry.len() as u64 + 1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
