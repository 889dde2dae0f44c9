//! What a person reads when something is wrong: what happened, where, why, what to do, and a code to look up.
//!
//! A `Diagnostic` is made where the cause is known and rendered once, at the edge, as text (at most six lines) or as
//! one JSON object. It never holds a secret. What a caller of the API is told is a fault, and another crate's; this is for
//! the operator. [`Screen`](screen::Screen) is where it is written, and the results beside it.
//!
//! It must not know the product: no configuration, no protocol, no store, no command line.

mod code;
mod exit;
mod render;
pub mod screen;
#[cfg(test)]
mod tests;
pub mod url;

pub use code::{Code, Family};
pub use exit::Exit;
pub use render::{Paint, json, text};

/// The result of everything that can end in front of a person. The diagnostic is boxed: it is large and rare.
pub type Outcome<T> = Result<T, Box<Diagnostic>>;

/// One error, in the five parts that a person needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The code that `callpost error CODE` explains.
    pub code: Code,
    /// What happened, naming the object: "unknown key `smart_host` in \[deliver\]".
    pub what: String,
    /// Where: a place in a file, or the name of a URL or stage.
    pub place: Option<Place>,
    /// Why, in the other side's own words; under a source line it stands beside the underline.
    pub why: Option<String>,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// A line to run or to write.
    pub help: Option<String>,
    /// What the process ends with if this ends it.
    pub exit: Exit,
}

/// Where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A stretch of one line of a file.
    Source(Source),
    /// A URL, a file as a whole, a flag, a stage.
    Named(String),
}

/// A stretch of one line of a text file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The file as the user named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub width: usize,
    /// The whole line, without its line end.
    pub text: String,
}

impl Source {
    /// The line and column of a byte range of `text`; a range over several lines is cut at the end of its first.
    #[must_use]
    pub fn of(file: &str, text: &str, span: std::ops::Range<usize>) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor_boundary(text, span.end).clamp(start, line_end);
        Self {
            file: file.to_owned(),
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            width: text[start..end].trim_end().chars().count().max(1),
            text: text[line_start..line_end].trim_end().to_owned(),
        }
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

impl Diagnostic {
    /// A diagnostic with its code and what happened; the exit code is the code's own.
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self { code, what: what.into(), place: None, why: None, notes: Vec::new(), help: None, exit: code.exit() }
    }

    /// The line it points at, with the column; none where it points at no line.
    #[must_use]
    pub fn line(&self) -> Option<(usize, usize)> {
        match &self.place {
            Some(Place::Source(source)) => Some((source.line, source.column)),
            Some(Place::Named(_)) | None => None,
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says at which URL, file or stage.
    #[must_use]
    pub fn at_named(self, name: impl Into<String>) -> Self {
        self.at(Place::Named(name.into()))
    }

    /// Says why, in the other side's words.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to run or write.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets another exit code than the code's own.
    #[must_use]
    pub fn exit_with(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

impl std::fmt::Display for Diagnostic {
    /// One line, for logs: `E1001: unknown key …: why`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.what)?;
        self.why.iter().try_for_each(|why| write!(f, ": {why}"))
    }
}

impl std::error::Error for Diagnostic {}
