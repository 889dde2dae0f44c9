//! The only place that writes to the terminal: results to stdout, hints, prompts and diagnostics to stderr.
//!
//! A reader that goes away (`callpost … | head`) is no error: what follows is dropped in silence and the command ends as
//! it would have. Any other trouble with stdout is remembered and ends the command with exit code 74.

mod plain;
mod progress;
mod width;

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU8, Ordering};

pub use plain::plain;
pub use progress::Progress;
use serde_json::Value;
pub use width::{columns, fitted, wrapped};

use crate::{Diagnostic, Exit, Paint};

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The form of results and diagnostics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// One JSON object, or one a line.
    Json,
}

/// How much is said besides the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Talk {
    /// Results and diagnostics only.
    Quiet,
    /// Hints as well.
    #[default]
    Normal,
    /// Details as well.
    Verbose,
}

/// What happened to stdout so far.
const OPEN: u8 = 0;
const CLOSED: u8 = 1;
const BROKEN: u8 = 2;

/// Where a command writes.
#[derive(Debug)]
pub struct Screen {
    form: Form,
    talk: Talk,
    out: Paint,
    err: Paint,
    stdout: AtomicU8,
}

impl Screen {
    /// The terminal of this process.
    #[must_use]
    pub fn new(form: Form, talk: Talk, color: ColorChoice) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()); // no-color.org
        let paint = |is_terminal: bool| match color {
            ColorChoice::Always => Paint::Color,
            ColorChoice::Auto if is_terminal && !no_color => Paint::Color,
            ColorChoice::Auto | ColorChoice::Never => Paint::Plain,
        };
        let (out, err) = (paint(io::stdout().is_terminal()), paint(io::stderr().is_terminal()));
        Self { form, talk, out, err, stdout: AtomicU8::new(OPEN) }
    }

    /// The form of results.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// How much is said besides the results.
    #[must_use]
    pub fn talk(&self) -> Talk {
        self.talk
    }

    /// The colours for text that goes to stdout.
    #[must_use]
    pub fn paint(&self) -> Paint {
        self.out
    }

    /// Writes one line of results to stdout, at once.
    pub fn line(&self, text: &str) {
        self.write(&[text.as_bytes(), b"\n"].concat());
    }

    /// Writes a text of results to stdout as it is, at once.
    pub fn text(&self, text: &str) {
        self.write(text.as_bytes());
    }

    /// Writes a text of results over the one before: on a terminal it stands where that stood, elsewhere below it.
    pub fn picture(&self, text: &str) {
        if !io::stdout().is_terminal() {
            return self.text(text);
        }
        // ECMA-48: to the top left; each line to its end, then all below, is erased as it is written over, so nothing flickers.
        let lines = text.lines().take(self.rows().saturating_sub(1));
        let lines: String = lines.map(|line| format!("{}\u{1b}[K\n", fitted(line, self.columns()))).collect();
        self.text(&format!("\u{1b}[H{lines}\u{1b}[J"));
    }

    /// How many columns there are for results: those of the terminal, else of `$COLUMNS`, else 80.
    #[must_use]
    pub fn columns(&self) -> usize {
        let said = || std::env::var("COLUMNS").ok()?.parse().ok();
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col));
        size.or_else(said).filter(|columns| *columns > 0).unwrap_or(80)
    }

    fn rows(&self) -> usize {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_row));
        size.filter(|rows| *rows > 0).unwrap_or(usize::MAX)
    }

    /// Whether a person typed the command and reads what it says; no mail server has a terminal.
    #[must_use]
    pub fn is_person(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Writes one JSON object as one line to stdout.
    pub fn object(&self, object: &Value) {
        self.line(&object.to_string());
    }

    /// Writes a hint to stderr; not with `-q` or `--json`.
    pub fn hint(&self, text: &str) {
        if self.talk != Talk::Quiet && self.form == Form::Text {
            say(&format!("{text}\n"));
        }
    }

    /// Writes a detail to stderr; only with `-v`.
    pub fn detail(&self, text: &str) {
        if self.talk == Talk::Verbose {
            say(&format!("{text}\n"));
        }
    }

    /// Writes a text that was asked for, beside the results, to stderr.
    pub fn remark(&self, text: &str) {
        say(&format!("{text}\n"));
    }

    /// Writes a question to stderr and leaves the cursor after it. Whether to ask at all is the command's decision.
    pub fn prompt(&self, text: &str) {
        say(text);
    }

    /// Writes a diagnostic to stderr; gives back what the command ends with.
    pub fn report(&self, diagnostic: &Diagnostic) -> Exit {
        match self.form {
            Form::Text => say(&crate::text(diagnostic, self.err)),
            Form::Json => say(&format!("{}\n", crate::json(diagnostic))),
        }
        diagnostic.exit
    }

    /// Writes all diagnostics to stderr; gives back what the first ends the command with.
    pub fn report_all(&self, diagnostics: &[Diagnostic]) -> Exit {
        for (at, diagnostic) in diagnostics.iter().enumerate() {
            if at > 0 && self.form == Form::Text {
                say("\n");
            }
            self.report(diagnostic);
        }
        diagnostics.first().map_or(Exit::Software, |diagnostic| diagnostic.exit)
    }

    /// What the command ends with after all: `exit`, unless results could not be written.
    #[must_use]
    pub fn finish(&self, exit: Exit) -> Exit {
        match (exit, self.stdout.load(Ordering::Relaxed)) {
            (Exit::Done, BROKEN) => Exit::Io,
            (exit, _) => exit,
        }
    }

    /// True while somebody reads the results; a command that streams stops when not.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.stdout.load(Ordering::Relaxed) == OPEN
    }

    fn write(&self, bytes: &[u8]) {
        if !self.is_read() {
            return;
        }
        let mut stdout = io::stdout().lock();
        if let Err(error) = stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            let state = if error.kind() == io::ErrorKind::BrokenPipe { CLOSED } else { BROKEN };
            self.stdout.store(state, Ordering::Relaxed);
            if state == BROKEN {
                say(&format!("callpost: the result could not be written: {error}\n"));
            }
        }
    }
}

/// To stderr, in one write; where nobody listens there is nobody to tell.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
