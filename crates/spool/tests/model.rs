//! Any sequence of operations, on two openings of one store, against a model that fits on a page: SQLite, and the memory.
#![allow(clippy::unwrap_used, clippy::panic)] // A test fails by panicking, wherever in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::{Just, Strategy, any, proptest};
use proptest::{prop_oneof, test_runner::Config};
use spool::conformance::{at, mail, parcel, report};
use spool::memory::Memory;
use spool::{
    AttemptKind, Commit, EntryId, Filter, Item, Next, Options, QueueAction, Refusal, Selection, SqliteSpool, State,
    Store,
};
use tempfile::TempDir;

/// Where a store is.
trait Fixture {
    fn open(&self) -> Arc<dyn Store>;
}

impl Fixture for TempDir {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteSpool::open(self.path(), Options::default()).unwrap())
    }
}

impl Fixture for Memory {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(Memory::open(self, "node"))
    }
}

/// One of the two openings.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Which {
    Left,
    Right,
}

/// An operation; `usize`s choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Commit { store: Which, recipients: usize, claimed: bool },
    Claim { store: Which, limit: usize },
    Retire { store: Which, which: usize },
    Retry { store: Which, which: usize, delay: i64 },
    GiveBack { store: Which, which: usize },
    Act { verb: QueueAction, which: usize },
    Reopen { store: Which },
    Wait { seconds: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let verb = prop_oneof![
        Just(QueueAction::Hold),
        Just(QueueAction::Release),
        Just(QueueAction::Drop),
        Just(QueueAction::Retry),
    ];
    let store = || prop_oneof![Just(Which::Left), Just(Which::Right)];
    let which = || 0..8_usize;
    prop_oneof![
        3 => (store(), 1..4_usize, any::<bool>())
            .prop_map(|(store, recipients, claimed)| Step::Commit { store, recipients, claimed }),
        3 => (store(), 1..4_usize).prop_map(|(store, limit)| Step::Claim { store, limit }),
        3 => (store(), which()).prop_map(|(store, which)| Step::Retire { store, which }),
        2 => (store(), which(), 0..50_i64).prop_map(|(store, which, delay)| Step::Retry { store, which, delay }),
        1 => (store(), which()).prop_map(|(store, which)| Step::GiveBack { store, which }),
        2 => (verb, which()).prop_map(|(verb, which)| Step::Act { verb, which }),
        1 => store().prop_map(|store| Step::Reopen { store }),
        1 => (0..60_i64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    state: State,
    due: i64,
    tries: u32,
    holder: Option<Which>,
}

struct World<P> {
    place: P,
    stores: [Option<Arc<dyn Store>>; 2],
    rows: BTreeMap<EntryId, Row>,
    now: i64,
}

impl<P: Fixture> World<P> {
    fn new(place: P) -> Self {
        let stores = [Some(place.open()), Some(place.open())];
        Self { place, stores, rows: BTreeMap::new(), now: 0 }
    }

    fn store(&self, which: Which) -> &dyn Store {
        &**self.stores[which as usize].as_ref().unwrap()
    }

    /// The entries that a store holds.
    fn held_by(&self, store: Which, which: usize) -> Option<EntryId> {
        let held: Vec<_> = self.rows.iter().filter(|(_, row)| row.holder == Some(store)).map(|(id, _)| *id).collect();
        held.get(which % held.len().max(1)).copied()
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Commit { store, recipients, claimed } => {
                self.commit(store, recipients, claimed.then_some(store)).await;
            }
            Step::Claim { store, limit } => self.claim(store, limit).await,
            Step::Retire { store, which } => self.attempt(store, which, Next::Retire).await,
            Step::Retry { store, which, delay } => {
                self.attempt(store, which, Next::Retry(at(self.now + delay))).await;
            }
            Step::GiveBack { store, which } => {
                let Some(id) = self.held_by(store, which) else { return };
                assert_eq!(self.store(store).release(vec![id]).await.unwrap(), vec![]);
                self.rows.get_mut(&id).unwrap().holder = None;
            }
            Step::Act { verb, which } => self.act(verb, which).await,
            Step::Reopen { store } => {
                self.stores[store as usize] = None;
                self.stores[store as usize] = Some(self.place.open());
                self.rows.values_mut().filter(|row| row.holder == Some(store)).for_each(|row| row.holder = None);
            }
            Step::Wait { seconds } => self.now += seconds,
        }
    }

    async fn commit(&mut self, store: Which, recipients: usize, holder: Option<Which>) {
        let recipients = &["a@example.net", "b@example.net", "c@example.net"][..recipients];
        let commit = Commit { claimed: holder.is_some(), ..parcel(vec![mail("one", recipients).unwrap()]) };
        let committed = self.store(store).commit(commit, at(self.now)).await.unwrap();
        assert_eq!(committed.entries.len(), recipients.len());
        for entry in committed.entries {
            let row = Row { state: State::Queued, due: self.now, tries: 0, holder };
            assert_eq!(self.rows.insert(entry.id, row), None, "a number is used once");
        }
    }

    async fn claim(&mut self, store: Which, limit: usize) {
        let claimed = self.store(store).claim(limit, at(self.now)).await.unwrap();
        let free = |row: &Row| row.state == State::Queued && row.holder.is_none() && row.due <= self.now;
        let mut due: Vec<_> = self.rows.values().filter(|row| free(row)).map(|row| row.due).collect();
        due.sort_unstable();
        due.truncate(limit);
        let got: Vec<_> = claimed.iter().map(|entry| entry.due).collect();
        assert_eq!(got, due.into_iter().map(at).collect::<Vec<_>>());
        for entry in claimed {
            let row = self.rows.get_mut(&entry.id).unwrap();
            assert!(row.state == State::Queued && row.holder.is_none(), "{} {row:?}", entry.id);
            assert_eq!((at(row.due), row.tries), (entry.due, entry.tries));
            row.holder = Some(store);
        }
    }

    async fn attempt(&mut self, store: Which, which: usize, next: Next) {
        let Some(id) = self.held_by(store, which) else { return };
        let kind = if next == Next::Retire { AttemptKind::Delivered } else { AttemptKind::Deferred };
        self.store(store).record(vec![report(id, kind, next.clone(), at(self.now))], at(self.now)).await.unwrap();
        let row = self.rows.get_mut(&id).unwrap();
        row.tries += 1;
        row.holder = None;
        match next {
            Next::Retire => row.state = State::Done,
            Next::Retry(due) => row.due = due.as_second() - at(0).as_second(),
        }
    }

    async fn act(&mut self, verb: QueueAction, which: usize) {
        let Some(id) = self.rows.keys().nth(which % self.rows.len().max(1)).copied() else { return };
        let changed = self.store(Which::Right).act(verb, Selection::Ids(vec![id]), at(self.now)).await.unwrap();
        let now = self.now;
        let row = self.rows.get_mut(&id).unwrap();
        let applies = match (verb, row.state) {
            (QueueAction::Hold | QueueAction::Retry, State::Queued) | (QueueAction::Release, State::Held) => true,
            (QueueAction::Drop, state) => matches!(state, State::Queued | State::Held),
            _ => false,
        };
        assert_eq!(changed, u64::from(applies), "{verb:?} {row:?}");
        match verb {
            _ if !applies => {}
            QueueAction::Hold => row.state = State::Held,
            QueueAction::Release => row.state = State::Queued,
            QueueAction::Retry => row.due = now,
            QueueAction::Drop => *row = Row { state: State::Dropped, holder: None, ..*row },
        }
    }

    /// Both stores show what the model holds, and a body is there as long as one of its entries is open.
    async fn compare(&self) {
        for store in [Which::Left, Which::Right] {
            for state in [State::Queued, State::Held, State::Done, State::Dropped] {
                let filter = Filter { state: Some(state), ..Filter::default() };
                let page = self.store(store).scan(filter, None, 10_000).await.unwrap();
                let seen: Vec<_> = page.items.iter().map(shown).collect();
                let rows = self.rows.iter().filter(|(_, row)| row.state == state);
                let wanted: Vec<_> = rows.map(|(id, row)| (*id, at(row.due), row.tries)).collect();
                assert_eq!(seen, wanted, "{state:?}");
            }
        }
        let is_open = |row: &Row| matches!(row.state, State::Queued | State::Held);
        for id in self.rows.keys() {
            let open = self.rows.iter().any(|(other, row)| other.message == id.message && is_open(row));
            let body = self.store(Which::Left).message(*id).await;
            assert_eq!(body.err(), (!open).then_some(Refusal::Unknown), "{id}");
        }
        let free = self.rows.values().filter(|row| row.state == State::Queued && row.holder.is_none());
        assert_eq!(self.store(Which::Right).next_due().await.unwrap(), free.map(|row| at(row.due)).min());
    }
}

fn shown(item: &Item) -> (EntryId, jiff::Timestamp, u32) {
    match item {
        Item::Whole(item) => (item.id, item.due, item.tries),
        Item::Damaged { id, cause } => panic!("{id}: {cause}"),
    }
}

fn plays(place: impl Fixture, steps: Vec<Step>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(place);
        for step in steps {
            world.take(step).await;
        }
        world.compare().await;
    });
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..60)
}

proptest! {
    #![proptest_config(Config { cases: 24, ..Config::default() })]

    #[test]
    fn the_store_does_what_the_model_does(steps in steps()) {
        plays(TempDir::new().unwrap(), steps);
    }
}

proptest! {
    #![proptest_config(Config { cases: 1_000, ..Config::default() })]

    #[test]
    fn the_memory_does_what_the_model_does(steps in steps()) {
        plays(Memory::new(), steps);
    }
}
