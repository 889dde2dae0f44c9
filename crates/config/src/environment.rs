//! What surrounds the process (variables, user), and the settings that come from there: systemd credentials,
//! `CALLPOST_SECTION_KEY` and `…_FILE`, and the flag `--set KEY=VALUE`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diagnostic::{Code, Diagnostic, Outcome};

use super::file;
use super::sections::{self, SECTIONS};
use super::settings::{Datum, Origin, Setting, Settings};
use super::table::{Form, Key, Section, Shape};

/// Every variable of ours begins so.
const PREFIX: &str = "CALLPOST_";

/// The variables and the user that a configuration is read with. Tests make their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The environment variables.
    pub variables: BTreeMap<String, String>,
    /// The user that the process runs as.
    pub user: User,
}

/// The user of the process, as far as the default folders ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum User {
    /// uid 0: state in /var/lib/callpost.
    Root,
    /// Anybody else: state in their home folder.
    #[default]
    Somebody,
}

/// What of the environment a configuration goes on to need once its settings are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// The folder of the systemd credentials.
    pub(super) credentials: Option<PathBuf>,
    /// The state folder that `state = "auto"` means.
    pub(super) state: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process; variables that are not UTF-8 are left out.
    #[must_use]
    pub fn of_process() -> Self {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let user = if rustix::process::geteuid().is_root() { User::Root } else { User::Somebody };
        Self { variables: variables.collect(), user }
    }

    /// A variable, unless it is empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The folder of the systemd credentials.
    #[must_use]
    pub fn credentials(&self) -> Option<PathBuf> {
        self.variable("CREDENTIALS_DIRECTORY").map(PathBuf::from)
    }

    pub(super) fn surroundings(&self) -> Surroundings {
        Surroundings { credentials: self.credentials(), state: self.state() }
    }

    /// The state folder that `state = "auto"` means; `None` where there is not even a home folder.
    #[must_use]
    pub fn state(&self) -> Option<PathBuf> {
        if let Some(folders) = self.variable("STATE_DIRECTORY") {
            return folders.split(':').next().map(PathBuf::from); // systemd.exec(5): several are parted by colons
        }
        match self.user {
            User::Root => Some(PathBuf::from("/var/lib/callpost")),
            User::Somebody => self.variable("HOME").map(|home| Path::new(home).join(".local/state/callpost")),
        }
    }
}

/// Puts the systemd credentials named like a key (`deliver.password`) over the settings.
pub(super) fn read_credentials(environment: &Environment, settings: &mut Settings) -> Vec<Diagnostic> {
    let Some(folder) = environment.credentials() else { return Vec::new() };
    let mut diagnostics = Vec::new();
    for (section, key) in table_keys() {
        let name = section.dotted(key.name);
        let path = folder.join(&name);
        if !path.is_file() {
            continue;
        }
        match first_text(&path) {
            Ok(text) => take(settings, (section, key), &text, Origin::Credential(name))
                .into_iter()
                .for_each(|diagnostic| diagnostics.push(diagnostic)),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    diagnostics
}

/// Puts `CALLPOST_SECTION_KEY` and `CALLPOST_SECTION_KEY_FILE` over the settings. A variable that begins like a section of
/// ours and is no key of it is an error; others (`CALLPOST_PORT`, which Kubernetes sets) are not ours.
pub(super) fn read_variables(environment: &Environment, settings: &mut Settings) -> Vec<Diagnostic> {
    let ours = environment.variables.iter().filter_map(|(name, value)| Some((name, name.strip_prefix(PREFIX)?, value)));
    let mut diagnostics = Vec::new();
    for (name, rest, value) in ours {
        let origin = Origin::Environment(name.clone());
        let found = if let Some(target) = key_of_variable(rest) {
            take(settings, target, value, origin)
        } else if let Some(target) = rest.strip_suffix("_FILE").and_then(key_of_variable) {
            match first_text(Path::new(value)) {
                Ok(text) => take(settings, target, &text, origin),
                Err(diagnostic) => Some(diagnostic.note(format!("named by {name}"))),
            }
        } else {
            section_of_variable(rest).map(|(section, key)| file::unknown(section, &key).at_named(origin.to_string()))
        };
        diagnostics.extend(found);
    }
    diagnostics
}

/// Puts the texts of `--set KEY=VALUE` over the settings.
pub(super) fn read_flags(flags: &[String], settings: &mut Settings) -> Vec<Diagnostic> {
    flags.iter().filter_map(|flag| read_flag(flag, settings)).collect()
}

fn read_flag(flag: &str, settings: &mut Settings) -> Option<Diagnostic> {
    let Some((name, value)) = flag.split_once('=') else {
        let diagnostic = Diagnostic::new(Code::Usage, format!("--set {flag} has no value"));
        return Some(diagnostic.help("callpost serve --set http.listen=127.0.0.1:8030"));
    };
    let name = name.trim();
    let (section, key) = name.rsplit_once('.').unwrap_or(("", name));
    let origin = Origin::Flag(format!("{name}={}", if is_secret(section, key) { "…" } else { value.trim() }));
    let diagnostic = match sections::named(section) {
        Some(section) if section.form != Form::Table => {
            Diagnostic::new(Code::Usage, format!("{} blocks cannot be set by a flag", section.heading()))
        }
        Some(section) => match section.key(key) {
            Some(key) => return take(settings, (section, key), value.trim(), origin),
            None => file::unknown(section, key),
        },
        None => sections::named("").map(|top| file::unknown(top, section))?,
    };
    Some(diagnostic.at_named(origin.to_string()))
}

fn is_secret(section: &str, key: &str) -> bool {
    let key = sections::named(section).and_then(|section| section.key(key));
    key.is_some_and(|key| key.kind == super::table::Kind::Secret)
}

/// The keys that are not in blocks.
fn table_keys() -> impl Iterator<Item = (&'static Section, &'static Key)> {
    let tables = SECTIONS.iter().copied().filter(|section| section.form == Form::Table);
    tables.flat_map(|section| section.keys.iter().map(move |key| (section, key)))
}

fn variable_of(section: &Section, key: &str) -> String {
    section.dotted(key).replace('.', "_").to_uppercase()
}

fn key_of_variable(rest: &str) -> Option<(&'static Section, &'static Key)> {
    table_keys().find(|(section, key)| variable_of(section, key.name) == rest)
}

fn section_of_variable(rest: &str) -> Option<(&'static Section, String)> {
    let tables = SECTIONS.iter().copied().filter(|section| section.form == Form::Table && !section.name.is_empty());
    let mut named = tables.filter_map(|section| {
        let key = rest.strip_prefix(&format!("{}_", section.name.to_uppercase()))?;
        Some((section, key.to_lowercase()))
    });
    named.next()
}

/// The text of a small file, without white space around it.
fn first_text(path: &Path) -> Outcome<String> {
    let read = std::fs::read_to_string(path);
    read.map(|text| text.trim().to_owned()).map_err(|error| {
        let diagnostic = Diagnostic::new(Code::Unreadable, format!("{} cannot be read", path.display()));
        Box::new(diagnostic.because(error.to_string()))
    })
}

/// Reads a bare text as the value of a key and puts it over the settings, or gives back what is wrong with it.
fn take(
    settings: &mut Settings,
    target: (&'static Section, &'static Key),
    text: &str,
    origin: Origin,
) -> Option<Diagnostic> {
    let (section, key) = target;
    let setting = Setting { section, key, datum: bare(key.kind.shape(), text), origin, spot: None };
    match setting.check() {
        Ok(()) => {
            settings.put(setting);
            None
        }
        Err(diagnostic) => Some(*diagnostic),
    }
}

/// A text without TOML's quotes: lists are parted by commas, or written as in TOML.
fn bare(shape: Shape, text: &str) -> Datum {
    match shape {
        Shape::Switch => match text {
            "true" | "yes" | "on" | "1" => Datum::Switch(true),
            "false" | "no" | "off" | "0" => Datum::Switch(false),
            _ => Datum::Text(text.to_owned()),
        },
        Shape::Number => text.parse().map_or_else(|_| Datum::Text(text.to_owned()), Datum::Number),
        Shape::Text | Shape::TextOrNumber => Datum::Text(unquoted(text).to_owned()),
        Shape::List => Datum::List(list(text)),
        Shape::TextOrList if text.contains(',') || text.starts_with('[') => Datum::List(list(text)),
        Shape::TextOrList => Datum::Text(unquoted(text).to_owned()),
    }
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

/// `["a", "b"]` or `a, b`. A bracketed IPv6 address (`[::1]:25`) is no list.
fn list(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    inner.split(',').map(|item| unquoted(item.trim()).to_owned()).filter(|item| !item.is_empty()).collect()
}
