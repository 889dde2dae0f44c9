//! The suite that every store must pass: each function is one statement about the obligations on [`Spool`](crate::Spool),
//! asserts it, and gives back the refusal of a store that should not have refused.
//!
//! A store's own tests say `spool::conformance_tests!(place)`: it makes one test of each, with a fresh [`Fixture`], on a Tokio
//! runtime.

mod calls;
mod destination;
mod evidence;
mod failure;
mod fencing;
mod find;
mod history;
mod inspection;
mod notices;
mod queue;
mod taken;
mod wishes;

pub use calls::*;
pub use destination::*;
pub use evidence::*;
pub use failure::*;
pub use fencing::*;
pub use find::*;
pub use history::*;
pub use inspection::*;
pub use notices::*;
pub use queue::*;
pub use taken::*;
pub use wishes::*;

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use mail::evidence::Stage;
use mail::{EnhancedStatus, Envelope, Evidence, Mailbox, Reply, ReversePath};

use crate::fail_point::FailPoint;
use crate::{
    Answered, Attempt, AttemptKind, BoxFuture, CallKey, Commit, Course, EntryId, Kind, Next, Parcel, Pending, Refusal,
    Report, Store, Submission,
};

/// An empty place where a store can be opened, more than once at a time, as by several processes.
pub trait Fixture: Send + Sync {
    /// Opens the store at this place, under an owner of its own. When it is dropped, it is closed: its owner is dead.
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>>;

    /// The owner under which this was opened is dead from now on, without a word: nothing was given back or finished. What
    /// is still said through it is what a process says that was paused, counted as dead, and goes on.
    fn kill(&self, store: &Arc<dyn Store>) -> BoxFuture<'_, ()>;

    /// Opens it with a disk that can be made to fail; `None` where it has no [`FailPoint`].
    fn open_with(&self, fail_point: Arc<dyn FailPoint>) -> BoxFuture<'_, Option<Arc<dyn Store>>>;
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
        wishes: crate::Wishes::default(),
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
    let ok = Reply::new(250, EnhancedStatus::new(2, 0, 0), "Ok");
    let evidence = Evidence::replied(Stage::EndOfData, ok);
    let attempt = Attempt { at, kind, site: "mx.example.net:25".into(), evidence, protection: None };
    Report { entry, attempt, next, bounce: None, course: Course::default() }
}

/// What makes requests with this name the same one.
#[must_use]
pub fn key(name: &str) -> CallKey {
    CallKey::Left(name.into())
}

/// The record of an answered request.
#[must_use]
pub fn answered(key: &str, expires: Timestamp) -> Answered {
    Answered {
        key: self::key(key),
        digest: [7; 32],
        expires,
        replays: 0,
        answer: None,
        answer_id: String::new(),
        story: "TestAPI.echo: ok".into(),
        file: None,
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

/// One test of each statement, each with a fresh [`Fixture`].
#[macro_export]
macro_rules! conformance_tests {
    ($place:expr) => {
        $crate::conformance_tests! { @each $place;
            a_repeated_request_runs_once
            a_stored_answer_is_replayed_and_counted
            pending_calls_are_found_by_any_of_their_ids
            a_pending_call_ends_exactly_once
            an_open_call_is_sent_again_when_it_is_due
            a_call_that_has_ended_is_not_sent_again
            keys_are_added_and_replaced_by_name
            a_scan_pages_through_everything_once
            a_held_entry_is_not_claimed
            dropped_entries_end_and_lose_their_body
            a_story_tells_every_attempt
            mail_is_found_by_its_subject_its_call_and_its_time
            words_of_a_subject_are_a_filter_and_no_name
            evidence_reads_back_as_it_was
            a_story_tells_what_people_did
            what_happened_is_told_once_in_its_order
            what_waits_for_a_shut_destination_is_passed_over
            many_destinations_share_a_claim
            claims_take_turns_among_destinations
            what_has_waited_long_is_found_oldest_first
            captured_mail_is_released_unless_its_key_captures_it
            every_step_is_passed_by_a_commit
            a_failed_step_leaves_nothing_and_harms_nothing_later
            large_bodies_survive_and_go_with_their_mail
            what_a_killed_owner_held_can_be_claimed_again
            a_strangers_report_changes_nothing
            a_taken_request_is_begun_and_ended_by_its_owner_alone
            a_stranger_gives_nothing_back
            a_mail_is_there_after_the_commit
            a_parcel_is_whole_in_the_order_it_came
            a_claimed_entry_is_claimed_by_no_other
            a_dead_epochs_entries_can_be_claimed_again
            due_entries_come_oldest_first
            retried_entries_wait_until_they_are_due
            a_mail_whose_fate_is_known_is_committed_with_it
            released_entries_can_be_claimed_again
            retired_mail_loses_its_body_with_its_last_entry
            a_change_is_heard_where_it_was_made
            a_change_that_another_made_is_heard
            nothing_is_awaited_of_a_closed_store
            a_bounce_is_queued_with_its_report
            a_request_is_taken_once
            a_request_that_began_says_so_after_a_crash
            an_answered_request_is_over_in_one_transaction
            a_mail_for_later_waits_and_can_be_taken_back
            what_is_over_in_time_is_claimed_wherever_it_goes
            wishes_read_back_with_their_mail
            a_call_that_queued_something_has_one_answer
            an_owner_is_told_of_its_own_mail_alone
            mail_is_found_by_the_ids_its_owner_sent_it_under
        }
    };
    (@each $place:expr; $($case:ident)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                $crate::conformance::$case(&$place).await.unwrap();
            }
        )*
    };
}
