//! The queue as people see it and what they do with it: list, trace, hold, release, drop, retry. What a verb answers is what
//! has happened: whoever delivers has confirmed it before.

use std::collections::{BTreeMap, HashSet};

use control::filter::FilterRow;
use control::rows::{Away, QueueRow};
use control::store::{Acted, Counted, QueuePage, StoreRequest, Unchanged};
use control::{Answer, Refused};
use delivery::Outbox;
use jiff::Timestamp;
use serde_json::json;
use spool::queue::{Item, QueueAction, QueueItem, Selection, State};
use spool::{AttemptKind, EntryId, Store};

use super::named;

/// Rows of one page, where the request names no number.
const PAGE: usize = 500;

/// Rows that are read at a time to act on them.
const AT_ONCE: usize = 2000;

/// What the verbs work on.
pub struct StoreView<'a> {
    /// The store.
    pub spool: &'a dyn Store,
    /// Who delivers; `None` where no daemon is up.
    pub outbox: Option<&'a Outbox>,
    /// The time.
    pub now: Timestamp,
}

/// Runs a request about the queue.
///
/// # Errors
/// What is wrong with it, or with the store.
pub async fn perform(view: &StoreView<'_>, request: StoreRequest) -> Answer {
    match request {
        StoreRequest::Queue { filter, after, limit } => list(view, &filter, (after, limit.unwrap_or(PAGE))).await,
        StoreRequest::Count(filter) => count(view, &filter).await,
        StoreRequest::Act { verb, ids, filter } => act(view, verb_of(&verb)?, &ids, &filter).await,
        StoreRequest::Trace(subject) => Ok(json!(named::story(view.spool, &subject, &view.away()).await?)),
        StoreRequest::Find(sought) => Ok(json!(named::sought(view.spool, &sought, &view.away()).await?)),
        _ => Err(Refused::usage("that is nothing about the queue")),
    }
}

impl StoreView<'_> {
    /// The destinations that cannot be reached now.
    fn away(&self) -> Away {
        let sites = self.outbox.map(|outbox| outbox.status().sites).unwrap_or_default();
        Away { now: self.now, sites: sites.into_iter().filter(|site| site.is_away).collect() }
    }
}

async fn list(view: &StoreView<'_>, filter: &FilterRow, (after, limit): (Option<String>, usize)) -> Answer {
    let after = after.map(|id| id.parse::<EntryId>()).transpose().map_err(|error| Refused::usage(error.to_string()))?;
    let page = view.spool.scan(filter.filter(view.now)?, after, limit.clamp(1, AT_ONCE)).await?;
    let away = view.away();
    let rows: Vec<QueueRow> =
        page.items.iter().map(|item| QueueRow::of(item, &away)).filter(|row| filter.wants(row)).collect();
    Ok(json!(QueuePage { v: 1, items: rows, after: page.after.map(|id| id.to_string()) }))
}

/// Where the store cannot tell the state that is wanted from another, it is the most that there can be: to read every row
/// for a number would take too long.
async fn count(view: &StoreView<'_>, filter: &FilterRow) -> Answer {
    let count = view.spool.count(filter.filter(view.now)?).await?;
    Ok(json!(Counted { v: 1, count, exact: filter.is_whole() }))
}

/// Goes through all that the filter wants.
async fn each(view: &StoreView<'_>, filter: &FilterRow, mut see: impl FnMut(&Item)) -> Result<(), Refused> {
    let (wanted, mut after) = (filter.filter(view.now)?, None);
    loop {
        let page = view.spool.scan(wanted.clone(), after, AT_ONCE).await?;
        page.items.iter().for_each(&mut see);
        after = page.after;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Entries that a verb is meant for, and why others are not.
#[derive(Default)]
struct Chosen {
    ids: Vec<EntryId>,
    unchanged: BTreeMap<&'static str, u64>,
}

impl Chosen {
    fn sort(&mut self, view: &StoreView<'_>, verb: QueueAction, item: &Item) {
        match obstacle(view, verb, item) {
            None => self.ids.push(item.id()),
            Some(why) => *self.unchanged.entry(why).or_default() += 1,
        }
    }
}

/// Why the verb does nothing to this one.
fn obstacle(view: &StoreView<'_>, verb: QueueAction, item: &Item) -> Option<&'static str> {
    let Item::Whole(item) = item else {
        return matches!(verb, QueueAction::Hold | QueueAction::Retry).then_some("damaged: release or drop it");
    };
    match (verb, item.state) {
        (QueueAction::Hold, State::Queued) | (QueueAction::Retry, State::Queued) => None,
        (QueueAction::Hold, State::Held) => Some("held already"),
        (QueueAction::Retry, State::Held) => Some("held: release it first"),
        (QueueAction::Release, State::Held | State::Damaged) => None,
        (QueueAction::Release, State::Queued) => Some("not held"),
        (QueueAction::Release | QueueAction::Retry, State::Done) if is_captured(item) => {
            obstacle_to_captured(view, verb, item)
        }
        (QueueAction::Drop, State::Queued | State::Held | State::Damaged) => None,
        (_, State::Dropped) => Some("dropped already"),
        (_, State::Done) => Some("over"),
        (_, State::Damaged) => Some("damaged: release or drop it"),
    }
}

fn is_captured(item: &QueueItem) -> bool {
    item.last.as_ref().is_some_and(|attempt| attempt.kind == AttemptKind::Captured)
}

fn obstacle_to_captured(view: &StoreView<'_>, verb: QueueAction, item: &QueueItem) -> Option<&'static str> {
    let stays = view.outbox.is_some_and(|outbox| outbox.captures(&item.recipient, item.next_hop.as_deref()));
    if item.capture {
        Some("captured for a sandbox key: it is never sent")
    } else if stays {
        Some("captured, and no delivery is set: set deliver.smarthost, then `callpost queue release`")
    } else {
        (verb == QueueAction::Retry).then_some("captured: `callpost queue release` sends it")
    }
}

async fn act(view: &StoreView<'_>, verb: QueueAction, ids: &[String], filter: &FilterRow) -> Answer {
    let mut chosen = Chosen::default();
    if ids.is_empty() {
        let away = view.away();
        each(view, filter, |item| {
            if filter.wants(&QueueRow::of(item, &away)) {
                chosen.sort(view, verb, item);
            }
        })
        .await?;
    } else {
        let items = view.spool.items(named::entries(view.spool, ids).await?).await?;
        if items.is_empty() {
            return Err(named::unknown(&ids.join(" ")));
        }
        items.iter().for_each(|item| chosen.sort(view, verb, item));
    }
    let (changed, on_the_wire) = do_it(view, verb, &chosen.ids).await?;
    let mut unchanged = chosen.unchanged;
    let left = u64::try_from(chosen.ids.len()).unwrap_or(u64::MAX).saturating_sub(changed).saturating_sub(on_the_wire);
    if left > 0 {
        *unchanged.entry("over meanwhile").or_default() += left;
    }
    let unchanged = unchanged.into_iter().map(|(why, count)| Unchanged { why: why.to_owned(), count }).collect();
    Ok(json!(Acted { v: 1, changed, on_the_wire, unchanged }))
}

/// How many changed, and how many could not because their final dot was on the wire.
async fn do_it(view: &StoreView<'_>, verb: QueueAction, ids: &[EntryId]) -> Result<(u64, u64), Refused> {
    let selection = || Selection::Ids(ids.to_vec());
    let Some(outbox) = view.outbox else { return Ok((view.spool.act(verb, selection(), view.now).await?, 0)) };
    match verb {
        QueueAction::Hold | QueueAction::Drop => {
            let recalled = outbox.recall(ids.iter().copied().collect::<HashSet<_>>()).await;
            let changed = view.spool.act(verb, selection(), view.now).await?;
            let sent = u64::try_from(recalled.on_wire().len()).unwrap_or(u64::MAX);
            recalled.decided().await;
            // What was on the wire and came back unsent is held or dropped like the others.
            let all = u64::try_from(ids.len()).unwrap_or(u64::MAX);
            Ok((changed, sent.min(all.saturating_sub(changed))))
        }
        QueueAction::Retry => {
            let changed = view.spool.act(verb, selection(), view.now).await?;
            outbox.look_now();
            Ok((changed, 0))
        }
        QueueAction::Release => {
            let changed = view.spool.act(verb, selection(), view.now).await?;
            outbox.wake();
            Ok((changed, 0))
        }
    }
}

fn verb_of(verb: &str) -> Result<QueueAction, Refused> {
    match verb {
        "hold" => Ok(QueueAction::Hold),
        "release" => Ok(QueueAction::Release),
        "drop" => Ok(QueueAction::Drop),
        "retry" => Ok(QueueAction::Retry),
        other => Err(Refused::usage(format!("`{other}` is nothing that can be done with the queue"))),
    }
}
