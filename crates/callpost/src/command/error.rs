//! `error CODE`: what an error code means.

use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use serde_json::json;

use crate::cli::ErrorCommand;

/// Explains a code.
///
/// # Errors
/// There is no such code.
pub fn run(command: &ErrorCommand, screen: &Screen) -> Outcome<Exit> {
    let code: Code = command.code.parse().map_err(|_| unknown(&command.code))?;
    match screen.form() {
        Form::Text => {
            screen.line(&format!("{}: {}\n", screen.paint().bold(&code.to_string()), code.title()));
            screen.line(code.explanation());
        }
        Form::Json => screen.object(&json!({
            "v": 1, "error": code.to_string(), "title": code.title(), "text": code.explanation(), "exit": code.exit().code(),
        })),
    }
    Ok(Exit::Done)
}

fn unknown(code: &str) -> Box<Diagnostic> {
    let known: Vec<String> = Code::all().map(|code| code.to_string()).collect();
    let diagnostic = Diagnostic::new(Code::Usage, format!("there is no error code `{code}`"));
    Box::new(diagnostic.note(format!("those there are: {}", known.join(" "))))
}
