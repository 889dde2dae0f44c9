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

#[tokio::test]
async fn a_store_of_version_1_is_taken_over_with_what_it_holds() {
    use spool::Spool;
    let place = Folder::new();
    let store = place.open();
    store
        .commit(conformance::parcel(vec![conformance::mail("old", &["a@example.net"]).unwrap()]), conformance::at(0))
        .await
        .unwrap();
    drop(store);
    let database = rusqlite::Connection::open(place.path().join("queue.sqlite")).unwrap();
    database.execute_batch("DROP TABLE taken; PRAGMA user_version = 1;").unwrap();
    drop(database);
    let store = place.open();
    assert_eq!(store.taken().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.claim(9, conformance::at(1)).await.unwrap().len(), 1);
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
