//! Calls answered, calls awaited, keys.

use bytes::Bytes;
use mail::EnhancedStatus;

use super::{Place, answered, at, key, mail, parcel, pending};
use crate::{Commit, FormerSecret, KeyRecord, Pending, PendingOutcome, Refusal};

fn answering(key: &str) -> Result<Commit, Refusal> {
    let answer = mail(key, &["asker@example.net"])?;
    let mut record = answered(key, at(3600));
    record.answer = Some((answer.envelope.clone(), answer.message.clone()));
    record.answer_id = answer.message_id.clone();
    record.file = Some("0a1b.mail".into());
    Ok(Commit { answered: Some(record), ..parcel(vec![answer]) })
}

/// Of concurrent commits that answer the same request one succeeds; the others queue nothing. An expired record counts
/// no more.
///
/// # Errors
/// The store's refusal.
pub async fn a_repeated_request_runs_once(place: &dyn Place) -> Result<(), Refusal> {
    let (store, other) = (place.open().await, place.open().await);
    let (first, second, third) = tokio::join!(
        store.commit(answering("k")?, at(0)),
        store.commit(answering("k")?, at(0)),
        other.commit(answering("k")?, at(0)),
    );
    let refused = [&first, &second, &third];
    let refused = refused
        .iter()
        .filter(|end| matches!(end, Err(Refusal::Duplicate(known)) if *known == key("k").to_string()))
        .count();
    assert_eq!(refused, 2, "{first:?} {second:?} {third:?}");
    assert_eq!(store.claim(10, at(0)).await?.len(), 1, "one answer is queued");
    assert_eq!(store.answered(key("k"), at(3600)).await?, None, "expired");
    assert!(store.commit(answering("k")?, at(3600)).await.is_ok());
    Ok(())
}

/// The stored answer, whole, and the count of its replays, which goes with the mail that replays it.
///
/// # Errors
/// The store's refusal.
pub async fn a_stored_answer_is_replayed_and_counted(place: &dyn Place) -> Result<(), Refusal> {
    let store = place.open().await;
    let commit = answering("k")?;
    let wanted = commit.answered.clone();
    store.commit(commit, at(0)).await?;
    let known = key("k");
    assert_eq!(store.answered(known.clone(), at(1)).await?, wanted);
    let again = Commit { replayed: Some(known.clone()), ..parcel(vec![mail("again", &["asker@example.net"])?]) };
    store.commit(again.clone(), at(1)).await?;
    assert_eq!(store.answered(known.clone(), at(1)).await?.map(|record| record.replays), Some(1));
    assert_eq!(store.claim(10, at(1)).await?.len(), 2);
    let unknown = Commit { replayed: Some(key("other")), ..again };
    assert_eq!(store.commit(unknown, at(1)).await.err(), Some(Refusal::Unknown));
    assert_eq!(store.claim(10, at(1)).await?, vec![], "a refused replay queues nothing");
    Ok(())
}

fn expecting(call: Pending) -> Commit {
    Commit { expects: vec![call], ..Commit::default() }
}

fn bounced() -> PendingOutcome {
    PendingOutcome::Bounced { status: EnhancedStatus::parse("5.1.1"), words: "550 5.1.1 nobody".into() }
}

fn completing(id: &str, outcome: PendingOutcome) -> Commit {
    Commit { completes: vec![(id.into(), outcome)], ..Commit::default() }
}

/// By its id and by every Message-ID it was sent under; neither can be awaited twice.
///
/// # Errors
/// The store's refusal.
pub async fn pending_calls_are_found_by_any_of_their_ids(place: &dyn Place) -> Result<(), Refusal> {
    let store = place.open().await;
    let call = pending("c1", &["m1@example.org", "m2@example.org"], at(60))?;
    store.commit(expecting(call.clone()), at(0)).await?;
    let forged = [
        "c1",
        "m1",
        "1@example.org",
        "M1@example.org",
        "<m1@example.org>",
        "m1@example.org ",
        "%",
        "m_@example.org",
        "",
    ];
    assert_eq!(store.find_awaited(forged.map(str::to_owned).to_vec()).await?, vec![], "an id counts whole");
    let both = ["c1", "m2@example.org", "nobody", "m1@example.org"].map(str::to_owned);
    assert_eq!(store.find_awaited(both.to_vec()).await?, vec![call.clone()], "a call is found once");
    for id in ["c1", "m1@example.org", "m2@example.org"] {
        assert_eq!(store.find_pending(id.into()).await?.as_ref(), Some(&call), "{id}");
    }
    assert_eq!(store.find_pending("m3@example.org".into()).await?, None);
    for again in [pending("c1", &["m3@example.org"], at(60))?, pending("c2", &["m2@example.org"], at(60))?] {
        let commit = Commit { expects: vec![again], ..parcel(vec![mail("one", &["a@example.net"])?]) };
        assert!(matches!(store.commit(commit, at(0)).await, Err(Refusal::Duplicate(_))));
    }
    assert_eq!(store.claim(9, at(9)).await?, vec![], "what is refused queues nothing");
    store.commit(expecting(Pending { sent: at(9), ..pending("c0", &[], at(60))? }), at(9)).await?;
    let ids: Vec<_> = store.pending().await?.into_iter().map(|call| call.id).collect();
    assert_eq!(ids, ["c1", "c0"], "newest last");
    Ok(())
}

/// By an answer, a bounce, its time, or by hand: whichever is first.
///
/// # Errors
/// The store's refusal.
pub async fn a_pending_call_ends_exactly_once(place: &dyn Place) -> Result<(), Refusal> {
    let store = place.open().await;
    store.commit(expecting(pending("c1", &["m1@example.org"], at(60))?), at(0)).await?;
    store.commit(expecting(pending("c2", &["m2@example.org"], at(60))?), at(0)).await?;
    let answer = PendingOutcome::Answered { media_type: "text/xml".into(), document: Bytes::from_static(b"<a/>") };
    let (first, second) = tokio::join!(
        store.commit(completing("c1", answer.clone()), at(1)),
        store.commit(completing("c1", bounced()), at(1)),
    );
    assert_eq!((first?.completed, second?.completed), (vec!["c1".to_owned()], vec![]));
    assert_eq!(store.expire_pending(at(59)).await?, Vec::<String>::new());
    assert_eq!(store.expire_pending(at(60)).await?, ["c2"], "what has ended does not expire");
    assert_eq!(store.commit(completing("c2", answer.clone()), at(61)).await?.completed, Vec::<String>::new());
    assert_eq!(store.commit(completing("c3", answer.clone()), at(61)).await?.completed, Vec::<String>::new());
    store.commit(expecting(pending("c4", &["m4@example.org"], at(90))?), at(61)).await?;
    store.commit(completing("c4", bounced()), at(62)).await?;
    let outcome = |id: &'static str| store.find_pending(id.into());
    assert_eq!(outcome("c4").await?.and_then(|call| call.outcome), Some(bounced()), "its status and its words");
    assert_eq!(outcome("m1@example.org").await?.and_then(|call| call.outcome), Some(answer));
    assert_eq!(outcome("c2").await?.and_then(|call| call.outcome), Some(PendingOutcome::Expired));
    Ok(())
}

/// The keys.
///
/// # Errors
/// The store's refusal.
pub async fn keys_are_added_and_replaced_by_name(place: &dyn Place) -> Result<(), Refusal> {
    let store = place.open().await;
    let key = |name: &str, digest: u8| KeyRecord {
        name: name.into(),
        digest: [digest; 32],
        former: Vec::new(),
        policy: "{}".into(),
        created: at(0),
        expires: None,
        revoked: None,
    };
    store.put_key(key("shop", 1)).await?;
    store.put_key(key("crm", 2)).await?;
    let former = [1, 2].map(|digest| FormerSecret { digest: [digest; 32], until: at(7 + i64::from(digest)) });
    let former = former.to_vec();
    let revoked = KeyRecord { revoked: Some(at(5)), expires: Some(at(9)), former, ..key("shop", 3) };
    store.put_key(revoked.clone()).await?;
    drop(store);
    let store = place.open().await;
    assert_eq!(store.totals().await?, crate::Totals::default());
    assert_eq!(store.keys().await?, [key("crm", 2), revoked]);
    Ok(())
}
