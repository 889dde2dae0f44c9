//! XML Schema 1.0, as far as types of calls use it: elements, attributes, complex types with sequences, choices, `all`, groups
//! and wildcards, extensions and restrictions, simple types by their base, lists, SOAP's encoded arrays. All names become
//! places in one list, so types may use each other in any order.

mod draft;
mod finish;
mod particles;

use std::collections::HashMap;

use self::draft::{Attribute, Body, Declared, Draft, ONCE, Occurs, Particle, Reference, Scope};
use super::super::{Field, Scalar, Shape};
use super::tree::{Element, QName};
use crate::soap::{Kind, is_encoding, is_schema};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";

/// The schemas of a description while they are read.
#[derive(Default)]
pub(super) struct Schemas {
    types: Vec<Draft>,
    named: HashMap<QName, usize>,
    elements: HashMap<QName, Declared>,
    attributes: HashMap<QName, Declared>,
    groups: HashMap<QName, Vec<Particle>>,
    attribute_groups: HashMap<QName, Vec<Attribute>>,
    /// The elements that may stand instead of another, by that one's name.
    substitutes: HashMap<QName, Vec<QName>>,
}

impl Schemas {
    /// Takes in one `schema` element, whose components come to be in the namespace `target`.
    pub(super) fn read(&mut self, schema: Element<'_, '_>, target: &str) {
        let scope = Scope::of(schema, target);
        self.components(schema, &scope);
        // What is redefined is as it is redefined, and knows nothing of how it was.
        let redefined = schema.children().filter(|child| is_schema(child.namespace()) && child.local() == "redefine");
        redefined.for_each(|redefine| self.components(redefine, &scope));
    }

    fn components(&mut self, parent: Element<'_, '_>, scope: &Scope<'_>) {
        for child in parent.children().filter(|child| is_schema(child.namespace())) {
            let Some(name) = child.attribute("name") else { continue };
            let name = scope.own(name);
            match child.local() {
                "element" => self.global_element(child, scope, name),
                "attribute" => {
                    let attribute = self.declared(child, scope, Some(name.0.clone()));
                    self.attributes.entry(name).or_insert(attribute);
                }
                "complexType" => {
                    let place = self.complex(child, scope, name.clone());
                    self.named.entry(name).or_insert(place);
                }
                "simpleType" => {
                    let draft = Draft::Is(simple(child, scope));
                    let place = self.add(draft);
                    self.named.entry(name).or_insert(place);
                }
                "group" => {
                    let mut particles = Vec::new();
                    self.particles(child, scope, (&mut particles, ONCE));
                    self.groups.entry(name).or_insert(particles);
                }
                "attributeGroup" => {
                    let attributes = self.attributes_of(child, scope);
                    self.attribute_groups.entry(name).or_insert(attributes);
                }
                _ => {}
            }
        }
    }

    fn global_element(&mut self, element: Element<'_, '_>, scope: &Scope<'_>, name: QName) {
        let mut declared = self.declared(element, scope, Some(name.0.clone()));
        if let Some(head) = scope.name(element, "substitutionGroup") {
            if matches!(declared.what, Reference::Any) {
                // XML Schema Part 1 §3.3.2: without a type it has that of the head.
                declared.what = Reference::Element(head.clone());
            }
            self.substitutes.entry(head).or_default().push(name.clone());
        }
        self.elements.entry(name).or_insert(declared);
    }

    fn add(&mut self, draft: Draft) -> usize {
        self.types.push(draft);
        self.types.len() - 1
    }

    /// An element's or attribute's own declaration. As deep as the document, which is capped.
    fn declared(&mut self, element: Element<'_, '_>, scope: &Scope<'_>, namespace: Option<String>) -> Declared {
        let inner = || element.children().find(|child| matches!(child.local(), "complexType" | "simpleType"));
        let what = match (scope.name(element, "type"), inner()) {
            (Some(name), _) => Reference::Named(name),
            (None, Some(inner)) if inner.local() == "complexType" => {
                Reference::Place(self.complex(inner, scope, QName::default()))
            }
            (None, Some(inner)) => simple(inner, scope),
            (None, None) => Reference::Any,
        };
        Declared {
            name: element.attribute("name").unwrap_or_default().to_owned(),
            namespace,
            what,
            nillable: is_on(element.attribute("nillable")),
            is_abstract: is_on(element.attribute("abstract")),
            default: element.attribute("default").map(str::to_owned),
        }
    }

    fn complex(&mut self, element: Element<'_, '_>, scope: &Scope<'_>, name: QName) -> usize {
        let content = element.children().find(|child| matches!(child.local(), "complexContent" | "simpleContent"));
        let derived = content
            .and_then(|content| content.children().find(|child| matches!(child.local(), "extension" | "restriction")));
        let is_on = |attribute| is_on(element.attribute(attribute));
        let mut body = Body { name, open: is_on("mixed"), is_abstract: is_on("abstract"), ..Body::default() };
        if let Some(derived) = derived {
            body.base = scope.name(derived, "base");
            body.extends = derived.local() == "extension";
            if content.is_some_and(|content| content.local() == "simpleContent") {
                body.text = Some(body.base.clone().map_or(Reference::Any, Reference::Named));
            } else if body.base.as_ref().is_some_and(|(namespace, local)| is_encoding(namespace) && local == "Array") {
                let items = self.array(derived, scope);
                return self.add(Draft::Is(Reference::ListOf(Box::new(items))));
            }
        }
        let model = derived.unwrap_or(element);
        if body.text.is_none() {
            self.particles(model, scope, (&mut body.particles, ONCE));
        }
        body.attributes = self.attributes_of(model, scope);
        self.add(Draft::Struct(Box::new(body)))
    }

    /// What the items of SOAP's encoded array are (WSDL 1.1 §2.2): `wsdl:arrayType="xsd:string[]"`, else its one element.
    fn array(&mut self, derived: Element<'_, '_>, scope: &Scope<'_>) -> Reference {
        let attributes = derived.children().filter(|child| child.local() == "attribute");
        let said = attributes.filter_map(|attribute| attribute.named_in(WSDL, "arrayType")).next();
        if let Some(name) = said {
            return Reference::Named(name);
        }
        let mut particles = Vec::new();
        self.particles(derived, scope, (&mut particles, ONCE));
        match particles.into_iter().next() {
            Some(Particle::Element(member)) => member.element.what,
            _ => Reference::Any,
        }
    }

    /// A part of a message.
    pub(super) fn part(&self, name: &str, of_type: QName) -> Field {
        let what = Reference::Named(of_type);
        self.field(&Declared { name: name.to_owned(), what, ..Declared::default() }, ONCE)
    }

    /// A global element.
    pub(super) fn element(&self, name: &QName) -> Option<Field> {
        self.elements.get(name).map(|element| self.field(element, ONCE))
    }

    fn field(&self, element: &Declared, occurs: Occurs) -> Field {
        let Occurs { required, repeated } = occurs;
        Field {
            namespace: element.namespace.clone().filter(|namespace| !namespace.is_empty()),
            required,
            repeated,
            nillable: element.nillable,
            default: element.default.clone(),
            ..Field::new(element.name.clone(), self.shape(&element.what))
        }
    }

    fn shape(&self, reference: &Reference) -> Shape {
        match reference {
            Reference::Any => Shape::Any,
            Reference::Place(place) => Shape::Of(*place),
            Reference::ListOf(items) => Shape::List(Box::new(self.shape(items))),
            Reference::WordsOf(items) => Shape::Words(Box::new(self.shape(items))),
            Reference::Scalar(kind, name) => Shape::Scalar(Scalar { kind: *kind, name: (*name).to_owned() }),
            // One step: whoever names the type of a head that has none itself has that of nothing.
            Reference::Element(head) => match self.elements.get(head).map(|head| &head.what) {
                Some(Reference::Element(_)) | None => Shape::Any,
                Some(what) => self.shape(what),
            },
            Reference::Named(name) => match self.named.get(name).filter(|_| Kind::of(&name.0, &name.1) == Kind::Open) {
                Some(place) => Shape::Of(*place),
                // Some describe SOAP's own types and Apache's map, too: what they are is known.
                None => known(name),
            },
        }
    }
}

/// A simple type is what it restricts; a union is text.
fn simple(element: Element<'_, '_>, scope: &Scope<'_>) -> Reference {
    let mut element = element;
    let mut in_list = false;
    let found = loop {
        let Some(derived) = element.children().find(|child| matches!(child.local(), "restriction" | "list" | "union"))
        else {
            break Reference::Any;
        };
        let inner = derived.children().find(|child| child.local() == "simpleType");
        in_list |= derived.local() == "list";
        let named = match derived.local() {
            "restriction" => scope.name(derived, "base"),
            "list" => scope.name(derived, "itemType"),
            _ => break Reference::Scalar(Kind::String, "string"),
        };
        match (named, inner) {
            (Some(name), _) => break Reference::Named(name),
            (None, Some(inner)) => element = inner,
            (None, None) => break Reference::Any,
        }
    };
    if in_list { Reference::WordsOf(Box::new(found)) } else { found }
}

/// The types that need no declaration.
fn known(name: &QName) -> Shape {
    let (namespace, local) = name;
    let text = || Shape::Scalar(Scalar { kind: Kind::String, name: "string".to_owned() });
    match Kind::of(namespace, local) {
        Kind::Open if is_schema(namespace) => Shape::Any,
        Kind::Open => Shape::Missing(format!("{{{namespace}}}{local}")),
        Kind::Array => Shape::List(Box::new(Shape::Any)),
        // Apache's map, and structs of whatever members.
        Kind::Struct | Kind::Map => Shape::Any,
        Kind::String if matches!(local.as_str(), "NMTOKENS" | "IDREFS" | "ENTITIES") => Shape::Words(Box::new(text())),
        kind => Shape::Scalar(Scalar { kind, name: local.clone() }),
    }
}

fn is_on(attribute: Option<&str>) -> bool {
    matches!(attribute, Some("true" | "1"))
}
