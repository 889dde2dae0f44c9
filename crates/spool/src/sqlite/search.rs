//! What a filter wants, looked for by SQLite itself: most rows are passed over without being read out.
//!
//! Recipients have no index: it would be paid for with every mail. Instead the rows of a bounded range of numbers are gone
//! through, or, where only a few entries are open, those alone.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::numbering;
use super::row::{self, micros};
use super::store_error::StoreError;
use crate::queue::Words;
use crate::{Filter, State};

/// Mails whose rows one look goes through.
const MAILS: i64 = 100_000;

/// Where no more entries than this are open, they are gone through and nothing else is.
const FEW: i64 = 50_000;

/// The keys that were found, in their order.
pub(super) struct Found {
    pub(super) keys: Vec<i64>,
    /// Nothing up to this one is left out.
    pub(super) looked_at: i64,
    /// There may be more behind it.
    pub(super) goes_on: bool,
}

/// Up to `limit` keys behind one.
pub(super) fn keys(connection: &Connection, filter: &Filter, after: i64, limit: usize) -> Result<Found, StoreError> {
    let found = if is_few(connection, filter)? {
        by_index(connection, filter, after, limit)
    } else {
        by_table(connection, filter, after, limit)
    };
    match found {
        Err(trouble) if trouble.is_damage() => by_index_alone(connection, after),
        found => found,
    }
}

/// How many there are.
pub(super) fn count(connection: &Connection, filter: &Filter) -> Result<u64, StoreError> {
    let terms = Terms::of(filter);
    let index = if terms.is_open { "INDEXED BY entry_open" } else { "NOT INDEXED" };
    let sql = format!("SELECT count(*) FROM entry AS e {index} WHERE {}", terms.sql);
    let mut statement = connection.prepare_cached(&sql)?;
    let count: i64 = statement.query_row(params_from_iter(terms.values), |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

fn is_few(connection: &Connection, filter: &Filter) -> Result<bool, StoreError> {
    if !Terms::of(filter).is_open {
        return Ok(false);
    }
    let mut statement = connection
        .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM entry INDEXED BY entry_open WHERE state < 10 LIMIT ?1)")?;
    Ok(statement.query_row([FEW + 1], |row| row.get::<_, i64>(0))? <= FEW)
}

fn by_index(connection: &Connection, filter: &Filter, after: i64, limit: usize) -> Result<Found, StoreError> {
    let keys = select(connection, ("INDEXED BY entry_open", Terms::of(filter)), (after, i64::MAX), limit)?;
    Ok(Found::of(keys, limit, None))
}

fn by_table(connection: &Connection, filter: &Filter, after: i64, limit: usize) -> Result<Found, StoreError> {
    let (_, end) = numbering::entry_range(numbering::entry_id(after.max(0)).message.saturating_add(MAILS));
    let keys = select(connection, ("NOT INDEXED", Terms::of(filter)), (after, end), limit)?;
    let mut last = connection.prepare_cached("SELECT coalesce(max(id), -1) FROM entry NOT INDEXED")?;
    let is_last = last.query_row([], |row| row.get::<_, i64>(0))? <= end;
    Ok(Found::of(keys, limit, (!is_last).then_some(end)))
}

/// The names of all open entries, whatever else they are: their rows cannot all be read.
fn by_index_alone(connection: &Connection, after: i64) -> Result<Found, StoreError> {
    let sql = "SELECT id FROM entry INDEXED BY entry_open WHERE state < 10 AND id > ?1 ORDER BY id LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let keys = statement.query_map((after, FEW), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    Ok(Found::of(keys, usize::try_from(FEW).unwrap_or(usize::MAX), None))
}

fn select(
    connection: &Connection,
    (index, terms): (&str, Terms),
    (after, end): (i64, i64),
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    let wanted = &terms.sql;
    let sql =
        format!("SELECT e.id FROM entry AS e {index} WHERE {wanted} AND e.id > ? AND e.id <= ? ORDER BY e.id LIMIT ?");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = terms.values.into_iter().chain([after, end, limit].map(Value::Integer));
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map(params_from_iter(values), |row| row.get(0))?.collect::<Result<_, _>>()?)
}

impl Found {
    /// `end`: where the look ended, if that was not the end of all.
    fn of(keys: Vec<i64>, limit: usize, end: Option<i64>) -> Self {
        match keys.last() {
            Some(&last) if keys.len() >= limit => Self { looked_at: last, keys, goes_on: true },
            _ => Self { looked_at: end.unwrap_or(i64::MAX), keys, goes_on: end.is_some() },
        }
    }
}

/// A filter as SQLite understands it; what it cannot say is looked at when the row is read.
struct Terms {
    sql: String,
    values: Vec<Value>,
    /// Only what has not ended is wanted.
    is_open: bool,
}

impl Terms {
    fn of(filter: &Filter) -> Self {
        let is_open = !matches!(filter.state, Some(State::Done | State::Dropped));
        // The index is used only where these words stand in the query.
        let mut terms =
            Self { sql: (if is_open { "e.state < 10" } else { "1" }).to_owned(), values: Vec::new(), is_open };
        if let Some(state) = filter.state {
            terms.and("e.state = ?", Value::Integer(row::state_code(state)));
        }
        if let Some(tries) = filter.min_tries {
            terms.and("e.tries >= ?", Value::Integer(tries.into()));
        }
        if let Some(to) = &filter.to {
            terms.and("instr(lower(e.recipient), ?) > 0", Value::Text(to.to_ascii_lowercase()));
        }
        terms.of_message(filter);
        terms
    }

    fn of_message(&mut self, filter: &Filter) {
        let mut wanted: Vec<(&str, Value)> = Vec::new();
        if let Some(from) = &filter.from {
            wanted.push(("instr(lower(m.reverse_path), ?) > 0", Value::Text(from.to_ascii_lowercase())));
        }
        if let Some(owner) = &filter.owner {
            wanted.push(("m.owner = ?", Value::Text(owner.clone())));
        }
        if let Some(kind) = filter.kind {
            wanted.push(("m.kind = ?", Value::Integer(row::kind_code(kind))));
        }
        if let Some(id) = &filter.message_id {
            wanted.push(("m.message_id = ?", Value::Text(id.clone())));
        }
        let words = filter.subject.as_deref().map(Words::of);
        // SQLite knows the case of ASCII alone; the others are looked for when the row is read.
        for word in words.iter().flat_map(Words::iter).filter(|word| word.is_ascii()) {
            wanted.push(("instr(lower(m.subject), ?) > 0", Value::Text(word.to_owned())));
        }
        if let Some(before) = filter.queued_before {
            wanted.push(("m.queued < ?", Value::Integer(micros(before))));
        }
        if wanted.is_empty() {
            return;
        }
        self.sql.push_str(" AND EXISTS (SELECT 1 FROM message AS m WHERE m.id = e.id >> 20");
        for (term, value) in wanted {
            self.and(term, value);
        }
        self.sql.push(')');
    }

    fn and(&mut self, term: &str, value: Value) {
        self.sql.push_str(" AND ");
        self.sql.push_str(term);
        self.values.push(value);
    }
}
