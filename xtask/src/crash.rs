//! `cargo xtask crash --kills N`: the kill test of `crates/callpost/tests/kills.rs` at full length.

use anyhow::Result;
use clap::Args;

use crate::shell::{cargo, step, tools};

/// What `cargo xtask crash` takes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How many times the server is killed
    #[arg(long, default_value_t = 200)]
    kills: u32,
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
    command.args(["--", "--nocapture", "--test-threads=1"]);
    command.env("CALLPOST_TOOLS", tools()).env("CALLPOST_KILLS", options.kills.to_string());
    step(&format!("{} kills", options.kills), &mut command)
}
