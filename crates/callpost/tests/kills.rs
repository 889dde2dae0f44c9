//! What was acknowledged survives SIGKILL at any moment. `cargo xtask crash --kills 1000` is the long form.

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
    assert!(tally.is_clean(), "{tally}");
}
