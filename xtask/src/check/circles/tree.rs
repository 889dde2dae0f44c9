//! The modules of a crate, with what each declares and uses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::reader::{self, Declared, Text};

/// A module's place in [`Tree::modules`].
pub(super) type Index = usize;

/// One module, tests left out.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Its name; the root's is `crate`.
    pub(super) name: String,
    /// Whose child it is.
    pub(super) parent: Option<Index>,
    /// The file it is written in.
    pub(super) file: PathBuf,
    /// The modules it contains.
    pub(super) children: BTreeMap<String, Index>,
    /// What it says itself.
    pub(super) text: Text,
}

/// Where a module's own text and those it contains are found.
struct Place {
    module: Index,
    /// The folder in which the files of the modules it contains lie.
    folder: PathBuf,
}

/// A crate's modules. The first is the root.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) modules: Vec<Module>,
}

impl Tree {
    /// Reads a crate, beginning with its first file. An error names the file that cannot be read or understood.
    pub(super) fn read(first: &Path) -> Result<Self> {
        let mut tree = Self::default();
        let folder = first.parent().context("a file without a folder")?.to_path_buf();
        let module = tree.add(Module { name: "crate".into(), file: first.to_path_buf(), ..Module::default() });
        tree.read_file(&Place { module, folder })?;
        Ok(tree)
    }

    fn add(&mut self, module: Module) -> Index {
        let index = self.modules.len();
        if let Some(parent) = module.parent {
            self.modules[parent].children.insert(module.name.clone(), index);
        }
        self.modules.push(module);
        index
    }

    fn read_file(&mut self, place: &Place) -> Result<()> {
        let file = &self.modules[place.module].file;
        let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
        let parsed = syn::parse_file(&text).with_context(|| format!("{}", file.display()))?;
        self.read_items(place, &parsed.items)
    }

    fn read_items(&mut self, place: &Place, items: &[syn::Item]) -> Result<()> {
        let (text, declared) = reader::read(items);
        self.modules[place.module].text = text;
        for Declared { name, items } in declared {
            let folder = place.folder.join(&name);
            let beside = place.folder.join(format!("{name}.rs"));
            let (parent, file) = (Some(place.module), self.modules[place.module].file.clone());
            match items {
                Some(items) => {
                    let module = self.add(Module { name, parent, file, ..Module::default() });
                    self.read_items(&Place { module, folder }, items)?;
                }
                None if beside.exists() => {
                    let module = self.add(Module { name, parent, file: beside, ..Module::default() });
                    self.read_file(&Place { module, folder })?;
                }
                None => bail!("{}: no file for `mod {name}`: expected {}", file.display(), beside.display()),
            }
        }
        Ok(())
    }

    /// The module and all that contain it, itself first and the root last.
    pub(super) fn line_of(&self, module: Index) -> Vec<Index> {
        std::iter::successors(Some(module), |m| self.modules[*m].parent).collect()
    }

    /// The module's path without `crate`: `queue::owner`.
    pub(super) fn path(&self, module: Index) -> String {
        let mut names: Vec<&str> = self.line_of(module).iter().map(|m| self.modules[*m].name.as_str()).collect();
        names.pop();
        names.reverse();
        names.join("::")
    }
}
