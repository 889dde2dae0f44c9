//! JSON Schema (draft 7, 2020-12), as far as it says what a value is: types, members, items, local references. Several
//! types at once are anything, and what only constrains values (lengths, patterns) says nothing here.

use std::collections::HashMap;

use super::{Description, Field, MAX_FIELDS, Scalar, Shape, Struct, Type};
use crate::soap::Kind;
use crate::{Map, Value};

/// The schemas of one document while they are read.
pub(super) struct Schemas<'d> {
    document: &'d Value,
    types: Vec<Option<Type>>,
    /// By the pointer of a reference.
    named: HashMap<&'d str, usize>,
    /// References that are still to be read.
    waiting: Vec<(&'d str, usize)>,
    depth: usize,
    /// Schemas that may still be read.
    left: usize,
}

/// Schemas inside each other, `allOf` followed.
const MAX_DEPTH: usize = 100;

/// References to references are followed so far.
const MAX_REFERENCES: usize = 16;

impl<'d> Schemas<'d> {
    pub(super) fn of(document: &'d Value) -> Self {
        Self { document, types: Vec::new(), named: HashMap::new(), waiting: Vec::new(), depth: 0, left: MAX_FIELDS }
    }

    /// What `$ref`s of an object lead to; itself where it has none, nothing where one leads nowhere.
    pub(super) fn followed(&self, value: &'d Value) -> Option<&'d Value> {
        let mut value = value;
        for _ in 0..MAX_REFERENCES {
            match member(value, "$ref").and_then(Value::as_str) {
                Some(reference) => value = self.at(reference)?,
                None => return Some(value),
            }
        }
        None
    }

    /// The value at `#/a/b/0` (RFC 6901); references to other documents are not followed.
    fn at(&self, reference: &str) -> Option<&'d Value> {
        let pointer = reference.strip_prefix('#')?;
        pointer.split('/').skip(1).try_fold(self.document, |value, step| {
            let step = step.replace("~1", "/").replace("~0", "~");
            match value {
                Value::Map(members) => members.get(&step),
                Value::List(items) => items.get(step.parse::<usize>().ok()?),
                _ => None,
            }
        })
    }

    /// The shape that a schema describes; anything where there is too much of it.
    pub(super) fn shape(&mut self, schema: &'d Value) -> Shape {
        let Some(schema) = schema.as_map().filter(|_| self.depth < MAX_DEPTH && self.left > 0) else {
            return Shape::Any;
        };
        self.depth += 1;
        self.left -= 1;
        let shape = self.described(schema);
        self.depth -= 1;
        shape
    }

    fn described(&mut self, schema: &'d Map) -> Shape {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.reference(reference);
        }
        let all = schema.get("allOf").and_then(Value::as_list).unwrap_or_default();
        if !all.is_empty() {
            return self.merged(schema, all);
        }
        let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_list);
        if let Some(alternatives) = alternatives {
            let mut real = alternatives.iter().filter(|alternative| kind(alternative) != Some("null"));
            return match (real.next(), real.next()) {
                (Some(only), None) => self.shape(only),
                _ => Shape::Any,
            };
        }
        self.typed(schema)
    }

    fn typed(&mut self, schema: &'d Map) -> Shape {
        let scalar = |kind, name: &str| Shape::Scalar(Scalar { kind, name: name.to_owned() });
        match type_of(schema) {
            Some("integer") => scalar(Kind::Decimal, "integer"),
            Some("number") => scalar(Kind::Double, "double"),
            Some("boolean") => scalar(Kind::Boolean, "boolean"),
            Some("string") => text(schema),
            Some("array") => {
                let items = schema.get("items").map_or(Shape::Any, |items| self.shape(items));
                Shape::List(Box::new(items))
            }
            Some("object") => self.object(schema),
            None if schema.contains_key("properties") => self.object(schema),
            _ => Shape::Any,
        }
    }

    fn reference(&mut self, reference: &'d str) -> Shape {
        if self.at(reference).is_none() {
            return Shape::Any;
        }
        if let Some(place) = self.named.get(reference) {
            return Shape::Of(*place);
        }
        let place = self.types.len();
        self.types.push(None);
        self.named.insert(reference, place);
        self.waiting.push((reference, place));
        Shape::Of(place)
    }

    fn object(&mut self, schema: &'d Map) -> Shape {
        let fields = self.members(schema);
        let rest = match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(rest) => Some(self.shape(rest)),
            None => Some(Shape::Any),
        };
        let title = schema.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.declare(Struct { name: (String::new(), title), fields, rest, ..Struct::default() })
    }

    fn members(&mut self, schema: &'d Map) -> Vec<Field> {
        let required = schema.get("required").and_then(Value::as_list).unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_map);
        let field = |(name, schema): (&String, &'d Value)| {
            let required = required.iter().any(|known| known.as_str() == Some(name));
            Field { required, ..Field::new(name, self.shape(schema)) }
        };
        properties.into_iter().flatten().map(field).collect()
    }

    /// `allOf` with nothing but objects is one object.
    fn merged(&mut self, schema: &'d Map, all: &'d [Value]) -> Shape {
        let mut fields = self.members(schema);
        for part in all {
            let Some(part) = self.followed(part).and_then(Value::as_map) else { return Shape::Any };
            if !part.contains_key("properties") {
                return if all.len() == 1 && fields.is_empty() { self.shape(&all[0]) } else { Shape::Any };
            }
            let more = self.members(part);
            fields.extend(more);
        }
        self.declare(Struct { fields, rest: Some(Shape::Any), ..Struct::default() })
    }

    fn declare(&mut self, structure: Struct) -> Shape {
        self.types.push(Some(Type::Struct(structure)));
        Shape::Of(self.types.len() - 1)
    }

    /// Reads what references led to, and hands all types over.
    pub(super) fn finish(mut self, description: &mut Description) {
        while let Some((reference, place)) = self.waiting.pop() {
            let shape = self.at(reference).map_or(Shape::Any, |schema| self.shape(schema));
            self.types[place] = Some(Type::Is(shape));
        }
        description.types = self.types.into_iter().map(|found| found.unwrap_or(Type::Is(Shape::Any))).collect();
    }
}

/// A member of an object.
pub(super) fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_map()?.get(name)
}

fn kind(schema: &Value) -> Option<&str> {
    type_of(schema.as_map()?)
}

/// The one type that is not null.
fn type_of(schema: &Map) -> Option<&str> {
    match schema.get("type")? {
        Value::List(names) => {
            let mut real = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            real.next().filter(|_| real.next().is_none())
        }
        name => name.as_str(),
    }
}

fn text(schema: &Map) -> Shape {
    let said = |name: &str| schema.get(name).and_then(Value::as_str);
    let kind = match (said("contentEncoding"), said("format")) {
        (Some("base64"), _) | (_, Some("byte")) => Kind::Base64,
        (_, Some("date-time")) => Kind::DateTime,
        _ => Kind::String,
    };
    Shape::Scalar(Scalar { kind, name: "string".to_owned() })
}
