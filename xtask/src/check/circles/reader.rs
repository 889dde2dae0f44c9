//! What one module's items declare and which paths they write, tests left out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Macro, UseTree};

/// A path as it is written: `["super", "queue", "Queue"]`.
pub(super) type Written = Vec<String>;

/// What a module says itself: what is in it besides other modules.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// The names of the items it declares.
    pub(super) items: BTreeSet<String>,
    /// The names that its `use` lines bring in, and what they stand for.
    pub(super) aliases: BTreeMap<String, Written>,
    /// What it takes everything from: `use queue::*`.
    pub(super) globs: Vec<Written>,
    /// Each path in it, with its line.
    pub(super) uses: Vec<(Written, usize)>,
}

/// A module that a source text declares.
pub(super) struct Declared<'a> {
    /// Its name.
    pub(super) name: String,
    /// Its items, where they follow in braces; else it is a file of its own.
    pub(super) items: Option<&'a [syn::Item]>,
}

/// Reads a module's items.
pub(super) fn read(items: &[Item]) -> (Text, Vec<Declared<'_>>) {
    let mut reader = Reader::default();
    reader.collect(items);
    (reader.text, reader.declared)
}

#[derive(Default)]
struct Reader<'a> {
    text: Text,
    declared: Vec<Declared<'a>>,
}

impl<'a> Reader<'a> {
    fn collect(&mut self, items: &'a [Item]) {
        for item in items {
            self.visit_item(item);
            if let (Some(name), false) = (name_of(item), is_test(attributes(item))) {
                self.text.items.insert(name);
            }
        }
    }

    fn add(&mut self, path: Written, line: usize) {
        if path.len() > 1 {
            self.text.uses.push((path, line));
        }
    }

    /// Takes a `use` line apart: each leaf is a name brought in and a path used.
    fn add_use(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| before.iter().cloned().chain([name.to_string()]).collect::<Written>();
        match tree {
            UseTree::Path(path) => self.add_use(&with(&path.ident), &path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use(before, tree)),
            UseTree::Glob(glob) => {
                self.text.globs.push(before.to_vec());
                self.text.uses.push((before.to_vec(), glob.star_token.span.start().line));
            }
            UseTree::Name(name) if name.ident == "self" => {
                let last = before.last().cloned().unwrap_or_default();
                self.add_alias(last, before.to_vec(), name.ident.span().start().line);
            }
            UseTree::Name(name) => {
                self.add_alias(name.ident.to_string(), with(&name.ident), name.ident.span().start().line);
            }
            UseTree::Rename(name) => {
                let path = if name.ident == "self" { before.to_vec() } else { with(&name.ident) };
                self.add_alias(name.rename.to_string(), path, name.ident.span().start().line);
            }
        }
    }

    fn add_alias(&mut self, name: String, path: Written, line: usize) {
        if name != "_" {
            self.text.aliases.insert(name, path.clone());
        }
        self.text.uses.push((path, line));
    }

    /// The paths in what a macro is given: syn does not know what the macro makes of it.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut line, mut colons) = (Written::new(), 0, 0);
        for token in tokens {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.add(std::mem::take(&mut path), line);
                        line = name.span().start().line;
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                other => {
                    self.add(std::mem::take(&mut path), line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.add_tokens(group.stream());
                    }
                }
            }
        }
        self.add(path, line);
    }
}

impl<'a> Visit<'a> for Reader<'a> {
    fn visit_item(&mut self, item: &'a Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'a syn::ItemMod) {
        let items = module.content.as_ref().map(|(_, items)| items.as_slice());
        self.declared.push(Declared { name: module.ident.to_string(), items });
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.add_use(&[], &item.tree);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.leading_colon.is_none() {
            let written = path.segments.iter().map(|s| s.ident.to_string()).collect();
            let line = path.segments.first().map_or(0, |s| s.ident.span().start().line);
            self.add(written, line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'a Macro) {
        visit::visit_path(self, &call.path);
        self.add_tokens(call.tokens.clone());
    }

    // Neither what documentation links to nor who may see an item is use.
    fn visit_attribute(&mut self, _: &'a Attribute) {}

    fn visit_vis_restricted(&mut self, _: &'a syn::VisRestricted) {}
}

/// Whether an item is there only in tests: `#[cfg(test)]`, `#[cfg(all(test, …))]`, `#[test]`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("test") {
            return true;
        }
        let syn::Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && demands_test(list.tokens.clone())
    })
}

/// Whether a condition of `cfg` holds only in tests.
fn demands_test(condition: TokenStream) -> bool {
    let mut tokens = condition.into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(name)), None) => name == "test",
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(group))) if name == "all" => {
            group.stream().into_iter().any(|token| matches!(&token, TokenTree::Ident(part) if part == "test"))
        }
        _ => false,
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name an item declares. `use` and `mod` are kept apart.
fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}
