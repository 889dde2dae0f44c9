//! The bytes in flight stay under their budget, and fresh mail has its share of it.

use super::{Load, MailMemory, MemoryLimits, Origin};

fn load(entries: usize, octets: u64) -> Load {
    Load { entries, octets }
}

#[test]
fn fresh_mail_takes_all_the_room_and_no_more() {
    let memory = MailMemory::new(MemoryLimits { entries: 10, octets: 100 });
    let first = memory.reserve(load(6, 60)).unwrap();
    assert!(memory.reserve(load(5, 1)).is_none(), "too many entries");
    assert!(memory.reserve(load(1, 41)).is_none(), "too many octets");
    let second = memory.reserve(load(4, 40)).unwrap();
    drop((first, second));
    assert_eq!(memory.used_now(), load(0, 0));
}

#[test]
fn a_message_larger_than_the_room_is_taken_when_nothing_else_is_there() {
    let memory = MailMemory::new(MemoryLimits { entries: 10, octets: 100 });
    let giant = memory.reserve(load(1, 1000)).unwrap();
    assert!(memory.reserve(load(1, 0)).is_none());
    drop(giant);
    assert!(memory.reserve(load(11, 0)).is_none(), "entries are never too many at once");
}

#[test]
fn the_backlog_has_half_of_the_room_and_leaves_the_rest_to_fresh_mail() {
    let memory = MailMemory::new(MemoryLimits { entries: 10, octets: 100 });
    assert_eq!(memory.free_for_backlog(), load(5, 50));
    let backlog = memory.owed(Origin::Backlog, load(5, 70));
    assert_eq!(memory.free_for_backlog(), load(0, 0));
    assert!(memory.reserve(load(5, 30)).is_some());
    drop(backlog);
    assert_eq!(memory.free_for_backlog(), load(5, 50));
}

#[test]
fn a_hold_is_given_back_in_parts() {
    let memory = MailMemory::new(MemoryLimits { entries: 10, octets: 100 });
    let mut whole = memory.reserve(load(2, 20)).unwrap();
    let part = whole.split(load(1, 15));
    drop(whole);
    assert_eq!(memory.used_now(), load(1, 15));
    drop(part);
    assert_eq!(memory.used_now(), load(0, 0));
}
