//! The store as the delivery of one command sees it: what the command has queued itself, and nothing else. What others have
//! queued waits for their daemon, which knows the routes it goes by.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use spool::{
    AcceptedRequest, Answered, BoxFuture, CallKey, Commit, Committed, Entry, EntryId, KeyRecord, Next, Overdue,
    OverdueQuery, Pending, Refusal, Report, Resend, Spool, Wanted,
};

/// The store, for one command.
pub(super) struct OwnMail {
    inner: Arc<dyn Spool>,
    /// What the command has queued and what has not ended.
    open: Mutex<BTreeMap<EntryId, Waiting>>,
}

/// An entry that has not ended.
#[derive(Clone, Debug)]
struct Waiting {
    due: Timestamp,
    /// Where it goes, as far as that is known.
    destination: Option<Arc<str>>,
}

impl Waiting {
    fn is_for(&self, destinations: &[Arc<str>]) -> bool {
        self.destination.as_ref().is_some_and(|destination| destinations.contains(destination))
    }
}

impl OwnMail {
    /// Nothing is queued yet.
    #[must_use]
    pub(super) fn of(inner: Arc<dyn Spool>) -> Self {
        Self { inner, open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<EntryId, Waiting>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, entries: &[Entry], destinations: &[Option<Arc<str>>]) {
        let destinations = destinations.iter().cloned().chain(std::iter::repeat(None));
        let waiting = entries.iter().zip(destinations);
        self.open().extend(waiting.map(|(entry, destination)| (entry.id, Waiting { due: entry.due, destination })));
    }

    /// After an attempt.
    fn ended(&self, id: EntryId, next: &Next) {
        let mut open = self.open();
        match next {
            Next::Retire => drop(open.remove(&id)),
            Next::Retry(due) => {
                if let Some(waiting) = open.get_mut(&id) {
                    waiting.due = *due;
                }
            }
        }
    }

    /// What is due and wanted. Of a destination that is only looked at: its oldest message.
    fn due(&self, wanted: &Wanted, now: Timestamp) -> Vec<EntryId> {
        let open = self.open();
        let mut looked: BTreeMap<&Arc<str>, i64> = BTreeMap::new();
        let mut due = Vec::new();
        for (id, waiting) in open.iter().filter(|(_, waiting)| waiting.due <= now && !waiting.is_for(&wanted.shut)) {
            let looked_at = waiting.destination.as_ref().filter(|destination| wanted.looks.contains(destination));
            let is_wanted = match looked_at {
                Some(destination) => *looked.entry(destination).or_insert(id.message) == id.message,
                None => due.len() < wanted.limit,
            };
            if is_wanted {
                due.push(*id);
            }
        }
        due
    }
}

/// The destinations of a parcel's recipients, in their order.
fn destinations(commit: &Commit) -> Vec<Option<Arc<str>>> {
    let mails = commit.parcel.0.iter().enumerate();
    let of = |(at, mail): (usize, &spool::Submission)| {
        let course = commit.courses.get(at).cloned().unwrap_or_default();
        (0..mail.envelope.recipients().len()).map(move |place| course.of(place).cloned()).collect::<Vec<_>>()
    };
    mails.flat_map(of).collect()
}

impl Spool for OwnMail {
    fn commit(&self, commit: Commit, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>> {
        Box::pin(async move {
            let destinations = destinations(&commit);
            let committed = self.inner.commit(commit, now).await?;
            self.add(&committed.entries, &destinations);
            Ok(committed)
        })
    }

    fn claim_wanted(&self, wanted: Wanted, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>> {
        self.inner.claim_these(self.due(&wanted, now), now)
    }

    fn claim_these(&self, entries: Vec<EntryId>, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>> {
        let own = entries.into_iter().filter(|id| self.open().contains_key(id)).collect();
        self.inner.claim_these(own, now)
    }

    fn next_due_but(&self, shut: Vec<Arc<str>>) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>> {
        let next = self.open().values().filter(|waiting| !waiting.is_for(&shut)).map(|waiting| waiting.due).min();
        Box::pin(std::future::ready(Ok(next)))
    }

    fn overdue(&self, _: OverdueQuery) -> BoxFuture<'_, Result<Overdue, Refusal>> {
        // No command runs as long as mail is tried.
        Box::pin(std::future::ready(Ok(Overdue::default())))
    }

    fn park(&self, entries: Vec<EntryId>, destination: Arc<str>) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>> {
        let mut open = self.open();
        for id in &entries {
            if let Some(waiting) = open.get_mut(id) {
                waiting.destination = Some(Arc::clone(&destination));
            }
        }
        drop(open);
        self.inner.park(entries, destination)
    }

    fn message(&self, entry: EntryId) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        self.inner.message(entry)
    }

    fn record(&self, reports: Vec<Report>, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>> {
        Box::pin(async move {
            let ends: Vec<_> = reports.iter().map(|report| (report.entry, report.next.clone())).collect();
            let committed = self.inner.record(reports, now).await?;
            ends.into_iter().for_each(|(id, next)| self.ended(id, &next));
            // Another has them: they are ours no longer.
            committed.fenced.iter().for_each(|&id| self.ended(id, &Next::Retire));
            self.add(&committed.entries, &[]);
            Ok(committed)
        })
    }

    fn release(&self, entries: Vec<EntryId>) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>> {
        self.inner.release(entries)
    }

    fn answered(&self, key: CallKey, now: Timestamp) -> BoxFuture<'_, Result<Option<Answered>, Refusal>> {
        self.inner.answered(key, now)
    }

    fn taken(&self) -> BoxFuture<'_, Result<Vec<String>, Refusal>> {
        self.inner.taken()
    }

    fn find_taken(&self, id: String) -> BoxFuture<'_, Result<Option<AcceptedRequest>, Refusal>> {
        self.inner.find_taken(id)
    }

    fn start(&self, id: String, now: Timestamp) -> BoxFuture<'_, Result<AcceptedRequest, Refusal>> {
        self.inner.start(id, now)
    }

    fn pending(&self) -> BoxFuture<'_, Result<Vec<Pending>, Refusal>> {
        self.inner.pending()
    }

    fn find_pending(&self, id: String) -> BoxFuture<'_, Result<Option<Pending>, Refusal>> {
        self.inner.find_pending(id)
    }

    fn find_awaited(&self, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Pending>, Refusal>> {
        self.inner.find_awaited(ids)
    }

    fn expire_pending(&self, now: Timestamp) -> BoxFuture<'_, Result<Vec<String>, Refusal>> {
        self.inner.expire_pending(now)
    }

    fn resends(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<(Pending, Resend)>, Refusal>> {
        self.inner.resends(now, limit)
    }

    fn keys(&self) -> BoxFuture<'_, Result<Vec<KeyRecord>, Refusal>> {
        self.inner.keys()
    }

    fn put_key(&self, key: KeyRecord) -> BoxFuture<'_, Result<(), Refusal>> {
        self.inner.put_key(key)
    }
}

#[cfg(test)]
mod tests;
