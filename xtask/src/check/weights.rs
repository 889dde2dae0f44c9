//! How much of the product each crate holds: none but `rpc` more than a quarter of it. Lines count that are not blank,
//! neither tests nor for tests; `testbed`, `invariants` and this program are no product.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::shell::root;

/// The crates that are for tests.
const FOR_TESTS: [&str; 2] = ["testbed", "invariants"];
/// Three protocols over one value: the one crate that may hold more.
const MAY_BE_LARGE: &str = "rpc";
/// The share of the whole that no other crate may pass: one in so many lines.
const SHARE: usize = 4;

/// Weighs every crate and shows what each holds. An error names those that hold too much.
pub(crate) fn check() -> Result<()> {
    eprintln!("── weights of crates");
    let mut lines = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("crates"))? {
        let folder = entry?.path();
        let name = folder.file_name().context("a crate without a name")?.to_string_lossy().into_owned();
        if !FOR_TESTS.contains(&name.as_str()) && folder.join("Cargo.toml").exists() {
            lines.insert(name, weigh(&folder.join("src"))?);
        }
    }
    let whole: usize = lines.values().sum();
    for (name, own) in &lines {
        eprintln!("   {name}: {own} lines, {} %", own * 100 / whole.max(1));
    }
    let findings = too_heavy(&lines);
    if !findings.is_empty() {
        bail!("{}", findings.join("\n    "));
    }
    Ok(())
}

fn too_heavy(lines: &BTreeMap<String, usize>) -> Vec<String> {
    let whole: usize = lines.values().sum();
    let is_heavy = |(name, own): &(&String, &usize)| *name != MAY_BE_LARGE && **own * SHARE > whole;
    let told = |(name, own): (&String, &usize)| format!("{name}: {own} of {whole} lines, more than one in {SHARE}");
    lines.iter().filter(is_heavy).map(told).collect()
}

/// The lines of all files in a folder of sources that ship.
fn weigh(sources: &Path) -> Result<usize> {
    let (mut files, mut folders) = (Vec::new(), vec![sources.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
                false => {}
            }
        }
    }
    let (mut read, mut for_tests) = (Vec::new(), Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        let (own, modules) = shipped(&text);
        for_tests.extend(modules.iter().map(|module| beneath(&file).join(module)));
        read.push((file, own));
    }
    // A module that is for tests takes with it all that lies in it.
    let ships = |file: &Path| !for_tests.iter().any(|module| file.with_extension("").starts_with(module));
    Ok(read.iter().filter(|(file, _)| ships(file)).map(|(_, own)| own).sum())
}

/// Where the modules lie that this file declares.
fn beneath(file: &Path) -> PathBuf {
    match file.ends_with("lib.rs") || file.ends_with("main.rs") {
        true => file.with_file_name(""),
        false => file.with_extension(""),
    }
}

/// The lines of a file outside its modules of tests, and the names of those that are files of their own.
fn shipped(text: &str) -> (usize, Vec<&str>) {
    let (mut own, mut modules) = (0, Vec::new());
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    while let Some(line) = lines.next() {
        let module = (line == "#[cfg(test)]").then(|| lines.next_if(|next| next.starts_with("mod "))).flatten();
        match module {
            None => own += 1,
            Some(module) => match module["mod ".len()..].strip_suffix(';') {
                Some(name) => modules.push(name),
                None => while lines.next().is_some_and(|line| line != "}") {},
            },
        }
    }
    (own, modules)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{shipped, too_heavy, weigh};

    #[test]
    fn tests_and_blank_lines_weigh_nothing() {
        let text = "//! A.\n\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn t() {\n    }\n}\n\n#[cfg(test)]\nmod captures;\nfn b() {}\n";
        assert_eq!(shipped(text), (3, vec!["captures"]));
    }

    #[test]
    fn a_module_for_tests_takes_with_it_what_lies_in_it() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("lib.rs", "//! L.\nmod a;\n"),
            ("a.rs", "//! A.\n#[cfg(test)]\nmod tests;\nfn a() {}\n"),
            ("a/tests.rs", "//! T.\nmod more;\n"),
            ("a/tests/more.rs", "//! M.\n"),
        ] {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        assert_eq!(weigh(folder.path()).unwrap(), 4);
    }

    #[test]
    fn more_than_a_quarter_is_too_much_but_for_one() {
        let lines = |pairs: &[(&str, usize)]| -> BTreeMap<String, usize> {
            pairs.iter().map(|(name, own)| ((*name).to_owned(), *own)).collect()
        };
        assert!(too_heavy(&lines(&[("rpc", 70), ("a", 20), ("b", 10)])).is_empty());
        assert_eq!(too_heavy(&lines(&[("rpc", 70), ("a", 30)])), ["a: 30 of 100 lines, more than one in 4"]);
    }
}
