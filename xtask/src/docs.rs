//! `cargo xtask docs`: the documents as a site. The pages are those of `docs/`; what lists keys, commands, errors and methods
//! is written by the program itself. The site lands in `target/docs/site`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::shell::{cargo, root, step, succeeds, target, tools};

mod pages;
mod reference;

/// What `cargo xtask docs` takes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Write the pages, but build no site of them
    #[arg(long)]
    pages: bool,
}

/// Of which mdBook the site is made.
const MDBOOK: &str = "0.5.4";

/// Writes the pages and builds the site.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = target().join("docs");
    let source = folder.join("src");
    if source.exists() {
        std::fs::remove_dir_all(&source).context("the pages of the last time")?;
    }
    std::fs::create_dir_all(&source).context("target/docs/src")?;
    step("the program", &mut cargo(&["build", "--quiet", "--package", "callpost"]))?;
    reference::write(&target().join("debug/callpost"), &source.join("reference"))?;
    let book = pages::gather(&root(), &source)?;
    write(&source.join("SUMMARY.md"), &book.summary())?;
    write(&source.join("llms.txt"), &book.llms())?;
    write(&folder.join("book.toml"), BOOK)?;
    write(&folder.join("callpost.css"), include_str!("docs/callpost.css"))?;
    eprintln!("── {} pages in {}", book.count(), source.display());
    if options.pages {
        return Ok(());
    }
    step("the site", Command::new(mdbook()?).arg("build").arg(&folder))?;
    eprintln!("── {}", folder.join("site/index.html").display());
    Ok(())
}

const BOOK: &str = r#"[book]
title = "Callpost"
description = "Post by call, calls by post"
language = "en"
src = "src"

[build]
build-dir = "site"
create-missing = false

[output.html]
additional-css = ["callpost.css"]
default-theme = "light"
preferred-dark-theme = "navy"
no-section-label = true
"#;

/// mdBook: the one that is installed, else one of our own, which takes minutes to build the first time.
fn mdbook() -> Result<PathBuf> {
    if succeeds(Command::new("mdbook").arg("--version")) {
        return Ok("mdbook".into());
    }
    let folder = tools().join("mdbook");
    let program = folder.join("bin/mdbook");
    if !program.exists() {
        let mut install = cargo(&["install", "mdbook", "--locked", "--version", MDBOOK, "--root"]);
        step("mdBook, for the first time", install.arg(&folder))?;
    }
    Ok(program)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("{}", path.display()))
}
