//! The conformance suite, against the SQLite store.
#![allow(clippy::unwrap_used)] // A test fails by panicking, wherever in it.

use std::path::PathBuf;
use std::sync::Arc;

use spool::conformance::{self, Place};
use spool::seam::Seam;
use spool::{Options, SqliteSpool};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("spool")
    }
}

impl Folder {
    /// Opens it and keeps the folder as long as the store.
    fn open_kept(self) -> (SqliteSpool, Self) {
        (self.open(), self)
    }
}

impl Place for Folder {
    type Store = SqliteSpool;

    fn open(&self) -> SqliteSpool {
        SqliteSpool::open(&self.path(), Options::default()).unwrap()
    }

    fn open_with(&self, seam: Arc<dyn Seam>) -> Option<SqliteSpool> {
        let options = Options { seam, ..Options::default() };
        Some(SqliteSpool::open(&self.path(), options).unwrap())
    }
}

#[tokio::test]
async fn a_pending_call_ends_exactly_once() {
    conformance::a_pending_call_ends_exactly_once(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_repeated_request_runs_once() {
    conformance::a_repeated_request_runs_once(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_stored_answer_is_replayed_and_counted() {
    conformance::a_stored_answer_is_replayed_and_counted(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn keys_are_added_and_replaced_by_name() {
    conformance::keys_are_added_and_replaced_by_name(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn pending_calls_are_found_by_any_of_their_ids() {
    conformance::pending_calls_are_found_by_any_of_their_ids(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_held_entry_is_not_claimed() {
    conformance::a_held_entry_is_not_claimed(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_scan_pages_through_everything_once() {
    conformance::a_scan_pages_through_everything_once(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_story_tells_every_attempt() {
    conformance::a_story_tells_every_attempt(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn dropped_entries_end_and_lose_their_body() {
    conformance::dropped_entries_end_and_lose_their_body(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_failed_step_leaves_nothing_and_harms_nothing_later() {
    conformance::a_failed_step_leaves_nothing_and_harms_nothing_later(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn every_step_is_passed_by_a_commit() {
    conformance::every_step_is_passed_by_a_commit(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn large_bodies_survive_and_go_with_their_mail() {
    conformance::large_bodies_survive_and_go_with_their_mail(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_bounce_is_queued_with_its_report() {
    conformance::a_bounce_is_queued_with_its_report(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_claimed_entry_is_claimed_by_no_other() {
    conformance::a_claimed_entry_is_claimed_by_no_other(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_dead_epochs_entries_can_be_claimed_again() {
    conformance::a_dead_epochs_entries_can_be_claimed_again(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_mail_is_there_after_the_commit() {
    conformance::a_mail_is_there_after_the_commit(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_parcel_is_whole_in_the_order_it_came() {
    conformance::a_parcel_is_whole_in_the_order_it_came(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn due_entries_come_oldest_first() {
    conformance::due_entries_come_oldest_first(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn released_entries_can_be_claimed_again() {
    conformance::released_entries_can_be_claimed_again(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn retired_mail_loses_its_body_with_its_last_entry() {
    conformance::retired_mail_loses_its_body_with_its_last_entry(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_mail_whose_fate_is_known_is_committed_with_it() {
    conformance::a_mail_whose_fate_is_known_is_committed_with_it(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn retried_entries_wait_until_they_are_due() {
    conformance::retried_entries_wait_until_they_are_due(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_request_is_taken_once() {
    conformance::a_request_is_taken_once(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn a_request_that_began_says_so_after_a_crash() {
    conformance::a_request_that_began_says_so_after_a_crash(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn an_answered_request_is_over_in_one_transaction() {
    conformance::an_answered_request_is_over_in_one_transaction(&Folder::new()).await.unwrap();
}

/// A store as the program of schema 2 left it: six deferred recipients, one of them held, a key, a line of the journal.
const STORE_2: &str = include_str!("data/store_2.sql");

/// A folder with a store of that schema version.
fn old_store(version: u32) -> Folder {
    let place = Folder::new();
    std::fs::create_dir_all(place.path()).unwrap();
    let database = rusqlite::Connection::open(place.path().join("queue.sqlite")).unwrap();
    database.execute_batch(STORE_2).unwrap();
    if version < 2 {
        database.execute_batch("DROP TABLE taken; PRAGMA user_version = 1;").unwrap();
    }
    place
}

#[tokio::test]
async fn older_stores_are_taken_over_with_all_that_they_hold() {
    use spool::{Filter, Inspect as _, Spool as _, State};
    let long_after = jiff::Timestamp::from_second(2_000_000_000).unwrap();
    for version in [1, 2] {
        let store = old_store(version).open_kept();
        assert_eq!(store.0.taken().await.unwrap(), Vec::<String>::new(), "{version}");
        assert_eq!(store.0.keys().await.unwrap()[0].name, "website");
        assert_eq!(store.0.journal(9).await.unwrap()[0].text, "3.1 held by hand");
        let held = Filter { state: Some(State::Held), ..Filter::default() };
        assert_eq!(store.0.scan(held, None, 9).await.unwrap().items.len(), 1);
        let claimed = store.0.claim(9, long_after).await.unwrap();
        assert_eq!(claimed.len(), 5, "{version}");
        for entry in claimed {
            assert_eq!(entry.tries, 1);
            assert_eq!(store.0.message(entry.id).await.unwrap().len() as u64, entry.size);
            let story = store.0.trace(entry.id.to_string()).await.unwrap();
            assert_eq!(story.chapters[0].attempts[0].reply, "127.0.0.1:9: Connection refused (os error 111)");
        }
    }
}

#[tokio::test]
async fn what_waits_for_a_shut_destination_is_passed_over() {
    conformance::what_waits_for_a_shut_destination_is_passed_over(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn many_destinations_share_a_claim() {
    conformance::many_destinations_share_a_claim(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn what_has_waited_long_is_found_oldest_first() {
    conformance::what_has_waited_long_is_found_oldest_first(&Folder::new()).await.unwrap();
}

#[tokio::test]
async fn captured_mail_is_released_unless_its_key_captures_it() {
    conformance::captured_mail_is_released_unless_its_key_captures_it(&Folder::new()).await.unwrap();
}
