//! The bytes in flight stay under their budget, and fresh mail has its share of it.

use super::{Limits, Load, Origin, Room};

fn load(entries: usize, octets: u64) -> Load {
    Load { entries, octets }
}

#[test]
fn fresh_mail_takes_all_the_room_and_no_more() {
    let room = Room::new(Limits { entries: 10, octets: 100 });
    let first = room.take(load(6, 60)).unwrap();
    assert!(room.take(load(5, 1)).is_none(), "too many entries");
    assert!(room.take(load(1, 41)).is_none(), "too many octets");
    let second = room.take(load(4, 40)).unwrap();
    drop((first, second));
    assert_eq!(room.used_now(), load(0, 0));
}

#[test]
fn a_message_larger_than_the_room_is_taken_when_nothing_else_is_there() {
    let room = Room::new(Limits { entries: 10, octets: 100 });
    let giant = room.take(load(1, 1000)).unwrap();
    assert!(room.take(load(1, 0)).is_none());
    drop(giant);
    assert!(room.take(load(11, 0)).is_none(), "entries are never too many at once");
}

#[test]
fn the_backlog_has_half_of_the_room_and_leaves_the_rest_to_fresh_mail() {
    let room = Room::new(Limits { entries: 10, octets: 100 });
    assert_eq!(room.free_for_backlog(), load(5, 50));
    let backlog = room.take_anyway(Origin::Backlog, load(5, 70));
    assert_eq!(room.free_for_backlog(), load(0, 0));
    assert!(room.take(load(5, 30)).is_some());
    drop(backlog);
    assert_eq!(room.free_for_backlog(), load(5, 50));
}

#[test]
fn a_hold_is_given_back_in_parts() {
    let room = Room::new(Limits { entries: 10, octets: 100 });
    let mut whole = room.take(load(2, 20)).unwrap();
    let part = whole.split(load(1, 15));
    drop(whole);
    assert_eq!(room.used_now(), load(1, 15));
    drop(part);
    assert_eq!(room.used_now(), load(0, 0));
}
