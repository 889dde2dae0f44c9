//! What our own discovery tells of a described method: JSON Schemas from the model.

use schemars::Schema;
use serde_json::{Map, Value as Json, json};

use super::{Description, Field, Operation, Resolved, Role, Shape, Struct};
use crate::soap::Kind;
use crate::{Parameter, Signature};

/// Types nested deeper are anything: schemas are written without references, and types may hold themselves.
const MAX_DEPTH: usize = 12;
/// So many octets, about, are written for one method; what comes after them is anything.
const MAX_OCTETS: usize = 32 << 10;
/// What a member or an item costs besides its name. A struct that is begun is told to its end, its members being anything.
const NODE: usize = 32;

pub(super) fn of(description: &Description, operation: &Operation) -> Signature {
    let mut writer = Writer { description, left: MAX_OCTETS, depth: 0 };
    let parameter = |field: &Field, writer: &mut Writer<'_>| Parameter {
        name: field.name.clone(),
        schema: schema(writer.field(field)),
        required: is_required(field),
    };
    let params = operation.params.iter().flatten().map(|field| parameter(field, &mut writer)).collect();
    let result = match operation.results.as_slice() {
        [] => None,
        [only] => Some(writer.field(only)),
        several => Some(writer.members(several, &None)),
    };
    Signature { help: operation.help.clone(), params, result: result.map(schema) }
}

/// True where it must be given: what has a default is written without.
fn is_required(field: &Field) -> bool {
    field.required && field.default.is_none()
}

fn schema(json: Json) -> Schema {
    Schema::try_from(json).unwrap_or_else(|_| true.into())
}

struct Writer<'d> {
    description: &'d Description,
    left: usize,
    depth: usize,
}

impl Writer<'_> {
    fn field(&mut self, field: &Field) -> Json {
        let one = self.shape(&field.shape);
        match (field.repeated, field.nillable) {
            (true, _) => json!({ "type": "array", "items": one }),
            (false, true) => nullable(one),
            (false, false) => one,
        }
    }

    fn shape(&mut self, shape: &Shape) -> Json {
        if self.depth == MAX_DEPTH || self.left == 0 {
            return json!({});
        }
        self.depth += 1;
        self.left = self.left.saturating_sub(NODE);
        let written = match self.description.resolved(shape) {
            Resolved::Any | Resolved::Untold | Resolved::Missing(_) => json!({}),
            Resolved::Scalar(scalar) => self::scalar(scalar.kind, &scalar.name),
            Resolved::List(items) | Resolved::Words(items) => json!({ "type": "array", "items": self.shape(items) }),
            Resolved::Struct(structure) => self.structure(structure),
        };
        self.depth -= 1;
        written
    }

    fn structure(&mut self, structure: &Struct) -> Json {
        if let Some(items) = structure.items() {
            return json!({ "type": "array", "items": self.shape(&items.shape) });
        }
        let mut written = self.members(&structure.fields, &structure.rest);
        let title = &structure.name.1;
        if let Some(written) = written.as_object_mut().filter(|_| !title.is_empty() && title.len() <= self.left) {
            self.left -= title.len();
            written.insert("title".to_owned(), Json::from(title.as_str()));
        }
        written
    }

    fn members(&mut self, fields: &[Field], rest: &Option<Shape>) -> Json {
        let member = |field: &Field| {
            self.left = self.left.saturating_sub(field.name.len());
            (field.name.clone(), self.field(field))
        };
        let is_open = rest.is_some() || fields.iter().any(|field| field.role == Role::Any);
        // What a wildcard takes are members of whatever name.
        let members: Map<String, Json> = fields.iter().filter(|field| field.role != Role::Any).map(member).collect();
        let required: Vec<&str> =
            fields.iter().filter(|field| is_required(field)).map(|field| field.name.as_str()).collect();
        let mut written = json!({ "type": "object" });
        if !(members.is_empty() && is_open) {
            written["properties"] = Json::Object(members);
        }
        if !required.is_empty() {
            written["required"] = json!(required);
        }
        written
    }
}

fn nullable(schema: Json) -> Json {
    match schema.get("type").cloned() {
        Some(Json::String(name)) => {
            let mut schema = schema;
            schema["type"] = json!([name, "null"]);
            schema
        }
        _ => schema,
    }
}

fn scalar(kind: Kind, name: &str) -> Json {
    match kind {
        Kind::Whole { .. } if name == "int" => json!({ "type": "integer", "format": "int32" }),
        Kind::Whole { .. } => json!({ "type": "integer" }),
        Kind::Decimal if name == "decimal" => json!({ "type": "number" }),
        Kind::Decimal => json!({ "type": "integer" }),
        Kind::Double => json!({ "type": "number" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::DateTime => json!({ "type": "string", "format": "date-time" }),
        Kind::Base64 => json!({ "type": "string", "contentEncoding": "base64" }),
        Kind::Hex => json!({ "type": "string", "pattern": "^([0-9A-Fa-f]{2})*$" }),
        Kind::String => json!({ "type": "string" }),
        Kind::Array => json!({ "type": "array" }),
        Kind::Struct | Kind::Map => json!({ "type": "object" }),
        Kind::Open => json!({}),
    }
}
