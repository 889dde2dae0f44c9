//! `cargo xtask test`: provides what the tests need, runs them all, and lists what could not run.

pub(crate) mod debian;
mod exim;
mod npm;
mod pypi;
mod tally;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use self::tally::Tally;
use crate::shell::{cargo, target, tools};

/// What `cargo xtask test` takes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Install nothing; run what can run
    #[arg(long)]
    no_install: bool,
    /// Only units, properties, conformance, the simulation and the server in process: no foreign program, nothing installed
    #[arg(long)]
    fast: bool,
    /// Handed to `cargo test` (for example `-p smtp`, or a test's name)
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// The test targets that need no program but ours, besides all units. The full run contains them.
const FAST: [&str; 14] = [
    "addressed",
    "attached",
    "calls_by_mail",
    "directions",
    "discovery",
    "doors",
    "engine",
    "memory",
    "model",
    "one_call_three_protocols",
    "readers",
    "simulation",
    "sqlite",
    "upgrade",
];

/// Provides, runs, lists. An error when a test fails, or a skip was denied by `CALLPOST_TESTS_SKIP=deny`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let missing = if options.no_install || options.fast { Vec::new() } else { provide() };
    for line in &missing {
        eprintln!("   missing: {line}");
    }
    let skipped = target().join("tests-skipped");
    let _ = std::fs::remove_file(&skipped);
    let mut command = cargo(&["test", "--no-fail-fast"]);
    if !options.rest.iter().any(|a| a == "-p" || a == "--package") {
        command.arg("--workspace");
    }
    if options.fast {
        command.args(["--lib", "--bins"]).args(FAST.iter().flat_map(|target| ["--test", target]));
        command.env("CALLPOST_TESTS_PROGRAMS", "none").env_remove("CALLPOST_TESTS_SKIP");
    }
    command.args(&options.rest).env("CALLPOST_TOOLS", tools()).env("CALLPOST_TESTS_SKIPPED", &skipped);
    let (tally, passed) = run_tests(&mut command)?;
    let skips = list_skipped(&skipped);
    println!("tests: {} passed, {} failed, {skips} skipped", tally.passed.saturating_sub(skips), tally.failed);
    if !passed {
        bail!("tests failed");
    }
    if skips > 0 && !options.fast && std::env::var("CALLPOST_TESTS_SKIP").as_deref() == Ok("deny") {
        bail!("{skips} tests were skipped, and skips are denied here");
    }
    Ok(())
}

/// Runs cargo's test command in the open and adds up what its runners say.
fn run_tests(command: &mut Command) -> Result<(Tally, bool)> {
    eprintln!("── tests");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cargo test")?;
    let stdout = child.stdout.take().context("the tests' output")?;
    let tally = Tally::read(std::io::BufReader::new(stdout), |line| println!("{line}"));
    Ok((tally, child.wait()?.success()))
}

/// Installs what is missing and gives a line for each thing that could not be had.
fn provide() -> Vec<String> {
    let steps: [fn() -> Result<()>; 4] = [debian::provide, exim::provide, pypi::provide, npm::provide];
    steps.iter().filter_map(|provide| provide().err()).map(|error| format!("{error:#}")).collect()
}

fn list_skipped(file: &Path) -> usize {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines: std::collections::BTreeSet<&str> = text.lines().collect();
    if lines.is_empty() {
        eprintln!("   nothing was skipped");
    } else {
        eprintln!("── {} tests could not run here", lines.len());
        for line in &lines {
            eprintln!("   {line}");
        }
    }
    lines.len()
}
