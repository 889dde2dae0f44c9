//! WSDL 1.1 (W3C Note, 2001) with its SOAP bindings: rpc/encoded, rpc/literal, document/literal.
//!
//! The documents are one description: the WSDL, and what it imports as far as somebody fetched it. All its ports of one
//! version of SOAP are read. Names, and the order of things, are those that zeep has for the same WSDL.

mod operations;
mod schema;
mod tree;

use std::collections::{BTreeSet, HashMap};

use indexmap::{IndexMap, IndexSet};

use self::schema::Schemas;
use self::tree::{Element, QName, Tree};
use super::{Description, Documents, Shape, Type};
use crate::soap::{Version, is_schema};
use crate::xml::{self, Reader, XmlLimits, trim};
use crate::{Document, Unreadable};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SOAP_11: &str = "http://schemas.xmlsoap.org/wsdl/soap/";
const SOAP_12: &str = "http://schemas.xmlsoap.org/wsdl/soap12/";
/// A schema without namespace is read for so many namespaces that include it, at most.
const MAX_ADOPTIONS: usize = 64;
/// So many things that are missing are told of, at most.
const MAX_NOTES: usize = 50;

/// Where a WSDL or XML Schema document says that more of it is: as it is written, perhaps relative.
///
/// # Errors
/// It is no such document, or too large or deep.
pub fn imports(document: &Document, limits: &XmlLimits) -> Result<Vec<String>, Unreadable> {
    let decoded = xml::decode(document)?;
    let tree = tree(&decoded.text, limits)?;
    let root = tree.root().ok_or_else(|| Unreadable("it is empty".to_owned()))?;
    let mut found: IndexSet<String> = IndexSet::new();
    let wsdl = root.all(WSDL, "import").filter_map(|import| import.attribute("location"));
    found.extend(wsdl.map(str::to_owned));
    for schema in schemas(root) {
        found.extend(references(schema).map(|(_, location)| location.to_owned()));
    }
    Ok(found.into_iter().collect())
}

/// A description may have processing instructions; they say nothing of a service.
fn tree<'a>(text: &'a str, limits: &XmlLimits) -> Result<Tree<'a>, Unreadable> {
    Ok(Tree::read(&mut Reader::new(trim(text), *limits)?.passing_instructions())?)
}

/// What a schema refers to: how, and where that is.
fn references<'t, 'a>(schema: Element<'t, 'a>) -> impl Iterator<Item = (&'a str, &'t str)> {
    let more = schema
        .children()
        .filter(|child| is_schema(child.namespace()) && matches!(child.local(), "import" | "include" | "redefine"));
    more.filter_map(|child| Some((child.local(), child.attribute("schemaLocation")?)))
}

fn schemas<'t, 'a>(root: Element<'t, 'a>) -> Vec<Element<'t, 'a>> {
    let own = (is_schema(root.namespace()) && root.local() == "schema").then_some(root);
    let inner = root.all(WSDL, "types").flat_map(Element::children);
    own.into_iter().chain(inner.filter(|child| is_schema(child.namespace()) && child.local() == "schema")).collect()
}

impl Description {
    /// From a WSDL and what it imports. The ports for this version of SOAP are read, or else the other's.
    ///
    /// # Errors
    /// A document cannot be read, or there is no SOAP binding.
    pub fn of_wsdl(documents: &Documents, version: Version, limits: &XmlLimits) -> Result<Self, Unreadable> {
        let decoded = documents.all.iter().map(xml::decode).collect::<Result<Vec<_>, _>>()?;
        let trees = decoded.iter().map(|decoded| tree(&decoded.text, limits)).collect::<Result<Vec<_>, _>>()?;
        let roots: Vec<Element<'_, '_>> = trees.iter().filter_map(Tree::root).collect();
        let mut parts = Parts::default();
        parts.schemas(&roots, documents);
        roots.iter().for_each(|root| parts.read(*root));
        let (soap, ports) = parts.bound(version).ok_or_else(|| Unreadable("it has no SOAP binding".to_owned()))?;
        let version = if soap == SOAP_11 { Version::V11 } else { Version::V12 };
        let address = ports.first().and_then(|port| port.address.clone());
        let mut description = Self { soap: Some(version), address, ..Self::default() };
        parts.schemas.finish(&mut description);
        parts.operations((soap, &ports), &mut description);
        let missing = documents.missing.iter().take(MAX_NOTES);
        description.notes.extend(missing.map(|(what, why)| format!("{what} cannot be had: {why}")));
        let undeclared = undeclared(&description);
        description.notes.extend(undeclared);
        Ok(description)
    }
}

/// A sentence for each type or element that is used and declared nowhere.
fn undeclared(description: &Description) -> Vec<String> {
    let structs = description.types.iter().filter_map(|known| match known {
        Type::Struct(structure) => Some(&structure.fields),
        Type::Is(_) => None,
    });
    let params =
        description.operations.values().flat_map(|operation| operation.params.iter().chain([&operation.results]));
    let fields = structs.chain(params).flatten().map(|field| &field.shape);
    let aliases = description.types.iter().filter_map(|known| match known {
        Type::Is(shape) => Some(shape),
        Type::Struct(_) => None,
    });
    let mut names: IndexSet<&str> = IndexSet::new();
    for shape in fields.chain(aliases) {
        match shape {
            Shape::Missing(name) => drop(names.insert(name)),
            Shape::List(items) | Shape::Words(items) => {
                if let Shape::Missing(name) = &**items {
                    names.insert(name);
                }
            }
            _ => {}
        }
    }
    names.into_iter().take(MAX_NOTES).map(|name| format!("{name} is declared nowhere")).collect()
}

/// Where operations are to be called.
#[derive(Clone)]
struct Port {
    name: String,
    binding: QName,
    address: Option<String>,
}

/// The parts of a description by name, from all its documents.
#[derive(Default)]
struct Parts<'t, 'a> {
    schemas: Schemas,
    messages: HashMap<QName, Element<'t, 'a>>,
    port_types: HashMap<QName, Element<'t, 'a>>,
    bindings: IndexMap<QName, Element<'t, 'a>>,
    /// In their order.
    ports: Vec<Port>,
    /// The namespaces of the documents, for names that say none.
    targets: IndexSet<String>,
}

impl<'t, 'a> Parts<'t, 'a> {
    /// Takes in the schemas. One without namespace that others include is as if it stood in each of them (XML Schema Part 1
    /// §4.2.1).
    fn schemas(&mut self, roots: &[Element<'t, 'a>], documents: &Documents) {
        let own = |schema: Element<'t, 'a>| schema.attribute("targetNamespace").unwrap_or_default();
        let mut adopted: Vec<BTreeSet<&'t str>> = vec![BTreeSet::new(); roots.len()];
        let mut waiting: Vec<(usize, Element<'t, 'a>, &'t str)> = Vec::new();
        for (place, root) in roots.iter().enumerate() {
            waiting.extend(schemas(*root).into_iter().map(|schema| (place, schema, own(schema))));
        }
        while let Some((place, schema, target)) = waiting.pop() {
            let included = references(schema).filter(|(how, _)| *how != "import" && !target.is_empty());
            for to in included.filter_map(|(_, location)| documents.led(place, location)) {
                let is_adoptable =
                    roots.get(to).is_some_and(|root| own(*root).is_empty() && is_schema(root.namespace()));
                if is_adoptable && adopted[to].len() < MAX_ADOPTIONS && adopted[to].insert(target) {
                    waiting.push((to, roots[to], target));
                }
            }
        }
        for (root, adopted) in roots.iter().zip(adopted) {
            for schema in schemas(*root) {
                match adopted.is_empty() {
                    true => self.schemas.read(schema, own(schema)),
                    false => adopted.iter().for_each(|target| self.schemas.read(schema, target)),
                }
            }
        }
    }

    fn read(&mut self, root: Element<'t, 'a>) {
        let target = root.attribute("targetNamespace").unwrap_or_default();
        self.targets.insert(target.to_owned());
        for child in root.children().filter(|child| child.namespace() == WSDL) {
            let name = (target.to_owned(), child.attribute("name").unwrap_or_default().to_owned());
            match child.local() {
                "message" => drop(self.messages.entry(name).or_insert(child)),
                "portType" => drop(self.port_types.entry(name).or_insert(child)),
                "binding" => drop(self.bindings.entry(name).or_insert(child)),
                "service" => self.ports.extend(child.all(WSDL, "port").filter_map(port)),
                _ => {}
            }
        }
    }

    /// The ports to read and their namespace of SOAP: those of this version before those of the other, those over HTTP before
    /// those over mail; bindings that no port names where there is no port.
    fn bound(&self, version: Version) -> Option<(&'static str, Vec<Port>)> {
        let wanted = if version == Version::V12 { [SOAP_12, SOAP_11] } else { [SOAP_11, SOAP_12] };
        let loose = self.bindings.keys().map(|name| Port { name: String::new(), binding: name.clone(), address: None });
        let loose: Vec<Port> = loose.collect();
        wanted.into_iter().find_map(|soap| {
            let of = |ports: &[Port], mailed: bool| -> Vec<Port> {
                let fits = |port: &&Port| self.transport(port, soap).is_some_and(|over| is_mail(over) == mailed);
                ports.iter().filter(fits).cloned().collect()
            };
            let all = [of(&self.ports, false), of(&self.ports, true), of(&loose, false), of(&loose, true)];
            Some((soap, all.into_iter().find(|ports| !ports.is_empty())?))
        })
    }

    /// How a port is reached, where it is one of this SOAP.
    fn transport(&self, port: &Port, soap: &'static str) -> Option<&'t str> {
        let binding = self.found_binding(&port.binding)?.first(soap, "binding")?;
        Some(binding.attribute("transport").unwrap_or_default())
    }

    fn found_binding(&self, name: &QName) -> Option<Element<'t, 'a>> {
        self.names(name).find_map(|name| self.bindings.get(&name)).copied()
    }

    /// A name, and where it says no namespace, or that of WSDL itself, those that may be meant.
    fn names<'n>(&'n self, name: &'n QName) -> impl Iterator<Item = QName> + 'n {
        let unsaid = name.0.is_empty() || name.0 == WSDL;
        let meant = self.targets.iter().filter(move |_| unsaid).map(|target| (target.clone(), name.1.clone()));
        std::iter::once(name.clone()).chain(meant)
    }
}

fn port(port: Element<'_, '_>) -> Option<Port> {
    let address = port.children().find(|child| child.local() == "address");
    let address = address.and_then(|address| address.attribute("location"));
    Some(Port {
        name: port.attribute("name").unwrap_or_default().to_owned(),
        binding: port.named("binding")?,
        address: address.filter(|address| !address.is_empty()).map(str::to_owned),
    })
}

fn is_mail(transport: &str) -> bool {
    transport.to_ascii_lowercase().contains("smtp")
}
