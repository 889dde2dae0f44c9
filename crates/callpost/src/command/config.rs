//! `config default · show · explain`.

use config::{Declared, Reload, Shown};
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use serde_json::{Value, json};

use crate::cli::{ConfigCommand, Global};

/// The column at which origins begin.
const ORIGIN: usize = 48;

/// Runs it.
///
/// # Errors
/// The key to explain is unknown. What is wrong with the configuration to show is said here.
pub fn run(global: &Global, command: &ConfigCommand, screen: &Screen) -> Outcome<Exit> {
    match command {
        ConfigCommand::Default => {
            screen.text(&config::sample());
            Ok(Exit::Done)
        }
        ConfigCommand::Show { origin } => {
            let detail = if *origin { Detail::Origins } else { Detail::Values };
            Ok(show(global, detail, screen))
        }
        ConfigCommand::Explain { key: Some(key) } => explain(key, screen),
        ConfigCommand::Explain { key: None } => Ok(explain_all(screen)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Values,
    Origins,
}

fn show(global: &Global, detail: Detail, screen: &Screen) -> Exit {
    let config = match global.load_or_report(screen) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let shown = config.shown();
    match screen.form() {
        Form::Json => screen.object(&json!({
            "v": 1,
            "file": config.file.as_ref().map(|file| file.display().to_string()),
            "state": config.state.display().to_string(),
            "settings": shown.iter().map(object).collect::<Vec<_>>(),
        })),
        Form::Text => screen.text(&lines(&shown, detail)),
    }
    Exit::Done
}

fn object(shown: &Shown) -> Value {
    let block = shown.block.map(|(_, number)| number);
    json!({ "key": shown.key, "block": block, "value": shown.value, "origin": shown.origin.to_string() })
}

/// As a file could be written: the keys dotted, the blocks after them.
fn lines(shown: &[Shown], detail: Detail) -> String {
    let mut text = String::new();
    let mut block = None;
    for shown in shown {
        if shown.block != block {
            block = shown.block;
            text += &block.map_or_else(String::new, |(name, _)| format!("\n[[{name}]]\n"));
        }
        let key = block.map_or(shown.key.as_str(), |(name, _)| shown.key[name.len()..].trim_start_matches('.'));
        let line = format!("{key} = {}", shown.value);
        text += &match detail {
            Detail::Values => format!("{line}\n"),
            Detail::Origins => format!("{line:ORIGIN$} # {}\n", shown.origin),
        };
    }
    text
}

fn explain_all(screen: &Screen) -> Exit {
    let keys = config::declared();
    match screen.form() {
        Form::Text => screen.text(&table(&keys)),
        Form::Json => screen.object(&json!({ "v": 1, "keys": keys.iter().map(row).collect::<Vec<_>>() })),
    }
    Exit::Done
}

fn row(key: &Declared) -> Value {
    json!({ "key": key.name, "section": key.section, "type": key.takes, "default": key.default,
            "reload": key.reload.map(word), "text": key.doc })
}

/// Section by section: name, type, default, when a change takes effect.
fn table(keys: &[Declared]) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in keys {
        if key.section != section {
            section = &key.section;
            text += &format!("\n{section}: {}\n", key.about);
        }
        let (default, reload) = (key.default.as_deref().unwrap_or("-"), key.reload.map_or("not built", word));
        text += &format!("  {:26} {:10} {reload:9} {default}\n", key.name, key.takes);
    }
    text.trim_start().to_owned()
}

fn word(reload: Reload) -> &'static str {
    match reload {
        Reload::Now => "now",
        Reload::Restart => "restart",
    }
}

fn explain(key: &str, screen: &Screen) -> Outcome<Exit> {
    let text = config::explain(key).map_err(|near| {
        let diagnostic = Diagnostic::new(Code::UnknownKey, format!("there is no key `{key}`")).exit_with(Exit::Usage);
        Box::new(match near {
            Some(near) => diagnostic.help(format!("callpost config explain {near}")),
            None => diagnostic.help("callpost config default"),
        })
    })?;
    match screen.form() {
        Form::Text => screen.text(&text),
        Form::Json => {
            let reload = config::reload(key).map(word);
            screen.object(&json!({ "v": 1, "key": key, "text": text, "reload": reload }));
        }
    }
    Ok(Exit::Done)
}
