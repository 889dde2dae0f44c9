//! Mailed requests that are taken before they run.

use bytes::Bytes;
use mail::Mailbox;

use super::{Fixture, answered, at, key, mail, parcel};
use crate::{AcceptedRequest, Commit, Decision, Holder, Origin, Proof, ProvenBy, Refusal};

pub(super) fn request(id: &str, key: Option<&str>) -> Result<AcceptedRequest, Refusal> {
    Ok(AcceptedRequest {
        id: id.into(),
        key: key.map(self::key),
        digest: [7; 32],
        service: "registry".into(),
        origin: origin(id),
        decision: decision(id)?,
        envelope: mail(id, &["registry@example.org"])?.envelope,
        message: Bytes::from(vec![0xE9; 300_000]),
        at: at(0),
        started: None,
        holder: Holder::Us,
    })
}

/// With all that can be known of it, or with nothing.
fn origin(id: &str) -> Origin {
    if id != "t1" {
        return Origin::default();
    }
    Origin {
        client: Some(([192, 0, 2, 1], 4711).into()),
        file: Some("0a1b 2c".into()),
        tls: Some("TLSv1.3 TLS_AES_256_GCM_SHA384".into()),
        certificate: Some("ab12".into()),
        identity: Some("tim".into()),
    }
}

fn decision(id: &str) -> Result<Option<Decision>, Refusal> {
    let mailbox = |text: &str| Mailbox::parse(text).map_err(|error| Refusal::Storage(error.to_string()));
    let (asker, address) = (mailbox("\"who asks\"@example.net")?, mailbox("registry@example.org")?);
    Ok(match id {
        "t1" => {
            let domain = Some("example.net".to_owned());
            let proof = Proof { by: ProvenBy::Dkim, identity: asker.to_string(), domain };
            Some(Decision { asker, address, proof, is_privileged: true })
        }
        "t0" => Some(Decision { asker, address, proof: Proof::nothing(), is_privileged: false }),
        _ => None,
    })
}

pub(super) fn taking(request: &AcceptedRequest) -> Commit {
    Commit { takes: Some(request.clone()), ..Commit::default() }
}

/// By its id and by its key; also where it is answered already. It is there, whole, in the order it came.
///
/// # Errors
/// The store's refusal.
pub async fn a_request_is_taken_once(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    let (first, second) = (request("t1", Some("k1"))?, request("t0", None)?);
    store.commit(taking(&first), at(0)).await?;
    store.commit(taking(&second), at(0)).await?;
    for again in [request("t1", None)?, request("t2", Some("k1"))?] {
        assert!(matches!(store.commit(taking(&again), at(0)).await, Err(Refusal::Duplicate(_))), "{}", again.id);
    }
    store.commit(Commit { answered: Some(answered("k3", at(60))), ..Commit::default() }, at(0)).await?;
    let late = store.commit(taking(&request("t3", Some("k3"))?), at(1)).await;
    assert_eq!(late.err(), Some(Refusal::Duplicate(key("k3").to_string())));
    drop(store);
    let store = place.open().await;
    assert_eq!(store.taken().await?, ["t1", "t0"], "oldest first");
    let first = AcceptedRequest { holder: Holder::Dead, ..first };
    assert_eq!(store.taken_as(key("k1")).await?, Some(first), "whoever took it is gone");
    store.start("t0".into(), at(1)).await?;
    assert_eq!(store.find_taken("t0".into()).await?, Some(AcceptedRequest { started: Some(at(1)), ..second }));
    assert_eq!(store.find_taken("t2".into()).await?, None);
    Ok(())
}

/// And its first beginning stays.
///
/// # Errors
/// The store's refusal.
pub async fn a_request_that_began_says_so_after_a_crash(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    store.commit(taking(&request("t1", None)?), at(0)).await?;
    assert_eq!(store.start("t1".into(), at(1)).await?.started, None, "as it was before");
    drop(store);
    let store = place.open().await;
    assert_eq!(store.find_taken("t1".into()).await?.and_then(|request| request.started), Some(at(1)));
    let before = store.start("t1".into(), at(2)).await?;
    assert_eq!((before.started, before.holder), (Some(at(1)), Holder::Dead));
    let now = store.find_taken("t1".into()).await?;
    assert_eq!(now.map(|request| (request.started, request.holder)), Some((Some(at(1)), Holder::Us)));
    assert_eq!(store.start("t2".into(), at(2)).await.err(), Some(Refusal::Unknown));
    Ok(())
}

/// Its end, its answer and the record of it are there together, and only once.
///
/// # Errors
/// The store's refusal.
pub async fn an_answered_request_is_over_in_one_transaction(place: &dyn Fixture) -> Result<(), Refusal> {
    let store = place.open().await;
    store.commit(taking(&request("t1", Some("k1"))?), at(0)).await?;
    store.start("t1".into(), at(1)).await?;
    let answer = || -> Result<Commit, Refusal> {
        let parcel = parcel(vec![mail("answer", &["asker@example.net"])?]);
        Ok(Commit { ends: Some("t1".into()), answered: Some(answered("k1", at(60))), ..parcel })
    };
    let (first, second) = tokio::join!(store.commit(answer()?, at(2)), store.commit(answer()?, at(2)));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert_eq!(store.claim(9, at(2)).await?.len(), 1, "one answer is queued");
    assert_eq!(store.taken().await?, Vec::<String>::new());
    assert_eq!(store.start("t1".into(), at(3)).await.err(), Some(Refusal::Unknown));
    let keyless = Commit { ends: Some("t1".into()), ..parcel(vec![mail("again", &["asker@example.net"])?]) };
    assert_eq!(store.commit(keyless, at(3)).await.err(), Some(Refusal::Unknown));
    assert_eq!(store.claim(9, at(3)).await?, vec![], "what is refused queues nothing");
    Ok(())
}
