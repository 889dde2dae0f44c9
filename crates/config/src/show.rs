//! The configuration as text: the commented sample, what is in force and who set it, and the meaning of one key.

use std::fmt::Write as _;

use super::Config;
use super::nearest;
use super::sections::{self, SECTIONS};
use super::settings::{Datum, Origin, Setting};
use super::table::{Built, Form, Key, Kind, Literal, Reload, Section};

/// The column at which comments begin.
const COMMENT: usize = 43;

/// The whole file with comments, every line inactive: it reads as no settings at all.
#[must_use]
pub fn sample() -> String {
    let mut text = String::from(
        "# The configuration of callpost, every key with its default, or an example where it has none. Take away the \
         `# ` of the lines you change. `callpost reload` puts a change in force, but where it says that it needs a restart.\n",
    );
    for section in SECTIONS {
        if section.name.is_empty() {
            let _ = writeln!(text);
        } else {
            let _ = writeln!(text, "\n{:COMMENT$} # {}", format!("# {}", section.heading()), section.doc);
        }
        for key in section.keys {
            let line = format!("# {} = {}", key.name, toml(&key.sample().into()));
            let is_example = key.sample() != key.default && !key.sample().is_empty();
            let example = if is_example { " (an example)" } else { "" };
            let _ = writeln!(text, "{line:COMMENT$} # {}{example}{}", key.doc, note_of(key));
        }
    }
    text
}

pub(super) fn is_built(key: &Key) -> bool {
    key.built == Built::Now
}

fn note_of(key: &Key) -> &'static str {
    match key.reload {
        _ if !is_built(key) => " (not built in this version)",
        Reload::Now => "",
        Reload::Restart => " (needs a restart)",
    }
}

/// A value as it is written in TOML.
pub(super) fn toml(datum: &Datum) -> String {
    let quoted = |text: &str| toml_edit::Value::from(text).to_string();
    match datum {
        Datum::Unset => "\"\"".into(),
        Datum::Text(text) => quoted(text),
        Datum::Number(number) => number.to_string(),
        Datum::Switch(on) => on.to_string(),
        Datum::List(texts) => format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
    }
}

/// One value that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The heading of the `[[…]]` block it stands in, with the block's number from 1; `None` in tables.
    pub block: Option<(&'static str, usize)>,
    /// The dotted key.
    pub key: String,
    /// The value in TOML; a secret is only said to be set.
    pub value: String,
    /// Who set it.
    pub origin: Origin,
}

impl Config {
    /// Every value in force, in the order of the sample, with who set it.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        let tables = self.settings.values.iter().filter(|setting| setting.key.built == Built::Now);
        let mut all: Vec<Shown> = tables.map(|setting| shown(setting, None)).collect();
        for section in SECTIONS {
            let blocks = self.settings.blocks.iter().filter(|block| block.section.name == section.name);
            for (number, block) in blocks.enumerate() {
                let said = block.values.iter().filter(|setting| setting.is_said());
                all.extend(said.map(|setting| shown(setting, Some((section.name, number + 1)))));
            }
        }
        all
    }
}

fn shown(setting: &Setting, block: Option<(&'static str, usize)>) -> Shown {
    let is_secret = setting.key.kind == Kind::Secret && !setting.datum.texts().is_empty();
    let value = match (&setting.datum, setting.key.kind) {
        _ if is_secret => "\"(set)\"".into(),
        (Datum::Text(url), Kind::Url) => toml(&Datum::Text(diagnostic::url::shown(url))),
        (datum, _) => toml(datum),
    };
    Shown { block, key: setting.name(), value, origin: setting.origin.clone() }
}

/// When another value of the key with this dotted name takes effect; `None` where there is no such key, or it is not built.
#[must_use]
pub fn reload(name: &str) -> Option<Reload> {
    let (section, key) = name.rsplit_once('.').unwrap_or(("", name));
    let section = sections::named(section)?;
    section.key(key).filter(|key| is_built(key)).map(|key| key.reload)
}

/// What one key, or every key of a section, is for. The error is the nearest name, if any is near.
///
/// # Errors
/// `Err(None)` where no name is near.
pub fn explain(name: &str) -> Result<String, Option<String>> {
    let name = name.trim_matches(['[', ']']);
    if let Some(section) = sections::named(name).filter(|section| !section.name.is_empty()) {
        let keys = section.keys.iter().map(|key| explain_key(section, key));
        return Ok(format!("{}: {}\n\n{}", section.heading(), section.doc, keys.collect::<Vec<_>>().join("\n")));
    }
    let (section, key) = name.rsplit_once('.').unwrap_or(("", name));
    let found = sections::named(section).and_then(|section| Some((section, section.key(key)?)));
    match found {
        Some((section, key)) => Ok(explain_key(section, key)),
        None => {
            let all: Vec<String> =
                SECTIONS.iter().flat_map(|section| section.keys.iter().map(|key| section.dotted(key.name))).collect();
            let near = nearest::among(name, all.iter().map(String::as_str)).map(str::to_owned);
            let elsewhere = || all.iter().find(|dotted| dotted.ends_with(&format!(".{name}"))).cloned();
            Err(near.or_else(elsewhere))
        }
    }
}

/// When another value of a key takes effect, for people.
fn when(reload: Reload) -> &'static str {
    match reload {
        Reload::Now => "takes effect with `callpost reload`",
        Reload::Restart => "needs a restart",
    }
}

fn explain_key(section: &Section, key: &Key) -> String {
    let note = if is_built(key) { "" } else { note_of(key) };
    let mut text = format!("{}: {}{note}\n", section.dotted(key.name), key.doc);
    let _ = writeln!(text, "  takes:   {}", key.kind.takes());
    match key.default {
        Literal::Unset => {
            let example = key.example.map_or_else(String::new, |literal| toml(&literal.into()));
            let _ = writeln!(text, "  example: {example}");
        }
        default => {
            let _ = writeln!(text, "  default: {}", toml(&default.into()));
        }
    }
    if is_built(key) {
        let _ = writeln!(text, "  reload:  {}", when(key.reload));
    }
    if section.form == Form::Table && key.built == Built::Now {
        let variable = section.dotted(key.name).replace('.', "_").to_uppercase();
        let _ = writeln!(
            text,
            "  also:    --set {}=…, CALLPOST_{variable}, CALLPOST_{variable}_FILE",
            section.dotted(key.name)
        );
    }
    text
}
