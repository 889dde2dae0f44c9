//! Calls of ours whose answers are awaited by somebody in this process. The store knows how each ended, and tells.

use spool::{Change, Pending, Refusal, Store};

/// Waits until at least one of these calls has ended, by whichever process, and gives back all of them that have.
///
/// # Errors
/// The store cannot be read, or is closed.
pub async fn wait_any(ids: &[String], store: &dyn Store) -> Result<Vec<Pending>, Refusal> {
    let mut changes = store.subscribe();
    loop {
        let mut ended = Vec::new();
        for id in ids {
            ended.extend(store.find_pending(id.clone()).await?.filter(|call| call.outcome.is_some()));
        }
        if !ended.is_empty() {
            return Ok(ended);
        }
        loop {
            match changes.next().await.ok_or(Refusal::Closed)? {
                Change::Call(id) if ids.contains(&id) => break,
                Change::Any => break,
                Change::Call(_) | Change::Due | Change::Request(_) | Change::Keys | Change::Happened => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use std::time::Duration;

    use spool::conformance::{at, pending};
    use spool::memory::Memory;
    use spool::{CallState, Commit, PendingOutcome, Spool};

    use super::wait_any;

    /// Whatever ends a call, a person's word as well as an answer, whoever waits for it hears of it.
    #[tokio::test]
    async fn who_waits_for_a_call_hears_of_its_end_however_it_comes() {
        for outcome in [
            PendingOutcome::Forgotten,
            PendingOutcome::Answered { media_type: "text/xml".into(), document: "<a/>".into() },
            PendingOutcome::Bounced { status: None, words: "550 no".into() },
        ] {
            let store = Memory::new().open("one");
            let calls = ["c1", "c2"].map(|id| pending(id, &[], at(60)).unwrap());
            store.commit(Commit { expects: calls.into(), ..Commit::default() }, at(0)).await.unwrap();
            let (state, completes) = (outcome.state(), vec![("c2".to_owned(), outcome)]);
            let ids = ["c1".to_owned(), "c2".to_owned()];
            let ended = async {
                tokio::task::yield_now().await;
                store.commit(Commit { completes, ..Commit::default() }, at(1)).await.unwrap();
            };
            let both = async { tokio::join!(wait_any(&ids, &store), ended) };
            let (ended, ()) = tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
            let ended: Vec<(String, CallState)> =
                ended.unwrap().iter().map(|call| (call.id.clone(), call.state())).collect();
            assert_eq!(ended, [("c2".to_owned(), state)]);
        }
    }
}
