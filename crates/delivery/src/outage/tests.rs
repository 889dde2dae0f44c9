//! What counts as a failure, and when the next look comes.

use jiff::{SignedDuration, Timestamp};

use super::{Gate, Health};
use crate::clock::later;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn after(seconds: i64) -> Timestamp {
    later(NOW, SignedDuration::from_secs(seconds))
}

#[test]
fn ten_connections_that_break_together_are_one_failure() {
    let mut health = Health::default();
    let witnesses: Vec<_> = (0..10).map(|_| health.witness(0)).collect();
    let counted: Vec<bool> = witnesses.into_iter().map(|witness| health.failed(witness, NOW, MINUTE)).collect();
    assert_eq!(counted.iter().filter(|&&counted| counted).count(), 1);
    assert_eq!(health.gate(NOW), Gate::Shut(Some(after(1))));
    assert_eq!(health.gate(after(1)), Gate::Look);
}

#[test]
fn looks_come_each_second_at_first_then_double_up_to_the_first_wait_of_the_schedule() {
    let mut health = Health::default();
    let (mut now, mut waits) = (NOW, Vec::new());
    for _ in 0..20 {
        let witness = health.witness(0);
        assert!(health.failed(witness, now, MINUTE));
        let Gate::Shut(Some(next)) = health.gate(now) else { panic!("it is away") };
        waits.push(next.duration_since(now).as_secs());
        now = next;
    }
    assert_eq!(waits, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
    assert_eq!(health.looks_since(NOW), 19, "the first failure was no look");
    assert_eq!(health.looks_since(after(5)), 15);
}

#[test]
fn an_outage_begins_anew_whatever_went_before() {
    let mut health = Health::default();
    for second in 0..100 {
        let witness = health.witness(0);
        health.failed(witness, after(second * 60), MINUTE);
    }
    assert!(health.works());
    assert!(!health.works(), "it was not away any more");
    assert_eq!((health.gate(NOW), health.looks_since(NOW)), (Gate::Open, 0));
    let witness = health.witness(0);
    health.failed(witness, NOW, MINUTE);
    assert_eq!(health.gate(NOW), Gate::Shut(Some(after(1))));
}

#[test]
fn while_somebody_looks_nobody_else_does() {
    let mut health = Health::default();
    let witness = health.witness(0);
    health.failed(witness, NOW, MINUTE);
    assert!(health.witness(0).looks);
    assert_eq!(health.gate(after(9)), Gate::Shut(None));
    health.left();
    assert_eq!(health.gate(after(9)), Gate::Look);
    health.look_now(NOW);
    assert_eq!(health.gate(NOW), Gate::Look);
}
