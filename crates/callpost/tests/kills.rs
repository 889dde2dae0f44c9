//! What was acknowledged survives SIGKILL and power cuts at any moment. `cargo xtask crash --kills 1000` and
//! `cargo xtask crash --cuts 200` are the long forms.

use testbed::crash::{self, Plan, When};
use testbed::{Requirement, need};

#[test]
fn nothing_acknowledged_is_lost_to_kills() {
    if !need(&[Requirement::Strace]) {
        return;
    }
    let kills = std::env::var("CALLPOST_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let plan = Plan { binary: env!("CARGO_BIN_EXE_callpost").into(), kills, when: When::MomentsAndSteps };
    let tally = crash::run(&plan);
    assert!(tally.acknowledged > 10 * kills as usize, "too little load to prove anything: {tally}");
    assert!(tally.repeated > 0, "no call was cut off and made again: {tally}");
    assert!(tally.is_clean(), "{tally}");
}

#[test]
fn nothing_acknowledged_is_lost_to_power_cuts() {
    if !need(&[Requirement::Root, Requirement::Program("mkfs.ext4"), Requirement::File("/dev/loop-control")]) {
        return;
    }
    let cuts = std::env::var("CALLPOST_CUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let tally = crash::cut_power(env!("CARGO_BIN_EXE_callpost").as_ref(), cuts);
    assert!(tally.acknowledged > 10 * cuts as usize, "too little load to prove anything: {tally}");
    assert!(tally.is_clean(), "{tally}");
}
