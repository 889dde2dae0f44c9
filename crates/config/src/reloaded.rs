//! A configuration that is read while a daemon runs under another one: what of it takes effect at once, and what waits. The
//! table says of each key which (`now`, `restart`); there is no second list.

use diagnostic::Diagnostic;

use super::Config;
use super::settings::{Block, Setting, Settings};
use super::table::{Key, Reload, Section};
use super::view::Intake;

/// What is in force after another configuration was read.
#[derive(Clone, Debug)]
pub struct Reloaded {
    /// The new one, in which each key that needs a restart has the value that it had.
    pub config: Config,
    /// The dotted names of the keys whose new value waits for a restart, each once, in the order of the table.
    pub kept: Vec<String>,
}

impl Config {
    /// What is in force where `new` is read under this one.
    ///
    /// # Errors
    /// What does not go together with a value that needs a restart, and so stays as it is: then all stays as it is.
    pub fn reloaded(&self, new: &Self) -> Result<Reloaded, Vec<Diagnostic>> {
        let (settings, kept) = merged(&self.settings, &new.settings);
        let (config, mut diagnostics) = Self::resolve(new.file.clone(), (settings, Intake::Whole), &self.surroundings);
        match config {
            Some(config) if diagnostics.is_empty() => Ok(Reloaded { config, kept }),
            _ => {
                if let (Some(last), false) = (diagnostics.last_mut(), kept.is_empty()) {
                    last.notes.push(format!("until a restart this stays as it is: {}", kept.join(", ")));
                }
                Err(diagnostics)
            }
        }
    }
}

fn merged(old: &Settings, new: &Settings) -> (Settings, Vec<String>) {
    let mut kept = Vec::new();
    let values = new.values.iter().map(|setting| {
        let before = old.values.iter().find(|before| is_same_key(before, setting));
        match before.filter(|before| waits(setting.key) && before.datum.texts() != setting.datum.texts()) {
            Some(before) => {
                kept.push(setting.name());
                before.clone()
            }
            None => setting.clone(),
        }
    });
    let values = values.collect();
    let (mut blocks, others): (Vec<Block>, Vec<Block>) =
        new.blocks.iter().cloned().partition(|block| !block.section.keys.iter().any(waits));
    blocks.extend(matched(old, others, &mut kept));
    (Settings { values, blocks }, kept)
}

/// The blocks of sections that have a key which needs a restart. They are known by what such keys say: one that says what
/// none said before waits, and one that nobody says any more stays as it was.
fn matched(old: &Settings, mut new: Vec<Block>, kept: &mut Vec<String>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for before in old.blocks.iter().filter(|block| block.section.keys.iter().any(waits)) {
        let same = |block: &Block| block.section.name == before.section.name && identity(block) == identity(before);
        match new.iter().position(same) {
            Some(at) => blocks.push(new.remove(at)),
            None => {
                name(before.section, kept);
                blocks.push(before.clone());
            }
        }
    }
    new.iter().for_each(|block| name(block.section, kept));
    blocks
}

fn name(section: &Section, kept: &mut Vec<String>) {
    for key in section.keys.iter().filter(|key| waits(key)) {
        let name = section.dotted(key.name);
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
}

fn identity(block: &Block) -> Vec<Vec<String>> {
    block.values.iter().filter(|setting| waits(setting.key)).map(|setting| setting.datum.texts()).collect()
}

fn waits(key: &Key) -> bool {
    key.reload == Reload::Restart
}

fn is_same_key(one: &Setting, other: &Setting) -> bool {
    one.section.name == other.section.name && one.key.name == other.key.name
}

#[cfg(test)]
mod tests;
