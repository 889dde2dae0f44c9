//! The journal: what has happened that no other record says.

use jiff::Timestamp;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What about: a Message-ID, the number of a message, the id of a call, the name of a key.
    pub about: String,
    /// What happened; never a body, never a key's secret.
    pub text: String,
}
