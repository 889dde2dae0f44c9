//! A store that tells a test what was recorded in it.

use bytes::Bytes;
use jiff::Timestamp;
use spool::sqlite::SqliteSpool;
use spool::{
    AcceptedRequest, Answered, BoxFuture, CallKey, Commit, Committed, Course, Entry, EntryId, KeyRecord, KnownAttempt,
    Overdue, OverdueQuery, Pending, Refusal, Report, Resend, Spool, Wanted,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc::UnboundedSender;

pub(crate) struct Watched {
    pub(crate) inner: Arc<SqliteSpool>,
    pub(crate) recorded: UnboundedSender<Report>,
    /// So many times recording fails before it works.
    pub(crate) broken: AtomicUsize,
}

impl Spool for Watched {
    fn commit(&self, commit: Commit, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>> {
        Box::pin(async move {
            let recipients = commit.parcel.0.iter().map(|mail| mail.envelope.recipients().len()).collect::<Vec<_>>();
            let known_attempts = commit.known_attempts.clone();
            let committed = self.inner.commit(commit, now).await?;
            let mut entries = committed.entries.iter();
            for (known_attempt, recipients) in known_attempts.into_iter().zip(recipients) {
                for entry in entries.by_ref().take(recipients) {
                    if let Some(KnownAttempt { attempt, next }) = known_attempt.clone() {
                        let course = Course::default();
                        let report = Report { entry: entry.id, attempt, next, bounce: None, course };
                        let _ = self.recorded.send(report);
                    }
                }
            }
            Ok(committed)
        })
    }

    fn claim_wanted(&self, wanted: Wanted, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>> {
        self.inner.claim_wanted(wanted, now)
    }

    fn claim_these(&self, entries: Vec<EntryId>, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>> {
        self.inner.claim_these(entries, now)
    }

    fn next_due_but(&self, shut: Vec<Arc<str>>) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>> {
        self.inner.next_due_but(shut)
    }

    fn overdue(&self, of: OverdueQuery) -> BoxFuture<'_, Result<Overdue, Refusal>> {
        self.inner.overdue(of)
    }

    fn park(&self, entries: Vec<EntryId>, destination: Arc<str>) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>> {
        self.inner.park(entries, destination)
    }

    fn message(&self, entry: EntryId) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        self.inner.message(entry)
    }

    fn record(&self, reports: Vec<Report>, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>> {
        Box::pin(async move {
            if self.broken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                return Err(Refusal::Full);
            }
            let committed = self.inner.record(reports.clone(), now).await?;
            for report in reports {
                let _ = self.recorded.send(report);
            }
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
