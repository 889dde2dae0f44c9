//! [`Spool`] for [`MemorySpool`].

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::MemorySpool;
use crate::{
    AcceptedRequest, Answered, BoxFuture, CallKey, Change, Commit, Committed, Entry, EntryId, KeyRecord, Overdue,
    OverdueQuery, Pending, Refusal, Report, Resend, Spool, Wanted,
};

impl Spool for MemorySpool {
    fn commit(&self, commit: Commit, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>> {
        Box::pin(async move { self.with(|tables, node| tables.commit(node.owner, commit, now)) })
    }

    fn claim_wanted(&self, wanted: Wanted, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, node| tables.claim(node, &wanted, now))) })
    }

    fn claim_these(&self, entries: Vec<EntryId>, _: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, node| tables.claim_these(node, &entries))) })
    }

    fn next_due_but(&self, shut: Vec<Arc<str>>) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.next_due(&shut))) })
    }

    fn overdue(&self, of: OverdueQuery) -> BoxFuture<'_, Result<Overdue, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.overdue(&of))) })
    }

    fn message(&self, entry: EntryId) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async move {
            let body =
                self.with(|tables, _| tables.messages.get(&entry.message).and_then(|message| message.body.clone()));
            body.ok_or(Refusal::Unknown)
        })
    }

    fn record(&self, reports: Vec<Report>, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, node| tables.record(node.owner, reports, now))) })
    }

    fn park(&self, entries: Vec<EntryId>, destination: Arc<str>) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>> {
        Box::pin(
            async move { Ok(self.with(|tables, node| tables.give_back(node.owner, &entries, Some(&destination)))) },
        )
    }

    fn release(&self, entries: Vec<EntryId>) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, node| tables.give_back(node.owner, &entries, None))) })
    }

    fn answered(&self, key: CallKey, now: Timestamp) -> BoxFuture<'_, Result<Option<Answered>, Refusal>> {
        Box::pin(async move {
            let found = self
                .with(|tables, _| tables.answered.get(&key.to_string()).filter(|record| record.expires > now).cloned());
            Ok(found)
        })
    }

    fn taken(&self) -> BoxFuture<'_, Result<Vec<String>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, node| tables.taken_by(node.owner))) })
    }

    fn find_taken(&self, id: String) -> BoxFuture<'_, Result<Option<AcceptedRequest>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, node| tables.find_taken(node.owner, &id))) })
    }

    fn start(&self, id: String, now: Timestamp) -> BoxFuture<'_, Result<AcceptedRequest, Refusal>> {
        Box::pin(async move { self.with(|tables, node| tables.start(node.owner, &id, now)) })
    }

    fn pending(&self) -> BoxFuture<'_, Result<Vec<Pending>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.calls())) })
    }

    fn find_pending(&self, id: String) -> BoxFuture<'_, Result<Option<Pending>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.find_pending(&id))) })
    }

    fn find_awaited(&self, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Pending>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.awaited(&ids))) })
    }

    fn expire_pending(&self, now: Timestamp) -> BoxFuture<'_, Result<Vec<String>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.expire(now))) })
    }

    fn resends(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<(Pending, Resend)>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.resends(now, limit))) })
    }

    fn keys(&self) -> BoxFuture<'_, Result<Vec<KeyRecord>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.keys.values().cloned().collect())) })
    }

    fn put_key(&self, key: KeyRecord) -> BoxFuture<'_, Result<(), Refusal>> {
        Box::pin(async move {
            self.with(|tables, _| {
                tables.keys.insert(key.name.clone(), key);
                tables.notices.tell(Change::Keys);
            });
            Ok(())
        })
    }
}
