//! One pass over a mailbox: each mail is looked at, and what is ours is claimed, taken in, and only then removed.

use std::collections::HashSet;
use std::sync::Arc;

use budget::{MemoryBudget, Reservation};
use config::Scan;
use control::scan::Finding;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::intake::Intake;
use super::{Content, Listed, Source, SourceError};
use crate::binding::email::Scanned;

/// What one reader of a mailbox goes by, pass after pass.
pub struct Reader {
    /// The mailbox, as people and the store call it.
    pub name: String,
    /// The service that its mail is for.
    pub service: Option<String>,
    /// Who takes mail in.
    pub intake: Arc<dyn Intake>,
    /// Octets in flight.
    pub budget: MemoryBudget,
    /// Mails that are taken in at the same time.
    pub parallel: usize,
    /// Mails that one pass looks at.
    pub most: usize,
    /// Ends a pass between two mails.
    pub stop: CancellationToken,
    /// What was left as it is: it is not read again in this process.
    left: HashSet<String>,
}

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Mails taken in.
    pub taken_in: u64,
    /// Requests set aside.
    pub set_aside: u64,
    /// Mails that are none of ours, and those too large to read: they lie there as they did.
    pub left_alone: u64,
    /// Of those, the ones that are too large.
    pub too_large: u64,
    /// Mails that another reader took.
    pub taken_by_others: u64,
}

/// A mail that is being taken in.
type Running = JoinSet<(Listed, Finding, Reservation)>;

impl Reader {
    /// The reader of this mailbox, with these limits.
    #[must_use]
    pub fn new(scan: &Scan, intake: Arc<dyn Intake>, limits: &config::Limits) -> Self {
        Self {
            name: scan.source.to_string(),
            service: scan.service.clone(),
            intake,
            budget: MemoryBudget::new(limits.in_flight),
            parallel: limits.mailbox_parallel,
            most: limits.mailbox_mails,
            stop: CancellationToken::new(),
            left: HashSet::new(),
        }
    }

    /// Goes over the mailbox once. What was done is told also where the pass was cut short.
    pub async fn pass(&mut self, source: &mut dyn Source) -> (Tally, Result<(), SourceError>) {
        let (mut tally, mut running) = (Tally::default(), Running::new());
        let gone_over = self.go_over(source, (&mut tally, &mut running)).await;
        let mut settled = Ok(());
        while !running.is_empty() {
            // What was taken in is removed, whatever became of the others.
            let one = self.settle_one(source, (&mut tally, &mut running)).await;
            settled = settled.and(one);
        }
        let ended = source.end().await;
        (tally, gone_over.and(settled).and(ended))
    }

    async fn go_over(
        &mut self,
        source: &mut dyn Source,
        (tally, running): (&mut Tally, &mut Running),
    ) -> Result<(), SourceError> {
        source.begin().await?;
        let mut listed_now = HashSet::new();
        for _ in 0..self.most {
            if self.stop.is_cancelled() {
                return Ok(());
            }
            let Some(listed) = source.next().await? else {
                // What is gone from the mailbox need not be remembered.
                self.left.retain(|id| listed_now.contains(id));
                return Ok(());
            };
            listed_now.insert(listed.id.clone());
            if self.left.contains(&listed.id) {
                tally.left_alone += 1;
                continue;
            }
            while running.len() >= self.parallel {
                self.settle_one(source, (tally, running)).await?;
            }
            self.one(source, listed, (tally, running)).await?;
        }
        Ok(())
    }

    /// Looks at one mail; what is ours begins to be taken in.
    async fn one(
        &mut self,
        source: &mut dyn Source,
        mut listed: Listed,
        (tally, running): (&mut Tally, &mut Running),
    ) -> Result<(), SourceError> {
        let (sender, message) = match source.read(&listed).await? {
            Content::Mail { sender, message } => (sender, message),
            Content::Gone => return Ok(()),
            Content::TooLarge => {
                tracing::warn!(
                    mailbox = self.name,
                    mail = listed.id,
                    "a mail larger than smtp.max_size is left as it is"
                );
                tally.too_large += 1;
                return self.settle(source, (listed, Finding::NotOurs("too large".to_owned())), tally).await;
            }
        };
        // Where the budget has no room for it, it is the one mail in hand beyond it.
        let mut held = self.budget.nothing();
        while !held.grow(message.len()) && !running.is_empty() {
            self.settle_one(source, (tally, running)).await?;
        }
        let name = format!("{}#{}", self.name, listed.id);
        let mut mail = Scanned { name, sender, service: self.service.clone(), message };
        match self.intake.look(&mail).await {
            Finding::Ours => {}
            found => return self.settle(source, (listed, found), tally).await,
        }
        if !source.claim(&mut listed).await? {
            tally.taken_by_others += 1;
            return Ok(());
        }
        // Where a claim is a move, the mail has another name now: under that one it is found again.
        mail.name = format!("{}#{}", self.name, listed.id);
        let intake = Arc::clone(&self.intake);
        running.spawn(async move {
            let found = intake.take_in(&mail).await;
            (listed, found, held)
        });
        Ok(())
    }

    async fn settle_one(
        &mut self,
        source: &mut dyn Source,
        (tally, running): (&mut Tally, &mut Running),
    ) -> Result<(), SourceError> {
        match running.join_next().await {
            None => Ok(()),
            Some(Ok((listed, found, _held))) => self.settle(source, (listed, found), tally).await,
            Some(Err(error)) => Err(SourceError::new(format!("a mail of {} was not taken in", self.name), error)),
        }
    }

    /// Does with a mail what follows from what it was found to be.
    async fn settle(
        &mut self,
        source: &mut dyn Source,
        (mut listed, found): (Listed, Finding),
        tally: &mut Tally,
    ) -> Result<(), SourceError> {
        match found {
            Finding::TakenIn(_) => {
                tally.taken_in += 1;
                source.done(&listed).await
            }
            // Of several that read the mailbox one sets it aside.
            Finding::Aside(_) => match source.claim(&mut listed).await? {
                true => {
                    tally.set_aside += 1;
                    source.set_aside(&listed).await
                }
                false => Ok(()),
            },
            Finding::NotOurs(_) | Finding::Ours => {
                tally.left_alone += 1;
                self.left.insert(listed.id);
                Ok(())
            }
            Finding::NotNow(_) => {
                tally.left_alone += 1;
                Ok(())
            }
            Finding::Later(why) => Err(SourceError::new(format!("mail in {} cannot be taken in now", self.name), why)),
        }
    }
}
