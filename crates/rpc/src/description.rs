//! What a service elsewhere says of its methods: WSDL 1.1, OpenRPC or XML-RPC introspection, read into one small model.
//!
//! The model says what values without a type mean (SOAP's literal style has none), which names and positions parameters
//! have, and how SOAP requests must be written. It is a guide, not a judge: what does not fit it is passed on as it came.
//! The readers take foreign octets: cost is linear in their size, and what they name (types, operations) is bounded.

mod fit;
mod json_schema;
mod openrpc;
mod signature;
pub(crate) mod wsdl;
mod xml_rpc;

#[cfg(test)]
mod tests;

use indexmap::IndexMap;

use crate::soap::{self, Version};
use crate::{Call, Outcome, Params, Protocol, Signature};

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
    /// Of the binding that was read, where it is a WSDL's.
    soap: Option<Version>,
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
    /// SOAP: of its element; `None` where that is unqualified.
    pub(crate) namespace: Option<String>,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// SOAP: its element may stand more than once, so it is a list.
    pub(crate) repeated: bool,
    pub(crate) nillable: bool,
}

impl Field {
    /// Required, once, in no namespace.
    fn new(name: impl Into<String>, shape: Shape) -> Self {
        Self { name: name.into(), namespace: None, shape, required: true, repeated: false, nillable: false }
    }
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Anything: the description says so.
    Any,
    /// Something that the description does not say.
    Untold,
    /// No list and no struct.
    Scalar(Scalar),
    /// A list that a value says itself to be: JSON's, XML-RPC's, SOAP's encoded array.
    List(Box<Shape>),
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
}

/// How SOAP says an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wire {
    pub(crate) action: String,
    /// Namespace and name of the element in the Body; `None` where the Body stays empty.
    pub(crate) element: Option<(String, String)>,
    pub(crate) style: soap::Style,
    /// True where that element is the one parameter, not what holds the parameters.
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
                Shape::Untold => return Resolved::Untold,
                Shape::Scalar(scalar) => return Resolved::Scalar(scalar),
                Shape::List(items) => return Resolved::List(items),
                Shape::Of(place) => match self.types.get(*place) {
                    Some(Type::Is(other)) => shape = other,
                    Some(Type::Struct(structure)) => return Resolved::Struct(structure),
                    None => return Resolved::Untold,
                },
            }
        }
        Resolved::Untold
    }

    fn is_full(&self) -> bool {
        self.operations.len() >= MAX_OPERATIONS
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
    Struct(&'s Struct),
}

impl Struct {
    /// The one field that stands any number of times and has nothing beside it: then the struct is a list, as SOAP's
    /// literal style wraps them (`ArrayOfString` with its `string` elements).
    pub(crate) fn items(&self) -> Option<&Field> {
        match self.fields.as_slice() {
            [only] if only.repeated && self.rest.is_none() => Some(only),
            _ => None,
        }
    }
}

/// What asks about methods is answered here, and reserved (JSON-RPC 2.0 §4.1).
fn is_reserved(name: &str) -> bool {
    name.is_empty() || name.starts_with("rpc.") || name.starts_with("system.")
}
