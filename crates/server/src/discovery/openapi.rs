//! The OpenAPI 3.1 document of the REST door (<https://spec.openapis.org/oas/v3.1.1>): the same methods as every other
//! description, for generators of clients. A row of a list is an object, nothing is one of several, ids have no dots.

use std::collections::BTreeSet;

use rpc::{Caller, Service, Told};
use serde_json::{Map, Value as Json, json};

mod schema;

use crate::method::Effects;
use schema::Components;

/// The version of the specification that the document keeps.
const OPENAPI: &str = "3.1.1";

/// The parameter of our own methods that is none over REST: the key comes beside the document.
const KEY: &str = "api_key";

/// The document for this caller, for a server at this URL.
#[must_use]
pub fn document(methods: &Service<Effects>, caller: &Caller, url: &str) -> Json {
    let catalogue = methods.catalogue(caller);
    let (mut components, mut paths, mut ids) = (Components::default(), Map::new(), BTreeSet::new());
    for told in catalogue.told() {
        let path = format!("/v1/{}", encoded(told.name));
        // Of two services with a method of one name the first is called.
        if !paths.contains_key(&path) {
            let id = unique(&told, &mut ids);
            paths.insert(path, json!({ "post": operation(&told, &id, &mut components) }));
        }
    }
    looked_at(&mut paths, &mut ids);
    paths.insert("/v1/calls/{id}".to_owned(), json!({ "get": call(&unique_id("call", &mut ids)) }));
    let mut schemas = components.schemas();
    schemas.insert("Problem".to_owned(), problem());
    schemas.insert("RunningCall".to_owned(), running());
    json!({
        "openapi": OPENAPI,
        "info": { "title": "Callpost", "version": env!("CARGO_PKG_VERSION"),
            "description": "Mail by call, calls by mail: each method by its name." },
        "servers": [{ "url": url }],
        // A method that wants no key may be called without.
        "security": [{ "bearer": [] }, {}],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "description": "An API key." } },
            "schemas": schemas,
            "responses": {
                "Problem": { "description": "It was not done; the problem says why.",
                    "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
                "Running": { "description": "It has not ended yet; it goes on, and its answer is fetched later.",
                    "headers": { "Location": { "schema": { "type": "string" }, "description": "Where." } },
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/RunningCall" } } } },
            },
        },
    })
}

fn operation(told: &Told<'_>, id: &str, components: &mut Components) -> Json {
    let name = pascal(id);
    let mut request = Map::new();
    let mut required = Vec::new();
    let is_ours = told.service.is_none();
    for parameter in told.signature.params.iter().filter(|parameter| !(is_ours && parameter.name == KEY)) {
        request.insert(parameter.name.clone(), components.plain(parameter.schema.as_value(), &name));
        if parameter.required {
            required.push(parameter.name.as_str());
        }
    }
    let mut body = json!({ "type": "object", "properties": request });
    if !required.is_empty() {
        body["required"] = json!(required);
    }
    let body = components.named(&format!("{name}Request"), body);
    let result =
        told.signature.result.as_ref().map_or_else(|| json!({}), |result| components.plain(result.as_value(), &name));
    let tag = told.service.unwrap_or("callpost");
    json!({
        "operationId": id,
        "summary": told.signature.help.lines().next().unwrap_or_default(),
        "tags": [tag],
        "requestBody": { "required": !required.is_empty(), "content": { "application/json": { "schema": body } } },
        "responses": {
            "200": { "description": "The result.", "content": { "application/json": { "schema": result } } },
            "202": { "$ref": "#/components/responses/Running" },
            "default": { "$ref": "#/components/responses/Problem" },
        },
    })
}

/// What is looked at by its id, or behind a cursor, where there is a method that tells of it.
fn looked_at(paths: &mut Map<String, Json>, ids: &mut BTreeSet<String>) {
    let parameter = |name: &str, place: &str, kind: &str, about: &str| json!({ "name": name, "in": place, "required": place == "path", "schema": { "type": kind }, "description": about });
    let look = |id: String, summary: &str, parameters: Json, schema: Json| {
        json!({
            "operationId": id, "summary": summary, "tags": ["callpost"], "parameters": parameters,
            "responses": {
                "200": { "description": "It.", "content": { "application/json": { "schema": schema } } },
                "default": { "$ref": "#/components/responses/Problem" },
            },
        })
    };
    let result = |path: &Json| path["post"]["responses"]["200"]["content"]["application/json"]["schema"].clone();
    if let Some(row) = paths.get("/v1/message_status").map(|path| result(path)["items"].clone()) {
        let id = parameter("id", "path", "string", "A Message-ID, as send_message gave it.");
        let get = look(unique_id("message", ids), "What became of a mail.", json!([id]), row);
        paths.insert("/v1/messages/{id}".to_owned(), json!({ "get": get }));
    }
    if let Some(path) = paths.get_mut("/v1/events") {
        let asked = json!([
            parameter("after", "query", "string", "The cursor of the answer before."),
            parameter("limit", "query", "integer", "Events at most."),
            parameter("wait", "query", "string", "How long to wait where there is nothing yet: 20s."),
        ]);
        let told = result(path);
        path["get"] = look(unique_id("events_after", ids), "What happened to mail of this key.", asked, told);
    }
}

/// The answer of a call that went on.
fn call(id: &str) -> Json {
    json!({
        "operationId": id,
        "summary": "The answer of a call that went on; it is waited for.",
        "tags": ["callpost"],
        "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
        "responses": {
            "200": { "description": "The result of its method.", "content": { "application/json": { "schema": {} } } },
            "202": { "$ref": "#/components/responses/Running" },
            "default": { "$ref": "#/components/responses/Problem" },
        },
    })
}

fn problem() -> Json {
    json!({
        "type": "object",
        "description": "RFC 9457; a refused call of our own methods has the members of its answer besides.",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "code": { "type": "integer", "description": "The code that JSON-RPC tells." },
            "trace": { "type": "string", "description": "The name of the call in the log." },
            "error_code": { "type": "integer", "description": "100 the key, 110 its rate, 120 too many, 130 the idempotency key, 200 the store." },
            "user_message": { "type": "string" },
            "errors": { "type": "array", "items": { "type": "object", "additionalProperties": true },
                "description": "Each thing that is wrong, with its place." },
        },
        "required": ["type", "title", "status", "detail"],
        "additionalProperties": true,
    })
}

fn running() -> Json {
    json!({
        "type": "object",
        "properties": { "call": { "type": "string" }, "state": { "type": "string", "enum": ["running"] } },
        "required": ["call", "state"],
    })
}

/// An id that generators can make a name of in every language.
fn unique(told: &Told<'_>, ids: &mut BTreeSet<String>) -> String {
    let letters = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let mut id: String = told.name.chars().map(letters).collect();
    if !id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        id.insert_str(0, "method_");
    }
    unique_id(&id, ids)
}

fn unique_id(wanted: &str, ids: &mut BTreeSet<String>) -> String {
    let mut others = (2..).map(|number| format!("{wanted}_{number}"));
    let mut id = wanted.to_owned();
    // Generators fold case.
    while !ids.insert(id.to_ascii_lowercase()) {
        id = others.next().unwrap_or_default();
    }
    id
}

/// `send_message` as the name of a type: `SendMessage`.
fn pascal(id: &str) -> String {
    let mut name = String::new();
    for word in id.split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// A name as one step of a path (RFC 3986 §3.3); braces would be a variable.
fn encoded(name: &str) -> String {
    let mut path = String::with_capacity(name.len());
    for octet in name.bytes() {
        match octet {
            octet if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) => path.push(char::from(octet)),
            octet => path.push_str(&format!("%{octet:02X}")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{encoded, pascal, unique_id};

    #[test]
    fn ids_are_unique_in_every_case_and_types_are_named_by_them() {
        let mut ids = BTreeSet::new();
        let mut id = |wanted: &str| unique_id(wanted, &mut ids);
        assert_eq!([id("send"), id("Send"), id("send"), id("other")], ["send", "Send_2", "send_3", "other"]);
        assert_eq!((pascal("send_message"), pascal("TestAPI_echo")), ("SendMessage".into(), "TestAPIEcho".into()));
        assert_eq!(encoded("a/b{c} ż"), "a%2Fb%7Bc%7D%20%C5%BC");
    }
}
