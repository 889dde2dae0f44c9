//! Delivery status notifications (RFC 3464): the bounces that we write, and the reports that come back to us.
//!
//! Reading is lenient: a report counts by its machine-readable part, wherever it stands and whatever is missing in it.

mod read;
mod write;

use std::fmt;

pub use read::{Notification, Report, ReportKind, read};
pub use write::{Bounce, Returned, Undelivered};

/// What became of a recipient (RFC 3464 §2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Never.
    Failed,
    /// Not yet.
    Delayed,
    /// Done.
    Delivered,
    /// Handed to a server that reports no more.
    Relayed,
    /// Handed to several.
    Expanded,
}

impl Action {
    /// Reads the field's value in any case.
    fn parse(value: &str) -> Option<Self> {
        let word = value.split([' ', '\t', '(', ';']).next().unwrap_or_default();
        [Self::Failed, Self::Delayed, Self::Delivered, Self::Relayed, Self::Expanded]
            .into_iter()
            .find(|action| word.eq_ignore_ascii_case(action.word()))
    }

    fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests;
