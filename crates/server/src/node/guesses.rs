//! Failed logins of each client: whoever guesses is made to wait, and nobody else.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::refusals::one;

/// Clients that are remembered, at most.
const MOST: usize = 100_000;

/// In which time all failures of a client are forgiven, one after the other.
const FORGIVEN: SignedDuration = SignedDuration::from_mins(1);

/// When each client's failures will all be forgiven.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<HashMap<IpAddr, Timestamp>>);

impl Guesses {
    /// True where a login of this client is looked at now: not while it has failed `most` times that are not forgiven.
    pub fn may_try(&self, client: IpAddr, most: usize, now: Timestamp) -> bool {
        let whole = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&one(client)).copied();
        let owed = whole.map_or(SignedDuration::ZERO, |whole| whole.duration_since(now));
        // A clock that jumped back since locks nobody out.
        owed <= FORGIVEN - each(most) || owed > FORGIVEN
    }

    /// Counts a failed login.
    pub fn failed(&self, client: IpAddr, most: usize, now: Timestamp) {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MOST {
            clients.retain(|_, whole| *whole > now);
        }
        // So many that it is no single client who guesses.
        if clients.len() >= MOST {
            clients.clear();
        }
        let whole = clients.entry(one(client)).or_insert(now);
        // A clock that jumped back locks nobody out for longer than the time itself.
        let begin = (*whole).clamp(now, now.saturating_add(FORGIVEN).unwrap_or(now));
        *whole = begin.saturating_add(each(most)).unwrap_or(begin);
    }
}

/// How long one failure counts.
fn each(most: usize) -> SignedDuration {
    FORGIVEN / i32::try_from(most.max(1)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_fails_too_often_waits_and_others_do_not() {
        let (guesses, start) = (Guesses::default(), Timestamp::from_second(1_700_000_000).unwrap());
        let at = |seconds| start + SignedDuration::from_secs(seconds);
        let (eve, tim) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for _ in 0..3 {
            assert!(guesses.may_try(eve, 3, at(0)));
            guesses.failed(eve, 3, at(0));
        }
        assert!(!guesses.may_try(eve, 3, at(0)) && !guesses.may_try(eve, 3, at(19)));
        assert!(guesses.may_try(tim, 3, at(0)), "another client");
        assert!(guesses.may_try(eve, 3, at(20)), "one is forgiven");
        guesses.failed(eve, 3, at(20));
        assert!(!guesses.may_try(eve, 3, at(20)) && guesses.may_try(eve, 3, at(90)), "and in time all of them");
        guesses.failed(eve, 3, at(500));
        assert!(guesses.may_try(eve, 3, at(0)), "a clock that was set back");
    }
}
