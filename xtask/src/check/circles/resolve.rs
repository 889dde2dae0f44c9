//! From a path as it is written to the module in which that thing is declared.

use std::collections::BTreeSet;

use super::tree::{Index, Tree};

/// The module that a path, written in another, leads to; none for what is not this crate's.
pub(super) fn target(tree: &Tree, from: Index, path: &[String]) -> Option<Index> {
    let end = Resolver { tree, asked: BTreeSet::new() }.follow(from, path)?;
    Some(match end {
        End::Module(module) | End::Item(module) | End::Unknown(module) => module,
    })
}

/// Where a path leads.
#[derive(Clone, Copy)]
enum End {
    /// To a module.
    Module(Index),
    /// To something that this module declares, or takes from another crate.
    Item(Index),
    /// To something that nobody is seen to declare, looked for in this module: a macro may have made it.
    Unknown(Index),
}

struct Resolver<'a> {
    tree: &'a Tree,
    /// The names already looked for: globs and re-exports may name each other.
    asked: BTreeSet<(Index, String)>,
}

impl Resolver<'_> {
    /// Where a path that is written in `from` leads; none where its first name is another crate's.
    fn follow(&mut self, from: Index, path: &[String]) -> Option<End> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(self.descend(0, rest)),
            "self" => Some(self.descend(from, rest)),
            "super" => self.climb(from, rest),
            name => match self.named(from, name)? {
                End::Module(module) => Some(self.descend(module, rest)),
                end => Some(end),
            },
        }
    }

    /// `rest` follows a `super` that was written in `from`.
    fn climb(&mut self, from: Index, rest: &[String]) -> Option<End> {
        let parent = self.tree.modules[from].parent?;
        match rest.split_first() {
            Some((next, rest)) if next == "super" => self.climb(parent, rest),
            _ => Some(self.descend(parent, rest)),
        }
    }

    /// As far down as modules lead; what follows an item is its own: a variant, a function.
    fn descend(&mut self, from: Index, path: &[String]) -> End {
        let mut here = from;
        for name in path {
            match self.named(here, name) {
                Some(End::Module(next)) => here = next,
                Some(end) => return end,
                None => return End::Unknown(here),
            }
        }
        End::Module(here)
    }

    /// What a name stands for in a module; none where it is not seen to stand for anything.
    fn named(&mut self, module: Index, name: &str) -> Option<End> {
        let tree = self.tree;
        let here = &tree.modules[module];
        if let Some(child) = here.children.get(name) {
            return Some(End::Module(*child));
        }
        if here.text.items.contains(name) {
            return Some(End::Item(module));
        }
        if !self.asked.insert((module, name.to_owned())) {
            return None;
        }
        if let Some(path) = here.text.aliases.get(name) {
            return match self.follow(module, path) {
                Some(End::Unknown(_)) => None,
                found => Some(found.unwrap_or(End::Item(module))),
            };
        }
        here.text.globs.iter().find_map(|glob| match self.follow(module, glob)? {
            End::Module(source) => self.named(source, name),
            End::Item(_) | End::Unknown(_) => None,
        })
    }
}
