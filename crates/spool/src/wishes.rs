//! What a sender asks of a mail's delivery, and what it gave to be told again with what becomes of it.

use jiff::Timestamp;

use crate::names::names;

/// What a sender wants beside the mail itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// When it leaves.
    pub timing: Timing,
    /// Told with each event of the mail: opaque here, one line; empty where there is nothing.
    pub labels: String,
}

/// When a mail leaves, and before or behind which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Not before this; none: at once. Until then it can be taken back, and the schedule counts from it.
    pub not_before: Option<Timestamp>,
    /// What is not delivered then is given up; none: as the schedule says.
    pub expires: Option<Timestamp>,
    /// Before or behind other mail for the same destination.
    pub priority: Priority,
}

/// How urgent a mail is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// Behind what comes fresh.
    Low,
    /// In its turn.
    #[default]
    Normal,
    /// Before what waits.
    High,
}

names!(Priority { Low = "low", Normal = "normal", High = "high" });

impl Timing {
    /// When a mail that is queued at this time is due first.
    #[must_use]
    pub fn first_due(&self, queued: Timestamp) -> Timestamp {
        self.not_before.map_or(queued, |at| at.max(queued))
    }

    /// True where its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }
}

impl Wishes {
    /// As a store keeps it; none where nothing is wanted.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        if *self == Self::default() {
            return None;
        }
        let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.as_microsecond().to_string());
        let Timing { not_before, expires, priority } = self.timing;
        Some(format!("{} {} {priority}\n{}", time(not_before), time(expires), self.labels))
    }

    /// What a store has kept.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (timing, labels) = text.split_once('\n')?;
        let words: Vec<&str> = timing.split(' ').collect();
        let [not_before, expires, priority] = words[..] else { return None };
        let timing =
            Timing { not_before: time(not_before)?, expires: time(expires)?, priority: priority.parse().ok()? };
        Some(Self { timing, labels: labels.to_owned() })
    }
}

fn time(word: &str) -> Option<Option<Timestamp>> {
    match word {
        "-" => Some(None),
        word => Timestamp::from_microsecond(word.parse().ok()?).ok().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Priority, Timing, Wishes};

    #[test]
    fn what_is_kept_reads_back_and_nothing_else_does() {
        let at = |second| Timestamp::from_second(second).ok();
        let timing = Timing { not_before: at(1_700_000_000), expires: None, priority: Priority::Low };
        let wishes = Wishes { timing, labels: "{\"tags\":[\"a b\"]}".into() };
        assert_eq!(Wishes::read(&wishes.text().unwrap()), Some(wishes));
        assert_eq!(Wishes::default().text(), None);
        for text in ["", "- -\n", "- - urgent\n", "x - low\n", "- - low", "- - - low\n"] {
            assert_eq!(Wishes::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_mail_is_due_when_it_is_queued_or_later() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let timing = Timing { not_before: Some(at(10)), ..Timing::default() };
        assert_eq!([timing.first_due(at(5)), timing.first_due(at(20))], [at(10), at(20)]);
        assert_eq!(Timing::default().first_due(at(5)), at(5));
    }
}
