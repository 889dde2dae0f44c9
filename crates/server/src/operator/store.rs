//! Runs what only needs the store: for the daemon, and for the command line where no daemon is up.

use ::keys::Keys;
use bytes::Bytes;
use control::rows::CallRow;
use control::store::StoreRequest;
use control::{Answer, Octets, Refused};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use spool::{Commit, Cursor, Inspect, PendingOutcome};

use super::queue::{self, StoreView};
use super::{keys, named};
use crate::method::messages::events;

/// Runs a request.
///
/// # Errors
/// What is wrong with it, or with the store.
pub async fn perform(view: &StoreView<'_>, known: &Keys, request: StoreRequest) -> Answer {
    let StoreView { spool, now, .. } = *view;
    match request {
        StoreRequest::Queue { .. }
        | StoreRequest::Count(_)
        | StoreRequest::Act { .. }
        | StoreRequest::Trace(_)
        | StoreRequest::Find(_) => queue::perform(view, request).await,
        StoreRequest::Events { cursor, limit } => {
            let cursor = if cursor.is_empty() { Ok(Cursor::default()) } else { cursor.parse() };
            let cursor = cursor.map_err(|_| Refused::usage("the cursor is none that was given here"))?;
            Ok(events::all(spool, cursor, limit).await?)
        }
        StoreRequest::Message(id) => Ok(json!(String::from_utf8_lossy(&message(spool, id).await?))),
        StoreRequest::Octets(id) => Ok(json!(Octets(message(spool, id).await?.to_vec()))),
        StoreRequest::Calls => Ok(json!(spool.pending().await?.iter().map(CallRow::of).collect::<Vec<_>>())),
        StoreRequest::Call(name) => Ok(json!(CallRow::of(&named::call(spool, &name).await?))),
        StoreRequest::Forget(id) => forget(spool, id, now).await,
        StoreRequest::Keys => keys::list(spool, known).await,
        StoreRequest::AddKey(key) => keys::add(spool, known, key, now).await,
        StoreRequest::RevokeKey(name) => keys::revoke(spool, known, &name, now).await,
        StoreRequest::RotateKey { name, secret, grace } => {
            let grace = SignedDuration::from_secs(i64::try_from(grace).unwrap_or(i64::MAX));
            let until = now.saturating_add(grace).unwrap_or(Timestamp::MAX);
            keys::rotate(spool, known, (&name, &secret), until).await
        }
    }
}

async fn message(spool: &dyn Inspect, id: String) -> Result<Bytes, Refused> {
    let named = named::entries(spool, &[id]).await?.into_iter();
    let entry = named.min().ok_or_else(|| Refused::usage("no entry is named"))?;
    Ok(spool.message(entry).await?)
}

async fn forget(spool: &dyn Inspect, id: String, now: Timestamp) -> Answer {
    let id = named::call(spool, &id).await?.id;
    let completes = vec![(id.clone(), PendingOutcome::Forgotten)];
    spool.commit(Commit { completes, ..Commit::default() }, now).await?;
    Ok(json!({ "v": 1, "forgotten": id }))
}
