//! What people know of a mail whose name they have not got.

use jiff::Timestamp;

/// Mails that are sought; each part must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// What is known of them.
    pub by: By,
    /// Queued then or later.
    pub since: Option<Timestamp>,
}

/// See [`Sought::by`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Nothing: any mail is meant.
    #[default]
    Any,
    /// The trace id of the call or request that caused them.
    Trace(String),
    /// Words of the subject: all of them, in any order, as parts of its words too, in any case.
    Subject(String),
}

/// Mails that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Their numbers, newest first.
    pub mails: Vec<i64>,
    /// True where there may be more: so many were wanted, or no more were looked at.
    pub more: bool,
}

/// What a mail's row says of it.
pub(crate) struct Known<'a> {
    pub(crate) subject: &'a str,
    pub(crate) trace: &'a str,
    pub(crate) queued: Timestamp,
}

/// [`Sought`], made ready to look at many mails.
pub(crate) struct Search {
    by: Meant,
    since: Option<Timestamp>,
}

enum Meant {
    Any,
    Trace(String),
    Subject(Words),
}

impl Search {
    pub(crate) fn new(sought: &Sought) -> Self {
        let by = match &sought.by {
            By::Any => Meant::Any,
            By::Trace(trace) => Meant::Trace(trace.clone()),
            By::Subject(words) => Meant::Subject(Words::of(words)),
        };
        Self { by, since: sought.since }
    }

    pub(crate) fn wants(&self, known: &Known<'_>) -> bool {
        self.since.is_none_or(|since| known.queued >= since)
            && match &self.by {
                Meant::Any => true,
                Meant::Trace(trace) => known.trace == trace,
                Meant::Subject(words) => words.are_in(known.subject),
            }
    }
}

/// Words, all of which are sought in a text, in any case.
pub(crate) struct Words(Vec<String>);

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_lowercase).collect())
    }

    pub(crate) fn are_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().all(|word| text.contains(word))
    }

    /// In lower case.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}
