//! [`Spool`] for [`SqliteSpool`]: what can be done outside the writer's thread is done here, the rest is handed over.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::insert::{Inserted, Load};
use super::record::{Recorded, Reports};
use super::row::{Ready, micros};
use super::store_error::StoreError;
use super::task::nothing_claimed;
use super::{SqliteSpool, again, claim, insert, key, pending, read, record, release, taken};
use crate::store::BoxFuture;
use crate::{
    AcceptedRequest, Answered, CallKey, Commit, Committed, Entry, EntryId, KeyRecord, Overdue, OverdueQuery, Pending,
    Refusal, Report, Resend, Spool, Submission, Wanted,
};

/// What a row costs beside its octets, roughly.
pub(super) const ROW_OCTETS: usize = 512;

impl Spool for SqliteSpool {
    fn commit(&self, commit: Commit, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>> {
        Box::pin(async move {
            let (load, octets) = self.load(commit, now).await?;
            let work = Arc::clone(&load);
            let done = self.write(octets, move |ledger| insert::commit(ledger, &work), Inserted::claimed).await;
            match done {
                Ok(inserted) => Ok(inserted.committed()),
                Err(refusal) => {
                    self.discard(load.parcel.iter()).await;
                    Err(refusal)
                }
            }
        })
    }

    fn claim_wanted(&self, wanted: Wanted, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>> {
        let octets = wanted.limit.saturating_mul(ROW_OCTETS);
        Box::pin(self.write(octets, move |ledger| claim::claim(ledger, &wanted, now), |entries| names(entries)))
    }

    fn claim_these(&self, entries: Vec<EntryId>, now: Timestamp) -> BoxFuture<'_, Result<Vec<Entry>, Refusal>> {
        let octets = entries.len() * ROW_OCTETS;
        Box::pin(self.write(octets, move |ledger| claim::claim_these(ledger, &entries, now), |entries| names(entries)))
    }

    fn next_due_but(&self, shut: Vec<Arc<str>>) -> BoxFuture<'_, Result<Option<Timestamp>, Refusal>> {
        let (owners, set_aside) = (Arc::clone(&self.owners), Arc::clone(&self.set_aside));
        Box::pin(self.read(move |connection| {
            let mut holders = owners.dead(connection)?;
            holders.push(0);
            claim::next_due(connection, &holders, &shut, &set_aside)
        }))
    }

    fn overdue(&self, of: OverdueQuery) -> BoxFuture<'_, Result<Overdue, Refusal>> {
        let set_aside = Arc::clone(&self.set_aside);
        Box::pin(self.read(move |connection| claim::overdue(connection, &of, &set_aside)))
    }

    fn message(&self, entry: EntryId) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async move {
            let bodies = Arc::clone(&self.bodies);
            match self.readers.run(move |connection| read::message(connection, &bodies, entry.message)).await {
                Ok(octets) => Ok(octets),
                Err(trouble) if trouble.is_damage() => Err(self.set_message_aside(entry.message, &trouble).await),
                Err(trouble) => Err(trouble.refusal()),
            }
        })
    }

    fn record(&self, reports: Vec<Report>, now: Timestamp) -> BoxFuture<'_, Result<Committed, Refusal>> {
        Box::pin(async move {
            let (reports, octets) = self.reports(reports, now).await?;
            let work = Arc::clone(&reports);
            let done = self.write(octets, move |ledger| record::record(ledger, &work), Recorded::claimed).await;
            match done {
                Ok(recorded) => {
                    self.discard(recorded.unused()).await;
                    Ok(recorded.committed())
                }
                Err(refusal) => {
                    self.discard(reports.reports.iter().filter_map(|(_, bounce)| bounce.as_ref())).await;
                    Err(refusal)
                }
            }
        })
    }

    fn release(&self, entries: Vec<EntryId>) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>> {
        let octets = entries.len() * ROW_OCTETS;
        Box::pin(self.write(octets, move |ledger| release::release(ledger, &entries), nothing_claimed))
    }

    fn park(&self, entries: Vec<EntryId>, destination: Arc<str>) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>> {
        let octets = entries.len() * ROW_OCTETS;
        let work = move |ledger: &mut super::Ledger| release::park(ledger, &entries, &destination);
        Box::pin(self.write(octets, work, nothing_claimed))
    }

    fn answered(&self, key: CallKey, now: Timestamp) -> BoxFuture<'_, Result<Option<Answered>, Refusal>> {
        Box::pin(self.read(move |connection| read::answered(connection, &key, now)))
    }

    fn taken(&self) -> BoxFuture<'_, Result<Vec<String>, Refusal>> {
        let owners = Arc::clone(&self.owners);
        Box::pin(self.read(move |connection| taken::all(connection, &owners)))
    }

    fn find_taken(&self, id: String) -> BoxFuture<'_, Result<Option<AcceptedRequest>, Refusal>> {
        let owners = Arc::clone(&self.owners);
        Box::pin(self.read(move |connection| taken::find(connection, &owners, &id)))
    }

    fn start(&self, id: String, now: Timestamp) -> BoxFuture<'_, Result<AcceptedRequest, Refusal>> {
        Box::pin(self.write(ROW_OCTETS, move |ledger| taken::start(ledger, &id, now), nothing_claimed))
    }

    fn pending(&self) -> BoxFuture<'_, Result<Vec<Pending>, Refusal>> {
        Box::pin(self.read(pending::all))
    }

    fn find_pending(&self, id: String) -> BoxFuture<'_, Result<Option<Pending>, Refusal>> {
        Box::pin(self.read(move |connection| pending::find(connection, &id)))
    }

    fn find_awaited(&self, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Pending>, Refusal>> {
        Box::pin(self.read(move |connection| pending::awaited(connection, &ids)))
    }

    fn expire_pending(&self, now: Timestamp) -> BoxFuture<'_, Result<Vec<String>, Refusal>> {
        Box::pin(self.write(ROW_OCTETS, move |ledger| pending::expire(ledger, now), nothing_claimed))
    }

    fn resends(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<(Pending, Resend)>, Refusal>> {
        Box::pin(self.read(move |connection| again::due(connection, now, limit)))
    }

    fn keys(&self) -> BoxFuture<'_, Result<Vec<KeyRecord>, Refusal>> {
        Box::pin(self.read(key::all))
    }

    fn put_key(&self, key: KeyRecord) -> BoxFuture<'_, Result<(), Refusal>> {
        Box::pin(self.write(ROW_OCTETS, move |ledger| key::put(ledger, &key), nothing_claimed))
    }
}

impl SqliteSpool {
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.readers.run(work).await.map_err(|trouble| trouble.refusal())
    }

    async fn load(&self, mut commit: Commit, now: Timestamp) -> Result<(Arc<Load>, usize), Refusal> {
        let mut octets = ROW_OCTETS + commit.answered.as_ref().map_or(0, answer_octets);
        octets += commit.idempotent.iter().map(|answered| answered.story.len()).sum::<usize>();
        octets += commit.takes.as_ref().map_or(0, |request| request.message.len());
        octets +=
            commit.sends.iter().filter_map(|sent| sent.again.as_ref()).map(|again| again.message.len()).sum::<usize>();
        let submissions = std::mem::take(&mut commit.parcel.0);
        let mut parcel = Vec::with_capacity(submissions.len());
        for submission in submissions {
            octets += self.row_octets(&submission);
            match self.ready(submission, &commit.trace, now).await {
                Ok(ready) => parcel.push(Ready { holds_key: commit.holds_key, ..ready }),
                Err(refusal) => {
                    self.discard(parcel.iter()).await;
                    return Err(refusal);
                }
            }
        }
        Ok((Arc::new(Load { parcel, commit, now }), octets))
    }

    async fn reports(&self, reports: Vec<Report>, now: Timestamp) -> Result<(Arc<Reports>, usize), Refusal> {
        let mut octets = 0;
        let mut ready = Vec::with_capacity(reports.len());
        for mut report in reports {
            octets += ROW_OCTETS;
            let bounce = match report.bounce.take() {
                Some(bounce) => {
                    octets += self.row_octets(&bounce);
                    Some(self.ready(bounce, "", now).await?)
                }
                None => None,
            };
            ready.push((report, bounce));
        }
        Ok((Arc::new(Reports { reports: ready, now }), octets))
    }

    fn row_octets(&self, submission: &Submission) -> usize {
        let body = submission.message.len();
        let recipients = submission.envelope.recipients().len();
        recipients * ROW_OCTETS + if body > self.limits.row_octets { 0 } else { body }
    }

    /// Makes a mail ready for its rows: a large body is durable as a file before the writer hears of it.
    async fn ready(&self, submission: Submission, trace: &str, now: Timestamp) -> Result<Ready, Refusal> {
        let mut file = None;
        if submission.message.len() > self.limits.row_octets {
            let (bodies, octets) = (Arc::clone(&self.bodies), submission.message.clone());
            file = Some(self.read(move |_| Ok(bodies.write(&octets)?)).await?);
        }
        Ok(Ready::new(submission, trace, file, micros(now)))
    }

    /// Removes the files of mails that were refused.
    async fn discard(&self, refused: impl Iterator<Item = &Ready>) {
        let files: Vec<String> = refused.filter_map(|ready| ready.file.clone()).collect();
        if files.is_empty() {
            return;
        }
        let bodies = Arc::clone(&self.bodies);
        // What cannot be removed now is an orphan for the next start.
        let _ = self
            .read(move |_| {
                files.iter().for_each(|file| bodies.remove(file));
                Ok(())
            })
            .await;
    }

    async fn set_message_aside(&self, message: i64, trouble: &StoreError) -> Refusal {
        let cause = trouble.refusal();
        let text = cause.to_string();
        // The writer sets an entry aside when an operation fails on it; this one does nothing else.
        let work = move |ledger: &mut super::Ledger| {
            let open = read::open_entries(&ledger.connection, message)?;
            match open.into_iter().find(|&key| !ledger.set_aside.contains(key)) {
                Some(key) => Err(StoreError::Entry(key, text.clone())),
                None => Ok(()),
            }
        };
        if let Err(refusal) = self.write(ROW_OCTETS, work, nothing_claimed).await {
            tracing::error!(message, %cause, %refusal, "a damaged message could not be set aside");
        }
        match cause {
            Refusal::Damaged(cause) => Refusal::Damaged(format!("{message}: {cause}")),
            other => Refusal::Damaged(format!("{message}: {other}")),
        }
    }
}

fn answer_octets(answered: &Answered) -> usize {
    answered.answer.as_ref().map_or(0, |(_, octets)| octets.len())
}

impl Inserted {
    fn claimed(&self) -> Vec<EntryId> {
        if !self.load.commit.claimed {
            return Vec::new();
        }
        let mails = self.messages.iter().zip(&self.load.parcel).enumerate();
        let untried = mails.filter(|(place, _)| self.load.known_attempt(*place).is_none() && !self.load.waits(*place));
        untried.flat_map(|(_, (&message, ready))| ids(message, ready)).collect()
    }

    fn committed(self) -> Committed {
        let mut entries = Vec::with_capacity(self.messages.len());
        for (place, (&message, ready)) in self.messages.iter().zip(&self.load.parcel).enumerate() {
            let tries = u32::from(self.load.known_attempt(place).is_some());
            entries.extend(ready.entries(message, self.load.now).map(|entry| Entry { tries, ..entry }));
        }
        Committed { entries, completed: self.completed, fenced: Vec::new() }
    }
}

impl Recorded {
    /// The bounces that can leave now: their numbers, and what they are.
    fn ours(&self) -> impl Iterator<Item = (i64, &Ready)> {
        let of = |at: usize| self.reports.reports.get(at);
        self.bounces.iter().filter_map(move |&(at, message)| match of(at)? {
            (report, Some(bounce)) if !report.course.waits => Some((message, bounce)),
            _ => None,
        })
    }

    fn claimed(&self) -> Vec<EntryId> {
        self.ours().flat_map(|(message, ready)| ids(message, ready)).collect()
    }

    fn committed(&self) -> Committed {
        let entries = self.ours().flat_map(|(message, ready)| ready.entries(message, self.reports.now)).collect();
        Committed { entries, completed: Vec::new(), fenced: self.fenced.clone() }
    }

    /// Bounces of reports from which nothing followed.
    fn unused(&self) -> impl Iterator<Item = &Ready> {
        let used = |at: usize| self.bounces.binary_search_by_key(&at, |&(used, _)| used).is_ok();
        let all = self.reports.reports.iter().enumerate();
        all.filter(move |&(at, _)| !used(at)).filter_map(|(_, (_, bounce))| bounce.as_ref())
    }
}

fn names(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.id).collect()
}

fn ids(message: i64, ready: &Ready) -> impl Iterator<Item = EntryId> {
    (1..).zip(&ready.recipients).map(move |(recipient, _)| EntryId { message, recipient })
}
