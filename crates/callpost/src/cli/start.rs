//! From `argv` to a command: the name `sendmail`, help on stdout, and clap's errors in our own style.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use diagnostic::screen::{ColorChoice, Form, Screen, Talk};
use diagnostic::{Code, Diagnostic, Exit};

use super::Cli;

/// Reads the command line of the process. Help and diagnostics are written here.
///
/// # Errors
/// What the process ends with, where there is no command to run.
pub fn start(arguments: impl IntoIterator<Item = OsString>) -> Result<(Cli, Screen), Exit> {
    let arguments: Vec<OsString> = named(arguments);
    let cli = Cli::try_parse_from(&arguments);
    match cli {
        Ok(cli) => {
            let screen = cli.global.screen();
            Ok((cli, screen))
        }
        Err(error) => Err(stop(&error, &arguments)),
    }
}

/// The arguments, with the command `sendmail` put in where the program was called by that name.
pub(super) fn named(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let by_name = arguments.first().map(Path::new).and_then(Path::file_name);
    if by_name == Some(OsStr::new("sendmail")) {
        arguments[0] = "callpost".into();
        arguments.insert(1, "sendmail".into());
    }
    arguments
}

fn stop(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let form = if arguments.iter().any(|argument| argument == "--json") { Form::Json } else { Form::Text };
    let screen = Screen::new(form, Talk::Normal, ColorChoice::Auto);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            screen.text(&error.render().to_string());
            screen.finish(Exit::Done)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            screen.hint(error.render().to_string().trim_end());
            Exit::Usage
        }
        _ => screen.report(&diagnostic(error, arguments)),
    }
}

/// Clap's error in our style: its first paragraph is what happened, its tip a note, and where to read on the help.
pub(super) fn diagnostic(error: &clap::Error, arguments: &[OsString]) -> Diagnostic {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(one_line);
    let what = paragraphs.next().unwrap_or_default();
    // What was typed is told back, but no password in it.
    let what = diagnostic::url::shown(what.trim_start_matches("error: "));
    let mut diagnostic = Diagnostic::new(Code::Usage, what);
    for paragraph in paragraphs {
        if let Some(tip) = paragraph.strip_prefix("tip: ") {
            diagnostic = diagnostic.note(tip.trim());
        } else if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            diagnostic = diagnostic.help(format!("{} --help", command_of(usage)));
        }
    }
    if diagnostic.help.is_none() { diagnostic.help(format!("{} --help", command_in(arguments))) } else { diagnostic }
}

/// The command that a line begins, as far as there is such a one: not every error of clap tells its usage.
fn command_in(arguments: &[OsString]) -> String {
    let root = Cli::command();
    let (mut command, mut name) = (&root, "callpost".to_owned());
    let mut words = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if let Some(inner) = command.find_subcommand(&*word) {
            command = inner;
            name = format!("{name} {word}");
        } else if let Some(flag) = word.strip_prefix('-') {
            // The value of a flag is no command, though it may be called like one.
            if [&root, command].iter().any(|known| takes_a_value(known, flag)) {
                words.next();
            }
        } else {
            break;
        }
    }
    name
}

/// Whether the word behind a flag is its value; the flag without its first hyphen.
fn takes_a_value(command: &clap::Command, flag: &str) -> bool {
    let is_flag = |argument: &&clap::Arg| match flag.strip_prefix('-') {
        Some(long) => argument.get_long() == Some(long),
        None => argument.get_short().is_some_and(|short| flag.strip_prefix(short) == Some("")),
    };
    command.get_arguments().find(is_flag).is_some_and(|argument| argument.get_action().takes_values())
}

fn one_line(paragraph: &str) -> String {
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a usage line up to its first flag or value: `callpost cert issue`.
fn command_of(usage: &str) -> String {
    let word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
    usage.split_whitespace().take_while(word).collect::<Vec<_>>().join(" ")
}
