//! The schedule is a function: waits, give-up, and clocks that jump by days.

use jiff::{SignedDuration, Timestamp};

use super::{History, Schedule, Turn};
use crate::clock::later;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn history(tries: u32) -> History {
    History { message: 4711, tries, looks: 0, age: SignedDuration::ZERO }
}

/// Queued at the beginning of time.
fn at(history: History, now: Timestamp) -> History {
    History { age: now.duration_since(Timestamp::UNIX_EPOCH), ..history }
}

fn wait(schedule: &Schedule, history: History, now: Timestamp) -> SignedDuration {
    match schedule.next(at(history, now), now) {
        Turn::Retry(at) => at.duration_since(now),
        Turn::GiveUp => panic!("given up after {} attempts", history.tries),
    }
}

/// Lives through a whole schedule; gives the number of attempts and the age at the end.
fn live(schedule: &Schedule, mut now: Timestamp, jump: impl Fn(u32) -> SignedDuration) -> (u32, SignedDuration) {
    for tries in 1..1000 {
        now = later(now, jump(tries));
        match schedule.next(at(history(tries), now), now) {
            Turn::Retry(at) => now = at,
            Turn::GiveUp => return (tries, now.duration_since(Timestamp::UNIX_EPOCH)),
        }
    }
    panic!("never given up");
}

#[test]
fn the_waits_are_those_of_the_list_and_a_tenth_more_at_most() {
    let schedule = Schedule::default();
    for (tries, minutes) in [(1, 1), (2, 5), (3, 15), (4, 60), (5, 120), (6, 240), (7, 480), (8, 480)] {
        let (shortest, now) = (SignedDuration::from_mins(minutes), Timestamp::UNIX_EPOCH);
        let wait = wait(&schedule, history(tries), now);
        assert!(wait >= shortest && wait <= shortest + shortest / 10, "{tries}: {wait:?}");
    }
}

#[test]
fn the_jitter_is_the_same_for_the_same_message_and_differs_between_messages() {
    let schedule = Schedule::default();
    let waits: Vec<_> =
        (0..50).map(|message| wait(&schedule, History { message, ..history(7) }, Timestamp::UNIX_EPOCH)).collect();
    assert_eq!(waits[3], wait(&schedule, History { message: 3, ..history(7) }, Timestamp::UNIX_EPOCH));
    let mut distinct = waits.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() > 40, "{distinct:?}");
}

#[test]
fn five_days_of_refusals_end_after_five_days() {
    let (tries, age) = live(&Schedule::default(), Timestamp::UNIX_EPOCH, |_| SignedDuration::ZERO);
    assert!(age >= DAY * 5 && age < DAY * 5 + SignedDuration::from_hours(18), "{age:?}");
    assert!((18..=22).contains(&tries), "{tries}");
}

#[test]
fn a_jump_of_a_day_ahead_at_any_time_bounces_nothing_early() {
    let (usual, _) = live(&Schedule::default(), Timestamp::UNIX_EPOCH, |_| SignedDuration::ZERO);
    for when in 1..usual {
        let jump = |tries| if tries == when { DAY } else { SignedDuration::ZERO };
        let (tries, age) = live(&Schedule::default(), Timestamp::UNIX_EPOCH, jump);
        assert!(tries + 1 >= usual, "after a jump at {when}: {tries} attempts of {usual}, age {age:?}");
    }
}

#[test]
fn what_was_queued_in_the_future_is_retried_and_not_given_up() {
    let schedule = Schedule::default();
    let now = later(Timestamp::UNIX_EPOCH, -DAY);
    assert!(wait(&schedule, history(30), now) < SignedDuration::from_hours(9));
}

#[test]
fn a_daemon_that_was_off_for_a_month_tries_again() {
    let now = later(Timestamp::UNIX_EPOCH, DAY * 30);
    assert!(matches!(Schedule::default().next(at(history(2), now), now), Turn::Retry(_)));
}

#[test]
fn looks_at_a_site_that_is_away_count_for_giving_up_and_move_no_mail_up_the_ladder() {
    let (schedule, now) = (Schedule::default(), later(Timestamp::UNIX_EPOCH, DAY * 6));
    let old = at(history(1), now);
    assert!(!schedule.is_over(History { looks: 5, ..old }));
    assert!(schedule.is_over(History { looks: 30, ..old }));
    assert!(!schedule.is_over(History { looks: 30, ..history(1) }), "it is young");
    assert!(wait(&schedule, History { looks: 5, ..history(1) }, now) < SignedDuration::from_mins(2));
}

#[test]
fn short_schedules_end_too() {
    let seconds = SignedDuration::from_secs;
    for (retry, give_up) in [(vec![], 0), (vec![0], 0), (vec![60, 300], 30), (vec![1], 10), (vec![60, 60, 60], 90)] {
        let retry: Vec<_> = retry.into_iter().map(seconds).collect();
        let schedule = Schedule::new(&retry, seconds(give_up));
        let (tries, age) = live(&schedule, Timestamp::UNIX_EPOCH, |_| SignedDuration::ZERO);
        assert!(tries <= 12 && age >= seconds(give_up), "{retry:?} {give_up}: {tries} attempts, {age:?}");
    }
}
