//! A diagnostic as text for people, at most six lines, and as one JSON object for programs.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Diagnostic, Place, Source};

/// The most lines that one diagnostic takes.
const MOST_LINES: usize = 6;

/// Whether the text carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    Plain,
    /// With ANSI colours.
    Color,
}

impl Paint {
    /// The text in the colour of errors.
    #[must_use]
    pub fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    /// The text in the colour of good news.
    #[must_use]
    pub fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// The text in the colour of warnings.
    #[must_use]
    pub fn yellow(self, text: &str) -> String {
        self.wrap("33", text)
    }

    /// The text in the colour of the frame around source lines.
    #[must_use]
    pub fn blue(self, text: &str) -> String {
        self.wrap("1;34", text)
    }

    /// The text of less weight.
    #[must_use]
    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// The text emphasised.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn wrap(self, sgr: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Color => format!("\u{1b}[{sgr}m{text}\u{1b}[0m"),
        }
    }
}

/// The diagnostic in at most six lines, each ended by a line feed. Control characters in foreign words are shown as `?`.
#[must_use]
pub fn text(diagnostic: &Diagnostic, paint: Paint) -> String {
    let mut lines = vec![format!(
        "{}{}",
        paint.red(&format!("error[{}]", diagnostic.code)),
        paint.bold(&format!(": {}", tame(&diagnostic.what)))
    )];
    let why = diagnostic.why.as_deref().map(tame);
    let indent = match &diagnostic.place {
        Some(Place::Source(source)) => push_source(&mut lines, source, why.as_deref(), paint),
        Some(Place::Named(name)) => {
            lines.push(format!("  {} {}", paint.blue("-->"), tame(name)));
            "  ".to_owned()
        }
        None => "  ".to_owned(),
    };
    if let (Some(why), false) = (&why, matches!(diagnostic.place, Some(Place::Source(_)))) {
        lines.push(note(&indent, why, paint));
    }
    let room = MOST_LINES.saturating_sub(lines.len() + usize::from(diagnostic.help.is_some()));
    lines.extend(diagnostic.notes.iter().take(room).map(|text| note(&indent, &tame(text), paint)));
    lines.extend(diagnostic.help.iter().map(|help| note(&indent, &format!("help: {}", tame(help)), paint)));
    lines.iter().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{line}");
        all
    })
}

fn note(indent: &str, text: &str, paint: Paint) -> String {
    format!("{indent} {} {text}", paint.blue("="))
}

/// Pushes `--> file:line:column`, the source line and its underline; gives back the indent for the notes.
fn push_source(lines: &mut Vec<String>, source: &Source, why: Option<&str>, paint: Paint) -> String {
    let number = source.line.to_string();
    let indent = " ".repeat(number.len() + 1);
    lines.push(format!("{indent}{} {}:{}:{}", paint.blue("-->"), tame(&source.file), source.line, source.column));
    lines.push(format!("{} {}", paint.blue(&format!(" {number} |")), tame(&source.text)));
    let underline = format!("{}{}", " ".repeat(source.column - 1), "^".repeat(source.width));
    let beside = why.map_or_else(String::new, |why| format!(" {why}"));
    lines.push(format!("{indent} {} {}", paint.blue("|"), paint.red(&format!("{underline}{beside}"))));
    indent
}

/// One line without control characters: foreign words must not move the cursor.
fn tame(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if c.is_control() {
                '?'
            } else {
                c
            }
        })
        .collect()
}

/// The diagnostic as one JSON object, for `--json`.
#[must_use]
pub fn json(diagnostic: &Diagnostic) -> Value {
    let mut object = Map::new();
    object.insert("v".into(), json!(1));
    object.insert("error".into(), json!(diagnostic.code.to_string()));
    object.insert("what".into(), json!(diagnostic.what));
    match &diagnostic.place {
        Some(Place::Source(source)) => {
            object.insert("file".into(), json!(source.file));
            object.insert("line".into(), json!(source.line));
            object.insert("column".into(), json!(source.column));
        }
        Some(Place::Named(name)) => {
            object.insert("where".into(), json!(name));
        }
        None => {}
    }
    diagnostic.why.iter().for_each(|why| drop(object.insert("why".into(), json!(why))));
    if !diagnostic.notes.is_empty() {
        object.insert("notes".into(), json!(diagnostic.notes));
    }
    diagnostic.help.iter().for_each(|help| drop(object.insert("help".into(), json!(help))));
    object.insert("exit".into(), json!(diagnostic.exit.code()));
    Value::Object(object)
}
