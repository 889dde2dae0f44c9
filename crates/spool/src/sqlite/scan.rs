//! The queue, row by row. A row that cannot be read is a value of the scan: it is named, and the scan goes on.

use rusqlite::{Connection, OptionalExtension};

use super::ledger::SetAside;
use super::row::{self, StoredEntry};
use super::trouble::Trouble;
use super::{claim, owner::Owners};
use crate::{EntryId, Filter, Item, Page, QueueItem, State, Totals};

/// Rows that one page looks at, at most: rows that ended are kept for days, and a filter may want none of them.
const LOOKED_AT: usize = 20_000;

/// One page. Reading goes by the table; where a page of the table is damaged, by the index of open entries, which names
/// the rows that cannot be read.
pub(super) fn scan(
    connection: &Connection,
    filter: &Filter,
    (after, limit): (Option<EntryId>, usize),
    set_aside: &SetAside,
) -> Result<Page, Trouble> {
    let mut page = Page::default();
    let keys = keys(connection, after.map_or(-1, row::entry_key))?;
    let is_end = keys.len() < LOOKED_AT;
    let mut last = None;
    for (key, state) in keys {
        last = Some(row::entry_id(key));
        if !may_want(filter, state) && !set_aside.contains(key) {
            continue;
        }
        let item = item(connection, key, set_aside)?;
        if wants(filter, &item) {
            page.items.push(item);
        }
        if page.items.len() >= limit {
            page.after = last;
            return Ok(page);
        }
    }
    page.after = if is_end { None } else { last };
    Ok(page)
}

fn keys(connection: &Connection, after: i64) -> Result<Vec<(i64, i64)>, Trouble> {
    let by_table = "SELECT id, state FROM entry NOT INDEXED WHERE id > ?1 ORDER BY id LIMIT ?2";
    let by_index =
        "SELECT id, state FROM entry INDEXED BY entry_open WHERE state < 10 AND id > ?1 ORDER BY id LIMIT ?2";
    match keys_by(connection, by_table, after) {
        Err(trouble) if trouble.is_damage() => keys_by(connection, by_index, after),
        found => found,
    }
}

fn keys_by(connection: &Connection, sql: &str, after: i64) -> Result<Vec<(i64, i64)>, Trouble> {
    let mut statement = connection.prepare_cached(sql)?;
    let most = i64::try_from(LOOKED_AT).unwrap_or(i64::MAX);
    Ok(statement.query_map((after, most), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// One entry, or what is wrong with it.
pub(super) fn item(connection: &Connection, key: i64, set_aside: &SetAside) -> Result<Item, Trouble> {
    let id = row::entry_id(key);
    if set_aside.contains(key) {
        let mut statement = connection.prepare_cached("SELECT cause FROM damaged WHERE entry = ?1")?;
        let cause: Option<String> = statement.query_row([key], |row| row.get(0)).optional()?;
        return Ok(Item::Damaged { id, cause: cause.unwrap_or_default() });
    }
    match claim::read(connection, key) {
        Ok(stored) => Ok(Item::Whole(Box::new(queue_item(stored)))),
        Err(trouble) if trouble.is_damage() => Ok(Item::Damaged { id, cause: trouble.refusal().to_string() }),
        Err(trouble) => Err(trouble),
    }
}

fn queue_item(StoredEntry { entry, state, last, destination }: StoredEntry) -> QueueItem {
    QueueItem {
        id: entry.id,
        state,
        recipient: entry.recipient,
        reverse_path: entry.reverse_path,
        message_id: entry.message_id,
        kind: entry.kind,
        owner: entry.owner,
        capture: entry.capture,
        next_hop: entry.next_hop,
        size: entry.size,
        queued: entry.queued,
        due: entry.due,
        destination: destination.unwrap_or_default(),
        tries: entry.tries,
        last,
    }
}

/// What the state alone can tell, before the row is read.
fn may_want(filter: &Filter, code: i64) -> bool {
    match (row::state(code), filter.state) {
        (Ok(state), Some(wanted)) => state == wanted,
        (Ok(state), None) => !matches!(state, State::Done | State::Dropped),
        (Err(_), _) => true,
    }
}

fn wants(filter: &Filter, item: &Item) -> bool {
    match item {
        Item::Whole(item) => wants_whole(filter, item),
        // What it was cannot be known: it is shown where nothing is asked of it but its state.
        Item::Damaged { .. } => {
            matches!(filter.state, None | Some(State::Damaged))
                && Filter { state: None, ..filter.clone() } == Filter::default()
        }
    }
}

fn wants_whole(filter: &Filter, item: &QueueItem) -> bool {
    let Filter { state: _, to, from, owner, kind, message_id, queued_before, min_tries } = filter;
    to.as_ref().is_none_or(|to| contains(&item.recipient.to_string(), to))
        && from.as_ref().is_none_or(|from| contains(&row::reverse_path_text(&item.reverse_path), from))
        && owner.as_ref().is_none_or(|owner| *owner == item.owner)
        && kind.is_none_or(|kind| kind == item.kind)
        && message_id.as_ref().is_none_or(|id| *id == item.message_id)
        && queued_before.is_none_or(|before| item.queued < before)
        && min_tries.is_none_or(|tries| item.tries >= tries)
}

fn contains(text: &str, part: &str) -> bool {
    text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
}

/// Open entries per state.
pub(super) fn totals(connection: &Connection, owners: &Owners) -> Result<Totals, Trouble> {
    let dead = owners.dead(connection)?;
    let mut totals = Totals::default();
    let mut statement = connection.prepare_cached(
        "SELECT state, owner, count(*) FROM entry INDEXED BY entry_open WHERE state < 10 GROUP BY state, owner",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let holder: i64 = row.get(1)?;
        let count = row.get::<_, i64>(2)?.unsigned_abs();
        match row::state(row.get(0)?)? {
            State::Queued if holder == 0 || dead.contains(&holder) => totals.waiting += count,
            State::Queued => totals.claimed += count,
            State::Held => totals.held += count,
            State::Damaged => totals.damaged += count,
            State::Done | State::Dropped => {}
        }
    }
    Ok(totals)
}
