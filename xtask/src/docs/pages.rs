//! The pages that people wrote, in the order in which they are read.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};

/// Chapters: a title, and pages by their path in the book. A page that no chapter names comes under the last.
const CHAPTERS: [(&str, &[&str]); 6] = [
    ("Begin", &["tutorial/php.md", "tutorial/old-programs.md", "tutorial/service-by-mail.md"]),
    (
        "Mail by call",
        &["send_message.md", "rest.md", "mcp.md", "webhooks.md", "clients.md", "sendmail.md", "delivery.md"],
    ),
    ("Calls by mail", &["calls-by-mail.md", "upstreams.md", "connect.md"]),
    (
        "Running it",
        &["install.md", "operating.md", "console.md", "access.md", "security.md", "state-folder.md", "benchmarks.md"],
    ),
    (
        "Reference",
        &["reference/configuration.md", "reference/commands.md", "reference/errors.md", "reference/methods.md"],
    ),
    ("Inside", &["ARCHITECTURE.md", "flow.md", "glossary.md", "CONTRIBUTING.md", "CHANGELOG.md"]),
];

/// The last chapter's title.
const MORE: &str = "Decisions, and more";

/// The book's pages.
pub(super) struct Book {
    /// By chapter: title, and path, heading and first sentence of each page.
    chapters: Vec<(String, Vec<Entry>)>,
}

struct Entry {
    path: String,
    heading: String,
    begins: String,
}

/// Copies the pages of the repository beside those that are there, with links that lead within the book.
pub(super) fn gather(root: &Path, book: &Path) -> Result<Book> {
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = read(&root.join(page))?.replace("](docs/", "](");
        super::write(&book.join(if page == "README.md" { "index.md" } else { page }), &text)?;
    }
    copy(&root.join("docs"), book, "")?;
    for folder in ["decisions", "migration", "tutorial"] {
        copy(&root.join("docs").join(folder), &book.join(folder), "../")?;
    }
    let mut there = BTreeSet::new();
    for folder in ["", "decisions", "migration", "tutorial", "reference"] {
        there.extend(markdown(&book.join(folder))?.into_iter().map(|name| join(folder, &name)));
    }
    there.remove("index.md");
    let mut chapters = Vec::new();
    for (title, paths) in CHAPTERS {
        let named: Vec<&&str> = paths.iter().filter(|path| there.remove(**path)).collect();
        let entries = named.into_iter().map(|path| Entry::read(book, path)).collect::<Result<Vec<_>>>()?;
        chapters.push((title.to_owned(), entries));
    }
    let rest = there.iter().map(|path| Entry::read(book, path)).collect::<Result<Vec<_>>>()?;
    chapters.push((MORE.to_owned(), rest));
    Ok(Book { chapters })
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))
}

fn markdown(folder: &Path) -> Result<Vec<String>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.ends_with(".md").then_some(name));
    }
    Ok(names)
}

/// Copies the pages of a folder, and pictures. What stands above `docs/` stands beside its pages in the book: so one step up
/// is saved, of those that are left.
fn copy(from: &Path, to: &Path, step: &str) -> Result<()> {
    for name in markdown(from)? {
        let text = read(&from.join(&name))?.replace(&format!("]({step}../"), &format!("]({step}"));
        super::write(&to.join(&name), &text)?;
    }
    let pictures = from.join("images");
    for entry in std::fs::read_dir(&pictures).into_iter().flatten() {
        let path = entry?.path();
        let to = to.join("images");
        std::fs::create_dir_all(&to)?;
        std::fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

impl Entry {
    fn read(book: &Path, path: &str) -> Result<Self> {
        let text = read(&book.join(path))?;
        let heading = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(path).trim().to_owned();
        Ok(Self { path: path.to_owned(), heading, begins: sentence(&text) })
    }
}

/// The first sentence of a page.
fn sentence(text: &str) -> String {
    let outside = text.split("```").step_by(2).collect::<String>();
    let begins = |paragraph: &&str| paragraph.starts_with(|c: char| c.is_alphanumeric() || c == '`');
    let paragraph = outside.split("\n\n").map(str::trim).find(begins).unwrap_or_default().replace('\n', " ");
    paragraph
        .split_once(". ")
        .map_or(paragraph.as_str(), |(sentence, _)| sentence)
        .trim_end_matches(['.', ':'])
        .to_owned()
}

impl Book {
    pub(super) fn count(&self) -> usize {
        self.chapters.iter().map(|(_, entries)| entries.len()).sum::<usize>() + 1
    }

    /// As mdBook wants it.
    pub(super) fn summary(&self) -> String {
        let mut text = "# Summary\n\n[Callpost](index.md)\n".to_owned();
        for (title, entries) in self.chapters.iter().filter(|(_, entries)| !entries.is_empty()) {
            text += &format!("\n# {title}\n\n");
            for entry in entries {
                text += &format!("- [{}]({})\n", entry.heading, entry.path);
            }
        }
        text
    }

    /// What there is to read, for programs that read for people (llmstxt.org).
    pub(super) fn llms(&self) -> String {
        let mut text = "# Callpost\n\n> Post by call, calls by post: mail sent by JSON-RPC, XML-RPC and SOAP; requests that \
                        come by mail, and their answers.\n\n- [Callpost](index.html): what it is, and its first minute\n"
            .to_owned();
        for (title, entries) in self.chapters.iter().filter(|(_, entries)| !entries.is_empty()) {
            text += &format!("\n## {title}\n\n");
            for Entry { path, heading, begins } in entries {
                text += &format!("- [{heading}]({}.html): {begins}\n", path.trim_end_matches(".md"));
            }
        }
        text
    }
}
