//! Calls answered, calls awaited, keys.

use bytes::Bytes;
use mail::EnhancedStatus;

use super::{Fixture, answered, at, key, mail, parcel, pending, report};
use crate::{
    AttemptKind, CallKey, Commit, FormerSecret, KeyRecord, Next, Pending, PendingOutcome, Refusal, Replay, Resend, Sent,
};

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
pub async fn a_repeated_request_runs_once(place: &dyn Fixture) -> Result<(), Refusal> {
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
pub async fn a_stored_answer_is_replayed_and_counted(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let commit = answering("k")?;
    let wanted = commit.answered.clone();
    store.commit(commit, at(0)).await?;
    let known = key("k");
    assert_eq!(store.answered(known.clone(), at(1)).await?, wanted);
    let replayed = |key: &CallKey, most| Some(Replay { key: key.clone(), most });
    let again = Commit { replayed: replayed(&known, 2), ..parcel(vec![mail("again", &["asker@example.net"])?]) };
    store.commit(again.clone(), at(1)).await?;
    assert_eq!(store.answered(known.clone(), at(1)).await?.map(|record| record.replays), Some(1));
    assert_eq!(store.claim(10, at(1)).await?.len(), 2);
    let unknown = Commit { replayed: replayed(&key("other"), 2), ..again.clone() };
    assert_eq!(store.commit(unknown, at(1)).await.err(), Some(Refusal::Unknown));
    assert_eq!(store.claim(10, at(1)).await?, vec![], "a refused replay queues nothing");
    // Of several at once only so many go.
    let commits: Vec<_> = (0..5).map(|_| store.commit(again.clone(), at(1))).collect();
    let mut ends = Vec::new();
    for commit in commits {
        ends.push(commit.await.err());
    }
    ends.sort_by_key(Option::is_some);
    let spent = || Some(Refusal::Spent);
    assert_eq!(ends, [None, spent(), spent(), spent(), spent()]);
    assert_eq!(store.answered(known, at(1)).await?.map(|record| record.replays), Some(2));
    assert_eq!(store.claim(10, at(1)).await?.len(), 1, "a refused replay queues nothing");
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
pub async fn pending_calls_are_found_by_any_of_their_ids(place: &dyn Fixture) -> Result<(), Refusal> {
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
pub async fn a_pending_call_ends_exactly_once(place: &dyn Fixture) -> Result<(), Refusal> {
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

/// Sent again when it is due, while the call is open and its mail waits no longer; by every id it was sent under it is found.
///
/// # Errors
/// The store's refusal.
pub async fn an_open_call_is_sent_again_when_it_is_due(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let request = mail("request", &["rpc@example.net"])?;
    let again = |due: i64, tries: u32| Resend {
        due: at(due),
        tries,
        envelope: request.envelope.clone(),
        message: request.message.clone(),
        next_hop: Some("192.0.2.1:25".into()),
    };
    let sent = |message_id: Option<&str>, again: Option<Resend>| {
        let message_id = message_id.map(str::to_owned);
        Commit { sends: vec![Sent { call: "c1".into(), message_id, again }], ..parcel(vec![request.clone()]) }
    };
    let awaited = pending("c1", &["m1@example.org"], at(60))?;
    assert_eq!(store.commit(sent(None, None), at(0)).await.err(), Some(Refusal::Unknown), "nobody awaits it");
    store.commit(Commit { expects: vec![awaited.clone()], ..sent(None, Some(again(5, 1))) }, at(0)).await?;
    let first = store.claim(9, at(0)).await?;
    assert_eq!(store.resends(at(9), 9).await?, vec![], "its mail still waits");
    store.record(vec![report(first[0].id, AttemptKind::Delivered, Next::Retire, at(1))], at(1)).await?;
    assert_eq!(store.resends(at(4), 9).await?, vec![], "it is not due");
    assert_eq!(store.resends(at(5), 9).await?, vec![(awaited.clone(), again(5, 1))]);
    assert_eq!(store.resends(at(5), 0).await?, vec![]);
    let known = sent(Some("m1@example.org"), Some(again(7, 2)));
    assert_eq!(store.commit(known, at(5)).await.err(), Some(Refusal::Duplicate("m1@example.org".into())));
    store.commit(sent(Some("m2@example.org"), Some(again(7, 2))), at(5)).await?;
    let second = store.claim(9, at(5)).await?;
    assert_eq!(second.len(), 1, "what was refused queued nothing");
    store.record(vec![report(second[0].id, AttemptKind::Failed, Next::Retire, at(6))], at(6)).await?;
    let twice = Pending { message_ids: vec!["m1@example.org".into(), "m2@example.org".into()], ..awaited };
    assert_eq!(store.resends(at(7), 9).await?, vec![(twice.clone(), again(7, 2))]);
    for id in ["m1@example.org", "m2@example.org"] {
        assert_eq!(store.find_awaited(vec![id.to_owned()]).await?, vec![twice.clone()], "{id}");
    }
    store.commit(sent(Some("m3@example.org"), None), at(7)).await?;
    assert_eq!(store.resends(at(59), 9).await?, vec![], "it was the last time");
    Ok(())
}

/// However it ends.
///
/// # Errors
/// The store's refusal.
pub async fn a_call_that_has_ended_is_not_sent_again(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    for id in ["c1", "c2"] {
        let request = mail(id, &["rpc@example.net"])?;
        let (envelope, message) = (request.envelope.clone(), request.message.clone());
        let again = Some(Resend { due: at(5), tries: 1, envelope, message, next_hop: None });
        let sends = vec![Sent { call: id.into(), message_id: None, again }];
        let expects = vec![pending(id, &[&format!("{id}@example.org")], at(60))?];
        store.commit(Commit { sends, expects, ..parcel(vec![request]) }, at(0)).await?;
    }
    let delivered = |entry: &crate::Entry| report(entry.id, AttemptKind::Delivered, Next::Retire, at(1));
    let reports = store.claim(9, at(0)).await?.iter().map(delivered).collect();
    store.record(reports, at(1)).await?;
    assert_eq!(store.resends(at(9), 9).await?.len(), 2);
    store.commit(completing("c1", PendingOutcome::Forgotten), at(9)).await?;
    assert_eq!(store.resends(at(9), 9).await?.len(), 1);
    let late = Sent { call: "c1".into(), message_id: Some("late@example.org".into()), again: None };
    let late = Commit { sends: vec![late], ..parcel(vec![mail("late", &["rpc@example.net"])?]) };
    assert_eq!(store.commit(late, at(9)).await.err(), Some(Refusal::Unknown));
    assert_eq!(store.claim(9, at(9)).await?, vec![], "what is refused queues nothing");
    store.expire_pending(at(60)).await?;
    assert_eq!(store.resends(at(99), 9).await?, vec![]);
    Ok(())
}

/// The keys.
///
/// # Errors
/// The store's refusal.
pub async fn keys_are_added_and_replaced_by_name(place: &dyn Fixture) -> Result<(), Refusal> {
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
