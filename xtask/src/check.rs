//! `cargo xtask check`: what no compiler proves by itself. Every finding is shown, not only the first.

mod circles;
mod directions;
mod sources;
mod supply;
mod weights;

use anyhow::{Result, bail};
use clap::Args;

use crate::shell::{cargo, step};

/// A check's name, and the check.
type Check = (&'static str, fn() -> Result<()>);

/// What `cargo xtask check` takes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only the checks that have this in their name, for example `circles`
    only: Option<String>,
}

/// Runs every check, or those that are asked for. An error names those that found something.
pub(crate) fn run(options: &Options) -> Result<()> {
    let checks: [Check; 8] = [
        ("formatting", || step("formatting", &mut cargo(&["fmt", "--all", "--check"]))),
        ("file sizes and names", sources::check),
        ("directions between crates", directions::check),
        ("circles between modules", circles::check),
        ("weights of crates", weights::check),
        ("lints", lints),
        ("documentation", documentation),
        ("supply chain", supply::check),
    ];
    let only = options.only.as_deref().unwrap_or_default();
    let wanted: Vec<&Check> = checks.iter().filter(|(name, _)| name.contains(only)).collect();
    if wanted.is_empty() {
        bail!("no check has `{only}` in its name");
    }
    let failed: Vec<String> =
        wanted.iter().filter_map(|(name, check)| check().err().map(|error| format!("{name}: {error:#}"))).collect();
    if !failed.is_empty() {
        bail!("{} of {} checks found something:\n  {}", failed.len(), wanted.len(), failed.join("\n  "));
    }
    eprintln!("── {} checks passed", wanted.len());
    Ok(())
}

fn lints() -> Result<()> {
    step("lints", &mut cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn documentation() -> Result<()> {
    let mut command = cargo(&["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"]);
    step("documentation", command.env("RUSTDOCFLAGS", "-D warnings"))
}
