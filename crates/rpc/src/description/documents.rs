//! The documents of one description, and which refers to which.

use std::collections::HashMap;

use crate::Document;

/// A WSDL, which comes first, and what it and they refer to, as far as somebody fetched it.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    pub(super) all: Vec<Document>,
    /// By the place of the document that refers, and the reference as it is written there: the place of the other.
    leads: HashMap<(usize, String), usize>,
    /// What could not be had, and why.
    pub(super) missing: Vec<(String, String)>,
}

impl Documents {
    /// Takes in one more; its place is given back.
    pub fn add(&mut self, document: Document) -> usize {
        self.all.push(document);
        self.all.len() - 1
    }

    /// The reference in the document at this place leads to the document at that place, which may come later.
    pub fn lead(&mut self, from: usize, reference: &str, to: usize) {
        self.leads.insert((from, reference.to_owned()), to);
    }

    /// What is referred to so cannot be had.
    pub fn lack(&mut self, reference: impl Into<String>, why: impl Into<String>) {
        self.missing.push((reference.into(), why.into()));
    }

    pub(super) fn led(&self, from: usize, reference: &str) -> Option<usize> {
        let to = self.leads.get(&(from, reference.to_owned())).copied();
        to.filter(|to| *to < self.all.len())
    }
}

impl From<Document> for Documents {
    fn from(document: Document) -> Self {
        Self { all: vec![document], ..Self::default() }
    }
}
