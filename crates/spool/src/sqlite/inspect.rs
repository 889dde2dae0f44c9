//! [`Inspect`] for [`SqliteSpool`].

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::spool::ROW_OCTETS;
use super::task::nothing_claimed;
use super::{SqliteSpool, action, acts, find, journal, scan, search, sent, trace};
use crate::store::BoxFuture;
use crate::{
    EntryId, Event, Filter, Found, Inspect, Item, MailTrace, Page, QueueAction, Refusal, Selection, Sought, Totals,
};

/// Entries that one transaction changes, so that nobody waits long behind it.
const AT_ONCE: usize = 500;

impl Inspect for SqliteSpool {
    fn scan(&self, filter: Filter, after: Option<EntryId>, limit: usize) -> BoxFuture<'_, Result<Page, Refusal>> {
        let set_aside = Arc::clone(&self.set_aside);
        Box::pin(self.read(move |connection| scan::scan(connection, &filter, (after, limit), &set_aside)))
    }

    fn items(&self, entries: Vec<EntryId>) -> BoxFuture<'_, Result<Vec<Item>, Refusal>> {
        let set_aside = Arc::clone(&self.set_aside);
        Box::pin(self.read(move |connection| scan::items(connection, &entries, &set_aside)))
    }

    fn count(&self, filter: Filter) -> BoxFuture<'_, Result<u64, Refusal>> {
        Box::pin(self.read(move |connection| search::count(connection, &filter)))
    }

    fn act(&self, verb: QueueAction, selection: Selection, now: Timestamp) -> BoxFuture<'_, Result<u64, Refusal>> {
        Box::pin(async move {
            match selection {
                Selection::Ids(ids) => self.act_on_ids(verb, &ids, now).await,
                Selection::Filter(filter) => self.act_on_filter(verb, filter, now).await,
            }
        })
    }

    fn trace(&self, subject: String) -> BoxFuture<'_, Result<MailTrace, Refusal>> {
        let set_aside = Arc::clone(&self.set_aside);
        Box::pin(self.read(move |connection| trace::trace(connection, &subject, &set_aside)))
    }

    fn find(&self, sought: Sought, limit: usize) -> BoxFuture<'_, Result<Found, Refusal>> {
        Box::pin(self.read(move |connection| find::find(connection, &sought, limit)))
    }

    fn sent(&self, owner: String, message_ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<Item>>, Refusal>> {
        let set_aside = Arc::clone(&self.set_aside);
        Box::pin(self.read(move |connection| sent::sent(connection, &owner, &message_ids, &set_aside)))
    }

    fn totals(&self) -> BoxFuture<'_, Result<Totals, Refusal>> {
        let owners = Arc::clone(&self.owners);
        Box::pin(self.read(move |connection| scan::totals(connection, &owners)))
    }

    fn held_at(&self, at: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>> {
        Box::pin(self.read(move |connection| acts::held_at(connection, at, limit)))
    }

    fn keep_octets(&self, time: Duration) -> BoxFuture<'_, Result<(), Refusal>> {
        // Through the writer: one that must first mend its log waits for all who read, and they are to hear of it.
        let work = move |ledger: &mut super::Ledger| {
            ledger.bodies.keep_for(time);
            Ok(())
        };
        Box::pin(self.write(0, work, nothing_claimed))
    }

    fn note(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), Refusal>> {
        let octets = events.len() * ROW_OCTETS;
        Box::pin(self.write(octets, move |ledger| journal::insert(ledger, &events), nothing_claimed))
    }

    fn journal(&self, limit: usize) -> BoxFuture<'_, Result<Vec<Event>, Refusal>> {
        Box::pin(self.read(move |connection| journal::last(connection, limit)))
    }
}

impl SqliteSpool {
    async fn act_on_ids(&self, verb: QueueAction, ids: &[EntryId], now: Timestamp) -> Result<u64, Refusal> {
        let mut changed = 0;
        for ids in ids.chunks(AT_ONCE) {
            match self.act_at_once(verb, ids.to_vec(), now).await {
                Err(Refusal::Damaged(_)) => {
                    for &id in ids {
                        changed += self.act_at_once(verb, vec![id], now).await.or_else(damaged_is_unchanged)?;
                    }
                }
                done => changed += done?,
            }
        }
        Ok(changed)
    }

    async fn act_at_once(&self, verb: QueueAction, ids: Vec<EntryId>, now: Timestamp) -> Result<u64, Refusal> {
        let octets = ids.len() * ROW_OCTETS;
        self.write(octets, move |ledger| action::act(ledger, verb, &ids, now), nothing_claimed).await
    }

    async fn act_on_filter(&self, verb: QueueAction, filter: Filter, now: Timestamp) -> Result<u64, Refusal> {
        let (mut changed, mut after) = (0, None);
        loop {
            let page = self.scan(filter.clone(), after, AT_ONCE).await?;
            let ids: Vec<EntryId> = page.items.iter().map(Item::id).collect();
            changed += self.act_on_ids(verb, &ids, now).await?;
            after = page.after;
            if after.is_none() {
                return Ok(changed);
            }
        }
    }
}

/// One whose row is beyond writing is named already, and is not in the others' way.
fn damaged_is_unchanged(refusal: Refusal) -> Result<u64, Refusal> {
    if matches!(refusal, Refusal::Damaged(_)) { Ok(0) } else { Err(refusal) }
}
