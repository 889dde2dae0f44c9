//! Destinations: one that is shut keeps its own mail waiting, and nobody else's.

use std::sync::Arc;

use mail::Evidence;
use mail::evidence::Reason;

use super::{Fixture, at, mail, parcel, report};
use crate::{
    Attempt, AttemptKind, Commit, Course, Entry, Filter, KnownAttempt, Next, OverdueQuery, QueueAction, Refusal,
    Selection, State, Wanted,
};

fn name(text: &str) -> Arc<str> {
    Arc::from(text)
}

fn to(destination: &str) -> Course {
    Course { destinations: vec![name(destination)], waits: false }
}

fn waits_for(destination: &str) -> Course {
    Course { waits: true, ..to(destination) }
}

fn names(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.message_id.trim_end_matches("@example.org")).collect()
}

/// What waits is not held by whoever committed it, is left out of claims while its destination is shut, and is due at once
/// when it is not: nothing was written in between. One that is to be looked at gives its oldest message.
///
/// # Errors
/// The store's refusal.
pub async fn what_waits_for_a_shut_destination_is_passed_over(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let mails = ["one", "two", "three", "four"].map(|id| mail(id, &["a@example.net"]));
    let mails = mails.into_iter().collect::<Result<Vec<_>, _>>()?;
    let courses = vec![waits_for("shut"), to("open"), waits_for("shut"), Course::default()];
    let entries = store.commit(Commit { claimed: true, courses, ..parcel(mails) }, at(0)).await?.entries;
    store.release(vec![entries[1].id]).await?;
    let shut = vec![name("shut"), name("never heard of")];
    assert_eq!(store.next_due_but(shut.clone()).await?, Some(at(0)));
    let wanted = Wanted { limit: 9, shut: shut.clone(), looks: Vec::new() };
    assert_eq!(names(&store.claim_wanted(wanted, at(1)).await?), ["two"], "the fourth was claimed by its commit");
    assert_eq!((store.next_due_but(shut).await?, store.next_due().await?), (None, Some(at(0))));
    let look = Wanted { limit: 9, shut: Vec::new(), looks: vec![name("shut")] };
    let looked = store.claim_wanted(look, at(1)).await?;
    assert_eq!(names(&looked), ["one"], "one message is sent to look");
    store.park(vec![looked[0].id], name("other")).await?;
    let others = Wanted { limit: 9, shut: vec![name("shut")], looks: Vec::new() };
    assert_eq!(names(&store.claim_wanted(others, at(1)).await?), ["one"], "it waits for another one now");
    assert_eq!(names(&store.claim(9, at(1)).await?), ["three"]);
    Ok(())
}

/// A destination with much that is due does not keep another's from being claimed.
///
/// # Errors
/// The store's refusal.
pub async fn many_destinations_share_a_claim(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    for number in 0..30 {
        let destination = if number < 28 { "crowded".to_owned() } else { format!("{number}") };
        let commit = Commit { courses: vec![to(&destination)], ..parcel(vec![mail("m", &["a@example.net"])?]) };
        store.commit(commit, at(number)).await?;
    }
    let due = |entries: &[Entry]| entries.iter().map(|entry| entry.due).collect::<Vec<_>>();
    let first = store.claim(6, at(99)).await?;
    assert_eq!(due(&first), [at(0), at(1), at(2), at(3), at(28), at(29)], "what some leave goes to the others");
    assert_eq!(store.claim(99, at(99)).await?.len(), 24);
    Ok(())
}

/// Small claims go round: the next one begins behind the destination that was served last.
///
/// # Errors
/// The store's refusal.
pub async fn claims_take_turns_among_destinations(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    for destination in ["x", "x", "y", "z"] {
        let commit = Commit { courses: vec![to(destination)], ..parcel(vec![mail(destination, &["a@example.net"])?]) };
        store.commit(commit, at(0)).await?;
    }
    let mut turns = Vec::new();
    for _ in 0..4 {
        turns.extend(store.claim(1, at(1)).await?.into_iter().map(|entry| entry.message_id));
    }
    assert_eq!(turns, ["x", "y", "z", "x"].map(|name| format!("{name}@example.org")));
    Ok(())
}

/// What is to be given up, though nobody could try it.
///
/// # Errors
/// The store's refusal.
pub async fn what_has_waited_long_is_found_oldest_first(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    for second in 0..4 {
        let commit = Commit { courses: vec![waits_for("away")], ..parcel(vec![mail("m", &["a@example.net"])?]) };
        store.commit(commit, at(second)).await?;
    }
    let query =
        |before, limit| OverdueQuery { destination: name("away"), queued_before: at(before), now: at(50), limit };
    let overdue = store.overdue(query(3, 2)).await?;
    assert_eq!((overdue.entries.len(), overdue.next), (2, Some(at(2))), "more than was asked for");
    let overdue = store.overdue(query(3, 9)).await?;
    assert_eq!((overdue.entries.len(), overdue.next), (3, Some(at(3))));
    let claimed = store.claim_these(overdue.entries.clone(), at(50)).await?;
    assert_eq!(claimed.iter().map(|entry| entry.queued).collect::<Vec<_>>(), [at(0), at(1), at(2)]);
    assert_eq!(store.claim_these(overdue.entries, at(50)).await?, vec![], "they are held");
    assert_eq!(store.overdue(query(3, 9)).await?.entries, vec![]);
    Ok(())
}

/// Captured mail can be sent after all, each recipient by itself; a sandboxed key's stays.
///
/// # Errors
/// The store's refusal.
pub async fn captured_mail_is_released_unless_its_key_captures_it(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let (kind, evidence) = (AttemptKind::Captured, Evidence::outside(Reason::Captured));
    let attempt = Attempt { at: at(0), kind, site: "capture".into(), evidence, protection: None };
    let known_attempt = Some(KnownAttempt { attempt, next: Next::Retire });
    let mut sandboxed = mail("sandbox", &["c@example.net"])?;
    sandboxed.capture = true;
    let mails = vec![mail("one", &["a@example.net", "b@example.net"])?, sandboxed];
    let known_attempts = vec![known_attempt.clone(), known_attempt];
    let entries = store.commit(Commit { claimed: true, known_attempts, ..parcel(mails) }, at(0)).await?.entries;
    let ids = entries.iter().map(|entry| entry.id).collect();
    assert_eq!(store.act(QueueAction::Release, Selection::Ids(ids), at(5)).await?, 2);
    let claimed = store.claim(9, at(5)).await?;
    assert_eq!(claimed.iter().map(|entry| entry.id.recipient).collect::<Vec<_>>(), [1, 2]);
    for entry in &claimed {
        assert!(store.message(entry.id).await.is_ok(), "its octets are kept until the last has ended");
        store.record(vec![report(entry.id, AttemptKind::Delivered, Next::Retire, at(6))], at(6)).await?;
    }
    assert_eq!(store.message(claimed[0].id).await, Err(Refusal::Unknown), "and no longer");
    let done = Filter { state: Some(State::Done), ..Filter::default() };
    assert_eq!(store.scan(done, None, 9).await?.items.len(), 3);
    Ok(())
}
