//! Whoever waits for a change hears of it, whichever owner made it.

use std::time::Duration;

use super::{Fixture, at, mail, parcel, pending};
use crate::{Change, Commit, KeyRecord, Next, PendingOutcome, QueueAction, Refusal, Selection, Store, Subscription};

/// Long: a test that hears does not wait.
const PATIENCE: Duration = Duration::from_secs(20);

/// Awaits a change, or word that anything may have changed; what is told beside it does not count.
async fn hears(waiting: &mut Subscription, wanted: &Change) -> bool {
    let heard = async {
        while let Some(change) = waiting.next().await {
            if change == *wanted || change == Change::Any {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(PATIENCE, heard).await.unwrap_or(false)
}

/// Makes each change through one opening of the store, and awaits it.
async fn each_is_heard(maker: &dyn Store, waiting: &mut Subscription) -> Result<(), Refusal> {
    let entries = maker.commit(parcel(vec![mail("one", &["a@example.net"])?]), at(0)).await?.entries;
    assert!(hears(waiting, &Change::Due).await, "it is queued");
    let ids = vec![entries[0].id];
    maker.claim(1, at(0)).await?;
    maker.release(ids.clone()).await?;
    assert!(hears(waiting, &Change::Due).await, "it was given back");
    maker.claim(1, at(0)).await?;
    let deferred = super::report(ids[0], crate::AttemptKind::Deferred, Next::Retry(at(60)), at(1));
    maker.record(vec![deferred], at(1)).await?;
    assert!(hears(waiting, &Change::Due).await, "it is tried again");
    maker.act(QueueAction::Retry, Selection::Ids(ids), at(2)).await?;
    assert!(hears(waiting, &Change::Due).await, "it is due now");
    let call = pending("c1", &["m1@example.org"], at(60))?;
    maker.commit(Commit { expects: vec![call], ..Commit::default() }, at(0)).await?;
    assert!(hears(waiting, &Change::Call("c1".into())).await, "it is awaited");
    let completes = vec![("c1".to_owned(), PendingOutcome::Forgotten)];
    maker.commit(Commit { completes, ..Commit::default() }, at(0)).await?;
    assert!(hears(waiting, &Change::Call("c1".into())).await, "it has ended");
    maker.commit(super::taken::taking(&super::taken::request("t1", None)?), at(0)).await?;
    assert!(hears(waiting, &Change::Request("t1".into())).await, "it is taken");
    maker.start("t1".into(), at(1)).await?;
    maker.commit(Commit { ends: Some("t1".into()), ..Commit::default() }, at(2)).await?;
    assert!(hears(waiting, &Change::Request("t1".into())).await, "it is over");
    maker.put_key(key()).await?;
    assert!(hears(waiting, &Change::Keys).await);
    Ok(())
}

fn key() -> KeyRecord {
    KeyRecord {
        name: "shop".into(),
        digest: [1; 32],
        former: Vec::new(),
        policy: "{}".into(),
        created: at(0),
        expires: None,
        revoked: None,
    }
}

/// Through the same opening of the store.
///
/// # Errors
/// The store's refusal.
pub async fn a_change_is_heard_where_it_was_made(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let mut waiting = store.subscribe();
    each_is_heard(&*store, &mut waiting).await
}

/// Through another one.
///
/// # Errors
/// The store's refusal.
pub async fn a_change_that_another_made_is_heard(place: &dyn Fixture) -> Result<(), Refusal> {
    let (store, other) = (place.open().await, place.open().await);
    let mut waiting = store.subscribe();
    each_is_heard(&*other, &mut waiting).await
}

/// The end of the store is the end of what can be heard.
///
/// # Errors
/// The store's refusal.
pub async fn nothing_is_awaited_of_a_closed_store(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let mut waiting = store.subscribe();
    drop(store);
    let ended = async { while waiting.next().await.is_some() {} };
    assert!(tokio::time::timeout(PATIENCE, ended).await.is_ok());
    Ok(())
}
