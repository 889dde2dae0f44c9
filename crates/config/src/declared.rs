//! All keys that there are, one row for each.

use super::sections::SECTIONS;
use super::show;
use super::table::{Literal, Reload, Section};

/// A key of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The section as it is written: `[http]`, `[[service]]`, `the top of the file`.
    pub section: String,
    /// What the section is for.
    pub about: &'static str,
    /// The dotted name.
    pub name: String,
    /// What values it takes: `size`, `capture|smarthost`.
    pub takes: String,
    /// Its default in TOML; `None`: it must be said, or follows the section above.
    pub default: Option<String>,
    /// When another value takes effect; `None`: it is known, and not built in this version.
    pub reload: Option<Reload>,
    /// What it does.
    pub doc: &'static str,
}

/// Every key, section by section.
#[must_use]
pub fn declared() -> Vec<Declared> {
    SECTIONS.iter().flat_map(|section| of_section(section)).collect()
}

fn of_section(section: &'static Section) -> impl Iterator<Item = Declared> {
    section.keys.iter().map(|key| Declared {
        section: section.heading(),
        about: section.doc,
        name: section.dotted(key.name),
        takes: key.kind.word(),
        default: (key.default != Literal::Unset).then(|| show::toml(&key.default.into())),
        reload: show::is_built(key).then_some(key.reload),
        doc: key.doc,
    })
}
