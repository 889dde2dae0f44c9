//! The suite that every store must pass: each function is one statement about the obligations on [`Spool`](crate::Spool),
//! asserts it, and gives back the refusal of a store that should not have refused.
//!
//! A store's own tests call each with a fresh [`Place`], and run it on a Tokio runtime.

mod calls;
mod desk;
mod destination;
mod failure;
mod queue;
mod taken;

pub use calls::{
    a_pending_call_ends_exactly_once, a_repeated_request_runs_once, a_stored_answer_is_replayed_and_counted,
    keys_are_added_and_replaced_by_name, pending_calls_are_found_by_any_of_their_ids,
};
pub use desk::{
    a_held_entry_is_not_claimed, a_scan_pages_through_everything_once, a_story_tells_every_attempt,
    dropped_entries_end_and_lose_their_body,
};
pub use destination::{
    captured_mail_is_released_unless_its_key_captures_it, many_destinations_share_a_claim,
    what_has_waited_long_is_found_oldest_first, what_waits_for_a_shut_destination_is_passed_over,
};
pub use failure::{
    a_failed_step_leaves_nothing_and_harms_nothing_later, every_step_is_passed_by_a_commit,
    large_bodies_survive_and_go_with_their_mail,
};
pub use queue::{
    a_bounce_is_queued_with_its_report, a_claimed_entry_is_claimed_by_no_other,
    a_dead_epochs_entries_can_be_claimed_again, a_mail_is_there_after_the_commit,
    a_mail_whose_fate_is_known_is_committed_with_it, a_parcel_is_whole_in_the_order_it_came,
    due_entries_come_oldest_first, released_entries_can_be_claimed_again,
    retired_mail_loses_its_body_with_its_last_entry, retried_entries_wait_until_they_are_due,
};
pub use taken::{
    a_request_is_taken_once, a_request_that_began_says_so_after_a_crash, an_answered_request_is_over_in_one_transaction,
};

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use mail::{Envelope, Mailbox, ReversePath};

use crate::seam::Seam;
use crate::{
    Answered, Attempt, AttemptKind, CallKey, Commit, Course, EntryId, Inspect, Kind, Next, Parcel, Pending, Refusal,
    Report, Submission,
};

/// An empty place where a store can be opened, more than once at a time, as by several processes.
pub trait Place: Send + Sync {
    /// The store under test. When it is dropped, its epoch is dead.
    type Store: Inspect;

    /// Opens the store at this place.
    fn open(&self) -> Self::Store;

    /// Opens it with a disk that can be made to fail; `None` where it has no [`Seam`].
    fn open_with(&self, seam: Arc<dyn Seam>) -> Option<Self::Store>;
}

/// A time to start from, in seconds since 1970 after a fixed day.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A mail with these recipients, whose Message-ID and text tell it from others.
///
/// # Errors
/// Where a recipient is no mailbox.
pub fn mail(name: &str, recipients: &[&str]) -> Result<Submission, Refusal> {
    let wrong = |error: mail::AddressError| Refusal::Storage(error.to_string());
    let recipients =
        recipients.iter().map(|text| Mailbox::parse(text)).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    let sender = ReversePath::Mailbox(Mailbox::parse("sender@example.org").map_err(wrong)?);
    let envelope = Envelope::new(sender, recipients).ok_or(Refusal::Unknown)?;
    Ok(Submission {
        envelope,
        message: Bytes::from(format!("Message-ID: <{name}@example.org>\r\n\r\n{name}\r\n")),
        message_id: format!("{name}@example.org"),
        kind: Kind::Message,
        owner: "test".into(),
        next_hop: None,
        capture: false,
    })
}

/// A commit of these mails, which nobody holds.
#[must_use]
pub fn parcel(mails: Vec<Submission>) -> Commit {
    Commit { parcel: Parcel(mails), ..Commit::default() }
}

/// A report on an attempt that ended at this time.
#[must_use]
pub fn report(entry: EntryId, kind: AttemptKind, next: Next, at: Timestamp) -> Report {
    let attempt = Attempt { at, kind, site: "mx.example.net:25".into(), reply: "250 2.0.0 Ok".into() };
    Report { entry, attempt, next, bounce: None, course: Course::default() }
}

/// The record of an answered request.
#[must_use]
pub fn answered(key: &str, expires: Timestamp) -> Answered {
    Answered {
        key: CallKey(key.into()),
        digest: [7; 32],
        expires,
        replays: 0,
        answer: None,
        answer_id: String::new(),
        story: "TestAPI.echo: ok".into(),
    }
}

/// A call of ours.
///
/// # Errors
/// Never, while `rpc@example.net` is a mailbox.
pub fn pending(id: &str, message_ids: &[&str], expires: Timestamp) -> Result<Pending, Refusal> {
    Ok(Pending {
        id: id.into(),
        message_ids: message_ids.iter().map(|&id| id.to_owned()).collect(),
        to: Mailbox::parse("rpc@example.net").map_err(|error| Refusal::Storage(error.to_string()))?,
        method: "TestAPI.echo".into(),
        protocol: "JSON-RPC".into(),
        listen: None,
        sent: at(0),
        expires,
        shown: None,
        outcome: None,
    })
}
