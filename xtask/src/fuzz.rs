//! `cargo xtask fuzz`: runs the targets of `fuzz/`, which needs cargo-fuzz. What it finds lands in
//! `fuzz/artifacts/TARGET/`; mended, it belongs into `crates/invariants/tests/corpus/TARGET/`, where a test replays it.

use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::shell::{cargo, output, root, step, succeeds};

/// What `cargo xtask fuzz` takes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The target; without one, all of them, one after the other
    target: Option<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// How many processes work on one target
    #[arg(long, default_value_t = 1)]
    jobs: u32,
}

/// Runs them in the open. Every target runs, whatever the ones before it found; an error names those that found something.
pub(crate) fn run(options: &Options) -> Result<()> {
    let toolchain = Toolchain::found()?;
    let corpus = root().join("fuzz/corpus");
    let mut seed = cargo(&["run", "--quiet", "--package", "invariants", "--example", "seed", "--"]);
    step("what real programs sent", seed.arg(&corpus))?;
    let known = output(&mut toolchain.fuzz(&["list"]))?;
    let wanted = |name: &&str| options.target.as_deref().is_none_or(|target| target == *name);
    let targets: Vec<&str> = known.lines().filter(wanted).collect();
    if targets.is_empty() {
        bail!("there is no such target; there are {}", known.lines().collect::<Vec<_>>().join(", "));
    }
    let found: Vec<&str> = targets.iter().filter(|target| one(target, toolchain, options).is_err()).copied().collect();
    if !found.is_empty() {
        bail!("{} of {} targets found something: {}", found.len(), targets.len(), found.join(", "));
    }
    Ok(())
}

fn one(target: &str, toolchain: Toolchain, options: &Options) -> Result<()> {
    let known = root().join("crates/invariants/tests/corpus").join(target);
    std::fs::create_dir_all(root().join("fuzz/corpus").join(target)).context("fuzz/corpus")?;
    let mut command = toolchain.fuzz(&["run", target]);
    command.args(toolchain.sanitizer());
    command.arg(root().join("fuzz/corpus").join(target));
    // What was found before is read too, never written to.
    command.args(known.is_dir().then_some(known));
    command.args(["--", "-max_len=8192", "-timeout=10", "-rss_limit_mb=1024"]);
    command.args([format!("-max_total_time={}", options.seconds), format!("-fork={}", options.jobs)]);
    step(target, &mut command)
}

/// What cargo-fuzz is run with.
#[derive(Clone, Copy)]
enum Toolchain {
    /// With the address sanitizer.
    Nightly,
    /// Without: there is no unsafe code of ours that it would watch.
    Stable,
}

impl Toolchain {
    fn found() -> Result<Self> {
        let there = |toolchain: Self| succeeds(toolchain.fuzz(&["--version"]).current_dir(root()));
        match [Self::Nightly, Self::Stable].into_iter().find(|toolchain| there(*toolchain)) {
            Some(toolchain) => Ok(toolchain),
            None => bail!(
                "needed is `cargo install cargo-fuzz`; with `rustup toolchain install nightly` it watches memory too"
            ),
        }
    }

    fn sanitizer(self) -> &'static [&'static str] {
        match self {
            Self::Nightly => &[],
            Self::Stable => &["--sanitizer", "none"],
        }
    }

    /// A command of cargo-fuzz, in the folder `fuzz`.
    fn fuzz(self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(matches!(self, Self::Nightly).then_some("+nightly")).arg("fuzz").arg(arguments[0]);
        if arguments[0] != "--version" {
            command.args(["--fuzz-dir", "."]);
        }
        command.args(&arguments[1..]);
        command.current_dir(root().join("fuzz")).env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
        command
    }
}
