//! [`Inspect`] for [`MemorySpool`].

use std::ops::Bound;
use std::time::Duration;

use jiff::Timestamp;

use super::MemorySpool;
use super::tables::Tables;
use crate::queue::{Known, Search};
use crate::{
    Act, BoxFuture, Cursor, EntryId, Event, Filter, Found, History, Inspect, Item, MailTrace, Page, QueueAction,
    RecipientEvent, Refusal, Selection, Sought, State, Totals,
};

impl Inspect for MemorySpool {
    fn scan(&self, filter: Filter, after: Option<EntryId>, limit: usize) -> BoxFuture<'_, Result<Page, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.scan(&filter, after, limit))) })
    }

    fn items(&self, entries: Vec<EntryId>) -> BoxFuture<'_, Result<Vec<Item>, Refusal>> {
        Box::pin(async move {
            let found = self.with(|tables, _| entries.iter().filter_map(|&id| tables.item(id)).collect::<Vec<_>>());
            Ok(found.into_iter().map(|item| Item::Whole(Box::new(item))).collect())
        })
    }

    fn count(&self, filter: Filter) -> BoxFuture<'_, Result<u64, Refusal>> {
        Box::pin(async move {
            let page = self.with(|tables, _| tables.scan(&filter, None, usize::MAX));
            Ok(page.items.len() as u64)
        })
    }

    fn act(&self, verb: QueueAction, selection: Selection, now: Timestamp) -> BoxFuture<'_, Result<u64, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.act_on_selected(verb, selection, now))) })
    }

    fn trace(&self, subject: String) -> BoxFuture<'_, Result<MailTrace, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.trace(&subject))) })
    }

    fn find(&self, sought: Sought, limit: usize) -> BoxFuture<'_, Result<Found, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.find(&sought, limit))) })
    }

    fn sent(&self, owner: String, message_ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<Item>>, Refusal>> {
        Box::pin(
            async move { Ok(self.with(|tables, _| message_ids.iter().map(|id| tables.sent_by(&owner, id)).collect())) },
        )
    }

    fn totals(&self) -> BoxFuture<'_, Result<Totals, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.totals())) })
    }

    fn held_at(&self, at: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<EntryId>, Refusal>> {
        Box::pin(async move { Ok(self.with(|tables, _| tables.held_at(at, limit))) })
    }

    /// Nothing but rows holds octets here, and nobody copies them.
    fn keep_octets(&self, _: Duration) -> BoxFuture<'_, Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }

    fn note(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), Refusal>> {
        Box::pin(async move {
            self.with(|tables, _| tables.events.extend(events));
            Ok(())
        })
    }

    fn journal(&self, limit: usize) -> BoxFuture<'_, Result<Vec<Event>, Refusal>> {
        Box::pin(async move {
            let last = self.with(|tables, _| tables.events.iter().rev().take(limit).cloned().collect());
            Ok(last)
        })
    }
}

impl Tables {
    fn act_on_selected(&mut self, verb: QueueAction, selection: Selection, now: Timestamp) -> u64 {
        let ids = match selection {
            Selection::Ids(ids) => ids,
            Selection::Filter(filter) => self.scan(&filter, None, usize::MAX).items.iter().map(Item::id).collect(),
        };
        self.act(verb, &ids, now)
    }

    fn held_at(&self, at: Timestamp, limit: usize) -> Vec<EntryId> {
        let last_held = |acts: &[Act]| acts.iter().rev().find(|act| act.verb == QueueAction::Hold).map(|act| act.at);
        let held = self.rows.iter().filter(|(_, row)| row.state == State::Held && last_held(&row.acts) == Some(at));
        held.map(|(&id, _)| id).take(limit).collect()
    }

    fn scan(&self, filter: &Filter, after: Option<EntryId>, limit: usize) -> Page {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let ids = self.rows.range((from, Bound::Unbounded)).map(|(&id, _)| id);
        let items = ids.filter_map(|id| self.item(id)).map(|item| Item::Whole(Box::new(item)));
        let mut page = Page::default();
        for item in items.filter(|item| filter.wants(item)) {
            if page.items.len() == limit {
                page.after = page.items.last().map(Item::id);
                break;
            }
            page.items.push(item);
        }
        page
    }

    /// What happened is counted through, as if it were one transaction.
    pub(super) fn after(&self, cursor: Cursor, limit: usize) -> History {
        let told = self.happened.iter().skip(cursor.facts as usize).take(limit).cloned();
        let places = (cursor.facts.saturating_add(1)..).map(|facts| Cursor { transaction: 0, facts });
        let events: Vec<_> = told.zip(places).map(|(event, place)| RecipientEvent { place, ..event }).collect();
        History { next: events.last().map_or(cursor, |last| last.place), events }
    }

    /// The same, of mail that this owner sent.
    pub(super) fn of_owner(&self, owner: &str, cursor: Cursor, limit: usize) -> History {
        let is_theirs = |entry: EntryId| self.messages.get(&entry.message).is_some_and(|mail| mail.is_sent_by(owner));
        let mut history = History { events: Vec::new(), next: cursor };
        for event in self.happened.iter().skip(cursor.facts as usize) {
            if history.events.len() >= limit {
                break;
            }
            history.next.facts = history.next.facts.saturating_add(1);
            let place = history.next;
            history.events.extend(is_theirs(event.entry).then(|| RecipientEvent { place, ..event.clone() }));
        }
        history
    }

    fn sent_by(&self, owner: &str, message_id: &str) -> Vec<Item> {
        let mails = self.messages.iter().filter(|(_, mail)| mail.is_sent_by(owner));
        let mails = mails.filter(|(_, mail)| mail.submission.message_id == message_id).map(|(&number, _)| number);
        let entries = |message| EntryId { message, recipient: 0 }..=EntryId { message, recipient: u32::MAX };
        let ids = mails.flat_map(|mail| self.rows.range(entries(mail)).map(|(&id, _)| id));
        ids.filter_map(|id| self.item(id)).map(|item| Item::Whole(Box::new(item))).collect()
    }

    fn find(&self, sought: &Sought, limit: usize) -> Found {
        let search = Search::new(sought);
        let mut found = Found::default();
        for (&number, message) in self.messages.iter().rev() {
            let (subject, trace) = (&message.subject, &message.trace);
            if search.wants(&Known { subject, trace, queued: message.queued }) {
                found.more = found.mails.len() == limit;
                if found.more {
                    break;
                }
                found.mails.push(number);
            }
        }
        found
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for row in self.rows.values() {
            match row.state {
                State::Queued if self.is_free(row) => totals.waiting += 1,
                State::Queued => totals.claimed += 1,
                State::Held => totals.held += 1,
                State::Damaged => totals.damaged += 1,
                State::Done | State::Dropped => {}
            }
        }
        totals
    }
}
