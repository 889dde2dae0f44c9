//! Several nodes deliver from one store in memory, and things happen to them: one is paused past its lease, or dies with mail
//! that has been sent and not recorded; their clocks differ by minutes; no change notice ever reaches them. Whatever happens,
//! nothing is lost, nothing is sent twice but what a node sent whose lease ran out, and what such a node says changes nothing.
#![allow(clippy::unwrap_used)] // A test fails by panicking, wherever in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use spool::conformance::{at, mail, parcel, report};
use spool::memory::{LEASE, Memory, MemorySpool};
use spool::{AttemptKind, Commit, EntryId, Inspect, Next, Spool, Totals};

const SEEDS: u64 = 400;
const STEPS: usize = 150;
const NODES: usize = 3;

/// Random numbers that are the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }
}

/// How far a node is with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Claimed,
    /// The far server has it; the store does not know yet.
    Sent,
}

/// What a node holds, and under which of its lives it got it.
#[derive(Clone, Copy, Debug)]
struct Held {
    entry: EntryId,
    life: u64,
    phase: Phase,
}

struct Node {
    store: MemorySpool,
    /// Seconds by which its clock is ahead.
    skew: i64,
    held: Vec<Held>,
    life: u64,
    /// When it last asked the store for anything, by the store's clock.
    renewed: Duration,
    paused: bool,
}

/// What happened in all runs: a simulation in which nothing goes wrong proves nothing.
#[derive(Debug, Default)]
struct Seen {
    sent_twice: usize,
    fenced: usize,
    inherited: usize,
}

struct World {
    memory: Memory,
    clock: Duration,
    nodes: Vec<Node>,
    dice: Dice,
    sent: BTreeMap<EntryId, u32>,
    done: BTreeSet<EntryId>,
    /// What may be sent again: it was sent by a node that has not lived to record it.
    excused: BTreeSet<EntryId>,
    seen: Seen,
}

impl World {
    fn new(seed: u64) -> Self {
        let (memory, mut dice) = (Memory::new(), Dice(seed));
        let node = |name: usize| Node {
            store: memory.open(&format!("node {name}")),
            skew: i64::try_from(dice.below(1200)).unwrap() - 600,
            held: Vec::new(),
            life: 0,
            renewed: Duration::ZERO,
            paused: false,
        };
        let nodes = (0..NODES).map(node).collect();
        let (sent, done, excused) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { memory, clock: Duration::ZERO, nodes, dice, sent, done, excused, seen: Seen::default() }
    }

    fn is_alive(&self, node: usize) -> bool {
        self.clock - self.nodes[node].renewed <= LEASE
    }

    /// The node asks the store for something: its lease is renewed, or it begins another life.
    fn acts(&mut self, node: usize) -> jiff::Timestamp {
        if !self.is_alive(node) {
            self.nodes[node].life += 1;
        }
        self.nodes[node].renewed = self.clock;
        at(1000 + i64::try_from(self.clock.as_secs()).unwrap() + self.nodes[node].skew)
    }

    fn passes(&mut self, time: Duration) {
        self.memory.advance(time);
        self.clock += time;
        for node in 0..NODES {
            if !self.is_alive(node) {
                let lost = self.nodes[node].held.iter().filter(|held| held.phase == Phase::Sent);
                self.excused.extend(lost.map(|held| held.entry));
            }
        }
    }

    async fn commit(&mut self, node: usize) {
        let (now, recipients) = (self.acts(node), 1 + self.dice.place(3));
        let recipients = &["a@x.example", "b@y.example", "c@z.example"][..recipients];
        let claimed = self.dice.below(2) == 0;
        let commit = Commit { claimed, ..parcel(vec![mail("one", recipients).unwrap()]) };
        let entries = self.nodes[node].store.commit(commit, now).await.unwrap().entries;
        for entry in entries {
            assert!(self.sent.insert(entry.id, 0).is_none(), "a number is given once");
            if claimed {
                self.holds(node, entry.id);
            }
        }
    }

    fn holds(&mut self, node: usize, entry: EntryId) {
        let life = self.nodes[node].life;
        // What it held in an earlier life it has again: that life's word is not needed any more.
        self.nodes[node].held.retain(|held| held.entry != entry);
        self.nodes[node].held.push(Held { entry, life, phase: Phase::Claimed });
    }

    async fn claim(&mut self, node: usize, far: i64) {
        let now = self.acts(node) + jiff::SignedDuration::from_secs(far);
        let limit = 1 + self.dice.place(4);
        for entry in self.nodes[node].store.claim(limit, now).await.unwrap() {
            assert!(!self.done.contains(&entry.id), "{} is over", entry.id);
            for other in 0..NODES {
                let Node { held, life, .. } = &self.nodes[other];
                let has = held.iter().any(|held| held.entry == entry.id && held.life == *life);
                assert!(!(has && self.is_alive(other)), "{} is held by a node that lives", entry.id);
                self.seen.inherited += usize::from(has);
            }
            self.holds(node, entry.id);
        }
    }

    /// A claimed entry goes to the far server; the store is not asked.
    fn send(&mut self, node: usize) {
        let alive = self.is_alive(node);
        let claimed = self.nodes[node].held.iter_mut().find(|held| held.phase == Phase::Claimed);
        let Some(held) = claimed else { return };
        held.phase = Phase::Sent;
        let (entry, life) = (held.entry, held.life);
        let times = self.sent.get_mut(&entry).unwrap();
        *times += 1;
        if !alive || life != self.nodes[node].life {
            self.excused.insert(entry);
        }
        if *times > 1 {
            assert!(self.excused.contains(&entry), "{entry} is sent twice, and nobody had lost it");
            self.seen.sent_twice += 1;
        }
    }

    /// The node says what became of something it held, in whichever life.
    async fn tell(&mut self, node: usize) {
        if self.nodes[node].held.is_empty() {
            return;
        }
        let now = self.acts(node);
        let place = self.dice.place(self.nodes[node].held.len());
        let Held { entry, life, phase } = self.nodes[node].held.swap_remove(place);
        let (kind, next) = match phase {
            Phase::Sent => (AttemptKind::Delivered, Next::Retire),
            Phase::Claimed => (AttemptKind::Deferred, Next::Retry(now + jiff::SignedDuration::from_secs(20))),
        };
        let store = &self.nodes[node].store;
        let before = store.trace(entry.to_string()).await.unwrap();
        let fenced = store.record(vec![report(entry, kind, next, now)], now).await.unwrap().fenced;
        if life == self.nodes[node].life {
            assert_eq!(fenced, [], "its owner is believed");
            if phase == Phase::Sent {
                self.done.insert(entry);
            }
        } else {
            assert_eq!(fenced, [entry], "a stranger is not");
            assert_eq!(store.trace(entry.to_string()).await.unwrap(), before, "and changes nothing");
            self.seen.fenced += 1;
        }
    }

    /// Gives back what it has not sent.
    async fn give_back(&mut self, node: usize) {
        let place = self.nodes[node].held.iter().position(|held| held.phase == Phase::Claimed);
        let Some(place) = place else { return };
        self.acts(node);
        let Held { entry, life, .. } = self.nodes[node].held.swap_remove(place);
        let refused = self.nodes[node].store.release(vec![entry]).await.unwrap();
        assert_eq!(refused.contains(&entry), life != self.nodes[node].life, "{entry}");
    }

    /// It dies without a word, and comes again with nothing.
    fn crash(&mut self, node: usize) {
        let lost = std::mem::take(&mut self.nodes[node].held);
        self.excused.extend(lost.iter().filter(|held| held.phase == Phase::Sent).map(|held| held.entry));
        let again = self.memory.open(&format!("node {node} again"));
        self.nodes[node].store = again;
        self.nodes[node].life += 1;
        self.nodes[node].renewed = self.clock;
    }

    /// One node stands still for longer than a lease, while the others go on.
    fn pause(&mut self, paused: usize) {
        self.nodes[paused].paused = true;
        for _ in 0..3 {
            self.passes(Duration::from_secs(15));
            for node in (0..NODES).filter(|node| !self.nodes[*node].paused).collect::<Vec<_>>() {
                self.acts(node);
                self.nodes[node].store.renew();
            }
        }
    }

    async fn step(&mut self) {
        let (what, node) = (self.dice.below(20), self.dice.place(NODES));
        if self.nodes[node].paused {
            self.nodes[node].paused = what > 3;
            return;
        }
        match what {
            0..=3 => self.commit(node).await,
            4..=8 => self.claim(node, 0).await,
            9..=12 => self.send(node),
            13..=15 => self.tell(node).await,
            16 => self.give_back(node).await,
            17 => self.passes(Duration::from_secs(7)),
            18 => self.pause(node),
            _ => self.crash(node),
        }
    }

    /// All is well again: whatever is owed is sent.
    async fn finish(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.paused = false);
        while self.done.len() < self.sent.len() {
            let before = (self.done.len(), self.clock);
            for node in 0..NODES {
                while !self.nodes[node].held.is_empty() {
                    self.send(node);
                    self.tell(node).await;
                }
                self.claim(node, 10_000).await;
            }
            self.passes(Duration::from_secs(16));
            assert!(self.clock < Duration::from_secs(1_000_000), "{before:?} of {} is lost", self.sent.len());
        }
    }

    async fn judge(&self) {
        let store = &self.nodes[0].store;
        assert_eq!(store.totals().await.unwrap(), Totals::default(), "nothing is left");
        for (entry, times) in &self.sent {
            assert!(*times >= 1, "{entry} is lost");
            let attempts = store.trace(entry.to_string()).await.unwrap().chapters.remove(0).attempts;
            let delivered = attempts.iter().filter(|attempt| attempt.kind == AttemptKind::Delivered).count();
            assert_eq!(delivered, 1, "{entry} was sent {times} times: {attempts:?}");
        }
    }
}

#[tokio::test]
async fn several_nodes_lose_nothing_and_send_nothing_twice_but_what_was_lost_with_its_node() {
    let mut seen = Seen::default();
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step().await;
        }
        world.finish().await;
        world.judge().await;
        seen.sent_twice += world.seen.sent_twice;
        seen.fenced += world.seen.fenced;
        seen.inherited += world.seen.inherited;
    }
    assert!(seen.sent_twice > 0 && seen.fenced > 0 && seen.inherited > 0, "nothing went wrong: {seen:?}");
}
