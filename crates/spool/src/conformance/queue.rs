//! The queue: what is committed is there, is claimed once, is tried again when it is due, and ends.

use jiff::Timestamp;
use mail::Evidence;
use mail::evidence::Reason;

use super::{Fixture, at, mail, parcel, report};
use crate::{Attempt, AttemptKind, Commit, EntryId, Filter, Item, KnownAttempt, Next, Refusal, State};

/// Obligation 1, as far as it can be seen from inside: another opening of the store has it.
///
/// # Errors
/// The store's refusal.
pub async fn a_mail_is_there_after_the_commit(place: &dyn Fixture) -> Result<(), Refusal> {
    let submission = mail("one", &["a@example.net"])?;
    let store = place.open().await;
    let committed = store.commit(parcel(vec![submission.clone()]), at(0)).await?;
    drop(store);
    let store = place.open().await;
    let claimed = store.claim(10, at(0)).await?;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].id, committed.entries[0].id);
    assert_eq!(claimed[0].reverse_path, submission.envelope.reverse_path);
    assert_eq!(claimed[0].recipient, submission.envelope.recipients()[0]);
    assert_eq!((claimed[0].queued, claimed[0].tries), (at(0), 0));
    assert_eq!(store.message(claimed[0].id).await?, submission.message);
    Ok(())
}

/// All recipients of all mails are there, numbered from 1, in their order; an unknown one is unknown.
///
/// # Errors
/// The store's refusal.
pub async fn a_parcel_is_whole_in_the_order_it_came(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let mails = vec![mail("one", &["a@example.net", "b@example.net"])?, mail("two", &["c@example.net"])?];
    let committed = store.commit(parcel(mails.clone()), at(0)).await?;
    let seen: Vec<_> =
        committed.entries.iter().map(|entry| (entry.recipient.to_string(), entry.id.recipient)).collect();
    let wanted = [("a@example.net", 1), ("b@example.net", 2), ("c@example.net", 1)];
    assert_eq!(seen, wanted.map(|(text, number)| (text.to_owned(), number)));
    assert!(committed.entries[0].id.message < committed.entries[2].id.message, "numbers rise");
    assert_eq!(committed.entries[2].message.as_ref(), Some(&mails[1].message), "committed entries carry their octets");
    let nobody = EntryId { message: committed.entries[2].id.message + 1, recipient: 1 };
    assert_eq!(store.message(nobody).await, Err(Refusal::Unknown));
    Ok(())
}

/// Obligation 4, the first half: between two live stores.
///
/// # Errors
/// The store's refusal.
pub async fn a_claimed_entry_is_claimed_by_no_other(place: &dyn Fixture) -> Result<(), Refusal> {
    let (one, other) = (place.open().await, place.open().await);
    let mails = vec![mail("one", &["a@example.net"])?, mail("two", &["b@example.net"])?];
    one.commit(parcel(mails), at(0)).await?;
    let held = Commit { claimed: true, ..parcel(vec![mail("three", &["c@example.net"])?]) };
    one.commit(held, at(0)).await?;
    let first = one.claim(1, at(1)).await?;
    let second = other.claim(10, at(1)).await?;
    assert_eq!((first.len(), second.len()), (1, 1), "what is committed as claimed is held from the start");
    assert_ne!(first[0].id, second[0].id);
    assert_eq!(one.claim(10, at(1)).await?, vec![], "not even by the same store");
    assert_eq!(other.next_due().await?, None);
    Ok(())
}

/// Obligation 4, the second half. What a live epoch holds stays held.
///
/// # Errors
/// The store's refusal.
pub async fn a_dead_epochs_entries_can_be_claimed_again(place: &dyn Fixture) -> Result<(), Refusal> {
    let (mortal, other) = (place.open().await, place.open().await);
    let held = Commit { claimed: true, ..parcel(vec![mail("one", &["a@example.net"])?]) };
    mortal.commit(held, at(3)).await?;
    mortal.commit(parcel(vec![mail("two", &["b@example.net"])?]), at(2)).await?;
    assert_eq!(mortal.claim(10, at(9)).await?.len(), 1);
    assert_eq!(other.claim(10, at(9)).await?, vec![]);
    drop(mortal);
    assert_eq!(other.next_due().await?, Some(at(2)));
    let inherited = other.claim(10, at(9)).await?;
    let due: Vec<Timestamp> = inherited.iter().map(|entry| entry.due).collect();
    assert_eq!(due, [at(2), at(3)], "whoever held them, oldest due first");
    Ok(())
}

/// Order and number of what is claimed.
///
/// # Errors
/// The store's refusal.
pub async fn due_entries_come_oldest_first(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    for (name, second) in [("late", 50), ("early", 10), ("middle", 30)] {
        store.commit(parcel(vec![mail(name, &["a@example.net"])?]), at(second)).await?;
    }
    assert_eq!(store.next_due().await?, Some(at(10)));
    let due: Vec<_> = store.claim(2, at(40)).await?.into_iter().map(|entry| entry.message_id).collect();
    assert_eq!(due, ["early@example.org", "middle@example.org"]);
    assert_eq!(store.claim(10, at(49)).await?, vec![], "not before it is due");
    assert_eq!(store.next_due().await?, Some(at(50)));
    assert_eq!(store.claim(10, at(50)).await?.len(), 1);
    Ok(())
}

/// A deferred entry, its count and its time.
///
/// # Errors
/// The store's refusal.
pub async fn retried_entries_wait_until_they_are_due(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    store.commit(parcel(vec![mail("one", &["a@example.net"])?]), at(0)).await?;
    let entry = store.claim(1, at(0)).await?.remove(0);
    let deferred = report(entry.id, AttemptKind::Deferred, Next::Retry(at(60)), at(1));
    let recorded = store.record(vec![deferred], at(1)).await?;
    assert_eq!(recorded.entries, vec![]);
    assert_eq!(store.next_due().await?, Some(at(60)));
    assert_eq!(store.claim(1, at(59)).await?, vec![]);
    let again = store.claim(1, at(60)).await?.remove(0);
    assert_eq!((again.id, again.tries, again.due, again.queued), (entry.id, 1, at(60), at(0)));
    Ok(())
}

/// What is known of a mail when it is committed stands in its entries from the start.
///
/// # Errors
/// The store's refusal.
pub async fn a_mail_whose_fate_is_known_is_committed_with_it(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let known_attempt = |kind, next| {
        let attempt = Attempt {
            at: at(0),
            kind,
            site: "there".into(),
            evidence: Evidence::outside(Reason::Captured),
            protection: None,
        };
        Some(KnownAttempt { attempt, next })
    };
    let (captured, deferred) =
        (known_attempt(AttemptKind::Captured, Next::Retire), known_attempt(AttemptKind::Deferred, Next::Retry(at(60))));
    let (both, one) = (["a@example.net", "b@example.net"], ["c@example.net"]);
    let mails = vec![mail("one", &both)?, mail("two", &one)?, mail("three", &one)?];
    let known_attempts = vec![captured, deferred];
    let entries = store.commit(Commit { claimed: true, known_attempts, ..parcel(mails) }, at(0)).await?.entries;
    assert_eq!(entries.iter().map(|entry| entry.tries).collect::<Vec<_>>(), [1, 1, 1, 0]);
    assert!(store.message(entries[0].id).await.is_ok(), "what is captured is kept");
    let done = Filter { state: Some(State::Done), ..Filter::default() };
    assert_eq!(store.scan(done, None, 10).await?.items.len(), 2);
    assert_eq!(store.next_due().await?, Some(at(60)));
    let due = store.claim(9, at(99)).await?;
    assert_eq!(due.iter().map(|entry| (entry.id, entry.tries)).collect::<Vec<_>>(), [(entries[2].id, 1)]);
    let retired = report(entries[2].id, AttemptKind::Delivered, Next::Retire, at(99));
    store.record(vec![retired.clone()], at(99)).await?;
    let attempts = store.trace(entries[2].id.to_string()).await?.chapters.remove(0).attempts;
    assert_eq!(
        attempts.iter().map(|attempt| attempt.kind).collect::<Vec<_>>(),
        [AttemptKind::Deferred, AttemptKind::Delivered]
    );
    Ok(())
}

/// Claims that are given back.
///
/// # Errors
/// The store's refusal.
pub async fn released_entries_can_be_claimed_again(place: &dyn Fixture) -> Result<(), Refusal> {
    let (store, other) = (place.open().await, place.open().await);
    store.commit(parcel(vec![mail("one", &["a@example.net"])?]), at(0)).await?;
    let entry = store.claim(1, at(0)).await?.remove(0);
    assert_eq!(other.release(vec![entry.id]).await?, [entry.id]);
    assert_eq!(other.claim(1, at(0)).await?, vec![], "only its holder gives it back");
    assert_eq!(store.release(vec![entry.id]).await?, vec![]);
    let again = other.claim(1, at(0)).await?;
    assert_eq!((again[0].id, again[0].tries), (entry.id, 0));
    Ok(())
}

/// The end of a mail with two recipients.
///
/// # Errors
/// The store's refusal.
pub async fn retired_mail_loses_its_body_with_its_last_entry(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let held = Commit { claimed: true, ..parcel(vec![mail("one", &["a@example.net", "b@example.net"])?]) };
    let entries = store.commit(held, at(0)).await?.entries;
    let retired = |at_entry: usize| report(entries[at_entry].id, AttemptKind::Delivered, Next::Retire, at(1));
    store.record(vec![retired(1)], at(1)).await?;
    assert!(store.message(entries[0].id).await.is_ok(), "the other one needs it");
    store.record(vec![retired(0)], at(1)).await?;
    assert_eq!(store.message(entries[0].id).await, Err(Refusal::Unknown));
    assert_eq!((store.claim(9, at(99)).await?, store.next_due().await?), (vec![], None));
    let done = Filter { state: Some(State::Done), ..Filter::default() };
    assert_eq!(store.scan(done, None, 10).await?.items.len(), 2, "their rows are kept");
    Ok(())
}

/// A failure and its bounce are one transaction; a report that comes too late causes none.
///
/// # Errors
/// The store's refusal.
pub async fn a_bounce_is_queued_with_its_report(place: &dyn Fixture) -> Result<(), Refusal> {
    let (store, other) = (place.open().await, place.open().await);
    let held = Commit { claimed: true, ..parcel(vec![mail("one", &["a@example.net"])?]) };
    let entry = store.commit(held, at(0)).await?.entries.remove(0);
    let bounce = mail("bounce", &["sender@example.org"])?;
    let mut failed = report(entry.id, AttemptKind::Failed, Next::Retire, at(1));
    failed.bounce = Some(bounce.clone());
    let recorded = store.record(vec![failed.clone()], at(1)).await?;
    assert_eq!(recorded.entries.len(), 1);
    assert_eq!(recorded.entries[0].message.as_ref(), Some(&bounce.message));
    assert_eq!(other.claim(9, at(9)).await?, vec![], "a bounce is held by whoever recorded it");
    assert_eq!(store.message(recorded.entries[0].id).await?, bounce.message);
    let late = store.record(vec![failed], at(2)).await?;
    assert_eq!(late.entries, vec![], "an entry that has ended causes nothing");
    let items = store.scan(Filter::default(), None, 9).await?.items;
    assert!(matches!(&items[..], [Item::Whole(item)] if item.id == recorded.entries[0].id));
    Ok(())
}
