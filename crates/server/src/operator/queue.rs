//! The queue as people see it and what they do with it: list, trace, hold, release, drop, retry. What a verb answers is what
//! has happened: whoever delivers has confirmed it before.

use std::collections::{BTreeMap, HashSet};

use control::filter::FilterRow;
use control::rows::{Away, QueueRow};
use control::store::StoreRequest;
use control::{Answer, Refused};
use delivery::Outbox;
use jiff::Timestamp;
use serde_json::json;
use spool::queue::{Item, QueueItem, Selection, State, Verb};
use spool::{AttemptKind, EntryId, Inspect};

use super::named;

/// Rows of one page, where the request names no number.
const PAGE: usize = 500;

/// Rows that are read at a time to act on them.
const AT_ONCE: usize = 2000;

/// What the verbs work on.
pub struct Desk<'a> {
    /// The store.
    pub spool: &'a dyn Inspect,
    /// Who delivers; `None` where no daemon is up.
    pub outbox: Option<&'a Outbox>,
    /// The time.
    pub now: Timestamp,
}

/// Runs a request about the queue.
///
/// # Errors
/// What is wrong with it, or with the store.
pub async fn perform(desk: &Desk<'_>, request: StoreRequest) -> Answer {
    match request {
        StoreRequest::Queue { filter, after, limit } => list(desk, &filter, (after, limit.unwrap_or(PAGE))).await,
        StoreRequest::Count(filter) => count(desk, &filter).await,
        StoreRequest::Act { verb, ids, filter } => act(desk, verb_of(&verb)?, &ids, &filter).await,
        StoreRequest::Trace(subject) => Ok(json!(named::story(desk.spool, &subject, &desk.away()).await?)),
        StoreRequest::Find(sought) => Ok(json!(named::sought(desk.spool, &sought, &desk.away()).await?)),
        _ => Err(Refused::usage("that is nothing about the queue")),
    }
}

impl Desk<'_> {
    /// The destinations that cannot be reached now.
    fn away(&self) -> Away {
        let sites = self.outbox.map(|outbox| outbox.status().sites).unwrap_or_default();
        Away { now: self.now, sites: sites.into_iter().filter(|site| site.is_away).collect() }
    }
}

async fn list(desk: &Desk<'_>, filter: &FilterRow, (after, limit): (Option<String>, usize)) -> Answer {
    let after = after.map(|id| id.parse::<EntryId>()).transpose().map_err(|error| Refused::usage(error.to_string()))?;
    let page = desk.spool.scan(filter.filter(desk.now)?, after, limit.clamp(1, AT_ONCE)).await?;
    let away = desk.away();
    let rows: Vec<QueueRow> =
        page.items.iter().map(|item| QueueRow::of(item, &away)).filter(|row| filter.wants(row)).collect();
    Ok(json!({ "v": 1, "items": rows, "after": page.after.map(|id| id.to_string()) }))
}

/// Where the store cannot tell the state that is wanted from another, it is the most that there can be: to read every row
/// for a number would take too long.
async fn count(desk: &Desk<'_>, filter: &FilterRow) -> Answer {
    let count = desk.spool.count(filter.filter(desk.now)?).await?;
    Ok(json!({ "v": 1, "count": count, "exact": filter.is_whole() }))
}

/// Goes through all that the filter wants.
async fn each(desk: &Desk<'_>, filter: &FilterRow, mut see: impl FnMut(&Item)) -> Result<(), Refused> {
    let (wanted, mut after) = (filter.filter(desk.now)?, None);
    loop {
        let page = desk.spool.scan(wanted.clone(), after, AT_ONCE).await?;
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
    fn sort(&mut self, desk: &Desk<'_>, verb: Verb, item: &Item) {
        match obstacle(desk, verb, item) {
            None => self.ids.push(item.id()),
            Some(why) => *self.unchanged.entry(why).or_default() += 1,
        }
    }
}

/// Why the verb does nothing to this one.
fn obstacle(desk: &Desk<'_>, verb: Verb, item: &Item) -> Option<&'static str> {
    let Item::Whole(item) = item else {
        return matches!(verb, Verb::Hold | Verb::Retry).then_some("damaged: release or drop it");
    };
    match (verb, item.state) {
        (Verb::Hold, State::Queued) | (Verb::Retry, State::Queued) => None,
        (Verb::Hold, State::Held) => Some("held already"),
        (Verb::Retry, State::Held) => Some("held: release it first"),
        (Verb::Release, State::Held | State::Damaged) => None,
        (Verb::Release, State::Queued) => Some("not held"),
        (Verb::Release | Verb::Retry, State::Done) if is_captured(item) => obstacle_to_captured(desk, verb, item),
        (Verb::Drop, State::Queued | State::Held | State::Damaged) => None,
        (_, State::Dropped) => Some("dropped already"),
        (_, State::Done) => Some("over"),
        (_, State::Damaged) => Some("damaged: release or drop it"),
    }
}

fn is_captured(item: &QueueItem) -> bool {
    item.last.as_ref().is_some_and(|attempt| attempt.kind == AttemptKind::Captured)
}

fn obstacle_to_captured(desk: &Desk<'_>, verb: Verb, item: &QueueItem) -> Option<&'static str> {
    let stays = desk.outbox.is_some_and(|outbox| outbox.captures(&item.recipient, item.next_hop.as_deref()));
    if item.capture {
        Some("captured for a sandbox key: it is never sent")
    } else if stays {
        Some("captured, and no delivery is set: set deliver.smarthost, then `callpost queue release`")
    } else {
        (verb == Verb::Retry).then_some("captured: `callpost queue release` sends it")
    }
}

async fn act(desk: &Desk<'_>, verb: Verb, ids: &[String], filter: &FilterRow) -> Answer {
    let mut chosen = Chosen::default();
    if ids.is_empty() {
        let away = desk.away();
        each(desk, filter, |item| {
            if filter.wants(&QueueRow::of(item, &away)) {
                chosen.sort(desk, verb, item);
            }
        })
        .await?;
    } else {
        let items = desk.spool.items(named::entries(desk.spool, ids).await?).await?;
        if items.is_empty() {
            return Err(named::unknown(&ids.join(" ")));
        }
        items.iter().for_each(|item| chosen.sort(desk, verb, item));
    }
    let (changed, on_the_wire) = do_it(desk, verb, &chosen.ids).await?;
    let mut unchanged = chosen.unchanged;
    let left = u64::try_from(chosen.ids.len()).unwrap_or(u64::MAX).saturating_sub(changed).saturating_sub(on_the_wire);
    if left > 0 {
        *unchanged.entry("over meanwhile").or_default() += left;
    }
    let unchanged: Vec<_> = unchanged.iter().map(|(why, count)| json!({ "why": why, "count": count })).collect();
    Ok(json!({ "v": 1, "changed": changed, "on_the_wire": on_the_wire, "unchanged": unchanged }))
}

/// How many changed, and how many could not because their final dot was on the wire.
async fn do_it(desk: &Desk<'_>, verb: Verb, ids: &[EntryId]) -> Result<(u64, u64), Refused> {
    let selection = || Selection::Ids(ids.to_vec());
    let Some(outbox) = desk.outbox else { return Ok((desk.spool.act(verb, selection(), desk.now).await?, 0)) };
    match verb {
        Verb::Hold | Verb::Drop => {
            let recalled = outbox.recall(ids.iter().copied().collect::<HashSet<_>>()).await;
            let changed = desk.spool.act(verb, selection(), desk.now).await?;
            let sent = u64::try_from(recalled.on_wire().len()).unwrap_or(u64::MAX);
            recalled.decided().await;
            // What was on the wire and came back unsent is held or dropped like the others.
            let all = u64::try_from(ids.len()).unwrap_or(u64::MAX);
            Ok((changed, sent.min(all.saturating_sub(changed))))
        }
        Verb::Retry => {
            let changed = desk.spool.act(verb, selection(), desk.now).await?;
            outbox.look_now();
            Ok((changed, 0))
        }
        Verb::Release => {
            let changed = desk.spool.act(verb, selection(), desk.now).await?;
            outbox.wake();
            Ok((changed, 0))
        }
    }
}

fn verb_of(verb: &str) -> Result<Verb, Refused> {
    match verb {
        "hold" => Ok(Verb::Hold),
        "release" => Ok(Verb::Release),
        "drop" => Ok(Verb::Drop),
        "retry" => Ok(Verb::Retry),
        other => Err(Refused::usage(format!("`{other}` is nothing that can be done with the queue"))),
    }
}
