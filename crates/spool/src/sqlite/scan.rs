//! The queue, row by row. A row that cannot be read is a value of the scan: it is named, and the scan goes on.

use rusqlite::{Connection, OptionalExtension};

use super::entry::Stored;
use super::ledger::SetAside;
use super::numbering;
use super::row;
use super::store_error::StoreError;
use super::{claim, owner::Owners, search};
use crate::{EntryId, Filter, Item, Page, QueueItem, State, Totals};

/// One page. Reading goes by the table, or by the index of open entries; where a page of the table is damaged, the index
/// names the rows that cannot be read.
pub(super) fn scan(
    connection: &Connection,
    filter: &Filter,
    (after, limit): (Option<EntryId>, usize),
    set_aside: &SetAside,
) -> Result<Page, StoreError> {
    let after = after.map_or(-1, numbering::entry_key);
    let mut found = search::keys(connection, filter, after, limit)?;
    let mut aside: Vec<i64> =
        set_aside.keys().into_iter().filter(|&key| key > after && key <= found.looked_at).collect();
    found.keys.retain(|key| !aside.contains(key));
    found.keys.append(&mut aside);
    found.keys.sort_unstable();
    let mut page = Page { after: found.goes_on.then(|| numbering::entry_id(found.looked_at)), ..Page::default() };
    for key in found.keys {
        if page.items.len() >= limit {
            page.after = page.items.last().map(Item::id);
            return Ok(page);
        }
        let item = item(connection, key, set_aside)?;
        if filter.wants(&item) {
            page.items.push(item);
        }
    }
    Ok(page)
}

/// Those of these that there are.
pub(super) fn items(connection: &Connection, ids: &[EntryId], set_aside: &SetAside) -> Result<Vec<Item>, StoreError> {
    let mut items = Vec::with_capacity(ids.len());
    let mut is_there = connection.prepare_cached("SELECT 1 FROM entry WHERE id = ?1")?;
    for &id in ids {
        let key = numbering::entry_key(id);
        if set_aside.contains(key) || is_there.exists([key])? {
            items.push(item(connection, key, set_aside)?);
        }
    }
    Ok(items)
}

/// One entry, or what is wrong with it.
pub(super) fn item(connection: &Connection, key: i64, set_aside: &SetAside) -> Result<Item, StoreError> {
    let id = numbering::entry_id(key);
    if set_aside.contains(key) {
        let mut statement = connection.prepare_cached("SELECT cause FROM damaged WHERE entry = ?1")?;
        let cause: Option<String> = statement.query_row([key], |row| row.get(0)).optional()?;
        return Ok(Item::Damaged { id, cause: cause.unwrap_or_default() });
    }
    match claim::read(connection, key) {
        Ok(Stored { entry, standing }) => Ok(Item::Whole(Box::new(QueueItem::new(entry, standing)))),
        Err(trouble) if trouble.is_damage() => Ok(Item::Damaged { id, cause: trouble.refusal().to_string() }),
        Err(trouble) => Err(trouble),
    }
}

/// Open entries per state.
pub(super) fn totals(connection: &Connection, owners: &Owners) -> Result<Totals, StoreError> {
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
