//! The journal: what has happened that no other record says.

use jiff::Timestamp;
use mail::EnhancedStatus;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What about: a Message-ID, the number of a message, the id of a call, the name of a key.
    pub about: String,
    /// What happened; never a body, never a key's secret.
    pub what: Note,
}

/// What a line of the journal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A mailed request was taken, and runs later.
    Taken {
        /// Its id.
        id: String,
        /// The name of the service that was asked.
        service: String,
        /// What it was proven by, in words; empty in lines of an earlier version.
        proof: String,
    },
    /// A mailed request was refused.
    Refused {
        /// The name of the service that was asked.
        service: String,
        /// What its client was told, and why.
        words: String,
    },
    /// A call of ours was sent again.
    SentAgain {
        /// Under this Message-ID, without brackets.
        message_id: String,
        /// How often it was sent with that.
        tries: u32,
    },
    /// The answer to a call of ours came.
    Answered,
    /// A call of ours came back.
    Bounced {
        /// The enhanced status of the report, where it had one.
        status: Option<EnhancedStatus>,
        /// The far server's words.
        words: String,
    },
    /// Words that are shown, and not read for what they say: those that an earlier version kept, and why a mail in a mailbox
    /// is set aside.
    Words(String),
}
