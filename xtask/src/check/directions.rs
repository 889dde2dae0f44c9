//! Who may know whom: the table of the house, held against every crate's manifest.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::{output, root};

/// Each crate and the crates of ours it may depend on in what it ships. Tests may use the testbed besides.
const ALLOWED: &[(&str, &[&str])] = &[
    ("diagnostic", &[]),
    ("budget", &[]),
    ("state", &["diagnostic"]),
    ("config", &["diagnostic", "rpc", "mail"]),
    ("pki", &["config", "diagnostic", "state"]),
    ("keys", &["mail", "rpc", "spool", "state"]),
    ("client", &["budget", "diagnostic", "mail", "rpc"]),
    ("control", &["delivery", "diagnostic", "keys", "mail", "pki", "smtp", "spool", "state"]),
    ("mail-client", &["control", "mail", "rpc", "spool"]),
    ("console", &["control", "diagnostic", "mail"]),
    ("rpc", &[]),
    ("mail", &[]),
    ("smtp", &["mail"]),
    ("spool", &["mail"]),
    ("dkim", &["mail"]),
    ("dns", &[]),
    ("delivery", &["budget", "dkim", "dns", "mail", "smtp", "spool"]),
    ("webhook", &["client"]),
    (
        "server",
        &[
            "budget",
            "client",
            "config",
            "console",
            "control",
            "delivery",
            "diagnostic",
            "dkim",
            "dns",
            "keys",
            "mail",
            "pki",
            "rpc",
            "smtp",
            "spool",
            "state",
            "webhook",
        ],
    ),
    (
        "callpost",
        &[
            "budget",
            "client",
            "config",
            "control",
            "delivery",
            "diagnostic",
            "dns",
            "keys",
            "mail",
            "mail-client",
            "pki",
            "rpc",
            "server",
            "smtp",
            "spool",
            "state",
        ],
    ),
    ("testbed", &[]),
    ("invariants", &["config", "control", "diagnostic", "rpc", "mail", "smtp", "spool"]),
    ("xtask", &[]),
];
/// What any crate's tests may use besides.
const ALLOWED_IN_TESTS: &str = "testbed";

/// Compares. An error lists every dependency that goes the wrong way, and every crate the table does not know.
pub(crate) fn check() -> Result<()> {
    eprintln!("── directions between crates");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata =
        output(Command::new(cargo).args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root()))?;
    let findings = examine(&serde_json::from_str(&metadata)?)?;
    if !findings.is_empty() {
        bail!("{}", findings.join("\n    "));
    }
    Ok(())
}

fn examine(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().context("no packages in cargo's metadata")?;
    let ours: BTreeSet<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let mut findings = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package without a name")?;
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            findings
                .push(format!("{name}: not in the table of xtask/src/check/directions.rs; say what it must not know"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let (Some(other), kind) = (dependency["name"].as_str(), &dependency["kind"]) else { continue };
            let in_tests = kind == "dev" && other == ALLOWED_IN_TESTS;
            if ours.contains(other) && other != name && !allowed.contains(&other) && !in_tests {
                findings.push(format!("{name} must not know {other}"));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::examine;

    #[test]
    fn a_dependency_against_the_direction_is_found() {
        let package = |name: &str, other: &str, kind: Option<&str>| json!({"name": name, "dependencies": [{"name": other, "kind": kind}]});
        let metadata = json!({"packages": [
            package("rpc", "mail", None),
            package("mail", "bytes", None),
            package("smtp", "mail", None),
            package("delivery", "testbed", Some("dev")),
            package("testbed", "spool", Some("dev")),
            package("spool", "testbed", None),
            package("extra", "rpc", None),
        ]});
        let findings = examine(&metadata).unwrap();
        assert_eq!(findings.len(), 4, "{findings:#?}");
        assert_eq!(findings[0], "rpc must not know mail");
        assert_eq!(findings[1], "testbed must not know spool");
        assert_eq!(findings[2], "spool must not know testbed");
        assert!(findings[3].starts_with("extra: not in the table"));
    }
}
