//! What a service elsewhere says of its methods: WSDL 1.1, OpenRPC or XML-RPC introspection, read into one small model.
//!
//! The model says what values without a type mean (SOAP's literal style has none), which names and positions parameters
//! have, and how SOAP requests must be written. It is a guide, not a judge: what does not fit it is passed on as it came.
//! The readers take foreign octets: cost is linear in their size, and what they name (types, operations) is bounded.

mod documents;
mod fit;
mod json_schema;
mod openrpc;
mod request;
mod signature;
pub(crate) mod wsdl;
mod xml_rpc;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::soap::{self, Version};
use crate::{Call, Outcome, Params, Protocol, Signature};

pub use documents::Documents;
pub use wsdl::imports;
pub use xml_rpc::Introspected;

/// The largest number of operations that are taken from one description; more are left out.
pub const MAX_OPERATIONS: usize = 1000;

/// A method with more parameters than this is left out: it is called as if it were not described.
pub(crate) const MAX_PARAMETERS: usize = 256;
/// Parameters, results and members that one description may have in all, also where they are the same again and again.
pub(crate) const MAX_FIELDS: usize = 200_000;

/// A service's methods by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    operations: IndexMap<String, Operation>,
    types: Vec<Type>,
    /// Of the bindings that were read, where they are a WSDL's.
    soap: Option<Version>,
    /// A WSDL's: its named types, and its elements that stand for themselves, by their local names.
    known: Known,
    /// Where its first port is.
    address: Option<String>,
    /// The methods that cannot be called as it says, and why not.
    left_out: IndexMap<String, String>,
    /// What else of it cannot be had or is not understood.
    notes: Vec<String>,
}

/// What a value may name itself to be.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    types: HashMap<String, Vec<(String, usize)>>,
    elements: HashMap<String, Vec<Field>>,
}

/// One method.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Operation {
    /// One line for people.
    pub(crate) help: String,
    /// Its parameters in the order of positions; `None` where nobody said.
    pub(crate) params: Option<Vec<Field>>,
    /// How they may be given.
    pub(crate) by: By,
    /// What it gives back: nothing, one value, or several, which are a struct.
    pub(crate) results: Vec<Field>,
    /// How SOAP says it.
    pub(crate) wire: Option<Wire>,
}

/// How parameters may be given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum By {
    #[default]
    Either,
    Name,
    Position,
}

/// A parameter, a member of a struct, a result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// SOAP: what it is in the document.
    pub(crate) role: Role,
    /// SOAP: the name of its element or attribute, where that is another.
    pub(crate) local: Option<String>,
    /// SOAP: of its element; `None` where that is unqualified.
    pub(crate) namespace: Option<String>,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// SOAP: its element may stand more than once, so it is a list.
    pub(crate) repeated: bool,
    pub(crate) nillable: bool,
    /// SOAP: what is written where a required element, or an attribute, is not given.
    pub(crate) default: Option<String>,
}

/// What a field is in a document of SOAP. Those that are no element of their own have the names that zeep gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    #[default]
    Element,
    Attribute,
    /// The characters of an element that has attributes: `_value_1`.
    Text,
    /// A part of the content that repeats as a whole, a list of structs: `_value_1`, `_value_2` ….
    Run,
    /// Elements of whatever name, a struct: `_value_1`, `_value_2` ….
    Any,
    /// Attributes of whatever name, a struct: `_attr_1`.
    AnyAttribute,
    /// The header blocks, a struct: `_soapheaders`.
    Headers,
}

/// The member that names the type of a struct where its place says another.
pub(crate) const TYPE: &str = "xsi:type";

impl Field {
    /// Required, once, in no namespace.
    pub(crate) fn new(name: impl Into<String>, shape: Shape) -> Self {
        Self {
            name: name.into(),
            role: Role::Element,
            local: None,
            namespace: None,
            shape,
            required: true,
            repeated: false,
            nillable: false,
            default: None,
        }
    }

    /// The name of its element or attribute.
    pub(crate) fn local(&self) -> &str {
        self.local.as_deref().unwrap_or(&self.name)
    }
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Anything: the description says so.
    Any,
    /// No list and no struct.
    Scalar(Scalar),
    /// A list that a value says itself to be: JSON's, XML-RPC's, SOAP's encoded array.
    List(Box<Shape>),
    /// A list in one text, with spaces between its items (XML Schema Part 2 §4.1.2.2).
    Words(Box<Shape>),
    /// What the description calls so and declares nowhere.
    Missing(String),
    /// One of the description's types, by its place.
    Of(usize),
}

/// A scalar type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalar {
    pub(crate) kind: soap::Kind,
    /// XML Schema's name of it.
    pub(crate) name: String,
}

/// A type that is used by name, also within itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    /// Another name of a shape.
    Is(Shape),
    /// A struct.
    Struct(Struct),
}

/// A struct.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Struct {
    /// Namespace and name; empty where it has none.
    pub(crate) name: (String, String),
    pub(crate) fields: Vec<Field>,
    /// What members that are no field are; `None` where there are none.
    pub(crate) rest: Option<Shape>,
    /// The type that it derives from.
    pub(crate) base: Option<usize>,
    /// True where only types that derive from it are ever written.
    pub(crate) is_abstract: bool,
    /// True where one of the fields is written, not all.
    pub(crate) is_choice: bool,
}

/// How SOAP says an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wire {
    pub(crate) action: String,
    /// Where its port is.
    pub(crate) address: Option<String>,
    /// Namespace and name of the element in the Body that holds the parameters; `None` where the Body stays empty, or holds
    /// them itself.
    pub(crate) element: Option<(String, String)>,
    pub(crate) style: soap::Style,
    /// True where the parameters are the elements in the Body.
    pub(crate) bare: bool,
    /// True where the element of the answer is the result, not what holds it.
    pub(crate) bare_result: bool,
}

/// Aliases of aliases are followed so far.
const MAX_ALIASES: usize = 32;

impl Description {
    /// The names of the methods, in the order of the description.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.operations.keys().map(String::as_str)
    }

    /// The version of SOAP that the WSDL was read for: the wanted one, or the only one that it has.
    #[must_use]
    pub fn soap(&self) -> Option<Version> {
        self.soap
    }

    /// Why this method cannot be called, where the description has it but cannot be obeyed.
    #[must_use]
    pub fn why_not(&self, method: &str) -> Option<&str> {
        self.left_out.get(method).map(String::as_str)
    }

    /// What of the description cannot be had, or is not understood: a sentence for each method that cannot be called, and
    /// for each document and type that is missing.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        let methods = self.left_out.iter().map(|(method, why)| format!("{method} cannot be called: {why}"));
        methods.chain(self.notes.iter().cloned())
    }

    /// Where the WSDL says that its first port is.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Where the WSDL says that the port of this method is, if that is another place.
    #[must_use]
    pub fn address_of(&self, method: &str) -> Option<&str> {
        let own = self.operations.get(method)?.wire.as_ref()?.address.as_deref()?;
        (self.address.as_deref() != Some(own)).then_some(own)
    }

    /// True where nothing is described.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The method as our own discovery tells of it.
    #[must_use]
    pub fn signature(&self, method: &str) -> Option<Signature> {
        self.operations.get(method).map(|operation| signature::of(self, operation))
    }

    /// The call as this service's JSON-RPC or XML-RPC wants it: names become positions or the other way round where the
    /// description says which, and what had no type gets one. A call that does not fit stays as it is.
    #[must_use]
    pub fn arrange(&self, call: Call, protocol: Protocol) -> Call {
        let Some(fields) = self.operations.get(&call.method.0).and_then(|operation| operation.params.as_ref()) else {
            return call;
        };
        let by = match protocol {
            Protocol::XmlRpc => By::Position,
            _ => self.operations[&call.method.0].by,
        };
        let params = fit::arrange(self, (fields, by), call.params);
        Call { params, ..call }
    }

    /// A result of this method, with the types that the description says.
    pub fn result(&self, method: &str, outcome: Outcome) -> Outcome {
        let Some(operation) = self.operations.get(method) else { return outcome };
        outcome.map(|value| fit::result(self, operation, value))
    }

    /// True where the description says how SOAP calls this method: its answers are read whole.
    #[must_use]
    pub fn says_how_to_call(&self, method: &str) -> bool {
        self.operations.get(method).is_some_and(|operation| operation.wire.is_some())
    }

    /// What SOAP must know to write a call; `None` where it is not described.
    pub(crate) fn wire(&self, method: &str) -> Option<(&Wire, &[Field])> {
        let operation = self.operations.get(method)?;
        Some((operation.wire.as_ref()?, operation.params.as_deref().unwrap_or_default()))
    }

    /// One value for each parameter of a SOAP call, in the description's order.
    pub(crate) fn values(&self, fields: &[Field], params: Params) -> Result<Vec<Option<crate::Value>>, crate::Fault> {
        fit::values(self, fields, params)
    }

    /// A shape with its names followed: never an alias.
    pub(crate) fn resolved<'s>(&'s self, shape: &'s Shape) -> Resolved<'s> {
        let mut shape = shape;
        for _ in 0..MAX_ALIASES {
            match shape {
                Shape::Any => return Resolved::Any,
                Shape::Scalar(scalar) => return Resolved::Scalar(scalar),
                Shape::List(items) => return Resolved::List(items),
                Shape::Words(items) => return Resolved::Words(items),
                Shape::Missing(name) => return Resolved::Missing(name),
                Shape::Of(place) => match self.types.get(*place) {
                    Some(Type::Is(other)) => shape = other,
                    Some(Type::Struct(structure)) => return Resolved::Struct(structure),
                    None => return Resolved::Untold,
                },
            }
        }
        Resolved::Untold
    }

    /// The struct of this name (`Local`, `prefix:Local` or `{namespace}Local`) that derives from `declared`, itself included.
    /// `None` within `declared` stands for what may be anything.
    pub(crate) fn derived(&self, declared: Option<&Struct>, name: &str) -> Option<&Struct> {
        let (namespace, local) = split_name(name);
        let fits = |(known, _): &&(String, usize)| namespace.is_none_or(|namespace| namespace == *known);
        let structs = self.known.types.get(local)?.iter().filter(fits);
        let mut structs = structs.filter_map(|(_, place)| self.structure(*place));
        structs.find(|found| declared.is_none_or(|declared| self.derives(found, declared)))
    }

    /// The concrete types that derive from this one, as many as fit in a message.
    pub(crate) fn derivations(&self, declared: &Struct) -> Vec<&str> {
        let structs = self.types.iter().filter_map(|known| match known {
            Type::Struct(structure) if !structure.is_abstract && !structure.name.1.is_empty() => Some(structure),
            _ => None,
        });
        structs.filter(|found| self.derives(found, declared)).map(|found| found.name.1.as_str()).take(20).collect()
    }

    /// An element that stands for itself, by `{namespace}local` or by its local name: in the `wanted` namespace, or the
    /// only one of the name, or the one in the namespace `near`.
    pub(crate) fn element(&self, name: &str, wanted: Option<&str>, near: Option<&str>) -> Option<&Field> {
        let (namespace, local) = split_name(name);
        let all = self.known.elements.get(local)?;
        let of = |wanted: Option<&str>| all.iter().find(|field| field.namespace.as_deref() == wanted);
        match namespace.or(wanted) {
            Some(namespace) => of(Some(namespace).filter(|namespace| !namespace.is_empty())),
            None if all.len() == 1 => all.first(),
            None => of(near),
        }
    }

    fn structure(&self, place: usize) -> Option<&Struct> {
        match self.types.get(place)? {
            Type::Struct(structure) => Some(structure),
            Type::Is(shape) => match self.resolved(shape) {
                Resolved::Struct(structure) => Some(structure),
                _ => None,
            },
        }
    }

    fn derives(&self, derived: &Struct, declared: &Struct) -> bool {
        let mut derived = derived;
        for _ in 0..MAX_ALIASES {
            if std::ptr::eq(derived, declared) {
                return true;
            }
            match derived.base.and_then(|place| self.structure(place)) {
                Some(base) => derived = base,
                None => return false,
            }
        }
        false
    }

    fn is_full(&self) -> bool {
        self.operations.len() >= MAX_OPERATIONS
    }

    fn leave_out(&mut self, name: &str, why: String) {
        if self.left_out.len() < MAX_OPERATIONS && !is_reserved(name) {
            self.left_out.entry(name.to_owned()).or_insert(why);
        }
    }

    fn add(&mut self, name: &str, operation: Operation) {
        let params = operation.params.as_ref().map_or(0, Vec::len);
        let fits = !self.is_full() && params <= MAX_PARAMETERS && !is_reserved(name);
        // Of several of one name the first: nobody could say which is meant.
        if fits && !self.operations.contains_key(name) {
            self.operations.insert(name.to_owned(), operation);
        }
    }
}

/// A shape, its names followed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resolved<'s> {
    Any,
    Untold,
    Scalar(&'s Scalar),
    List(&'s Shape),
    Words(&'s Shape),
    Missing(&'s str),
    Struct(&'s Struct),
}

impl Struct {
    /// The one field that stands any number of times and has nothing beside it: then the struct is a list, as SOAP's
    /// literal style wraps them (`ArrayOfString` with its `string` elements).
    pub(crate) fn items(&self) -> Option<&Field> {
        match self.fields.as_slice() {
            [only] if only.repeated && only.role == Role::Element && self.rest.is_none() => Some(only),
            _ => None,
        }
    }

    /// True where members that are no field may be given.
    pub(crate) fn is_open(&self) -> bool {
        self.rest.is_some() || self.fields.iter().any(|field| field.role == Role::Any)
    }
}

/// A name that says its namespace (`{namespace}local`), or does not; a prefix says nothing here.
pub(crate) fn split_name(name: &str) -> (Option<&str>, &str) {
    match name.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((namespace, local)) => (Some(namespace), local),
        None => (None, name.rsplit(':').next().unwrap_or(name)),
    }
}

/// What asks about methods is answered here, and reserved (JSON-RPC 2.0 §4.1).
fn is_reserved(name: &str) -> bool {
    name.is_empty() || name.starts_with("rpc.") || name.starts_with("system.")
}
