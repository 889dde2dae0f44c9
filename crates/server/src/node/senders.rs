//! How often each sender of mailed requests was answered lately.

use jiff::Timestamp;
use mail::Mailbox;

use super::hourly::Hourly;

/// The senders of this hour.
#[derive(Debug, Default)]
pub struct Senders(Hourly);

impl Senders {
    /// Counts one more answer to this address, unless there were `most` in this hour already; false: there were.
    pub fn answer(&self, to: &Mailbox, most: usize, now: Timestamp) -> bool {
        self.0.admits(name(to), most, now)
    }
}

/// One sender has many addresses: in any case, and with any `+extension`.
fn name(mailbox: &Mailbox) -> String {
    let base = mailbox.local().split('+').next().unwrap_or_default();
    format!("{}@{}", base.to_lowercase(), mailbox.domain().ascii())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

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
