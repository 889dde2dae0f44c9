//! The real server, under load by HTTP, SMTP and pipe, over a wire to its next hop that is not in order.

use std::time::Duration;

use testbed::weather::{End, Siege, Wire};

use crate::BINARY;

fn withstands(name: &str, weather: impl FnOnce(&Wire)) {
    let siege = Siege::run(BINARY.as_ref(), name, weather);
    assert!(siege.broken.is_empty(), "{name}: {}\n  {}", siege.tally, siege.broken.join("\n  "));
}

#[test]
fn a_distant_next_hop_gets_all_that_every_door_took() {
    withstands("doors: 50 ms of distance", |wire| {
        wire.round_trip(Duration::from_millis(50));
        std::thread::sleep(Duration::from_secs(2));
        wire.split();
        std::thread::sleep(Duration::from_secs(1));
        wire.join();
    });
}

#[test]
fn a_wire_that_breaks_again_and_again_loses_nothing_that_any_door_took() {
    withstands("doors: a wire that breaks", |wire| {
        for _ in 0..6 {
            std::thread::sleep(Duration::from_millis(300));
            wire.reset();
        }
    });
}

#[test]
fn a_next_hop_that_restarts_under_load_costs_its_own_time() {
    withstands("doors: a restart", |wire| {
        std::thread::sleep(Duration::from_secs(1));
        wire.down(End::Reset);
        std::thread::sleep(Duration::from_secs(3));
        wire.up();
    });
}
