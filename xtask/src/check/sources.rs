//! File sizes and names: no Rust file over 500 lines, no `mod.rs`, no names that hide what a file is about.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::{output, root};

/// Lines a Rust file may have, blank ones not counted.
const MOST_LINES: usize = 500;
/// Words that say nothing about what is in a file or a folder.
const EMPTY_WORDS: [&str; 9] = ["common", "core", "util", "utils", "helper", "helpers", "manager", "handler", "info"];
/// The same, as the end of a type's name.
const EMPTY_SUFFIXES: [&str; 5] = ["Manager", "Handler", "Helper", "Util", "Info"];

/// Looks at every Rust file that git knows. An error lists all findings.
pub(crate) fn check() -> Result<()> {
    eprintln!("── file sizes and names");
    let root = root();
    let listing = output(
        Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"]).current_dir(&root),
    )?;
    let mut findings = Vec::new();
    for path in listing.lines() {
        // A file that git knows and the folder no longer has is being deleted.
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            findings.extend(examine(Path::new(path), &text));
        }
    }
    if !findings.is_empty() {
        bail!("{}", findings.join("\n    "));
    }
    Ok(())
}

fn examine(path: &Path, text: &str) -> Vec<String> {
    let shown = path.display();
    let mut findings = Vec::new();
    let lines = text.lines().filter(|l| !l.trim().is_empty()).count();
    if lines > MOST_LINES {
        findings.push(format!("{shown}: {lines} lines, at most {MOST_LINES}"));
    }
    if path.ends_with("mod.rs") {
        findings.push(format!("{shown}: write foo.rs beside foo/"));
    }
    if !text.starts_with("//!") {
        findings.push(format!("{shown}: open with //! and say what this file is"));
    }
    for part in path.iter().filter_map(|p| p.to_str()) {
        if EMPTY_WORDS.contains(&part.trim_end_matches(".rs")) {
            findings.push(format!("{shown}: `{part}` says nothing about what is in it"));
        }
    }
    findings.extend(type_names(text).filter_map(|name| {
        let suffix = EMPTY_SUFFIXES.iter().find(|s| name.ends_with(**s))?;
        Some(format!("{shown}: `{name}`: {suffix} says nothing"))
    }));
    findings
}

/// The names behind `struct`, `enum` and `trait`.
fn type_names(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let mut words = line.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty());
        let declares = words.by_ref().find(|w| !matches!(*w, "pub" | "crate" | "super" | "in"))?;
        if matches!(declares, "struct" | "enum" | "trait") { words.next() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::examine;

    #[test]
    fn a_fair_file_has_no_findings() {
        assert!(examine(Path::new("crates/x/src/queue.rs"), "//! Queue.\npub struct Queue;\n").is_empty());
    }

    #[test]
    fn each_rule_finds_its_offence() {
        let long = format!("//! Long.\n{}", "fn a() {}\n\n".repeat(500));
        for (path, text, part) in [
            ("src/queue.rs", long.as_str(), "501 lines"),
            ("src/queue/mod.rs", "//! Q.\n", "foo.rs beside"),
            ("src/queue.rs", "fn a() {}\n", "open with //!"),
            ("src/utils.rs", "//! U.\n", "`utils.rs`"),
            ("src/helper/a.rs", "//! A.\n", "`helper`"),
            ("src/a.rs", "//! A.\npub(crate) struct QueueManager {\n", "`QueueManager`"),
        ] {
            let findings = examine(Path::new(path), text);
            assert!(findings.len() == 1 && findings[0].contains(part), "{path}: {findings:?}");
        }
    }
}
