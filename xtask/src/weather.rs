//! `cargo xtask weather`: next hops and wires that restart, refuse, reset, stall, answer oddly or slowly, under load; what
//! the far end has seen is held against what the product tells. A line for each scenario; a failure where a promise broke.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::shell::{cargo, tools};

/// What `cargo xtask weather` takes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How many mails each scenario sends
    #[arg(long, default_value_t = 1000)]
    mails: usize,
    /// One JSON object for each scenario in place of a line
    #[arg(long)]
    json: bool,
    /// With the release build, as operators run it
    #[arg(long)]
    release: bool,
    /// Only the scenarios whose tests have this in their name
    #[arg(default_value = "weather")]
    only: String,
}

/// What one scenario found, as its test reports it. Times are seconds.
#[derive(Debug, Deserialize, Serialize)]
struct Scenario {
    #[serde(default = "version")]
    v: u32,
    scenario: String,
    sent: usize,
    arrived: usize,
    /// Copies beyond the first.
    again: usize,
    /// Connections that were cut.
    cut: usize,
    /// Attempts that ended without a reply to the final dot: each explains one copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    uncertain: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deferred: Option<usize>,
    /// Steps of the ladder through which the clock was hurried.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<usize>,
    /// From clear weather to the first mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<f64>,
    /// From clear weather to the last mail.
    last: f64,
    /// The slowest mail for another destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<f64>,
    /// Promises that were broken.
    broken: Vec<String>,
}

fn version() -> u32 {
    1
}

/// Runs every scenario, then prints what each found.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let report = folder.path().join("report");
    let mut unfinished = Vec::new();
    for (package, test) in [("delivery", "engine"), ("callpost", "weather")] {
        let output = play(options, &report, &["--package", package, "--test", test])?;
        if let Some(words) = output {
            unfinished.push(words);
        }
    }
    let text = std::fs::read_to_string(&report).unwrap_or_default();
    let scenarios: Vec<Scenario> =
        text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect::<Result<_>>()?;
    for scenario in &scenarios {
        println!("{}", if options.json { serde_json::to_string(scenario)? } else { told(scenario) });
    }
    let broken = scenarios.iter().filter(|scenario| !scenario.broken.is_empty()).count();
    if broken == 0 && unfinished.is_empty() {
        return Ok(());
    }
    unfinished.iter().for_each(|words| eprintln!("{words}"));
    bail!("{broken} of {} scenarios broke a promise, or a test did not end", scenarios.len())
}

/// Plays the scenarios of one test binary; the words of the tests where some failed.
fn play(options: &Options, report: &Path, which: &[&str]) -> Result<Option<String>> {
    eprintln!("── {} mails for each scenario of {}", options.mails, which[1]);
    let mut command: Command = cargo(&["test", "--quiet"]);
    command.args(which).args(options.release.then_some("--release"));
    // One at a time: what is measured is the weather, not the neighbours.
    command.args(["--", &options.only, "--test-threads=1"]);
    command.env("CALLPOST_TOOLS", tools()).env("CALLPOST_WEATHER_REPORT", report);
    command.env("CALLPOST_WEATHER_MAILS", options.mails.to_string());
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("cargo test")?;
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((!output.status.success()).then_some(words))
}

/// One line for people; red where a promise broke, with the promises below.
fn told(scenario: &Scenario) -> String {
    let good = scenario.broken.is_empty();
    let mut line = format!(
        "{} {:<42} {:>6} sent {:>6} arrived {:>4} again {:>4} cut; the last after {:.2} s",
        if good { "✓" } else { "✗" },
        scenario.scenario,
        scenario.sent,
        scenario.arrived,
        scenario.again,
        scenario.cut,
        scenario.last,
    );
    let counts =
        [("uncertain", scenario.uncertain), ("deferred", scenario.deferred), ("steps of the ladder", scenario.steps)];
    for (what, count) in counts.into_iter().filter_map(|(what, count)| Some((what, count?))) {
        line += &format!(", {count} {what}");
    }
    if let Some(beside) = scenario.beside {
        line += &format!(", others {beside:.2} s");
    }
    for words in &scenario.broken {
        line.push_str("\n    ");
        line.push_str(words);
    }
    let colour = !good && std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    if colour { format!("\x1b[31m{line}\x1b[0m") } else { line }
}

#[cfg(test)]
mod tests {
    use super::{Scenario, told};

    const LINE: &str = r#"{"scenario":"rain","sent":3,"arrived":2,"again":1,"cut":1,"uncertain":1,"deferred":4,"steps":1,
        "first":0.5,"last":1.25,"beside":0.01,"broken":["one is lost"]}"#;

    #[test]
    fn a_broken_promise_is_told_below_its_scenario() {
        let scenario: Scenario = serde_json::from_str(LINE).unwrap();
        let text = told(&scenario);
        assert!(text.starts_with("✗ rain") && text.ends_with("\n    one is lost"), "{text}");
        assert!(serde_json::to_string(&scenario).unwrap().starts_with("{\"v\":1,\"scenario\":\"rain\""));
    }
}
