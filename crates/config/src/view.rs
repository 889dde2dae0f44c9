//! A section or block while its settings become typed values: each read names its key and how the text is read, and what
//! is wrong is collected, so that all of it can be shown at once.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diagnostic::{Code, Diagnostic};
use ipnet::IpNet;
use mail::address::Pattern;

use super::settings::{Block, Datum, Origin, Part, Setting, Settings};
use super::table::Word;
use super::value::{self, Secret};

/// What all views of one reading share.
pub(super) struct Reading<'a> {
    pub(super) settings: &'a Settings,
    /// What relative paths in the file start from.
    pub(super) folder: &'a Path,
    /// The systemd credentials.
    pub(super) credentials: Option<&'a Path>,
    /// Whether all that was said could be taken in: where not, nothing is said to be missing.
    pub(super) intake: Intake,
    pub(super) diagnostics: RefCell<Vec<Diagnostic>>,
}

/// Whether all that was said could be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intake {
    Whole,
    Flawed,
}

/// One section or block, seen through its settings.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    reading: &'a Reading<'a>,
    section: &'a str,
    block: Option<&'a Block>,
    /// The section whose settings hold where the block says nothing.
    above: Option<&'a str>,
}

impl<'a> Reading<'a> {
    /// The table of that name.
    pub(super) fn table(&'a self, section: &'a str) -> View<'a> {
        View { reading: self, section, block: None, above: None }
    }

    /// The blocks of that name, in order; what one does not say is as in the table `above`.
    pub(super) fn blocks(&'a self, section: &'a str, above: Option<&'a str>) -> impl Iterator<Item = View<'a>> {
        let blocks = self.settings.blocks.iter().filter(move |block| block.section.name == section);
        blocks.map(move |block| View { reading: self, section, block: Some(block), above })
    }

    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }
}

impl<'a> View<'a> {
    /// The setting of a key: the block's own, else that of the table above.
    pub(super) fn setting(self, key: &str) -> Option<&'a Setting> {
        let values = self.block.map_or(&self.reading.settings.values, |block| &block.values);
        let own = values.iter().find(|setting| setting.section.name == self.section && setting.key.name == key);
        match (own, self.above) {
            (Some(own), Some(above)) if own.datum == Datum::Unset => {
                self.reading.table(above).setting(key).or(Some(own))
            }
            (Some(own), _) => Some(own),
            (None, _) => None,
        }
    }

    /// Who said the key.
    pub(super) fn origin(self, key: &str) -> Origin {
        self.setting(key).map_or_else(|| Origin::Default(String::new()), |setting| setting.origin.clone())
    }

    /// True where somebody said the key.
    pub(super) fn is_said(self, key: &str) -> bool {
        self.setting(key).is_some_and(Setting::is_said)
    }

    /// True where somebody said something else than the default.
    pub(super) fn is_changed(self, key: &str) -> bool {
        let changed = |setting: &Setting| setting.is_said() && setting.datum != Datum::from(setting.key.default);
        self.setting(key).is_some_and(changed)
    }

    /// Reads a value; what is wrong with it is noted and the type's empty value given back.
    fn read<T: Default>(self, key: &str, read: impl Fn(&Datum) -> Result<T, (Part, String)>) -> T {
        let Some(setting) = self.setting(key) else {
            let diagnostic =
                Diagnostic::new(Code::Bug, format!("the key `{key}` of `{}` is in no table", self.section));
            self.reading.report(diagnostic);
            return T::default();
        };
        if setting.datum == Datum::Unset {
            self.missing(key);
            return T::default();
        }
        read(&setting.datum).unwrap_or_else(|(part, why)| {
            self.reading.report(setting.wrong(why, part));
            T::default()
        })
    }

    /// True where the block itself says the key.
    pub(super) fn itself_says(self, key: &str) -> bool {
        let mut own = self.block.iter().flat_map(|block| &block.values);
        own.any(|setting| setting.key.name == key && setting.datum != Datum::Unset)
    }

    /// True where the block itself says the key; where not, that is noted.
    pub(super) fn must_say(self, key: &str) -> bool {
        let said = self.itself_says(key);
        if !said {
            self.missing(key);
        }
        said
    }

    /// Notes that the block says none of these keys.
    pub(super) fn must_say_one_of(self, keys: &[&str]) {
        self.missing(&keys.join("` or `"));
    }

    fn missing(self, key: &str) {
        if self.reading.intake == Intake::Flawed {
            return;
        }
        let diagnostic = Diagnostic::new(Code::WrongValue, format!("a [[{}]] block has no `{key}`", self.section));
        let at = self.block.and_then(|block| block.at.clone());
        self.reading.report(match at {
            Some(source) => diagnostic.at(diagnostic::Place::Source(source)),
            None => diagnostic,
        });
    }

    /// Notes what is wrong with a value, unless something is noted of it already.
    pub(super) fn wrong(self, key: &str, why: impl Into<String>) {
        let Some(diagnostic) = self.setting(key).map(|setting| setting.wrong(why.into(), Part::Value)) else { return };
        let line = |diagnostic: &Diagnostic| diagnostic.line().map(|(line, _)| line);
        let same = |other: &Diagnostic| other.what == diagnostic.what && line(other) == line(&diagnostic);
        if !self.reading.diagnostics.borrow().iter().any(same) {
            self.reading.report(diagnostic);
        }
    }

    /// Notes that a value does not go with others, which can be told only where all of them were taken in.
    pub(super) fn contradicts(self, key: &str, why: impl Into<String>) {
        if self.reading.intake == Intake::Whole {
            self.wrong(key, why);
        }
    }

    /// A text; "" where none.
    pub(super) fn text(self, key: &str) -> String {
        self.read(key, |datum| Ok(datum.texts().into_iter().next().unwrap_or_default()))
    }

    /// The text read by `read`; `None` where it is empty or wrong.
    pub(super) fn parsed<T>(self, key: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.read(key, |datum| {
            let text = datum.texts().into_iter().next();
            text.map(|text| read(&text)).transpose().map_err(|why| (Part::Value, why))
        })
    }

    /// Each text of a list read by `read`.
    pub(super) fn each<T>(self, key: &str, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        self.read(key, |datum| {
            let texts = datum.texts().into_iter().enumerate();
            texts.map(|(at, text)| read(&text).map_err(|why| (Part::Item(at), why))).collect()
        })
    }

    /// What the word means that was chosen. Words were checked against the table before.
    pub(super) fn word<T: Word>(self, key: &str) -> T {
        let text = self.text(key);
        T::MEANINGS.iter().find(|(word, _)| *word == text).map_or_else(T::default, |(_, value)| *value)
    }

    pub(super) fn switch(self, key: &str) -> bool {
        self.read(key, |datum| Ok(*datum == Datum::Switch(true)))
    }

    pub(super) fn count(self, key: &str) -> usize {
        self.read(key, |datum| match datum {
            Datum::Number(number) => usize::try_from(*number).map_err(|_| (Part::Value, "it is too large".into())),
            _ => Ok(0),
        })
    }

    /// A count that must be at least 1.
    pub(super) fn positive(self, key: &str) -> usize {
        let count = self.count(key);
        if count == 0 {
            self.wrong(key, "it must be at least 1");
        }
        count
    }

    /// A count of which 0 is none.
    pub(super) fn most(self, key: &str) -> Option<usize> {
        Some(self.count(key)).filter(|count| *count > 0)
    }

    /// A size in octets.
    pub(super) fn size(self, key: &str) -> u64 {
        self.read(key, |datum| match datum {
            Datum::Number(number) => u64::try_from(*number).map_err(|_| (Part::Value, "it is negative".into())),
            Datum::Text(text) => value::size(text).map_err(|why| (Part::Value, why)),
            _ => Ok(0),
        })
    }

    pub(super) fn duration(self, key: &str) -> Duration {
        self.read(key, |datum| match datum {
            Datum::Text(text) => value::duration(text).map_err(|why| (Part::Value, why)),
            _ => Ok(Duration::ZERO),
        })
    }

    /// A duration that is not zero.
    pub(super) fn some_time(self, key: &str) -> Duration {
        let duration = self.duration(key);
        if duration.is_zero() {
            self.wrong(key, "nothing can be done in no time");
        }
        duration
    }

    pub(super) fn listens(self, key: &str) -> Vec<SocketAddr> {
        self.each(key, value::listen)
    }

    pub(super) fn networks(self, key: &str) -> Vec<IpNet> {
        self.each(key, value::network)
    }

    pub(super) fn patterns(self, key: &str) -> Vec<Pattern> {
        self.each(key, |text| Pattern::parse(text).map_err(|error| format!("`{text}` is no address pattern: {error}")))
    }

    /// The path of a file; relative ones start from the folder of the configuration file that names them.
    pub(super) fn file(self, key: &str) -> Option<PathBuf> {
        let setting = self.setting(key)?;
        let path = PathBuf::from(setting.datum.texts().into_iter().next()?);
        let from_file = matches!(setting.origin, Origin::File { .. });
        Some(if from_file { self.reading.folder.join(path) } else { path })
    }

    /// A path that stands in a value; a relative one starts from the folder of the configuration file that names it.
    pub(super) fn beside(self, key: &str, path: PathBuf) -> PathBuf {
        let from_file = matches!(self.origin(key), Origin::File { .. });
        if from_file { self.reading.folder.join(path) } else { path }
    }

    /// A secret; `credential:NAME` is read from the systemd credentials.
    pub(super) fn secret(self, key: &str) -> Option<Secret> {
        let text = self.text(key);
        let Some(name) = text.strip_prefix("credential:") else {
            return (!text.is_empty()).then(|| Secret::new(text));
        };
        let Some(folder) = self.reading.credentials else {
            self.wrong(key, "there are no credentials: $CREDENTIALS_DIRECTORY is not set");
            return None;
        };
        if name.is_empty() || name.contains('/') || name.starts_with('.') {
            self.wrong(key, "write credential:NAME, the NAME as in LoadCredential=");
            return None;
        }
        self.secret_file(key, &folder.join(name))
    }

    /// The first line of a file, as a secret.
    pub(super) fn secret_file(self, key: &str, path: &Path) -> Option<Secret> {
        match std::fs::read_to_string(path) {
            Ok(text) => Some(Secret::new(text.lines().next().unwrap_or_default().to_owned())),
            Err(error) => {
                self.wrong(key, format!("{}: {error}", path.display()));
                None
            }
        }
    }
}
