//! Types while they are read: what they refer to are still names, because schemas may use each other in any order.

use crate::description::wsdl::tree::{Element, QName};
use crate::soap::Kind;

/// A type.
pub(super) enum Draft {
    Is(Reference),
    Struct(Box<Body>),
}

/// A complex type.
#[derive(Default)]
pub(super) struct Body {
    pub(super) name: QName,
    /// What it derives from.
    pub(super) base: Option<QName>,
    /// True where it adds to that, false where it is less.
    pub(super) extends: bool,
    pub(super) particles: Vec<Particle>,
    pub(super) attributes: Vec<Attribute>,
    /// What its characters are, where it has no elements.
    pub(super) text: Option<Reference>,
    pub(super) open: bool,
    pub(super) is_abstract: bool,
}

/// A part of a content model.
pub(super) enum Particle {
    Element(Box<Member>),
    Group(QName, Occurs),
    /// One of several, or a sequence that is such a one: the same name may stand in the others.
    Part(Vec<Particle>),
    /// What repeats as a whole.
    Run {
        particles: Vec<Particle>,
        is_choice: bool,
    },
    /// Elements of whatever name; in this namespace, where there is but one.
    Any(Option<String>),
}

/// An element within a type.
pub(super) struct Member {
    pub(super) element: Declared,
    /// A reference to a global element instead.
    pub(super) refers: Option<QName>,
    pub(super) occurs: Occurs,
}

/// How often an element stands.
#[derive(Clone, Copy)]
pub(super) struct Occurs {
    pub(super) required: bool,
    pub(super) repeated: bool,
}

/// Required, and not repeated.
pub(super) const ONCE: Occurs = Occurs { required: true, repeated: false };

impl Occurs {
    /// Of this particle within another; `None` where it may not stand at all.
    pub(super) fn of(particle: Element<'_, '_>, within: Self) -> Option<Self> {
        let most = particle.attribute("maxOccurs");
        (most != Some("0")).then_some(Self {
            required: within.required && particle.attribute("minOccurs") != Some("0"),
            repeated: within.repeated || !matches!(most, None | Some("1")),
        })
    }

    pub(super) fn within(self, other: Self) -> Self {
        Self { required: self.required && other.required, repeated: self.repeated || other.repeated }
    }
}

/// An element's or an attribute's declaration.
#[derive(Clone, Default)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) what: Reference,
    pub(super) nillable: bool,
    pub(super) is_abstract: bool,
    pub(super) default: Option<String>,
}

/// An attribute of a type.
pub(super) enum Attribute {
    Own {
        attribute: Declared,
        required: bool,
    },
    Refers {
        name: QName,
        required: bool,
    },
    Group(QName),
    /// One that the base has and this type has not.
    Prohibited(QName),
    Any,
}

/// What a type is said to be.
#[derive(Clone, Default)]
pub(super) enum Reference {
    #[default]
    Any,
    Named(QName),
    Place(usize),
    /// The type of this global element.
    Element(QName),
    ListOf(Box<Reference>),
    WordsOf(Box<Reference>),
    Scalar(Kind, &'static str),
}

/// What holds within one schema.
pub(super) struct Scope<'s> {
    pub(super) target: &'s str,
    pub(super) qualified: bool,
    pub(super) attributes_qualified: bool,
    /// True where it has no namespace itself, and takes that of the schema that includes it.
    is_adopted: bool,
}

impl<'s> Scope<'s> {
    /// Of this schema, whose components come to be in the namespace `target`.
    pub(super) fn of(schema: Element<'_, '_>, target: &'s str) -> Self {
        let is_qualified = |default| schema.attribute(default) == Some("qualified");
        Self {
            target,
            qualified: is_qualified("elementFormDefault"),
            attributes_qualified: is_qualified("attributeFormDefault"),
            is_adopted: schema.attribute("targetNamespace").is_none_or(str::is_empty) && !target.is_empty(),
        }
    }

    /// The name that an attribute says. In a schema that is adopted, names without namespace are of the namespace that
    /// adopts it (XML Schema Part 1 §4.2.1).
    pub(super) fn name(&self, element: Element<'_, '_>, attribute: &str) -> Option<QName> {
        let (namespace, local) = element.named(attribute)?;
        let adopted = namespace.is_empty() && self.is_adopted;
        Some((if adopted { self.target.to_owned() } else { namespace }, local))
    }

    /// A name of this schema's own.
    pub(super) fn own(&self, local: &str) -> QName {
        (self.target.to_owned(), local.to_owned())
    }

    /// The namespace of a local element, which may say itself that it has one.
    pub(super) fn of_element(&self, element: Element<'_, '_>) -> Option<String> {
        self.namespace(element, if self.qualified { "qualified" } else { "unqualified" })
    }

    /// The same of an attribute.
    pub(super) fn of_attribute(&self, attribute: Element<'_, '_>) -> Option<String> {
        self.namespace(attribute, if self.attributes_qualified { "qualified" } else { "unqualified" })
    }

    fn namespace(&self, local: Element<'_, '_>, default: &str) -> Option<String> {
        let is_qualified = local.attribute("form").unwrap_or(default) == "qualified";
        is_qualified.then(|| self.target.to_owned()).filter(|namespace| !namespace.is_empty())
    }
}
