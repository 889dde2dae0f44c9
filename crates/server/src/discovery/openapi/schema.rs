//! Schemas as generators of clients take them: a struct with a name is a component; where there are alternatives, the one
//! that is an object; what only a validator could make something of is left out.

use serde_json::{Map, Value as Json, json};

/// Schemas nested deeper are anything.
const MAX_DEPTH: usize = 16;

/// Keywords that say something to a generator, and are copied as they are.
const KEPT: [&str; 14] = [
    "description",
    "format",
    "enum",
    "const",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "contentEncoding",
    "additionalProperties",
];

/// The structs that were met, each under a name of its own.
#[derive(Default)]
pub(super) struct Components(Map<String, Json>);

impl Components {
    /// A schema without alternatives; structs in it become components, named by their titles, or else after `beside`.
    pub(super) fn plain(&mut self, schema: &Json, beside: &str) -> Json {
        self.at(schema, beside, MAX_DEPTH)
    }

    /// A reference to a component of this name, or of one like it, where another schema has that.
    pub(super) fn named(&mut self, wanted: &str, schema: Json) -> Json {
        let letters = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let wanted: String = wanted.chars().map(letters).collect();
        let wanted =
            if wanted.starts_with(|c: char| c.is_ascii_alphabetic()) { wanted } else { format!("Type{wanted}") };
        let (mut name, mut number) = (wanted.clone(), 2);
        while self.0.get(&name).is_some_and(|known| *known != schema) || OURS.contains(&name.as_str()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
        self.0.entry(name).or_insert(schema);
        reference
    }

    /// All of them.
    pub(super) fn schemas(self) -> Map<String, Json> {
        self.0
    }

    fn at(&mut self, schema: &Json, beside: &str, depth: usize) -> Json {
        let members = match schema {
            Json::Object(members) if depth > 0 => members,
            _ => return json!({}),
        };
        if let Some(alternatives) = alternatives(members) {
            return chosen(alternatives).map_or_else(|| json!({}), |one| self.at(one, beside, depth));
        }
        let kept = KEPT.iter().filter_map(|name| Some(((*name).to_owned(), members.get(*name)?.clone())));
        let mut plain: Map<String, Json> = kept.collect();
        if let Some(Json::Object(_)) = plain.get("additionalProperties") {
            let values = self.at(&members["additionalProperties"], beside, depth - 1);
            plain.insert("additionalProperties".to_owned(), values);
        }
        if let Some(kind) = members.get("type") {
            plain.insert("type".to_owned(), kind.clone());
        }
        if let Some(items) = members.get("items") {
            let row = format!("{beside}Row");
            plain.insert("items".to_owned(), self.at(items, &row, depth - 1));
        }
        let Some(properties) = members.get("properties").and_then(Json::as_object) else { return Json::Object(plain) };
        let member = |(name, schema): (&String, &Json)| (name.clone(), self.at(schema, beside, depth - 1));
        let properties: Map<String, Json> = properties.iter().map(member).collect();
        plain.insert("properties".to_owned(), Json::Object(properties));
        if let Some(required) = members.get("required") {
            plain.insert("required".to_owned(), required.clone());
        }
        match members.get("title").and_then(Json::as_str) {
            Some(title) => self.named(title, Json::Object(plain)),
            None => Json::Object(plain),
        }
    }
}

/// Names that the document itself has.
const OURS: [&str; 2] = ["Problem", "RunningCall"];

fn alternatives(members: &Map<String, Json>) -> Option<&Vec<Json>> {
    members.get("anyOf").or_else(|| members.get("oneOf"))?.as_array()
}

/// The alternative that is told of: an object, or the only one that is not null.
fn chosen(alternatives: &[Json]) -> Option<&Json> {
    let mut real = alternatives.iter().filter(|schema| schema["type"] != "null");
    let object = real.clone().find(|schema| schema["type"] == "object");
    object.or_else(|| real.next().filter(|_| real.next().is_none()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Components;

    #[test]
    fn a_row_is_an_object_and_has_a_name() {
        let row =
            json!({ "title": "Row", "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] });
        let by_place = json!({ "title": "RowByPlace", "type": "array", "items": { "type": "string" } });
        let mut components = Components::default();
        let plain = components.plain(&json!({ "type": "array", "items": { "anyOf": [by_place, row] } }), "X");
        assert_eq!(plain, json!({ "type": "array", "items": { "$ref": "#/components/schemas/Row" } }));
        let known = components.schemas();
        assert_eq!(known["Row"]["required"], json!(["a"]));
        assert_eq!(known.len(), 1);
    }

    #[test]
    fn two_structs_of_one_name_are_two_components() {
        let of = |kind: &str| json!({ "title": "A b", "type": "object", "properties": { "x": { "type": kind } } });
        let mut components = Components::default();
        let names = ["string", "integer", "string"].map(|kind| components.plain(&of(kind), "X")["$ref"].clone());
        assert_eq!(names, ["A_b", "A_b2", "A_b"].map(|name| json!(format!("#/components/schemas/{name}"))));
    }

    #[test]
    fn what_may_be_several_things_is_anything_and_what_may_be_null_is_the_thing() {
        let mut components = Components::default();
        let string = json!({ "type": "string" });
        for (schema, plain) in [
            (json!({ "oneOf": [string, { "type": "integer" }] }), json!({})),
            (json!({ "anyOf": [string, { "type": "null" }] }), string.clone()),
            (
                json!({ "type": ["string", "null"], "title": "T", "examples": [1] }),
                json!({ "type": ["string", "null"] }),
            ),
            (json!(true), json!({})),
        ] {
            assert_eq!(components.plain(&schema, "X"), plain, "{schema}");
        }
        let deep = (0..100).fold(string, |inner, _| json!({ "type": "array", "items": inner }));
        assert!(components.plain(&deep, "X").to_string().len() < 1000);
    }
}
