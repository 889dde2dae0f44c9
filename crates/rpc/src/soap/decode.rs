//! Elements to values, references followed.

use std::collections::HashMap;
use std::mem;

use super::array::Layout;
use super::kind::Kind;
use super::marks::{ATTRIBUTE, CHARACTERS, ORDER, TYPE_ATTRIBUTE};
use super::tree::{Author, Content, Marks, Node, NodeIndex, Tree};
use crate::xml::{XmlLimits, trim};
use crate::{Code, Fault, Map, Part, Provenance, Text, Value};

/// Reads values out of one tree, within a budget that references spend each time they are followed.
pub(super) struct Decoder<'t, 'a> {
    tree: &'t Tree<'a>,
    attached: &'t [Part],
    /// By Content-ID: a document may refer to its parts as often as it is long.
    parts: HashMap<&'t str, &'t Part>,
    provenance: Provenance,
    author: Author,
    /// True where elements come with their marks, for whom a description says what these are.
    marked: bool,
    max_depth: usize,
    depth: usize,
    nodes: usize,
    octets: usize,
}

fn invalid(what: impl Into<String>) -> Fault {
    Fault::new(Code::InvalidParams, what)
}

/// The fault at one step further out in the parameters.
fn within(mut fault: Fault, step: impl FnOnce() -> String) -> Fault {
    if fault.code == Code::InvalidParams {
        fault.path.insert_str(0, &step());
    }
    fault
}

impl<'t, 'a> Decoder<'t, 'a> {
    /// `size` is the document's in octets.
    pub(super) fn new(tree: &'t Tree<'a>, document: (&'t [Part], Provenance, usize), limits: &XmlLimits) -> Self {
        let (parts, provenance, size) = document;
        let all = parts;
        let attached: usize = parts.iter().map(|part| part.bytes.len()).sum();
        let nodes = tree.nodes.len().saturating_mul(limits.max_expansion).min(limits.max_nodes);
        let octets = (size + attached).saturating_mul(limits.max_expansion);
        // Of two with one id, the first.
        let parts = parts
            .iter()
            .rev()
            .filter(|part| !part.content_id.is_empty())
            .map(|part| (part.content_id.as_str(), part))
            .collect();
        Self {
            tree,
            attached: all,
            parts,
            provenance,
            author: Author::Caller,
            marked: false,
            max_depth: limits.max_depth,
            depth: 0,
            nodes,
            octets,
        }
    }

    /// The same of an answer: what is none of its type, mixed content too, is its text.
    pub(super) fn of_answer(self) -> Self {
        Self { author: Author::Service, ..self }
    }

    /// The same, with attributes, types and the order of what alternates, as [`Description::result`](crate::Description::result)
    /// takes them.
    pub(super) fn marked(self) -> Self {
        Self { marked: true, ..self }
    }

    /// The children of an element by their names.
    pub(super) fn elements(&mut self, parent: NodeIndex) -> Result<Vec<(String, Value)>, Fault> {
        let tree = self.tree;
        let mut elements = Vec::new();
        for (place, node) in tree.children(parent) {
            let value = self.value(place, Kind::Open).map_err(|fault| within(fault, || node.local.to_owned()))?;
            elements.push((node.local.to_owned(), value));
        }
        Ok(elements)
    }

    /// The value of one element; `default` is its type where it says none itself.
    pub(super) fn value(&mut self, place: NodeIndex, default: Kind) -> Result<Value, Fault> {
        if self.depth > self.max_depth {
            return Err(Fault::new(Code::InvalidRequest, "Elements and references are nested too deep."));
        }
        if self.nodes == 0 {
            return Err(Fault::new(Code::InvalidRequest, "References make the document too large."));
        }
        self.nodes -= 1;
        self.depth += 1;
        let node = &self.tree.nodes[place];
        let kind = if node.kind == Kind::Open { default } else { node.kind };
        let value = match &node.content {
            Content::Nil => Ok(Value::Null),
            Content::Text(text) if trim(text).is_empty() && self.locates(node) => self.located(node),
            Content::Reference(reference) => self.referred(reference, kind),
            Content::Text(text) => {
                self.spend(text.len())?;
                match self.author {
                    Author::Service => Ok(kind.salvage(text, self.provenance)),
                    Author::Caller => kind
                        .scalar(text, self.provenance)
                        .ok_or_else(|| invalid("The text is none of its type, or too large.")),
                }
            }
            Content::Mixed(_) if self.author == Author::Service => {
                let mut words = String::new();
                self.tree.words(place, &mut words);
                self.spend(words.len())?;
                Ok(Value::Text(Text { string: words, provenance: self.provenance }))
            }
            Content::Mixed(_) => Err(invalid("Text and elements stand side by side; a value is one or the other.")),
            Content::Children(first) => self.compound(place, *first, kind),
        };
        self.depth -= 1;
        match &node.marks {
            Some(marks) if self.marked => Ok(with_marks(value?, marks, self.provenance)),
            _ => value,
        }
    }

    fn spend(&mut self, octets: usize) -> Result<(), Fault> {
        let left = self.octets.checked_sub(octets);
        self.octets =
            left.ok_or_else(|| Fault::new(Code::InvalidRequest, "References make the document too large."))?;
        Ok(())
    }

    fn referred(&mut self, reference: &str, default: Kind) -> Result<Value, Fault> {
        if let Some(id) = reference.strip_prefix('#') {
            let place = self.tree.by_id(id).ok_or_else(|| invalid("A reference leads to no element."))?;
            return self.value(place, default);
        }
        let id = reference.strip_prefix("cid:").unwrap_or(reference);
        // RFC 2392 §2: the id in a cid URL is percent-encoded.
        let part = self.parts.get(id).or_else(|| self.parts.get(unescape(id).as_str())).copied();
        let bytes = &part.ok_or_else(|| invalid("A reference leads to no part of the message."))?.bytes;
        self.spend(bytes.len())?;
        Ok(Value::Bytes(bytes.clone()))
    }

    fn compound(&mut self, place: NodeIndex, first: NodeIndex, kind: Kind) -> Result<Value, Fault> {
        let node = &self.tree.nodes[first];
        match kind {
            Kind::Array => self.list(place),
            Kind::Map => self.map(place),
            // XOP §3.1: the element holds nothing but the Include.
            _ if node.local == "Include" && node.kind == Kind::Base64 && node.next.is_none() => {
                self.value(first, Kind::Open)
            }
            Kind::Struct | Kind::Open => self.members(place),
            _ if self.author == Author::Service => self.members(place),
            _ => Err(invalid("There are elements where the type allows only text.")),
        }
    }

    fn list(&mut self, place: NodeIndex) -> Result<Value, Fault> {
        let tree = self.tree;
        let Node { items, marks, .. } = &tree.nodes[place];
        let mut list = Vec::new();
        let mut layout = Layout::default();
        if let Some(marks) = marks {
            (layout.sizes, layout.offset) = (marks.sizes.as_deref(), marks.offset.as_deref());
        }
        for (place, node) in tree.children(place) {
            let item = self.value(place, *items).map_err(|fault| within(fault, || format!("[{}]", list.len())))?;
            list.push(item);
            layout.positions.push(node.marks.as_ref().and_then(|marks| marks.position.as_deref()));
        }
        if layout.is_plain() {
            return Ok(Value::List(list));
        }
        match self.author {
            Author::Caller => layout.placed(list, &mut self.nodes),
            // One odd place must not lose what was answered.
            Author::Service => Ok(layout.placed(list.clone(), &mut self.nodes).unwrap_or(Value::List(list))),
        }
    }

    /// True where a reference is no ordinary attribute: the message has parts that it may lead to.
    fn locates(&self, node: &Node<'a>) -> bool {
        !self.attached.is_empty() && node.marks.as_ref().is_some_and(|marks| marks.href.is_some())
    }

    /// The part at the Content-Location that a reference is (SOAP Messages with Attachments §3, RFC 2557 §5).
    fn located(&mut self, node: &Node<'a>) -> Result<Value, Fault> {
        let href = node.marks.as_ref().and_then(|marks| marks.href.as_deref()).unwrap_or_default();
        let href = trim(href);
        let part = self.attached.iter().find(|part| is_at(&part.content_location, href));
        let bytes = &part.ok_or_else(|| invalid("A reference leads to no part of the message."))?.bytes;
        self.spend(bytes.len())?;
        Ok(Value::Bytes(bytes.clone()))
    }

    /// A struct. A name that repeats holds the list of its values: without a type nobody can say whether `<message>`s in
    /// `<messages>` are members or items, so the method's own type does.
    pub(super) fn members(&mut self, place: NodeIndex) -> Result<Value, Fault> {
        let tree = self.tree;
        let mut members = Map::new();
        // By the places of the members: those whose lists were made here.
        let mut repeated = Vec::new();
        let mut last = None;
        let mut alternates = false;
        for (place, Node { local, .. }) in tree.children(place) {
            let name = Some(*local);
            alternates |= last != name && members.contains_key(local);
            last = name;
            let value = self.value(place, Kind::Open).map_err(|fault| within(fault, || format!(".{local}")))?;
            let before = members.place(local).and_then(|at| Some((repeated.get_mut(at)?, members.at_mut(at)?)));
            match before {
                None => {
                    members.insert(*local, value);
                    repeated.push(false);
                }
                Some((true, Value::List(list))) => list.push(value),
                Some((is_repeated, before)) => {
                    *is_repeated = true;
                    *before = Value::List(vec![mem::take(before), value]);
                }
            }
        }
        if self.marked && alternates {
            let order: Vec<&str> = tree.children(place).map(|(_, node)| node.local).collect();
            members.insert(ORDER, Value::text(order.join(" ")));
        }
        Ok(Value::Map(members))
    }

    /// Apache's map. Keys are text; numbers count as theirs.
    fn map(&mut self, place: NodeIndex) -> Result<Value, Fault> {
        let tree = self.tree;
        let mut map = Map::new();
        for (item, _) in tree.children(place) {
            let named = |local: &str| tree.children(item).find(|(_, node)| node.local == local).map(|(place, _)| place);
            let key = match named("key").map(|key| self.value(key, Kind::String)).transpose()? {
                Some(Value::Text(text) | Value::Lexical(text)) => text.string,
                Some(Value::Int(number)) => number.to_string(),
                _ => return Err(invalid("An item of a map has no key.")),
            };
            let value = named("value").map_or(Ok(Value::Null), |value| self.value(value, Kind::Open));
            map.insert(key.clone(), value.map_err(|fault| within(fault, || format!(".{key}")))?);
        }
        Ok(Value::Map(map))
    }
}

/// A value with its element's marks.
fn with_marks(value: Value, marks: &Marks<'_>, provenance: Provenance) -> Value {
    if marks.attributes.is_empty() && marks.said.is_none() {
        return value;
    }
    let mut members = match value {
        Value::Map(members) => members,
        value => Map::from_iter([(CHARACTERS.to_owned(), value)]),
    };
    for (name, value) in &marks.attributes {
        let text = Text { string: value.to_string(), provenance };
        members.insert(format!("{ATTRIBUTE}{name}"), Value::Lexical(text));
    }
    if let Some(said) = &marks.said {
        members.insert(TYPE_ATTRIBUTE, Value::text(said));
    }
    Value::Map(members)
}

/// True where a part is at this place; one of both may be relative.
fn is_at(location: &str, href: &str) -> bool {
    let ends = |absolute: &str, relative: &str| {
        absolute
            .strip_suffix(relative.trim_start_matches("./"))
            .is_some_and(|base| base.ends_with('/') || base.ends_with(':'))
    };
    !location.is_empty() && !href.is_empty() && (location == href || ends(location, href) || ends(href, location))
}

fn unescape(id: &str) -> String {
    let mut out = Vec::with_capacity(id.len());
    let mut rest = id.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => {
                std::str::from_utf8(&[*high, *low]).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok())
            }
            _ => None,
        };
        out.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}
