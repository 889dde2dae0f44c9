//! `cargo xtask bench`: the measurements of `crates/callpost/benches`, in the release build.

use anyhow::Result;
use clap::Args;

use crate::shell::{cargo, step, tools};

/// What `cargo xtask bench` takes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// A tenth of the load: minutes become seconds, and figures rougher
    #[arg(long)]
    quick: bool,
}

/// Runs it in the open.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut command = cargo(&["bench", "--package", "callpost", "--bench", "throughput"]);
    if options.quick {
        command.args(["--", "--quick"]);
    }
    step("throughput", command.env("CALLPOST_TOOLS", tools()))
}
