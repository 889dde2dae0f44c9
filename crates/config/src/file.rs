//! Reads the TOML file into settings. Every unknown key, wrong type and key not built is found in one pass, each with its
//! line and the nearest name.

use std::ops::Range;

use diagnostic::{Code, Diagnostic, Place, Source};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest;
use super::sections::{self, SECTIONS};
use super::settings::{Block, Datum, Origin, Part, Setting, Settings, Spot};
use super::table::{Form, Key, Kind, Section};

/// Reads the text of a file over the settings; gives back what is wrong with it, in the order of the lines.
pub(super) fn read(file: &str, text: &str, settings: &mut Settings) -> Vec<Diagnostic> {
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => return vec![not_toml(file, text, &error)],
    };
    let mut reader = FileReader { file, text, settings, diagnostics: Vec::new() };
    if let Some(top) = sections::named("") {
        reader.table(top, root.get_ref());
    }
    reader.diagnostics
}

/// The state folder that a text names, which may be no TOML: what stands before its first mistake, and often more, can be read.
pub(super) fn state(text: &str) -> Option<String> {
    let (root, _) = DeTable::parse_recoverable(text);
    let state = root.get_ref().get("state")?.get_ref().as_str()?;
    (state != "auto").then(|| state.to_owned())
}

fn not_toml(file: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let why = error.message().lines().collect::<Vec<_>>().join(", ");
    let diagnostic = Diagnostic::new(Code::NotToml, format!("{file} is not TOML")).because(why);
    match error.span() {
        Some(span) => diagnostic.at(Place::Source(Source::of(file, text, span))),
        None => diagnostic.at_named(file),
    }
}

struct FileReader<'a> {
    file: &'a str,
    text: &'a str,
    settings: &'a mut Settings,
    diagnostics: Vec<Diagnostic>,
}

/// A key and value of the file, as the TOML reader gives them.
type Entry<'e, 't> = (&'e Spanned<std::borrow::Cow<'t, str>>, &'e Spanned<DeValue<'t>>);

impl FileReader<'_> {
    fn source(&self, span: Range<usize>) -> Source {
        Source::of(self.file, self.text, span)
    }

    /// Reads the keys of a table, and the sections in it (sections nest at most two deep).
    fn table(&mut self, section: &'static Section, table: &DeTable<'_>) {
        for (name, value) in table {
            if let Some(inner) = self.section_in(section, name.get_ref()) {
                self.section(inner, (name, value));
            } else if let Some(key) = section.key(name.get_ref()) {
                if let Some(setting) = self.setting(section, key, (name, value)) {
                    self.settings.put(setting);
                }
            } else {
                self.unknown(section, (name, value));
            }
        }
    }

    fn section_in(&self, outer: &Section, name: &str) -> Option<&'static Section> {
        if name.is_empty() { None } else { sections::named(&outer.dotted(name)) }
    }

    fn section(&mut self, section: &'static Section, (name, value): Entry<'_, '_>) {
        match (section.form, value.get_ref()) {
            (Form::Table, DeValue::Table(table)) => self.table(section, table),
            (Form::Blocks, DeValue::Array(blocks)) => {
                for block in blocks.iter() {
                    self.block(section, block);
                }
            }
            (Form::Table, _) => self.misshapen(section, name, "a section, written once"),
            (Form::Blocks, _) => self.misshapen(section, name, "a list of blocks"),
        }
    }

    fn block(&mut self, section: &'static Section, value: &Spanned<DeValue<'_>>) {
        let at = self.source(value.span());
        let DeValue::Table(table) = value.get_ref() else {
            let diagnostic = Diagnostic::new(Code::WrongValue, format!("not a block of `{}`", section.heading()));
            self.diagnostics.push(diagnostic.at(Place::Source(at)).because(format!("write {}", section.heading())));
            return;
        };
        let mut block = Block::new(section, Some(at));
        for (name, value) in table {
            match section.key(name.get_ref()) {
                Some(key) => {
                    self.setting(section, key, (name, value)).into_iter().for_each(|setting| block.put(setting))
                }
                None => self.unknown(section, (name, value)),
            }
        }
        self.settings.blocks.push(block);
    }

    fn misshapen(&mut self, section: &Section, name: &Spanned<std::borrow::Cow<'_, str>>, is: &str) {
        let diagnostic = Diagnostic::new(Code::WrongValue, format!("`{}` is {is}", section.name));
        let place = Place::Source(self.source(name.span()));
        self.diagnostics.push(diagnostic.at(place).because(format!("write {}", section.heading())));
    }

    fn setting(
        &mut self,
        section: &'static Section,
        key: &'static Key,
        (name, value): Entry<'_, '_>,
    ) -> Option<Setting> {
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| self.source(item.span())).collect(),
            _ => Vec::new(),
        };
        let spot = Spot { key: self.source(name.span()), value: self.source(value.span()), items };
        let origin = Origin::File { file: self.file.to_owned(), line: spot.key.line };
        // A line with a secret is named, never shown.
        let may_hold_secret = match key.kind {
            Kind::Secret => true,
            Kind::Url => value.get_ref().as_str().is_none_or(|url| url.contains('@')),
            _ => false,
        };
        let spot = (!may_hold_secret).then_some(spot);
        let mut setting = Setting { section, key, datum: Datum::Unset, origin, spot };
        let checked = match datum(value.get_ref()) {
            Ok(datum) => {
                setting.datum = datum;
                setting.check()
            }
            Err(part) => Err(Box::new(setting.wrong(format!("it takes {}", key.kind.takes()), part))),
        };
        match checked {
            Ok(()) => Some(setting),
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                None
            }
        }
    }

    fn unknown(&mut self, section: &Section, (name, value): Entry<'_, '_>) {
        let mut diagnostic = unknown(section, name.get_ref());
        if matches!(value.get_ref(), DeValue::Table(_)) && section.name.is_empty() {
            diagnostic.what = format!("unknown section [{}]", name.get_ref());
        }
        let source = self.source(name.span());
        self.diagnostics.push(match is_secret(section, name.get_ref(), &diagnostic) {
            true => diagnostic.at_named(format!("{}:{}", source.file, source.line)),
            false => diagnostic.at(Place::Source(source)),
        });
    }
}

/// The diagnostic about a key that no section has there, with the nearest name as its reason.
pub(super) fn unknown(section: &Section, name: &str) -> Diagnostic {
    let what = match section.name.is_empty() {
        true => format!("unknown key `{name}` at the top"),
        false => format!("unknown key `{name}` in {}", section.heading()),
    };
    let diagnostic = Diagnostic::new(Code::UnknownKey, what);
    let prefix = if section.name.is_empty() { String::new() } else { format!("{}.", section.name) };
    let sections = SECTIONS.iter().filter_map(|other| other.name.strip_prefix(prefix.as_str()));
    let here =
        section.keys.iter().map(|key| key.name).chain(sections.filter(|name| !name.is_empty() && !name.contains('.')));
    if let Some(near) = nearest::among(name, here) {
        return diagnostic.because(format!("did you mean `{near}`?"));
    }
    match SECTIONS.iter().find(|other| other.key(name).is_some()) {
        Some(other) if other.name.is_empty() => {
            diagnostic.because("it belongs at the top of the file, before any section")
        }
        Some(other) => diagnostic.because(format!("it belongs to {}", other.heading())),
        None => diagnostic.because("`callpost config default` prints every key"),
    }
}

/// True where the line of an unknown key may hold a secret, which is not to be shown.
fn is_secret(section: &Section, name: &str, diagnostic: &Diagnostic) -> bool {
    let secrets = section.keys.iter().filter(|key| key.kind == Kind::Secret);
    let near = diagnostic.why.as_deref().unwrap_or_default();
    let name = name.to_lowercase();
    secrets.map(|key| format!("`{}`", key.name)).any(|key| near.contains(&key))
        || ["pass", "pw", "secret", "token"].iter().any(|word| name.contains(word))
}

/// The value as a datum; an error names the part that no key takes.
fn datum(value: &DeValue<'_>) -> Result<Datum, Part> {
    match value {
        DeValue::String(text) => Ok(Datum::Text(text.to_string())),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map(Datum::Number).map_err(|_| Part::Value)
        }
        DeValue::Boolean(on) => Ok(Datum::Switch(*on)),
        DeValue::Array(items) => {
            let text = |(at, item): (usize, &Spanned<DeValue<'_>>)| {
                item.get_ref().as_str().map(str::to_owned).ok_or(Part::Item(at))
            };
            items.iter().enumerate().map(text).collect::<Result<_, _>>().map(Datum::List)
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => Err(Part::Value),
    }
}
