//! The settings as they were said, each with its origin, before they mean anything: the layers default, file,
//! credential, environment and flag, the later over the earlier.

use std::fmt;

use diagnostic::{Code, Diagnostic, Place, Source};

use super::nearest;
use super::table::{Built, Form, Key, Kind, Literal, Section, Shape, Words};

/// Who set a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: the default of the key with that dotted name.
    Default(String),
    /// A line of the file.
    File {
        /// The file as the user named it.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A systemd credential of that name.
    Credential(String),
    /// An environment variable of that name.
    Environment(String),
    /// The flag `--set` with that text.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default(key) => write!(f, "default of {key}"),
            Self::File { file, line } => write!(f, "{file}:{line}"),
            Self::Credential(name) => write!(f, "credential {name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(text) => write!(f, "--set {text}"),
        }
    }
}

/// A value as it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Datum {
    /// No value.
    Unset,
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// true or false.
    Switch(bool),
    /// A list of texts.
    List(Vec<String>),
}

impl Datum {
    /// The texts of a list, or the one text; an empty text is none.
    pub(super) fn texts(&self) -> Vec<String> {
        match self {
            Self::Text(text) if text.is_empty() => Vec::new(),
            Self::Text(text) => vec![text.clone()],
            Self::List(texts) => texts.clone(),
            Self::Number(number) => vec![number.to_string()],
            Self::Unset | Self::Switch(_) => Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Unset => true,
            Self::Text(text) => text.is_empty(),
            Self::List(texts) => texts.is_empty(),
            Self::Switch(on) => !on,
            Self::Number(number) => *number == 0,
        }
    }

    fn fits(&self, shape: Shape) -> bool {
        match self {
            Self::Unset => false,
            Self::Text(_) => matches!(shape, Shape::Text | Shape::TextOrNumber | Shape::TextOrList),
            Self::Number(_) => matches!(shape, Shape::Number | Shape::TextOrNumber),
            Self::Switch(_) => shape == Shape::Switch,
            Self::List(_) => matches!(shape, Shape::List | Shape::TextOrList),
        }
    }
}

impl From<Literal> for Datum {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Unset => Self::Unset,
            Literal::Text(text) => Self::Text(text.to_owned()),
            Literal::Number(number) => Self::Number(number),
            Literal::Switch(on) => Self::Switch(on),
            Literal::List(texts) => Self::List(texts.iter().map(|text| (*text).to_owned()).collect()),
        }
    }
}

/// Where in the file a setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) key: Source,
    pub(super) value: Source,
    /// Of a list: its items.
    pub(super) items: Vec<Source>,
}

/// One setting.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) section: &'static Section,
    pub(super) key: &'static Key,
    pub(super) datum: Datum,
    pub(super) origin: Origin,
    pub(super) spot: Option<Spot>,
}

/// One `[[…]]` block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) section: &'static Section,
    pub(super) values: Vec<Setting>,
    pub(super) at: Option<Source>,
}

/// All settings: those of tables (one for every key) and the blocks in order.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) values: Vec<Setting>,
    pub(super) blocks: Vec<Block>,
}

impl fmt::Debug for Settings {
    /// Not the values: there are secrets among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings(…)")
    }
}

impl Settings {
    /// Every key of these sections at its default, no blocks.
    pub(super) fn defaults(sections: &[&'static Section]) -> Self {
        let tables = sections.iter().copied().filter(|section| section.form == Form::Table);
        let values = tables.flat_map(|section| section.keys.iter().map(|key| Setting::default_of(section, key)));
        Self { values: values.collect(), blocks: Vec::new() }
    }

    /// Puts one setting over what was said before.
    pub(super) fn put(&mut self, setting: Setting) {
        put(&mut self.values, setting);
    }
}

impl Block {
    /// A block with the defaults of its keys.
    pub(super) fn new(section: &'static Section, at: Option<Source>) -> Self {
        let values = section.keys.iter().map(|key| Setting::default_of(section, key)).collect();
        Self { section, values, at }
    }

    /// Puts one setting over its default.
    pub(super) fn put(&mut self, setting: Setting) {
        put(&mut self.values, setting);
    }
}

fn put(values: &mut Vec<Setting>, setting: Setting) {
    let same = |old: &&mut Setting| old.section.name == setting.section.name && old.key.name == setting.key.name;
    match values.iter_mut().find(same) {
        Some(old) => *old = setting,
        None => values.push(setting),
    }
}

impl Setting {
    fn default_of(section: &'static Section, key: &'static Key) -> Self {
        let origin = Origin::Default(section.dotted(key.name));
        Self { section, key, datum: key.default.into(), origin, spot: None }
    }

    /// The dotted name of its key.
    pub(super) fn name(&self) -> String {
        self.section.dotted(self.key.name)
    }

    /// True where somebody said it.
    pub(super) fn is_said(&self) -> bool {
        !matches!(self.origin, Origin::Default(_))
    }

    /// Checks what the table alone can tell: whether it is built, its type, its words.
    pub(super) fn check(&self) -> Result<(), Box<Diagnostic>> {
        if self.key.built == Built::Later && !self.datum.is_empty() {
            return Err(Box::new(self.not_built(format!("`{}`", self.name()), Part::Key)));
        }
        if !self.datum.fits(self.key.kind.shape()) {
            return Err(Box::new(self.wrong(format!("it takes {}", self.key.kind.takes()), Part::Value)));
        }
        match self.key.kind {
            Kind::Choice(words) | Kind::Choices(words) => self.check_words(words),
            Kind::Count if matches!(self.datum, Datum::Number(..0)) => {
                Err(Box::new(self.wrong(format!("it takes {}", self.key.kind.takes()), Part::Value)))
            }
            _ => Ok(()),
        }
    }

    fn check_words(&self, words: Words) -> Result<(), Box<Diagnostic>> {
        let said = match &self.datum {
            Datum::Text(text) => vec![text.clone()],
            other => other.texts(),
        };
        for (at, word) in said.iter().enumerate() {
            if words.now.contains(&word.as_str()) {
                continue;
            }
            let is_later = |later: &&&str| {
                **later == word || later.split_once(':').is_some_and(|(head, _)| word.starts_with(&format!("{head}:")))
            };
            if words.later.iter().any(|later| is_later(&later)) {
                return Err(Box::new(self.not_built(format!("{} = \"{word}\"", self.name()), Part::Item(at))));
            }
            let hint = nearest::among(word, words.now.iter().copied());
            let hint = hint.map_or_else(
                || format!("it takes {}", self.key.kind.takes()),
                |near| format!("did you mean \"{near}\"?"),
            );
            return Err(Box::new(self.wrong(hint, Part::Item(at))));
        }
        Ok(())
    }

    /// A diagnostic that the value is none of this key.
    pub(super) fn wrong(&self, why: String, part: Part) -> Diagnostic {
        self.place(Diagnostic::new(Code::WrongValue, format!("not a value of `{}`", self.name())).because(why), part)
    }

    fn not_built(&self, what: String, part: Part) -> Diagnostic {
        let diagnostic = Diagnostic::new(Code::NotBuilt, format!("{what} is known, but not built in this version"));
        self.place(diagnostic.because("remove it"), part)
    }

    /// Points the diagnostic at the file, or names the variable or flag.
    pub(super) fn place(&self, diagnostic: Diagnostic, part: Part) -> Diagnostic {
        let Some(spot) = &self.spot else {
            return diagnostic.at_named(self.origin.to_string());
        };
        let source = match part {
            Part::Key => &spot.key,
            Part::Value => &spot.value,
            Part::Item(at) => spot.items.get(at).unwrap_or(&spot.value),
        };
        diagnostic.at(Place::Source(source.clone()))
    }
}

/// Which part of a setting is meant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Key,
    Value,
    Item(usize),
}
