//! A JSON Schema in a few words, and an example of what it describes.

use serde_json::{Map, Value as Json, json};

/// Schemas nested deeper are not told of.
const MAX_DEPTH: usize = 8;

/// A method of an OpenRPC document in one line: `getMonth(year: int, month: int) → string`; `add(…) → any` where nobody tells
/// of its parameters.
#[must_use]
pub fn line(method: &Json) -> String {
    let written = |of: &Json, member: &str| of[member].as_str().unwrap_or_default().to_owned();
    let parameter = |parameter: &Json| {
        let optional = if parameter["required"] == json!(true) { "" } else { "?" };
        format!("{}{optional}: {}", written(parameter, "name"), name(&parameter["schema"]))
    };
    let params: Option<Vec<String>> = method["params"].as_array().map(|params| params.iter().map(parameter).collect());
    let params = params.map_or_else(|| "…".to_owned(), |params| params.join(", "));
    format!("{}({params}) → {}", written(method, "name"), name(&method["result"]["schema"]))
}

/// What a schema describes, in one line: `int`, `array of Message`, `string or null`.
#[must_use]
pub fn name(schema: &Json) -> String {
    named(schema, MAX_DEPTH)
}

fn named(schema: &Json, depth: usize) -> String {
    let members = match schema {
        Json::Object(members) if depth > 0 => members,
        _ => return "any".to_owned(),
    };
    if let Some(alternatives) = alternatives(members) {
        return words(alternatives.iter().map(|schema| named(schema, depth - 1)));
    }
    match members.get("type") {
        Some(Json::String(kind)) => simple(kind, members, depth),
        Some(Json::Array(kinds)) => {
            words(kinds.iter().filter_map(Json::as_str).map(|kind| simple(kind, members, depth)))
        }
        _ => "any".to_owned(),
    }
}

fn words(alternatives: impl Iterator<Item = String>) -> String {
    alternatives.collect::<Vec<_>>().join(" or ")
}

fn simple(kind: &str, members: &Map<String, Json>, depth: usize) -> String {
    match kind {
        "integer" => "int".to_owned(),
        "number" => "double".to_owned(),
        "string" if members.contains_key("contentEncoding") => "base64".to_owned(),
        "string" if members.get("format").is_some_and(|format| format == "date-time") => "date-time".to_owned(),
        "array" => match members.get("items").map(|items| named(items, depth - 1)) {
            Some(items) if items.contains(" or ") => format!("array of ({items})"),
            Some(items) => format!("array of {items}"),
            None => "array".to_owned(),
        },
        "object" => match (members.get("properties"), members.get("title").and_then(Json::as_str)) {
            (Some(_), Some(title)) => title.to_owned(),
            _ => "struct".to_owned(),
        },
        other => other.to_owned(),
    }
}

/// The structs that a schema names, outermost first: each with its title and its members' schemas.
#[must_use]
pub fn structs(schema: &Json) -> Vec<(&str, &Map<String, Json>)> {
    let mut found: Vec<(&str, &Map<String, Json>)> = Vec::new();
    let mut open = vec![(schema, 0)];
    while let Some((schema, depth)) = open.pop() {
        let Some(members) = schema.as_object().filter(|_| depth < MAX_DEPTH) else { continue };
        let properties = members.get("properties").and_then(Json::as_object);
        if let Some(properties) = properties {
            let title = members.get("title").and_then(Json::as_str).unwrap_or("struct");
            if !found.iter().any(|(known, of)| *known == title && *of == properties) {
                found.push((title, properties));
            }
        }
        let inner = members.get("items").into_iter().chain(alternatives(members).into_iter().flatten());
        open.extend(inner.chain(properties.into_iter().flat_map(Map::values)).map(|schema| (schema, depth + 1)));
    }
    found
}

/// A value that the schema takes.
#[must_use]
pub fn example(schema: &Json) -> Json {
    exemplified(schema, "", MAX_DEPTH)
}

/// A value that the schema takes, for a parameter or member of this name.
#[must_use]
pub fn example_of(name: &str, schema: &Json) -> Json {
    exemplified(schema, name, MAX_DEPTH)
}

fn exemplified(schema: &Json, name: &str, depth: usize) -> Json {
    let members = match schema {
        Json::Object(members) if depth > 0 => members,
        _ => return json!("text"),
    };
    if let Some(first) = alternatives(members).and_then(|schemas| schemas.first()) {
        return exemplified(first, name, depth - 1);
    }
    if let Some(first) = members.get("enum").and_then(|values| values.get(0)) {
        return first.clone();
    }
    let kind = members.get("type").and_then(|kind| kind.as_str().or_else(|| kind.get(0)?.as_str()));
    match kind {
        Some("integer") => whole(members, name),
        Some("number") => json!(1.5),
        Some("boolean") => json!(true),
        Some("null") => Json::Null,
        Some("array") => {
            members.get("items").map_or_else(|| json!([]), |items| json!([exemplified(items, "", depth - 1)]))
        }
        Some("object") => required(members, depth),
        _ => text(name),
    }
}

fn required(members: &Map<String, Json>, depth: usize) -> Json {
    let properties = members.get("properties").and_then(Json::as_object).into_iter().flatten();
    let required = members.get("required").and_then(Json::as_array);
    let wanted = properties.filter(|(name, _)| required.is_none_or(|names| names.iter().any(|known| known == *name)));
    Json::Object(wanted.map(|(name, schema)| (name.clone(), exemplified(schema, name, depth - 1))).collect())
}

/// A year of our time, where that is asked; else the least number that will do.
fn whole(members: &Map<String, Json>, name: &str) -> Json {
    match name {
        "year" => json!(2003),
        _ => json!(members.get("minimum").and_then(Json::as_i64).unwrap_or(1)),
    }
}

fn text(name: &str) -> Json {
    match name {
        "to" => json!("ann@example.org"),
        "from" => json!("bob@example.org"),
        "api_key" => json!("KEY"),
        "method_name" => json!("system.listMethods"),
        "" => json!("text"),
        name => json!(name),
    }
}

fn alternatives(members: &Map<String, Json>) -> Option<&Vec<Json>> {
    members.get("anyOf").or_else(|| members.get("oneOf"))?.as_array()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{example, example_of, name, structs};

    #[test]
    fn a_schema_is_told_in_one_line() {
        for (schema, told) in [
            (json!({ "type": "integer", "format": "int64" }), "int"),
            (json!({ "type": ["string", "null"] }), "string or null"),
            (
                json!({ "type": "array", "items": { "type": "object", "title": "Message", "properties": {} } }),
                "array of Message",
            ),
            (json!({ "type": "string", "contentEncoding": "base64" }), "base64"),
            (json!({ "anyOf": [{ "type": "number" }, { "type": "boolean" }] }), "double or boolean"),
            (json!({}), "any"),
            (json!(true), "any"),
        ] {
            assert_eq!(name(&schema), told);
        }
    }

    #[test]
    fn every_struct_inside_is_found_once() {
        let row = json!({ "title": "Row", "type": "object", "properties": { "a": { "type": "string" } } });
        let schema = json!({ "title": "All", "type": "object", "properties": { "first": row, "rest": { "type": "array", "items": row } } });
        let names: Vec<&str> = structs(&schema).iter().map(|(title, _)| *title).collect();
        assert_eq!(names, ["All", "Row"]);
    }

    #[test]
    fn an_example_has_what_is_required() {
        let schema = json!({ "type": "object", "required": ["to"],
            "properties": { "to": { "type": "string" }, "cc": { "type": "string" } } });
        assert_eq!(example(&schema), json!({ "to": "ann@example.org" }));
        assert_eq!(example_of("month", &json!({ "type": "integer", "minimum": 1 })), json!(1));
    }

    #[test]
    fn a_schema_without_end_is_told_to_its_depth() {
        let deep = (0..100).fold(json!({ "type": "string" }), |inner, _| json!({ "type": "array", "items": inner }));
        assert!(name(&deep).len() < 200);
        assert_eq!(structs(&deep), []);
    }
}
