//! `error CODE`: what an error code means.

use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use serde_json::{Value, json};

use crate::cli::ErrorCommand;

/// Explains a code, or lists all of them.
///
/// # Errors
/// There is no such code.
pub fn run(command: &ErrorCommand, screen: &Screen) -> Outcome<Exit> {
    let Some(code) = &command.code else { return Ok(list(screen)) };
    let code: Code = code.parse().map_err(|_| unknown(code))?;
    match screen.form() {
        Form::Text => {
            screen.line(&format!("{}: {}\n", screen.paint().bold(&code.to_string()), code.title()));
            screen.line(code.explanation());
        }
        Form::Json => screen.object(&object(code)),
    }
    Ok(Exit::Done)
}

fn list(screen: &Screen) -> Exit {
    for code in Code::all() {
        match screen.form() {
            Form::Text => screen.line(&format!("{}  {}", screen.paint().bold(&code.to_string()), code.title())),
            Form::Json => screen.object(&object(code)),
        }
    }
    Exit::Done
}

fn object(code: Code) -> Value {
    json!({
        "v": 1, "error": code.to_string(), "title": code.title(), "text": code.explanation(), "exit": code.exit().code(),
    })
}

fn unknown(code: &str) -> Box<Diagnostic> {
    let known: Vec<String> = Code::all().map(|code| code.to_string()).collect();
    let diagnostic = Diagnostic::new(Code::Usage, format!("there is no error code `{code}`"));
    Box::new(diagnostic.note(format!("those there are: {}", known.join(" "))))
}
