//! The content of a Body as a flat tree, so that references can be followed to wherever they lead.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem;

use super::kind::Kind;
use super::names::{RPC_12, Version, XOP, is_encoding, is_instance};
use crate::Fault;
use crate::xml::{Attribute, Event, Name, Namespace, Reader, name, trim};

/// Whose document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// A caller's, who is told what is wrong.
    Caller,
    /// A service's that has run: one odd value must not lose the others.
    Service,
}

/// The place of a node in its tree.
pub(super) type NodeIndex = usize;

/// One element.
pub(super) struct Node<'a> {
    pub(super) local: &'a str,
    pub(super) kind: Kind,
    /// What children without a type of their own are, in an array.
    pub(super) items: Kind,
    pub(super) content: Content<'a>,
    pub(super) marks: Option<Box<Marks<'a>>>,
    /// The next element of the same parent.
    pub(super) next: Option<NodeIndex>,
}

/// What few elements say of themselves.
#[derive(Default)]
pub(super) struct Marks<'a> {
    /// Of an answer: the attributes that are the element's own, by their local names.
    pub(super) attributes: Vec<(&'a str, Cow<'a, str>)>,
    /// Its type, `{namespace}local`, where that is a type of the service's.
    pub(super) said: Option<String>,
    /// Where it stands in an array (SOAP 1.1 §5.4.2.2), in square brackets.
    pub(super) position: Option<Cow<'a, str>>,
    /// Where the first item of an array stands (SOAP 1.1 §5.4.2.1), in square brackets.
    pub(super) offset: Option<Cow<'a, str>>,
    /// The sizes of an array.
    pub(super) sizes: Option<String>,
    /// A reference that may be an ordinary attribute.
    pub(super) href: Option<Cow<'a, str>>,
}

impl<'a> Node<'a> {
    fn mark(&mut self) -> &mut Marks<'a> {
        self.marks.get_or_insert_default()
    }
}

/// What an element holds.
pub(super) enum Content<'a> {
    /// `xsi:nil`.
    Nil,
    Text(Cow<'a, str>),
    /// The first of its child elements.
    Children(NodeIndex),
    /// Both text and elements, in their order: no value, but in an answer it is its text.
    Mixed(Vec<Piece<'a>>),
    /// `href="#id"`, `href="cid:part"`.
    Reference(Cow<'a, str>),
}

/// What stands in mixed content.
pub(super) enum Piece<'a> {
    Text(Cow<'a, str>),
    Element(NodeIndex),
}

/// Elements side by side, with everything below them.
#[derive(Default)]
pub(super) struct Tree<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// The outermost elements with their namespaces, in order.
    pub(super) roots: Vec<(NodeIndex, Namespace<'a>)>,
    ids: HashMap<String, NodeIndex>,
    /// What names the result among its siblings (SOAP 1.2 Part 2 §4.2.1).
    pub(super) result: Option<NodeIndex>,
    /// True where anything had an `xsi:type`.
    pub(super) typed: bool,
    /// True where anything was of SOAP's encoding.
    pub(super) encoded: bool,
    /// Elements that say they are not where to begin (`SOAP-ENC:root="0"`), in order.
    not_root: Vec<NodeIndex>,
    /// True where attributes are kept: in answers.
    keeps: bool,
}

/// An element that has not ended yet.
struct Open {
    place: NodeIndex,
    last: Option<NodeIndex>,
}

impl<'a> Tree<'a> {
    /// Reads the children of the element just begun, to its end.
    pub(super) fn read(reader: &mut Reader<'a>, author: Author) -> Result<Self, Fault> {
        let mut tree = Self { keeps: author == Author::Service, ..Self::default() };
        let mut open: Vec<Open> = Vec::new();
        loop {
            match reader.read()? {
                Event::Start(name) => {
                    let place = tree.begin(&name, reader);
                    tree.attach(place, open.last_mut(), name.namespace);
                    open.push(Open { place, last: None });
                }
                Event::Text(text) => tree.text(text, open.last()),
                Event::End if open.pop().is_some() => {}
                Event::End | Event::Eof => return Ok(tree),
            }
        }
    }

    /// The element that is the call: the first that does not deny it.
    pub(super) fn first(&self) -> Option<&(NodeIndex, Namespace<'a>)> {
        self.roots.iter().find(|(place, _)| self.not_root.binary_search(place).is_err()).or(self.roots.first())
    }

    /// The children of a node.
    pub(super) fn children(&self, place: NodeIndex) -> Siblings<'_, 'a> {
        let first = match &self.nodes[place].content {
            Content::Children(first) => Some(*first),
            Content::Mixed(pieces) => pieces.iter().find_map(|piece| match piece {
                Piece::Element(place) => Some(*place),
                Piece::Text(_) => None,
            }),
            _ => None,
        };
        Siblings { tree: self, next: first }
    }

    /// The element with this id.
    pub(super) fn by_id(&self, id: &str) -> Option<NodeIndex> {
        self.ids.get(id).copied()
    }

    fn begin(&mut self, name: &Name<'a>, reader: &Reader<'a>) -> NodeIndex {
        let place = self.nodes.len();
        let element = Kind::of_element(&name.namespace, name.local);
        let content = Content::Text(Cow::Borrowed(""));
        let mut node = Node { local: name.local, kind: element, items: Kind::Open, content, marks: None, next: None };
        if *name.namespace == *XOP {
            node.kind = Kind::Base64;
        }
        if name.is(RPC_12, "result") {
            self.result.get_or_insert(place);
        }
        for attribute in reader.attributes() {
            self.attribute(attribute, &mut node, reader);
        }
        self.encoded |= element != Kind::Open;
        self.nodes.push(node);
        place
    }

    fn attribute(&mut self, attribute: &Attribute<'a>, node: &mut Node<'a>, reader: &Reader<'a>) {
        let place = self.nodes.len();
        let (namespace, value) = (&*attribute.name.namespace, &attribute.value);
        let on = || matches!(trim(value), "1" | "true");
        match attribute.name.local {
            "type" if is_instance(namespace) => {
                self.typed = true;
                let of_encoding;
                (node.kind, of_encoding) = kind(value, reader);
                self.encoded |= of_encoding || node.kind == Kind::Map;
                if self.keeps && node.kind == Kind::Open {
                    node.mark().said = qualified(value, reader);
                }
            }
            // `null` is the word of the schema draft of 1999.
            "nil" | "null" if is_instance(namespace) && on() => node.content = Content::Nil,
            "arrayType" | "itemType" if is_encoding(namespace) => {
                self.encoded = true;
                node.kind = Kind::Array;
                (node.items, _) = kind(value, reader);
                if let Some((of, sizes)) = value.rsplit_once('[') {
                    if of.contains('[') {
                        // An array of arrays (SOAP 1.1 §5.4.2).
                        node.items = Kind::Array;
                    }
                    node.mark().sizes = Some(sizes.trim_end().trim_end_matches(']').to_owned());
                }
            }
            "arraySize" if is_encoding(namespace) => {
                self.encoded = true;
                node.kind = Kind::Array;
                node.mark().sizes = Some(trim(value).to_owned());
            }
            "position" if is_encoding(namespace) => node.mark().position = Some(value.clone()),
            "offset" if is_encoding(namespace) => node.mark().offset = Some(value.clone()),
            "root" if is_encoding(namespace) => {
                self.encoded = true;
                if !on() {
                    self.not_root.push(place);
                }
            }
            "encodingStyle" => self.encoded |= is_encoding(trim(value)),
            "id" if namespace.is_empty() || is_encoding(namespace) => {
                self.ids.entry(value.to_string()).or_insert(place);
                self.keep(attribute, node);
            }
            "href" | "ref" if namespace.is_empty() || is_encoding(namespace) => {
                if value.starts_with('#') || value.starts_with("cid:") {
                    node.content = Content::Reference(value.clone());
                } else if is_encoding(namespace) {
                    // SOAP 1.2 Part 2 §3.1.5.2: an IDREF, without a number sign.
                    node.content = Content::Reference(format!("#{value}").into());
                } else if attribute.name.local == "href" {
                    node.mark().href = Some(value.clone());
                    self.keep(attribute, node);
                }
            }
            _ => self.keep(attribute, node),
        }
    }

    /// An attribute that says nothing of SOAP, in an answer.
    fn keep(&self, attribute: &Attribute<'a>, node: &mut Node<'a>) {
        let namespace = &*attribute.name.namespace;
        let is_soap = is_instance(namespace) || is_encoding(namespace) || Version::of_envelope(namespace).is_some();
        if self.keeps && !is_soap {
            node.mark().attributes.push((attribute.name.local, attribute.value.clone()));
        }
    }

    fn attach(&mut self, place: NodeIndex, parent: Option<&mut Open>, namespace: Namespace<'a>) {
        let Some(parent) = parent else {
            self.roots.push((place, namespace));
            return;
        };
        if let Some(before) = parent.last.replace(place) {
            self.nodes[before].next = Some(place);
        }
        let content = &mut self.nodes[parent.place].content;
        match content {
            Content::Text(text) if trim(text).is_empty() => *content = Content::Children(place),
            Content::Text(text) => {
                *content = Content::Mixed(vec![Piece::Text(mem::take(text)), Piece::Element(place)]);
            }
            Content::Mixed(pieces) => pieces.push(Piece::Element(place)),
            Content::Children(_) | Content::Nil | Content::Reference(_) => {}
        }
    }

    fn text(&mut self, text: Cow<'a, str>, parent: Option<&Open>) {
        let Some(place) = parent.map(|parent| parent.place) else { return };
        match &mut self.nodes[place].content {
            // Cut in two by a processing instruction.
            Content::Text(before) if !before.is_empty() => before.to_mut().push_str(&text),
            content @ Content::Text(_) => *content = Content::Text(text),
            Content::Mixed(pieces) => pieces.push(Piece::Text(text)),
            Content::Children(_) if !trim(&text).is_empty() => {
                let elements = self.children(place).map(|(place, _)| Piece::Element(place));
                let pieces = elements.chain([Piece::Text(text)]).collect();
                self.nodes[place].content = Content::Mixed(pieces);
            }
            _ => {}
        }
    }

    /// All text in an element, that of elements in it too. As deep as elements nest, which the reader caps.
    pub(super) fn words(&self, place: NodeIndex, words: &mut String) {
        match &self.nodes[place].content {
            Content::Text(text) => words.push_str(text),
            Content::Children(_) => self.children(place).for_each(|(place, _)| self.words(place, words)),
            Content::Mixed(pieces) => pieces.iter().for_each(|piece| match piece {
                Piece::Text(text) => words.push_str(text),
                Piece::Element(place) => self.words(*place, words),
            }),
            Content::Nil | Content::Reference(_) => {}
        }
    }
}

/// The kind that a QName stands for (`xsd:string`, `xsd:int[3]`), and whether it is of SOAP's encoding; of an unbound
/// prefix, or none: open.
fn kind(written: &str, reader: &Reader<'_>) -> (Kind, bool) {
    let qname = trim(written).split('[').next().unwrap_or_default();
    let resolved = name::split(qname).and_then(|(prefix, local)| Some((reader.resolve(prefix)?, local)));
    resolved.map_or((Kind::Open, false), |(namespace, local)| (Kind::of(&namespace, local), is_encoding(&namespace)))
}

/// The name that a QName stands for, as `{namespace}local`.
fn qualified(written: &str, reader: &Reader<'_>) -> Option<String> {
    let (prefix, local) = name::split(trim(written))?;
    Some(format!("{{{}}}{local}", &*reader.resolve(prefix)?))
}

/// Walks along elements of one parent.
pub(super) struct Siblings<'t, 'a> {
    tree: &'t Tree<'a>,
    next: Option<NodeIndex>,
}

impl<'t, 'a> Iterator for Siblings<'t, 'a> {
    type Item = (NodeIndex, &'t Node<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let place = self.next?;
        let node = &self.tree.nodes[place];
        self.next = node.next;
        Some((place, node))
    }
}
