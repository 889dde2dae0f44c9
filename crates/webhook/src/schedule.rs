//! When an event is told again that nobody took.

use std::time::Duration;

use jiff::Timestamp;

/// The waits between tries; the last is kept to. With the days of [`Schedule::give_up`] they are some thirty tries.
const WAITS: [u64; 9] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800];

/// What a receiver may ask for at most (`Retry-After`).
const LONGEST_WISH: Duration = Duration::from_secs(86_400);

/// How long events are told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// An event that was told in vain for so long is parked.
    pub give_up: Duration,
}

impl Schedule {
    /// When to try again after so many tries, of which the first was then; none: no more.
    pub(crate) fn next(
        &self,
        (tries, first): (u32, Timestamp),
        wish: Option<Duration>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let step = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX).min(WAITS.len() - 1);
        let wait = Duration::from_secs(WAITS[step]).max(wish.unwrap_or_default().min(LONGEST_WISH));
        let age = Duration::try_from(now.duration_since(first)).unwrap_or_default();
        (age < self.give_up).then(|| now.checked_add(wait).unwrap_or(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let schedule = Schedule { give_up: Duration::from_secs(3 * 86_400) };
        let (first, mut now, mut tries) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, 1);
        while let Some(next) = schedule.next((tries, first), None, now) {
            assert!(next > now);
            (now, tries) = (next, tries + 1);
        }
        assert!((10..40).contains(&tries), "{tries} tries");
        assert!(now.duration_since(first).as_secs() < 4 * 86_400);
        let asked = schedule.next((1, first), Some(Duration::from_secs(90)), first).unwrap();
        assert_eq!(asked.as_second(), 90);
        let far = schedule.next((1, first), Some(Duration::MAX), first).unwrap();
        assert_eq!(far.as_second(), 86_400, "nobody is believed for years");
    }
}
