//! What the store remembers of mail from the drop folder or a mailbox: that one of this name was taken in.

use jiff::{SignedDuration, Timestamp};
use spool::{Answered, CallKey};

/// How long it is remembered that one was taken in.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What makes a mail that lay somewhere the same as before.
#[must_use]
pub fn key(name: &str) -> CallKey {
    CallKey::Left(name.to_owned())
}

/// The record that it was taken in: in the same transaction as what it causes.
#[must_use]
pub fn taken_in(name: &str, now: Timestamp) -> Answered {
    Answered {
        key: key(name),
        digest: [0; 32],
        expires: now.saturating_add(REMEMBERED).unwrap_or(Timestamp::MAX),
        replays: 0,
        answer: None,
        answer_id: String::new(),
        story: "taken in".to_owned(),
        file: Some(name.to_owned()),
    }
}
