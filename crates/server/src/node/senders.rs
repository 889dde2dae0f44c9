//! How often each sender of mailed requests was answered lately.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use mail::Mailbox;

/// For how long answers are counted.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// Senders that are remembered, at most.
const MOST: usize = 100_000;

/// The senders of this hour.
#[derive(Debug, Default)]
pub struct Senders(Mutex<HashMap<String, Answers>>);

/// The answers to one of them.
#[derive(Clone, Copy, Debug)]
struct Answers {
    /// When the first of this hour was due.
    since: Timestamp,
    count: usize,
}

impl Senders {
    /// Counts one more answer to this address, unless there were `most` in this hour already; false: there were.
    pub fn answer(&self, to: &Mailbox, most: usize, now: Timestamp) -> bool {
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |answers: &Answers| now.duration_since(answers.since) >= WINDOW;
        if senders.len() >= MOST {
            senders.retain(|_, answers| !is_over(answers));
        }
        // So many that none of them can be told from a stranger: whoever forges names is not held up by a count of each.
        if senders.len() >= MOST {
            senders.clear();
        }
        let answers = senders.entry(name(to)).or_insert(Answers { since: now, count: 0 });
        if is_over(answers) {
            *answers = Answers { since: now, count: 0 };
        }
        let admits = answers.count < most;
        answers.count += usize::from(admits);
        admits
    }
}

/// One sender has many addresses: in any case, and with any `+extension`.
fn name(mailbox: &Mailbox) -> String {
    let base = mailbox.local().split('+').next().unwrap_or_default();
    format!("{}@{}", base.to_lowercase(), mailbox.domain().ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sender_has_so_many_answers_in_an_hour_whatever_the_address_is_written_like() {
        let (senders, start) = (Senders::default(), Timestamp::from_second(1_700_000_000).unwrap());
        let answer = |to: &str, minutes: i64| {
            let now = start + SignedDuration::from_mins(minutes);
            senders.answer(&Mailbox::parse(to).unwrap(), 2, now)
        };
        assert!(answer("calls+one@x.test", 0) && answer("Calls+two@X.test", 30));
        assert!(!answer("calls@x.test", 59), "the third of this hour");
        assert!(answer("other@x.test", 59) && answer("calls@y.test", 59), "others have hours of their own");
        assert!(answer("calls@x.test", 60) && answer("calls@x.test", 60) && !answer("calls@x.test", 119));
    }
}
