//! As much of Markdown as the documents use.

use std::path::{Path, PathBuf};

/// A page.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    text: String,
}

/// A fenced block, with the number of its first line.
pub(crate) struct Block {
    pub(crate) line: usize,
    pub(crate) language: String,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn read(path: &Path) -> Self {
        Self { path: path.to_owned(), text: std::fs::read_to_string(path).unwrap_or_default() }
    }

    /// Lines with their numbers, and whether they stand in a fenced block: then the language of that.
    fn lines(&self) -> Vec<(usize, &str, Option<&str>)> {
        let mut fence = None;
        let mut lines = Vec::new();
        for (number, line) in self.text.lines().enumerate() {
            let begins = line.trim_start().strip_prefix("```");
            match (begins, fence) {
                (Some(_), Some(_)) => fence = None,
                (Some(language), None) => fence = Some(language.trim()),
                (None, fence) => lines.push((number + 1, line, fence)),
            }
        }
        lines
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut before = 0;
        for (number, line, language) in self.lines() {
            let Some(language) = language else { continue };
            if number != before + 1 || blocks.is_empty() {
                blocks.push(Block { line: number, language: language.to_owned(), text: String::new() });
            }
            before = number;
            if let Some(block) = blocks.last_mut() {
                block.text += line;
                block.text.push('\n');
            }
        }
        blocks
    }

    /// The targets of `[text](target)`.
    pub(crate) fn links(&self) -> Vec<(usize, String)> {
        let mut links = Vec::new();
        for (number, line, _) in self.lines().into_iter().filter(|(_, _, fence)| fence.is_none()) {
            for piece in line.split("](").skip(1) {
                if let Some((target, _)) = piece.split_once(')') {
                    links.push((number, target.to_owned()));
                }
            }
        }
        links
    }

    /// Headings as they are linked to.
    pub(crate) fn headings(&self) -> Vec<String> {
        let headings = self.lines().into_iter().filter(|(_, line, fence)| fence.is_none() && line.starts_with('#'));
        headings.map(|(_, line, _)| slug(line.trim_start_matches('#'))).collect()
    }

    /// Lines of blocks that call the program.
    pub(crate) fn commands(&self) -> Vec<(usize, String)> {
        let lines = self.lines().into_iter().filter(|(_, _, fence)| fence.is_some());
        lines
            .filter_map(|(number, line, _)| {
                let line = line.trim_start_matches(['$', '#']).trim_start();
                calls(line).then(|| (number, line.to_owned()))
            })
            .collect()
    }

    /// What calls the program within a sentence.
    pub(crate) fn mentions(&self) -> Vec<(usize, String)> {
        let mut mentions = Vec::new();
        for (number, line, _) in self.lines().into_iter().filter(|(_, _, fence)| fence.is_none()) {
            let code = line.split('`').skip(1).step_by(2);
            mentions.extend(code.filter(|code| calls(code)).map(|code| (number, code.to_owned())));
        }
        mentions
    }
}

/// Whether a line calls the program; `callpost = true` is a key of the configuration.
fn calls(line: &str) -> bool {
    line.strip_prefix("callpost ").is_some_and(|rest| !rest.trim_start().starts_with('='))
}

/// A heading as browsers of the repository make an anchor of it.
fn slug(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A command line as a shell cuts it, up to where it does something else.
pub(crate) fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('#', None) if word.is_none() => break,
            ('|' | '&' | '<' | '>' | ';', None) => break,
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
