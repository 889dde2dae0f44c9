//! Rows of the store with columns that nobody wrote.

use invariants::seed;
use invariants::stored::{decode, encode};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use spool::sqlite::stored::{Column, Record, Rows, Table};

const TEXTS: [&str; 12] = [
    "",
    "-",
    "a@b.example",
    "A@B.EXAMPLE",
    "\"a b\"@c.example",
    "a@b.example\nc@d.example",
    "\nc@d.example",
    "- x.mail",
    "[::1]:25",
    "hop:25",
    "é",
    "\0",
];
const NUMBERS: [i64; 12] = [-1, 0, 1, 2, 3, 4, 10, 451, 600, 1 << 33, i64::MAX, i64::MIN];

fn column() -> impl Strategy<Value = Column> {
    let octets = || proptest::collection::vec(any::<u8>(), 0..80);
    prop_oneof![
        1 => Just(Column::Null),
        3 => select(&NUMBERS[..]).prop_map(Column::Integer),
        2 => any::<i64>().prop_map(Column::Integer),
        1 => any::<f64>().prop_map(Column::Real),
        4 => select(&TEXTS[..]).prop_map(|text| Column::Text(text.into())),
        2 => octets().prop_map(Column::Text),
        1 => Just(Column::Blob(vec![7; 32])),
        2 => octets().prop_map(Column::Blob),
    ]
}

/// A row as the store writes it, with some of its columns replaced.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let replaced = proptest::collection::vec((any::<proptest::sample::Index>(), column()), 0..5);
    (select(seed::of("stored")), replaced).prop_map(|(row, replaced)| {
        let (table, mut columns) = decode(&row).unwrap();
        for (place, column) in replaced {
            let place = place.index(columns.len());
            columns[place] = column;
        }
        encode(table, &columns)
    })
}

/// All columns made up.
fn made_up() -> impl Strategy<Value = Vec<u8>> {
    let columns = proptest::collection::vec(column(), 30);
    (select(&Table::ALL[..]), columns).prop_map(|(table, columns)| encode(table, &columns[..table.columns()]))
}

#[test]
fn whatever_the_columns_of_a_row_hold_they_are_read_or_refused_as_damaged_and_never_as_another_s() {
    let config = ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&prop_oneof![3 => damaged(), 1 => made_up()], |octets| {
        invariants::check("stored", &octets);
        Ok(())
    });
    assert!(run.is_ok(), "{run:?}");
}

#[test]
fn rows_as_the_store_writes_them_are_read_in_every_table() {
    let rows = Rows::new().unwrap();
    let read = |row: Vec<u8>| decode(&row).map(|(table, columns)| rows.read(table, &columns).unwrap()).unwrap();
    let found: Vec<Record> = seed::of("stored").into_iter().map(read).collect();
    for table in Table::ALL {
        assert!(found.iter().any(|record| record.table() == table), "{table:?}");
    }
}
