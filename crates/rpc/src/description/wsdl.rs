//! WSDL 1.1 (W3C Note, 2001) with its SOAP bindings: rpc/encoded, rpc/literal, document/literal.
//!
//! The documents are one description: the WSDL, and what it imports as far as somebody fetched it. Where it is called is
//! not read: the configuration says that.

mod schema;
mod tree;

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use self::schema::Schemas;
use self::tree::{Element, QName, Tree};
use super::{By, Description, Field, MAX_FIELDS, MAX_PARAMETERS, Operation, Resolved, Wire, xml_rpc};
use crate::soap::{Style, Version, is_schema};
use crate::xml::{self, Limits, Reader, trim};
use crate::{Document, Unreadable};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SOAP_11: &str = "http://schemas.xmlsoap.org/wsdl/soap/";
const SOAP_12: &str = "http://schemas.xmlsoap.org/wsdl/soap12/";

/// Where a WSDL or XML Schema document says that more of it is: as it is written, perhaps relative.
///
/// # Errors
/// It is no such document, or too large or deep.
pub fn imports(document: &Document, limits: &Limits) -> Result<Vec<String>, Unreadable> {
    let decoded = xml::decode(document)?;
    let mut reader = Reader::new(trim(&decoded.text), *limits)?;
    let tree = Tree::read(&mut reader)?;
    let root = tree.root().ok_or_else(|| Unreadable("it is empty".to_owned()))?;
    let mut found: Vec<String> = Vec::new();
    let wsdl = root.all(WSDL, "import").filter_map(|import| import.attribute("location"));
    found.extend(wsdl.map(str::to_owned));
    for schema in schemas(root) {
        let more = schema
            .children()
            .filter(|child| is_schema(child.namespace()) && matches!(child.local(), "import" | "include" | "redefine"));
        found.extend(more.filter_map(|import| import.attribute("schemaLocation")).map(str::to_owned));
    }
    Ok(found)
}

fn schemas<'t, 'a>(root: Element<'t, 'a>) -> Vec<Element<'t, 'a>> {
    let own = (is_schema(root.namespace()) && root.local() == "schema").then_some(root);
    let inner = root.all(WSDL, "types").flat_map(Element::children);
    own.into_iter().chain(inner.filter(|child| is_schema(child.namespace()) && child.local() == "schema")).collect()
}

impl Description {
    /// From a WSDL, which comes first, and what it imports. The port for this version of SOAP is read, or else the other's.
    ///
    /// # Errors
    /// A document cannot be read, or there is no SOAP binding.
    pub fn of_wsdl(documents: &[Document], version: Version, limits: &Limits) -> Result<Self, Unreadable> {
        let decoded = documents.iter().map(xml::decode).collect::<Result<Vec<_>, _>>()?;
        let mut trees = Vec::new();
        for decoded in &decoded {
            trees.push(Tree::read(&mut Reader::new(trim(&decoded.text), *limits)?)?);
        }
        let mut parts = Parts::default();
        trees.iter().filter_map(Tree::root).for_each(|root| parts.read(root));
        let binding = parts.binding(version).ok_or_else(|| Unreadable("it has no SOAP binding".to_owned()))?;
        let soap = soap_of(binding);
        let version = if soap == SOAP_11 { Version::V11 } else { Version::V12 };
        let mut description = Self { soap: Some(version), ..Self::default() };
        parts.schemas.finish(&mut description);
        parts.operations(binding, &mut description);
        Ok(description)
    }
}

/// The namespace in which a binding speaks of SOAP: that of its version.
fn soap_of(binding: Element<'_, '_>) -> &'static str {
    if binding.first(SOAP_11, "binding").is_some() { SOAP_11 } else { SOAP_12 }
}

/// The parts of a description by name, from all its documents.
#[derive(Default)]
struct Parts<'t, 'a> {
    schemas: Schemas,
    messages: HashMap<QName, Element<'t, 'a>>,
    port_types: HashMap<QName, Element<'t, 'a>>,
    bindings: IndexMap<QName, Element<'t, 'a>>,
    /// The bindings that ports name, in their order.
    ports: Vec<QName>,
}

impl<'t, 'a> Parts<'t, 'a> {
    fn read(&mut self, root: Element<'t, 'a>) {
        schemas(root).into_iter().for_each(|schema| self.schemas.read(schema));
        let target = root.attribute("targetNamespace").unwrap_or_default();
        for child in root.children().filter(|child| child.namespace() == WSDL) {
            let name = (target.to_owned(), child.attribute("name").unwrap_or_default().to_owned());
            match child.local() {
                "message" => drop(self.messages.entry(name).or_insert(child)),
                "portType" => drop(self.port_types.entry(name).or_insert(child)),
                "binding" => drop(self.bindings.entry(name).or_insert(child)),
                "service" => self.ports.extend(child.all(WSDL, "port").filter_map(|port| port.named("binding"))),
                _ => {}
            }
        }
    }

    /// The binding to read: one of this version before one of the other, one that a port names before others.
    fn binding(&self, version: Version) -> Option<Element<'t, 'a>> {
        let wanted = if version == Version::V12 { [SOAP_12, SOAP_11] } else { [SOAP_11, SOAP_12] };
        let of = |namespace: &'static str| {
            let fits = |element: &Element<'t, 'a>| element.first(namespace, "binding").is_some();
            let bound = self.ports.iter().filter_map(|port| self.bindings.get(port));
            bound.chain(self.bindings.values()).copied().find(fits)
        };
        wanted.into_iter().find_map(of)
    }

    fn operations(&self, binding: Element<'t, 'a>, description: &mut Description) {
        let soap = soap_of(binding);
        let style = binding.first(soap, "binding").and_then(|soap| soap.attribute("style"));
        let Some(port_type) = binding.named("type").and_then(|name| self.port_types.get(&name)) else { return };
        let mut abstracts: HashMap<&str, Element<'t, 'a>> = HashMap::new();
        for operation in port_type.all(WSDL, "operation") {
            abstracts.entry(operation.attribute("name").unwrap_or_default()).or_insert(operation);
        }
        let mut left = MAX_FIELDS;
        for bound in binding.all(WSDL, "operation") {
            if description.is_full() || left == 0 {
                break;
            }
            let name = bound.attribute("name").unwrap_or_default();
            let Some(named) = abstracts.get(name) else { continue };
            let own = Bound { element: bound, soap, style };
            let parts = [self.message(*named, &own, "input"), self.message(*named, &own, "output")];
            left = left.saturating_sub(parts.iter().map(Vec::len).sum());
            if let Some(operation) = self.operation(&own, *named, (parts, description)) {
                let fields = operation.params.iter().flatten().count() + operation.results.len();
                left = left.saturating_sub(fields);
                description.add(name, operation);
            }
        }
    }

    /// `None` where it is none that is understood here.
    fn operation(
        &self,
        bound: &Bound<'t, 'a>,
        named: Element<'t, 'a>,
        (parts, types): ([Vec<Element<'t, 'a>>; 2], &Description),
    ) -> Option<Operation> {
        let [input, output] = parts;
        let help = named.first(WSDL, "documentation").map(Element::text).unwrap_or_default();
        let body = bound.body("input");
        let style = match body.and_then(|body| body.attribute("use")) {
            Some("encoded") => Style::Encoded,
            _ => Style::Literal,
        };
        let wire = Wire { action: bound.action().to_owned(), element: None, style, bare: false, bare_result: false };
        let operation = Operation { help: xml_rpc::first_line(help), by: By::Either, ..Operation::default() };
        if bound.is_rpc() {
            let namespace = body.and_then(|body| body.attribute("namespace")).unwrap_or_default().to_owned();
            let element = Some((namespace, named.attribute("name")?.to_owned()));
            let fields =
                |parts: Vec<Element<'t, 'a>>| parts.into_iter().filter_map(|part| self.rpc_part(part)).collect();
            return Some(Operation {
                params: Some(fields(input)),
                results: fields(output),
                wire: Some(Wire { element, ..wire }),
                ..operation
            });
        }
        let request = self.document_part(&input)?;
        let answer = self.document_part(&output)?;
        let (element, params, bare) = contents(request, types);
        let (_, results, bare_result) = contents(answer, types);
        let wire = Wire { element, bare, bare_result, ..wire };
        Some(Operation { params: Some(params), results, wire: Some(wire), ..operation })
    }

    /// The parts of a message that are in the Body.
    fn message(&self, named: Element<'t, 'a>, bound: &Bound<'t, 'a>, way: &'static str) -> Vec<Element<'t, 'a>> {
        let message = named.first(WSDL, way).and_then(|way| way.named("message"));
        let parts = message.and_then(|name| self.messages.get(&name)).map(|message| message.all(WSDL, "part"));
        let listed = bound.body(way).and_then(|body| body.attribute("parts"));
        let listed: Option<HashSet<&str>> = listed.map(|listed| listed.split_ascii_whitespace().collect());
        let is_listed = |part: &Element<'t, 'a>| match (&listed, part.attribute("name")) {
            (Some(listed), Some(name)) => listed.contains(name),
            _ => true,
        };
        parts.into_iter().flatten().filter(is_listed).take(MAX_PARAMETERS + 1).collect()
    }

    fn rpc_part(&self, part: Element<'t, 'a>) -> Option<Field> {
        let name = part.attribute("name")?;
        match (part.named("type"), part.named("element")) {
            (Some(of_type), _) => Some(self.schemas.part(name, of_type)),
            // WS-I forbids it; the programs that write it mean the element's type.
            (None, Some(element)) => {
                let declared = self.schemas.element(&element)?;
                Some(Field { name: name.to_owned(), namespace: None, ..declared })
            }
            (None, None) => None,
        }
    }

    /// The one element of a document-style message; `None` within where it is empty.
    fn document_part(&self, parts: &[Element<'t, 'a>]) -> Option<Option<(QName, Field)>> {
        match parts {
            [] => Some(None),
            [part] => {
                let name = part.named("element")?;
                let field = self.schemas.element(&name)?;
                Some(Some((name, field)))
            }
            _ => None,
        }
    }
}

/// The element's name, the fields that it holds, and whether it is the one field itself.
fn contents(part: Option<(QName, Field)>, types: &Description) -> (Option<QName>, Vec<Field>, bool) {
    let Some((name, field)) = part else { return (None, Vec::new(), false) };
    match types.resolved(&field.shape) {
        Resolved::Struct(structure) => {
            let fields = structure.fields.clone();
            (Some(name), fields, false)
        }
        _ => (Some(name), vec![field], true),
    }
}

/// An operation of a binding.
struct Bound<'t, 'a> {
    element: Element<'t, 'a>,
    soap: &'static str,
    style: Option<&'t str>,
}

impl<'t, 'a> Bound<'t, 'a> {
    fn own(&self) -> Option<Element<'t, 'a>> {
        self.element.first(self.soap, "operation")
    }

    fn is_rpc(&self) -> bool {
        self.own().and_then(|own| own.attribute("style")).or(self.style) == Some("rpc")
    }

    fn action(&self) -> &'t str {
        self.own().and_then(|own| own.attribute("soapAction")).unwrap_or_default()
    }

    fn body(&self, way: &'static str) -> Option<Element<'t, 'a>> {
        let way = self.element.first(WSDL, way)?;
        let related = || way.children().find(|child| child.local() == "multipartRelated");
        way.first(self.soap, "body").or_else(|| {
            // MIME bindings hold it in their first part (WSDL 1.1 §5).
            related()?.children().flat_map(Element::children).find(|child| child.is(self.soap, "body"))
        })
    }
}
