//! The Node packages the tests need, in a folder of their own under the tools folder.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::{step, tools};

/// Clients for JSON-RPC, XML-RPC, SOAP and MCP; and what finds pages that not everybody can use.
const PACKAGES: [(&str, &str); 7] = [
    ("axe-core", "4.14.1"),
    ("jayson", "5.0.0"),
    ("xmlrpc", "1.3.2"),
    ("soap", "1.13.0"),
    ("json-rpc-2.0", "1.8.1"),
    ("@modelcontextprotocol/sdk", "1.32.2"),
    ("@modelcontextprotocol/client", "2.4.0"),
];

/// Installs them all when one is missing.
pub(super) fn provide() -> Result<()> {
    let folder = tools().join("npm");
    let there = |name: &str| Path::new(&folder).join("node_modules").join(name).join("package.json").exists();
    if PACKAGES.iter().all(|(name, _)| there(name)) {
        return Ok(());
    }
    let packages = PACKAGES.map(|(name, version)| format!("{name}@{version}"));
    eprintln!("── Node packages: {}", packages.join(" "));
    std::fs::create_dir_all(&folder)?;
    let mut install = Command::new("npm");
    // What these packages would run when installed is not wanted here.
    install
        .args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts", "--prefix"])
        .arg(&folder);
    step("npm install", install.args(&packages))
        .with_context(|| format!("Node packages not installed: {}", packages.join(" ")))
}
