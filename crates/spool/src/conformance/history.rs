//! What happened is told in the order in which it became true.

use mail::evidence::GivenUp;

use super::{Fixture, at, mail, parcel, report};
use crate::{
    Act, Attempt, AttemptKind, Commit, Cursor, EntryId, History, KnownAttempt, Next, QueueAction, RecipientEvent,
    Refusal, Selection, Store, What,
};

fn names(history: &History) -> Vec<String> {
    history.events.iter().map(|event| format!("{} {}", event.entry, event.what.name())).collect()
}

/// All that is told behind a place, in pieces of this size.
async fn told(store: &dyn Store, mut cursor: Cursor, limit: usize) -> Result<History, Refusal> {
    let mut all = Vec::new();
    loop {
        let piece = store.after(cursor, limit).await?;
        if piece.events.is_empty() {
            return Ok(History { events: all, next: cursor });
        }
        assert!(piece.next > cursor, "{cursor:?} {piece:?}");
        cursor = piece.next;
        all.extend(piece.events);
    }
}

/// Each fact once, whichever owner made it true, in pieces of any size; what was refused is not told.
///
/// # Errors
/// The store's refusal.
pub async fn what_happened_is_told_once_in_its_order(place: &dyn Fixture) -> Result<(), Refusal> {
    let (store, other) = (place.open().await, place.open().await);
    assert_eq!(store.after(Cursor::default(), 9).await?, History::default());
    let held = Commit { claimed: true, ..parcel(vec![mail("one", &["a@x.example", "b@x.example"])?]) };
    let one = store.commit(held, at(0)).await?.entries[0].id;
    let two = EntryId { recipient: 2, ..one };
    other.act(QueueAction::Hold, Selection::Ids(vec![two]), at(1)).await?;
    let deferred = report(one, AttemptKind::Deferred, Next::Retry(at(9)), at(2));
    store.record(vec![deferred.clone()], at(2)).await?;
    assert_eq!(other.record(vec![deferred.clone()], at(2)).await?.fenced, [one], "it holds nothing");
    let (begun, piece) = (told(&*store, Cursor::default(), 1).await?, told(&*other, Cursor::default(), 99).await?);
    assert_eq!(begun, piece, "the pieces are the whole");
    other.claim(1, at(9)).await?;
    let mut failed = report(one, AttemptKind::Failed, Next::Retire, at(10));
    failed.attempt.evidence.given_up = Some(GivenUp { tries: 2, looks: 0 });
    failed.bounce = Some(mail("bounce", &["sender@example.org"])?);
    let bounce = other.record(vec![failed.clone()], at(10)).await?.entries[0].id;
    other.record(vec![report(bounce, AttemptKind::Failed, Next::Retire, at(11))], at(11)).await?;
    other.act(QueueAction::Drop, Selection::Ids(vec![two]), at(11)).await?;
    let attempt = Attempt { kind: AttemptKind::Captured, ..failed.attempt.clone() };
    let known_attempts = vec![Some(KnownAttempt { attempt, next: Next::Retire })];
    let captured =
        store.commit(Commit { known_attempts, ..parcel(vec![mail("two", &["c@x.example"])?]) }, at(12)).await?;
    let captured = captured.entries[0].id;
    let first = [format!("{one} queued"), format!("{two} queued"), format!("{two} held"), format!("{one} deferred")];
    assert_eq!(names(&begun), first);
    let rest = told(&*store, begun.next, 2).await?;
    let (of_one, of_bounce) = (format!("{one} expired"), [format!("{bounce} queued"), format!("{bounce} bounced")]);
    let last = [format!("{two} dropped"), format!("{captured} queued"), format!("{captured} captured")];
    assert_eq!(names(&rest), [vec![of_one], of_bounce.to_vec(), last.to_vec()].concat());
    let attempted = What::Attempted { number: 1, attempt: deferred.attempt };
    let place = begun.next;
    assert_eq!(
        begun.events[3],
        RecipientEvent { at: at(2), entry: one, what: attempted, place },
        "behind it is the rest"
    );
    assert_eq!(rest.events[0].what, What::Attempted { number: 2, attempt: failed.attempt });
    assert_eq!(rest.events[3].at, at(11));
    assert_eq!(told(&*store, rest.next, 9).await?.events, vec![], "there is no more");
    Ok(())
}

/// What people did is part of the story of each entry.
///
/// # Errors
/// The store's refusal.
pub async fn a_story_tells_what_people_did(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let entries = store.commit(parcel(vec![mail("one", &["a@x.example", "b@x.example"])?]), at(0)).await?.entries;
    let acts = [QueueAction::Hold, QueueAction::Release, QueueAction::Retry, QueueAction::Drop, QueueAction::Drop];
    for (second, verb) in (1..).zip(acts) {
        store.act(verb, Selection::Ids(vec![entries[0].id]), at(second)).await?;
    }
    let story = store.trace(entries[0].id.message.to_string()).await?;
    let wanted: Vec<Act> = (1..).zip(&acts[..4]).map(|(second, &verb)| Act { at: at(second), verb }).collect();
    assert_eq!(story.chapters[0].acts, wanted, "what changed nothing is no act");
    assert_eq!((&story.chapters[1].acts, &story.events), (&vec![], &vec![]));
    assert_eq!(story.chapters[0].attempts, vec![]);
    Ok(())
}
