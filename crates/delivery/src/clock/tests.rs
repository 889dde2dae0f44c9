//! The steady clock must not follow a wall clock that jumps.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{ManualClock, SteadyClock};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn clocks() -> (Arc<ManualClock>, SteadyClock) {
    let manual = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
    let steady = SteadyClock::new(manual.clone());
    assert_eq!(steady.now(), Timestamp::UNIX_EPOCH);
    (manual, steady)
}

#[test]
fn a_wall_clock_set_back_does_not_take_the_steady_one_with_it() {
    let (manual, steady) = clocks();
    manual.jump(-DAY);
    manual.pass(Duration::from_secs(60));
    assert_eq!(steady.now(), Timestamp::from_second(60).unwrap());
    assert_eq!(steady.wall(), Timestamp::from_second(60 - 86_400).unwrap());
}

#[test]
fn a_wall_clock_set_forward_and_back_again_leaves_the_steady_one_ahead() {
    let (manual, steady) = clocks();
    manual.jump(DAY);
    assert_eq!(steady.now(), Timestamp::from_second(86_400).unwrap());
    manual.jump(-DAY);
    manual.pass(Duration::from_secs(5));
    assert_eq!(steady.now(), Timestamp::from_second(86_405).unwrap());
}
