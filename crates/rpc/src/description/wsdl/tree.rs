//! A description as a tree of elements. Names in attributes are resolved while their prefixes are in scope.

use std::borrow::Cow;

use crate::Fault;
use crate::xml::{Event, Name, Namespace, Reader, name, trim};

/// The place of an element in its tree.
pub(super) type NodeIndex = usize;

/// A document.
#[derive(Default)]
pub(super) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
}

struct Node<'a> {
    name: Name<'a>,
    attributes: Vec<Attribute<'a>>,
    children: Vec<NodeIndex>,
    text: Cow<'a, str>,
}

struct Attribute<'a> {
    name: Name<'a>,
    value: Cow<'a, str>,
    /// The namespace of the name that the value is.
    means: Option<Namespace<'a>>,
}

/// The attributes whose values are names with prefixes.
const NAMING: [&str; 9] =
    ["type", "ref", "base", "element", "message", "binding", "itemType", "arrayType", "substitutionGroup"];

impl<'a> Tree<'a> {
    /// Reads the whole document.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut tree = Self::default();
        let mut open: Vec<NodeIndex> = Vec::new();
        loop {
            match reader.read()? {
                Event::Start(name) => {
                    let place = tree.nodes.len();
                    if let Some(parent) = open.last() {
                        tree.nodes[*parent].children.push(place);
                    }
                    let attributes = attributes(reader);
                    tree.nodes.push(Node { name, attributes, children: Vec::new(), text: Cow::Borrowed("") });
                    open.push(place);
                }
                Event::Text(text) => {
                    if let Some(place) = open.last().filter(|_| !trim(&text).is_empty()) {
                        tree.nodes[*place].text = text;
                    }
                }
                Event::End => drop(open.pop()),
                Event::Eof => return Ok(tree),
            }
        }
    }

    /// The outermost element.
    pub(super) fn root(&self) -> Option<Element<'_, 'a>> {
        (!self.nodes.is_empty()).then_some(Element { tree: self, place: 0 })
    }
}

fn attributes<'a>(reader: &Reader<'a>) -> Vec<Attribute<'a>> {
    let read = |attribute: &crate::xml::Attribute<'a>| {
        let qname = || trim(&attribute.value).split('[').next().and_then(name::split);
        let prefix = qname().map(|(prefix, _)| prefix).filter(|_| NAMING.contains(&attribute.name.local));
        let means = prefix.and_then(|prefix| reader.resolve(prefix));
        Attribute { name: attribute.name.clone(), value: attribute.value.clone(), means }
    };
    reader.attributes().iter().map(read).collect()
}

/// One element of a tree.
#[derive(Clone, Copy)]
pub(super) struct Element<'t, 'a> {
    tree: &'t Tree<'a>,
    place: NodeIndex,
}

/// A name with its namespace.
pub(super) type QName = (String, String);

impl<'t, 'a> Element<'t, 'a> {
    fn node(self) -> &'t Node<'a> {
        &self.tree.nodes[self.place]
    }

    pub(super) fn local(self) -> &'a str {
        self.node().name.local
    }

    pub(super) fn namespace(self) -> &'t str {
        &self.node().name.namespace
    }

    pub(super) fn is(self, namespace: &str, local: &str) -> bool {
        self.node().name.is(namespace, local)
    }

    /// The children, in order.
    pub(super) fn children(self) -> impl Iterator<Item = Element<'t, 'a>> {
        self.node().children.iter().map(move |place| Element { tree: self.tree, place: *place })
    }

    /// The children of this name.
    pub(super) fn all(self, namespace: &'static str, local: &'static str) -> impl Iterator<Item = Element<'t, 'a>> {
        self.children().filter(move |child| child.is(namespace, local))
    }

    /// The first child of this name.
    pub(super) fn first(self, namespace: &'static str, local: &'static str) -> Option<Element<'t, 'a>> {
        self.all(namespace, local).next()
    }

    pub(super) fn text(self) -> &'t str {
        &self.node().text
    }

    /// An attribute without namespace.
    pub(super) fn attribute(self, local: &str) -> Option<&'t str> {
        self.found("", local).map(|attribute| trim(&attribute.value))
    }

    /// The name that an attribute says.
    pub(super) fn named(self, local: &str) -> Option<QName> {
        self.named_in("", local)
    }

    /// The same, of an attribute in a namespace.
    pub(super) fn named_in(self, namespace: &str, local: &str) -> Option<QName> {
        let attribute = self.found(namespace, local)?;
        let qname = trim(&attribute.value).split('[').next()?;
        let (_, local) = name::split(qname)?;
        Some((attribute.means.as_ref()?.to_string(), local.to_owned()))
    }

    fn found(self, namespace: &str, local: &str) -> Option<&'t Attribute<'a>> {
        self.node().attributes.iter().find(|attribute| attribute.name.is(namespace, local))
    }
}
