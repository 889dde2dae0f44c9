//! XML Schema 1.0, as far as types of calls use it: elements, complex types with sequences, choices and `all`, extensions,
//! simple types by their base, SOAP's encoded arrays. Attributes of values are not read; groups, substitutions and
//! wildcards leave a struct open. All names become places in one list, so types may use each other in any order.

use std::collections::HashMap;

use super::super::{Description, Field, MAX_FIELDS, Scalar, Shape, Struct, Type};
use super::tree::{Element, QName};
use crate::soap::{Kind, is_encoding, is_schema};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";

/// The schemas of a description while they are read.
#[derive(Default)]
pub(super) struct Schemas {
    types: Vec<Draft>,
    named: HashMap<QName, usize>,
    elements: HashMap<QName, Declared>,
}

/// A type whose references are still names.
enum Draft {
    Is(Reference),
    Struct(Body),
}

/// A struct while it is read.
#[derive(Default)]
struct Body {
    name: QName,
    /// What it extends.
    base: Option<Reference>,
    members: Vec<Member>,
    open: bool,
}

struct Member {
    element: Declared,
    /// A reference to a global element instead.
    refers: Option<QName>,
    occurs: Occurs,
}

/// How often an element stands.
#[derive(Clone, Copy)]
struct Occurs {
    required: bool,
    repeated: bool,
}

const ONCE: Occurs = Occurs { required: true, repeated: false };

/// An element's declaration.
#[derive(Clone)]
struct Declared {
    name: String,
    namespace: Option<String>,
    what: Reference,
    nillable: bool,
}

/// What a type is said to be.
#[derive(Clone)]
enum Reference {
    Any,
    Named(QName),
    Place(usize),
    ListOf(Box<Reference>),
    Scalar(Kind, &'static str),
}

/// What holds for the elements of one schema.
struct Scope<'s> {
    target: &'s str,
    qualified: bool,
}

/// Bases of bases are followed so far.
const MAX_BASES: usize = 16;
/// A struct with what it extends has so many members at most; it is open where it would have more.
const MAX_MEMBERS: usize = 1000;

impl Schemas {
    /// Takes in one `schema` element.
    pub(super) fn read(&mut self, schema: Element<'_, '_>) {
        let target = schema.attribute("targetNamespace").unwrap_or_default();
        let scope = Scope { target, qualified: schema.attribute("elementFormDefault") == Some("qualified") };
        for child in schema.children().filter(|child| is_schema(child.namespace())) {
            let Some(name) = child.attribute("name") else { continue };
            let name = (target.to_owned(), name.to_owned());
            match child.local() {
                "element" => {
                    let element = self.declared(child, &scope, Some(target.to_owned()));
                    self.elements.entry(name).or_insert(element);
                }
                "complexType" => {
                    let place = self.complex(child, &scope, name.clone());
                    self.named.entry(name).or_insert(place);
                }
                "simpleType" => {
                    let draft = Draft::Is(simple(child));
                    let place = self.add(draft);
                    self.named.entry(name).or_insert(place);
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, draft: Draft) -> usize {
        self.types.push(draft);
        self.types.len() - 1
    }

    /// An element's own declaration. As deep as the document, which is capped.
    fn declared(&mut self, element: Element<'_, '_>, scope: &Scope<'_>, namespace: Option<String>) -> Declared {
        let inner = || element.children().find(|child| matches!(child.local(), "complexType" | "simpleType"));
        let what = match (element.named("type"), inner()) {
            (Some(name), _) => Reference::Named(name),
            (None, Some(inner)) if inner.local() == "complexType" => {
                Reference::Place(self.complex(inner, scope, QName::default()))
            }
            (None, Some(inner)) => simple(inner),
            (None, None) => Reference::Any,
        };
        let name = element.attribute("name").unwrap_or_default().to_owned();
        Declared { name, namespace, what, nillable: is_on(element.attribute("nillable")) }
    }

    fn complex(&mut self, element: Element<'_, '_>, scope: &Scope<'_>, name: QName) -> usize {
        let content = element.children().find(|child| matches!(child.local(), "complexContent" | "simpleContent"));
        let derived = content
            .and_then(|content| content.children().find(|child| matches!(child.local(), "extension" | "restriction")));
        let mut body = Body { name, open: is_on(element.attribute("mixed")), ..Body::default() };
        let Some(derived) = derived else {
            self.particles(element, scope, (&mut body, ONCE));
            return self.add(Draft::Struct(body));
        };
        let base = derived.named("base");
        if content.is_some_and(|content| content.local() == "simpleContent") {
            return self.add(Draft::Is(base.map_or(Reference::Any, Reference::Named)));
        }
        if base.as_ref().is_some_and(|(namespace, local)| is_encoding(namespace) && local == "Array") {
            let items = self.array(derived, scope);
            return self.add(Draft::Is(Reference::ListOf(Box::new(items))));
        }
        if derived.local() == "extension" {
            body.base = base.map(Reference::Named);
        }
        self.particles(derived, scope, (&mut body, ONCE));
        self.add(Draft::Struct(body))
    }

    /// What the items of SOAP's encoded array are (WSDL 1.1 §2.2): `wsdl:arrayType="xsd:string[]"`, else its one element.
    fn array(&mut self, derived: Element<'_, '_>, scope: &Scope<'_>) -> Reference {
        let attributes = derived.children().filter(|child| child.local() == "attribute");
        let said = attributes.filter_map(|attribute| attribute.named_in(WSDL, "arrayType")).next();
        if let Some(name) = said {
            return Reference::Named(name);
        }
        let mut body = Body::default();
        self.particles(derived, scope, (&mut body, ONCE));
        body.members.into_iter().next().map_or(Reference::Any, |member| member.element.what)
    }

    /// The members that a content model names.
    fn particles(&mut self, parent: Element<'_, '_>, scope: &Scope<'_>, into: (&mut Body, Occurs)) {
        let (body, all) = into;
        for child in parent.children().filter(|child| is_schema(child.namespace())) {
            let required = all.required && child.attribute("minOccurs") != Some("0");
            let repeated = all.repeated || !matches!(child.attribute("maxOccurs"), None | Some("0" | "1"));
            match child.local() {
                "element" => {
                    let member = self.member(child, scope, Occurs { required, repeated });
                    body.members.push(member);
                }
                "sequence" | "all" => self.particles(child, scope, (body, Occurs { required, repeated })),
                "choice" => self.particles(child, scope, (body, Occurs { required: false, repeated })),
                "any" | "group" => body.open = true,
                _ => {}
            }
        }
    }

    fn member(&mut self, element: Element<'_, '_>, scope: &Scope<'_>, occurs: Occurs) -> Member {
        let qualified = match element.attribute("form") {
            Some(form) => form == "qualified",
            None => scope.qualified,
        };
        let declared = self.declared(element, scope, qualified.then(|| scope.target.to_owned()));
        Member { element: declared, refers: element.named("ref"), occurs }
    }

    /// The fields of a message's part.
    pub(super) fn part(&self, name: &str, of_type: QName) -> Field {
        let what = Reference::Named(of_type);
        let element = Declared { name: name.to_owned(), namespace: None, what, nillable: false };
        self.field(&element, ONCE)
    }

    /// A global element.
    pub(super) fn element(&self, name: &QName) -> Option<Field> {
        self.elements.get(name).map(|element| self.field(element, ONCE))
    }

    fn field(&self, element: &Declared, occurs: Occurs) -> Field {
        let Occurs { required, repeated } = occurs;
        Field {
            name: element.name.clone(),
            namespace: element.namespace.clone().filter(|namespace| !namespace.is_empty()),
            shape: self.shape(&element.what),
            required,
            repeated,
            nillable: element.nillable,
        }
    }

    fn shape(&self, reference: &Reference) -> Shape {
        match reference {
            Reference::Any => Shape::Any,
            Reference::Place(place) => Shape::Of(*place),
            Reference::ListOf(items) => Shape::List(Box::new(self.shape(items))),
            Reference::Scalar(kind, name) => Shape::Scalar(Scalar { kind: *kind, name: (*name).to_owned() }),
            Reference::Named(name) => match self.named.get(name).filter(|_| Kind::of(&name.0, &name.1) == Kind::Open) {
                Some(place) => Shape::Of(*place),
                // Some describe SOAP's own types and Apache's map, too: what they are is known.
                None => known(name),
            },
        }
    }

    /// The types with all names followed, for the description.
    pub(super) fn finish(&self, description: &mut Description) {
        let mut left = MAX_FIELDS;
        description.types = self.types.iter().map(|draft| self.finished(draft, &mut left)).collect();
    }

    fn finished(&self, draft: &Draft, left: &mut usize) -> Type {
        let body = match draft {
            Draft::Is(reference) => return Type::Is(self.shape(reference)),
            Draft::Struct(body) => body,
        };
        let mut chain = vec![body];
        while let Some(Draft::Struct(base)) = chain.last().and_then(|body| self.base(body)) {
            if chain.len() > MAX_BASES {
                break;
            }
            chain.push(base);
        }
        // What is extended comes first (XML Schema Part 1 §3.4.2).
        let whole: usize = chain.iter().map(|body| body.members.len()).sum();
        let taken = whole.min(MAX_MEMBERS).min(*left);
        *left -= taken;
        let members = chain.iter().rev().flat_map(|body| &body.members).take(taken);
        let open = taken < whole || chain.iter().any(|body| body.open);
        Type::Struct(Struct {
            name: body.name.clone(),
            fields: members.map(|member| self.member_field(member)).collect(),
            rest: open.then_some(Shape::Any),
        })
    }

    fn base(&self, body: &Body) -> Option<&Draft> {
        match body.base.as_ref()? {
            Reference::Named(name) => self.types.get(*self.named.get(name)?),
            _ => None,
        }
    }

    fn member_field(&self, member: &Member) -> Field {
        let global = member.refers.as_ref().and_then(|name| self.elements.get(name));
        let element = global.unwrap_or(&member.element);
        let mut field = self.field(element, member.occurs);
        if let Some((_, local)) = member.refers.as_ref().filter(|_| global.is_none()) {
            field.name.clone_from(local);
        }
        field
    }
}

/// A simple type is what it restricts; a list or a union is text.
fn simple(element: Element<'_, '_>) -> Reference {
    let mut element = element;
    loop {
        let Some(derived) = element.children().find(|child| matches!(child.local(), "restriction" | "list" | "union"))
        else {
            return Reference::Any;
        };
        match (derived.local(), derived.named("base")) {
            ("restriction", Some(base)) => return Reference::Named(base),
            ("restriction", None) => match derived.children().find(|child| child.local() == "simpleType") {
                Some(inner) => element = inner,
                None => return Reference::Any,
            },
            _ => return Reference::Scalar(Kind::String, "string"),
        }
    }
}

/// The types that need no declaration.
fn known((namespace, local): &QName) -> Shape {
    match Kind::of(namespace, local) {
        Kind::Open if is_schema(namespace) => Shape::Any,
        Kind::Open => Shape::Untold,
        Kind::Array => Shape::List(Box::new(Shape::Any)),
        // Apache's map, and structs of whatever members.
        Kind::Struct | Kind::Map => Shape::Any,
        kind => Shape::Scalar(Scalar { kind, name: local.clone() }),
    }
}

fn is_on(attribute: Option<&str>) -> bool {
    matches!(attribute, Some("true" | "1"))
}
