//! XML-RPC introspection: what `system.listMethods`, `system.methodSignature` and `system.methodHelp` answered.
//! <http://xmlrpc.usefulinc.com/doc/reserved.html>

use super::{By, Description, Field, Operation, Scalar, Shape, Struct, Type};
use crate::Value;
use crate::soap::Kind;

/// One method, as an XML-RPC server tells of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Introspected {
    /// Its name.
    pub name: String,
    /// The answer of `system.methodSignature`: lists of types, the result first; whatever else it is says nothing.
    pub signatures: Value,
    /// The answer of `system.methodHelp`.
    pub help: Value,
}

/// Signatures with more parameters than this say nothing.
const MAX_PARAMETERS: usize = 100;
/// Help is cut to its first line, and to so many characters.
const MAX_HELP: usize = 200;

impl Description {
    /// From what an XML-RPC server told of its methods. Parameters have no names there: they are `param0`, `param1`, ….
    #[must_use]
    pub fn of_introspection(methods: Vec<Introspected>) -> Self {
        let free = Struct { rest: Some(Shape::Any), ..Struct::default() };
        let mut description = Self { types: vec![Type::Struct(free)], ..Self::default() };
        for method in methods {
            let help = method.help.as_str().map(first_line).unwrap_or_default();
            let operation = Operation { help, by: By::Position, ..operation(&method.signatures) };
            description.add(&method.name, operation);
        }
        description
    }
}

/// The first line that says something.
pub(crate) fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|character| !character.is_control()).take(MAX_HELP).collect()
}

/// Several signatures are one: what only the longer have may be left out, where they differ it is anything.
fn operation(signatures: &Value) -> Operation {
    let all = signatures.as_list().unwrap_or_default().iter();
    let mut all: Vec<Vec<&str>> = all.filter_map(types).collect();
    // QUIRK: some servers give the one signature without the list around it.
    if all.is_empty() {
        all.extend(types(signatures));
    }
    let Some(longest) = all.iter().map(Vec::len).max() else { return Operation::default() };
    let shortest = all.iter().map(Vec::len).min().unwrap_or_default();
    let shape = |place: usize| {
        let mut said = all.iter().filter_map(|types| types.get(place)).map(|name| shape_of(name));
        let first = said.next().unwrap_or(Shape::Any);
        if said.all(|other| other == first) { first } else { Shape::Any }
    };
    let parameter =
        |place: usize| Field { required: place < shortest, ..Field::new(format!("param{}", place - 1), shape(place)) };
    Operation {
        params: Some((1..longest).map(parameter).collect()),
        results: vec![Field::new("result", shape(0))],
        ..Operation::default()
    }
}

/// A signature: nothing but texts, at least the result.
fn types(signature: &Value) -> Option<Vec<&str>> {
    let types: Vec<&str> = signature.as_list()?.iter().map(Value::as_str).collect::<Option<_>>()?;
    (1..=MAX_PARAMETERS + 1).contains(&types.len()).then_some(types)
}

fn shape_of(name: &str) -> Shape {
    let kind = match name.trim().to_ascii_lowercase().as_str() {
        "int" | "i1" | "i2" | "i4" | "i8" | "long" | "integer" => Kind::Whole { low: 63, high: 63 },
        "double" | "float" => Kind::Double,
        "boolean" | "bool" => Kind::Boolean,
        "string" => Kind::String,
        "base64" => Kind::Base64,
        "datetime.iso8601" => Kind::DateTime,
        "array" => return Shape::List(Box::new(Shape::Any)),
        // The one type that every such description has.
        "struct" => return Shape::Of(0),
        _ => return Shape::Any,
    };
    Shape::Scalar(Scalar { kind, name: String::new() })
}
