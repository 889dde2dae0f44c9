//! No circles: of two modules of which neither contains the other, one may use the other, never both each other,
//! and never over a third. What a module uses is read from its source: `use`, the paths in its code and in what it
//! hands to macros; re-exports are followed to where a thing is declared. Tests may use whom they like.
//!
//! A folder counts as one with all that is in it, seen from outside: if `a::x` uses `b` and `b::y` uses `a::z`, that
//! is a circle of `a` and `b`. A module and what it contains may use each other.

mod graph;
mod reader;
mod resolve;
mod tree;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::tree::Tree;
use crate::shell::root;

/// Reads every crate. An error lists all circles.
pub(crate) fn check() -> Result<()> {
    eprintln!("── circles between modules");
    let mut findings = Vec::new();
    for (name, sources) in crates(&root())? {
        for source in &sources {
            findings.extend(examine(source)?.iter().map(|circle| format!("{name}: {circle}")));
        }
    }
    if !findings.is_empty() {
        bail!("{}", findings.join("\n    "));
    }
    Ok(())
}

/// The name of each crate of ours and where its library and its program begin.
fn crates(root: &Path) -> Result<Vec<(String, Vec<PathBuf>)>> {
    let mut found = Vec::new();
    let folders = std::fs::read_dir(root.join("crates"))?.map(|entry| entry.map(|e| e.path()));
    for folder in folders.chain([Ok(root.join("xtask"))]) {
        let folder = folder?;
        let name = folder.file_name().context("a crate without a name")?.to_string_lossy().into_owned();
        let sources = ["src/lib.rs", "src/main.rs"].map(|file| folder.join(file));
        found.push((name, sources.into_iter().filter(|file| file.exists()).collect()));
    }
    found.sort();
    Ok(found)
}

/// The circles of the crate that begins in this file, a text for each.
fn examine(first: &Path) -> Result<Vec<String>> {
    let tree = Tree::read(first)?;
    Ok(graph::circles(&tree))
}

#[cfg(test)]
mod tests;
