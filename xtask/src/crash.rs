//! `cargo xtask crash --kills N`, `cargo xtask crash --cuts N`: the tests of `crates/callpost/tests/kills.rs` at full length.

use anyhow::Result;
use clap::Args;

use crate::shell::{cargo, step, tools};

/// What `cargo xtask crash` takes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How many times the server is killed
    #[arg(long, default_value_t = 200, conflicts_with = "cuts")]
    kills: u32,
    /// How many times the power is cut, instead: needs root, for a disk on a loop device
    #[arg(long)]
    cuts: Option<u32>,
    /// With the release build, as operators run it
    #[arg(long)]
    release: bool,
}

/// Runs it in the open: its counts are printed as it goes.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut command = cargo(&["test", "--package", "callpost", "--test", "kills"]);
    if options.release {
        command.arg("--release");
    }
    let (test, name, count) = match options.cuts {
        Some(cuts) => ("nothing_acknowledged_is_lost_to_power_cuts", "CALLPOST_CUTS", cuts),
        None => ("nothing_acknowledged_is_lost_to_kills", "CALLPOST_KILLS", options.kills),
    };
    command.args(["--", test, "--nocapture", "--test-threads=1"]);
    command.env("CALLPOST_TOOLS", tools()).env(name, count.to_string());
    step(&format!("{count} times"), &mut command)
}
