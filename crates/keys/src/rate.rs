//! The rate of a key: the generic cell rate algorithm, with the clock as an argument; and its quota, by the days of UTC.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// At most so many messages in so long. All of them may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How many, at least 1.
    pub count: u32,
    /// In how many seconds.
    pub seconds: u32,
}

impl std::str::FromStr for Rate {
    type Err = String;

    /// Reads `60/min`, `5/s`, `1000/h`, `10000/d`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is no rate; write 60/min, 5/s, 1000/h or 10000/d");
        let (count, unit) = text.split_once('/').ok_or_else(wrong)?;
        let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
        let seconds = match unit {
            "s" | "sec" => 1,
            "m" | "min" => 60,
            "h" | "hour" => 3600,
            "d" | "day" => 86_400,
            _ => return Err(wrong()),
        };
        Ok(Self { count, seconds })
    }
}

/// How much of a rate is used up: the time at which it will be whole again; and when the key was used last.
#[derive(Debug, Default)]
pub struct Bucket {
    whole: Mutex<Option<Timestamp>>,
    /// In microseconds since 1970; 0: never.
    used: AtomicI64,
    /// How many messages were sent on which day since 1970.
    today: Mutex<(i64, u32)>,
    /// Messages whose text was ISO-8859-1 in name only.
    repaired: AtomicU64,
}

/// Seconds of a day.
const DAY: i64 = 86_400;

impl Bucket {
    /// Notes a use.
    pub fn touch(&self, now: Timestamp) {
        self.used.fetch_max(now.as_microsecond(), Ordering::Relaxed);
    }

    /// The last use that was noted.
    #[must_use]
    pub fn used(&self) -> Option<Timestamp> {
        let used = self.used.load(Ordering::Relaxed);
        (used != 0).then(|| Timestamp::from_microsecond(used).ok()).flatten()
    }

    /// One more message whose text was ISO-8859-1 in name only.
    pub fn count_repaired(&self) {
        self.repaired.fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were.
    #[must_use]
    pub fn repaired(&self) -> u64 {
        self.repaired.load(Ordering::Relaxed)
    }

    /// Takes `messages` out of a rate and of what may be sent in a day, or of neither.
    ///
    /// # Errors
    /// When to try again: of a quota that is used up, the next day.
    pub fn take(
        &self,
        (rate, quota): (Option<Rate>, Option<u32>),
        messages: u32,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        let day = now.as_second().div_euclid(DAY);
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = if today.0 == day { today.1 } else { 0 };
        let sent = sent.saturating_add(messages);
        if quota.is_some_and(|quota| sent > quota) {
            return Err(Timestamp::from_second((day + 1).saturating_mul(DAY)).unwrap_or(now));
        }
        rate.map_or(Ok(()), |rate| self.spend(rate, messages, now))?;
        *today = (day, sent);
        Ok(())
    }

    /// Takes `messages` out, or says when there will be room for them. More than the whole rate passes when the
    /// bucket is full, and is paid for afterwards: a large call is never refused for ever.
    ///
    /// # Errors
    /// When to try again.
    pub fn spend(&self, rate: Rate, messages: u32, now: Timestamp) -> Result<(), Timestamp> {
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        *whole = spent(*whole, (rate, messages), now)?;
        Ok(())
    }

    /// When there will be room for `messages`; none: now.
    #[must_use]
    pub fn room_at(&self, rate: Rate, messages: u32, now: Timestamp) -> Option<Timestamp> {
        let whole = *self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        spent(whole, (rate, messages), now).err()
    }
}

/// When a bucket that will be whole at `whole` will be so after that much is taken out of it; or when there will be room.
fn spent(
    whole: Option<Timestamp>,
    (rate, messages): (Rate, u32),
    now: Timestamp,
) -> Result<Option<Timestamp>, Timestamp> {
    let span = SignedDuration::from_secs(rate.seconds.into());
    let cost = span.as_micros() * i128::from(messages) / i128::from(rate.count.max(1));
    let cost = SignedDuration::from_micros(i64::try_from(cost).unwrap_or(i64::MAX));
    // A clock that jumped back must not lock a key out: more than what can be owed is forgotten.
    let used = whole.map_or(SignedDuration::ZERO, |at| at.duration_since(now)).max(SignedDuration::ZERO);
    let room = (span - cost).max(SignedDuration::ZERO);
    if used > room {
        return Err(now.saturating_add(used - room).unwrap_or(now));
    }
    Ok(now.checked_add(used + cost).ok())
}
