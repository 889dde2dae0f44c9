//! `message_cancel(api_key, ids)`: what has not left is taken back. What is told is what happened: whoever delivers has
//! confirmed it before.

use std::collections::HashSet;

use keys::Scope;
use rpc::method::BoxFuture;
use rpc::{Caller, Executed, Fault, Method, Params, Signature, Value};
use spool::queue::{QueueAction, Selection};
use spool::{EntryId, Item, Refusal, State};

use super::super::Effects;
use super::super::whole_call::WholeCall;
use super::{MailRow, Messages, NAMED, Named, answer, unread, whole};

/// The method.
pub struct MessageCancel(pub Messages);

/// What discovery tells of it.
#[must_use]
pub fn signature() -> Signature {
    Signature::of::<Named, Vec<MailRow>>(
        "Takes back what has not left of mails that this key sent; answers as message_status, with how many recipients were \
         taken back.",
    )
}

impl Method<Effects> for MessageCancel {
    fn signature(&self) -> Signature {
        signature()
    }

    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Effects>> {
        Box::pin(async move { Executed::pure(self.run(caller, params).await) })
    }
}

impl MessageCancel {
    async fn run(&self, caller: &Caller, params: Params) -> Result<Value, Fault> {
        let asked: Named = self.0.asked((caller, params), &NAMED)?;
        answer(self.rows(caller, asked).await)
    }

    async fn rows(&self, caller: &Caller, asked: Named) -> Result<Vec<MailRow>, WholeCall> {
        let key = self.0.admit(&asked.api_key, caller, ("message_cancel", Scope::Cancel))?;
        let before = self.0.sent(&key, &asked.ids).await?;
        let open: HashSet<EntryId> = before.iter().flatten().filter(|item| is_open(item)).map(Item::id).collect();
        if !open.is_empty() {
            let taken = self.take_back(&open).await.map_err(|refusal| unread(&refusal))?;
            tracing::info!(trace = %caller.trace, key = %key.name, entries = taken, "message_cancel: taken back");
        }
        let after = self.0.sent(&key, &asked.ids).await?;
        let taken = |item: &&Item| {
            let is_dropped = whole(item).is_some_and(|item| item.state == State::Dropped);
            is_dropped && open.contains(&item.id())
        };
        let rows = after.iter().map(|items| {
            let cancelled = u32::try_from(items.iter().filter(taken).count()).unwrap_or(u32::MAX);
            let row = MailRow::of(items);
            MailRow { cancelled: row.message_id.is_some().then_some(cancelled), ..row }
        });
        Ok(rows.collect())
    }

    /// How many were: those whose final dot is on the wire are not.
    async fn take_back(&self, open: &HashSet<EntryId>) -> Result<u64, Refusal> {
        let Messages { post, now, .. } = &self.0;
        let selection = Selection::Ids(open.iter().copied().collect());
        let Some(outbox) = post.outbox() else { return post.store.act(QueueAction::Drop, selection, now()).await };
        let recalled = outbox.recall(open.clone()).await;
        let taken = post.store.act(QueueAction::Drop, selection, now()).await;
        recalled.decided().await;
        taken
    }
}

fn is_open(item: &Item) -> bool {
    match item {
        Item::Whole(item) => matches!(item.state, State::Queued | State::Held | State::Damaged),
        Item::Damaged { .. } => true,
    }
}
