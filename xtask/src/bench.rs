//! `cargo xtask bench`: the measurements of `crates/callpost/benches`, in the release build; `cargo xtask bench reading`
//! and `cargo xtask bench codec`: those of `crates/invariants/benches`.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::shell::{cargo, step, tools};

/// What `cargo xtask bench` takes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// A tenth of the load: minutes become seconds, and figures rougher
    #[arg(long)]
    quick: bool,
    /// What is measured
    #[arg(value_enum, default_value_t = Subject::Throughput)]
    subject: Subject,
    /// Of the throughput, only this: accept, relay, by-mail, echo, send
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// The server, beside Postfix
    Throughput,
    /// Every reader, by the size and the shape of the document
    Reading,
    /// What a call costs to read and to answer, by protocol and size
    Codec,
}

/// Runs it in the open.
pub(crate) fn run(options: &Options) -> Result<()> {
    let alone = |name| step(name, &mut cargo(&["bench", "--quiet", "--package", "invariants", "--bench", name]));
    match options.subject {
        Subject::Reading => return alone("reading"),
        Subject::Codec => return alone("codec"),
        Subject::Throughput => {}
    }
    let mut command = cargo(&["bench", "--package", "callpost", "--bench", "throughput"]);
    command.arg("--").args(options.quick.then_some("--quick")).args(&options.only);
    step("throughput", command.env("CALLPOST_TOOLS", tools()))
}
