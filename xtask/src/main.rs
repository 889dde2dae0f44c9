//! `cargo xtask …`: the developer's own commands. Each command is a file; this one only names them.
#![allow(clippy::print_stderr, clippy::print_stdout, reason = "a developer's tool: it talks to a terminal")]

mod bench;
mod check;
mod crash;
mod docs;
mod fuzz;
mod shell;
mod test;
mod weather;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", about = "Callpost's own development commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what the tests need, then run every test; what could not run is listed
    Test(test::Options),
    /// Formatting, lints, documentation, file sizes, file names, and who may know whom
    Check(check::Options),
    /// Kill the server hundreds of times under load and count what was lost
    Crash(crash::Options),
    /// Deliver through outages, resets, silence and odd replies, and hold the far end's record against ours
    Weather(weather::Options),
    /// Build the documents as a site, with what the program writes of itself
    Docs(docs::Options),
    /// Give the readers of foreign octets whatever a fuzzer makes up
    Fuzz(fuzz::Options),
    /// Measure side by side with Postfix
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Test(options) => test::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Crash(options) => crash::run(&options),
        Command::Weather(options) => weather::run(&options),
        Command::Docs(options) => docs::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Bench(options) => bench::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\ncargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
