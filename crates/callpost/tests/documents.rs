//! What the documents say can be done: each configuration in them is read, each command line is one of ours, and each link
//! leads somewhere.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::{Path, PathBuf};

use callpost::cli::Cli;
use clap::Parser;
use clap::error::ErrorKind;
use config::{Config, Options};

#[path = "documents/markdown.rs"]
mod markdown;
#[path = "documents/tutorials.rs"]
mod tutorials;

use markdown::{Block, Page};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// All pages for people, at least the README and what it leads to.
fn pages() -> Vec<Page> {
    let mut pages = Vec::new();
    for folder in ["", "docs", "docs/decisions", "docs/migration", "docs/tutorial"] {
        let Ok(entries) = std::fs::read_dir(root().join(folder)) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(Page::read(&path));
            }
        }
    }
    assert!(pages.len() > 20, "{} pages", pages.len());
    pages
}

fn complain(what: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{what}:\n{}", complaints.join("\n"));
}

#[test]
fn each_link_leads_to_a_page_and_to_a_heading_of_it() {
    let mut complaints = Vec::new();
    for page in pages() {
        for (line, link) in page.links() {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.path.clone() } else { page.path.parent().unwrap().join(file) };
            let leads =
                target.exists() && (heading.is_empty() || Page::read(&target).headings().contains(&heading.to_owned()));
            if !leads {
                complaints.push(format!("{}:{line}: {link}", page.path.display()));
            }
        }
    }
    complain("links that lead nowhere", &complaints);
}

/// The text, and a folder with each credential that it names.
fn with_credentials(text: &str, folder: &Path) -> Options {
    for named in text.split("\"credential:").skip(1) {
        // As good a password as any, and what signs a webhook.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        std::fs::write(folder.join(named.split('"').next().unwrap()), secret).unwrap();
    }
    let mut options = Options::text(text, Path::new("/nonexistent/callpost"));
    options.environment.variables.insert("CREDENTIALS_DIRECTORY".into(), folder.display().to_string());
    options
}

#[test]
fn each_configuration_is_read() {
    let credentials = tempfile::tempdir().unwrap();
    let (mut complaints, mut read) = (Vec::new(), 0);
    for page in pages() {
        for Block { line, language, text } in
            page.blocks().into_iter().filter(|block| block.language.starts_with("toml"))
        {
            read += 1;
            if let Err(diagnostics) = Config::load(&with_credentials(&text, credentials.path())) {
                let why: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.what.clone()).collect();
                complaints.push(format!("{}:{line}: {language}: {}", page.path.display(), why.join("; ")));
            }
        }
    }
    assert!(read >= 5, "{read} configurations");
    complain("configurations that are refused", &complaints);
}

#[test]
fn each_command_line_is_taken() {
    let (mut complaints, mut taken) = (Vec::new(), 0);
    for page in pages() {
        for (line, command) in page.commands() {
            taken += 1;
            let Err(error) = Cli::try_parse_from(markdown::words(&command)) else { continue };
            if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                complaints.push(format!("{}:{line}: {command}: {}", page.path.display(), error.kind()));
            }
        }
        for (line, mention) in page.mentions() {
            taken += 1;
            let Err(error) = Cli::try_parse_from(markdown::words(&mention)) else { continue };
            if matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument) {
                complaints.push(format!("{}:{line}: {mention}: {}", page.path.display(), error.kind()));
            }
        }
    }
    assert!(taken > 50, "{taken} command lines");
    complain("command lines that are refused", &complaints);
}
