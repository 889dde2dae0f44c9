//! Strangers: what an owner says that is no longer the owner is refused, and changes nothing.

use std::sync::Arc;

use super::{Fixture, at, mail, parcel, report};
use crate::{AttemptKind, Commit, Filter, Holder, Item, Next, Refusal, State, Store, Totals};

/// Obligation 4 for an owner that is gone without a word: nobody waits for it, whatever it held and however it came by it.
///
/// # Errors
/// The store's refusal.
pub async fn what_a_killed_owner_held_can_be_claimed_again(place: &dyn Fixture) -> Result<(), Refusal> {
    let (mortal, other) = (place.open().await, place.open().await);
    let held = Commit { claimed: true, ..parcel(vec![mail("one", &["a@example.net"])?]) };
    mortal.commit(held, at(3)).await?;
    mortal.commit(parcel(vec![mail("two", &["b@example.net"])?]), at(2)).await?;
    assert_eq!(mortal.claim(9, at(9)).await?.len(), 1);
    assert_eq!((other.claim(9, at(9)).await?, other.next_due().await?), (vec![], None));
    assert_eq!(other.totals().await?, Totals { claimed: 2, ..Totals::default() });
    place.kill(&mortal).await;
    assert_eq!(other.totals().await?, Totals { waiting: 2, ..Totals::default() });
    assert_eq!(other.next_due().await?, Some(at(2)));
    let inherited = other.claim(9, at(9)).await?;
    assert_eq!(inherited.iter().map(|entry| entry.due).collect::<Vec<_>>(), [at(2), at(3)]);
    Ok(())
}

/// A report on what another holds now is refused alone: the others of its batch are done, and no bounce follows from it.
///
/// # Errors
/// The store's refusal.
pub async fn a_strangers_report_changes_nothing(place: &dyn Fixture) -> Result<(), Refusal> {
    let (paused, heir) = (place.open().await, place.open().await);
    let mails = vec![mail("one", &["a@example.net"])?, mail("two", &["b@example.net"])?];
    paused.commit(parcel(mails), at(0)).await?;
    let lost = paused.claim(1, at(1)).await?.remove(0);
    place.kill(&paused).await;
    assert_eq!(heir.claim(1, at(1)).await?.remove(0).id, lost.id, "the oldest first");
    let own =
        paused.commit(Commit { claimed: true, ..parcel(vec![mail("three", &["c@example.net"])?]) }, at(1)).await?;
    let own = own.entries[0].id;
    let mut failed = report(lost.id, AttemptKind::Failed, Next::Retire, at(2));
    failed.bounce = Some(mail("bounce", &["sender@example.org"])?);
    let deferred = report(own, AttemptKind::Deferred, Next::Retry(at(50)), at(2));
    let recorded = paused.record(vec![failed, deferred], at(2)).await?;
    assert_eq!((recorded.fenced, recorded.entries), (vec![lost.id], vec![]));
    let tries = |item: &Item| match item {
        Item::Whole(item) => Some((item.state, item.tries)),
        Item::Damaged { .. } => None,
    };
    let items = heir.items(vec![lost.id, own]).await?;
    assert_eq!(items.iter().map(tries).collect::<Vec<_>>(), [Some((State::Queued, 0)), Some((State::Queued, 1))]);
    let delivered = report(lost.id, AttemptKind::Delivered, Next::Retire, at(3));
    assert_eq!(heir.record(vec![delivered.clone()], at(3)).await?.fenced, vec![], "its owner is believed");
    assert_eq!(heir.record(vec![delivered], at(3)).await?.fenced, [lost.id], "once");
    let attempts = heir.trace(lost.id.to_string()).await?.chapters.remove(0).attempts;
    assert_eq!(attempts.iter().map(|attempt| attempt.kind).collect::<Vec<_>>(), [AttemptKind::Delivered]);
    assert_eq!(heir.scan(Filter::default(), None, 9).await?.items.len(), 2, "no bounce is queued");
    Ok(())
}

/// Nor does it give back, or park, what another holds.
///
/// # Errors
/// The store's refusal.
pub async fn a_stranger_gives_nothing_back(place: &dyn Fixture) -> Result<(), Refusal> {
    let (paused, heir) = (place.open().await, place.open().await);
    paused.commit(parcel(vec![mail("one", &["a@example.net"])?]), at(0)).await?;
    let id = paused.claim(1, at(1)).await?.remove(0).id;
    place.kill(&paused).await;
    assert_eq!(heir.claim(1, at(1)).await?.len(), 1);
    assert_eq!(paused.release(vec![id]).await?, [id]);
    assert_eq!(paused.park(vec![id], Arc::from("elsewhere")).await?, [id]);
    assert_eq!((paused.claim(1, at(1)).await?, paused.next_due().await?), (vec![], None));
    assert_eq!(heir.park(vec![id], Arc::from("elsewhere")).await?, vec![]);
    assert_eq!(heir.release(vec![id]).await?, [id], "it was given back already");
    Ok(())
}

/// A taken request is its owner's: no other lists, begins or ends it while that one lives; afterwards whoever begins it
/// does, and the first one is the stranger.
///
/// # Errors
/// The store's refusal.
pub async fn a_taken_request_is_begun_and_ended_by_its_owner_alone(place: &dyn Fixture) -> Result<(), Refusal> {
    let (paused, heir) = (place.open().await, place.open().await);
    paused.commit(super::taken::taking(&super::taken::request("t1", None)?), at(0)).await?;
    assert_eq!((paused.taken().await?, heir.taken().await?), (vec!["t1".to_owned()], vec![]));
    assert_eq!(heir.start("t1".into(), at(1)).await.err(), Some(Refusal::Fenced));
    assert_eq!(paused.start("t1".into(), at(1)).await?.holder, Holder::Us);
    let seen = async |store: &dyn Store| store.find_taken("t1".into()).await.map(|it| it.map(|it| it.holder));
    assert_eq!(seen(&*heir).await?, Some(Holder::Other));
    let ended = || -> Result<Commit, Refusal> {
        Ok(Commit { ends: Some("t1".into()), ..parcel(vec![mail("answer", &["asker@example.net"])?]) })
    };
    assert_eq!(heir.commit(ended()?, at(2)).await.err(), Some(Refusal::Fenced));
    place.kill(&paused).await;
    assert_eq!((heir.taken().await?, seen(&*heir).await?), (vec!["t1".to_owned()], Some(Holder::Dead)));
    assert_eq!(heir.commit(ended()?, at(2)).await.err(), Some(Refusal::Fenced), "it has not begun it");
    assert_eq!(heir.start("t1".into(), at(3)).await?.started, Some(at(1)));
    assert_eq!(paused.commit(ended()?, at(4)).await.err(), Some(Refusal::Fenced));
    assert_eq!(heir.claim(9, at(9)).await?, vec![], "what is refused queues nothing");
    assert_eq!(heir.commit(ended()?, at(5)).await?.entries.len(), 1);
    assert_eq!(paused.commit(ended()?, at(6)).await.err(), Some(Refusal::Unknown), "it is over");
    Ok(())
}
