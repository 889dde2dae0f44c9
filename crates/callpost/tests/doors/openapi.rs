//! The OpenAPI document: valid, as generators want it, and good for a client that one of them makes of it.

use std::process::Command;

use keys::Policy;
use serde_json::{Value, json};
use testbed::Requirement::{Program, PythonModule};
use testbed::{Configuration, NotingService, Table, need};

use super::house::House;

const META: &str = include_str!("../data/openapi/schema.json");

fn valid(document: &Value) -> Result<(), String> {
    let schema: Value = serde_json::from_str(META).unwrap();
    let validator = jsonschema::draft202012::new(&schema).map_err(|error| error.to_string())?;
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

/// A service with names that are hard on generators.
fn described() -> NotingService {
    let row = json!({ "title": "Row", "type": "object", "properties": { "Class-Name": { "type": "string" } } });
    let method = |name: &str, schema: Value| {
        json!({ "name": name, "params": [{ "name": "of", "schema": schema, "required": true }],
            "result": { "name": "r", "schema": { "oneOf": [{ "type": "integer" }, row] } } })
    };
    let methods = [
        method("get.month", json!({ "type": "array", "items": row })),
        method("GetMonth", json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] })),
        method("za\u{17c}/{x}", json!(true)),
        method("send_message", json!({ "type": "string" })),
    ];
    NotingService::start(move |request| match request["method"].as_str() {
        Some("rpc.discover") => {
            json!({ "openrpc": "1.3.2", "info": { "title": "s", "version": "1" }, "methods": methods })
        }
        _ => json!("found"),
    })
}

fn house() -> (House, NotingService) {
    let service = described();
    let elsewhere = Table::elsewhere("registry", "jsonrpc", &format!("http://{}/", service.address()));
    let house = House::with(Configuration::new().service(elsewhere));
    house.key("web", Policy::default());
    for _ in 0..500 {
        if document(&house).to_string().contains("get.month") {
            return (house, service);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the service is not described: {}", document(&house));
}

fn document(house: &House) -> Value {
    house.ask("GET /openapi.json", "", "").json()
}

/// Every schema, keyword and id, wherever it stands.
fn each(value: &Value, see: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            see(name, member);
            each(member, see);
        }),
        Value::Array(items) => items.iter().for_each(|item| each(item, see)),
        _ => {}
    }
}

#[test]
fn the_document_is_valid_and_as_generators_want_it() {
    let (house, _service) = house();
    let document = document(&house);
    valid(&document).unwrap();
    let mut broken = document.clone();
    broken["paths"]["/v1/getMonth"]["post"]["responses"] = json!("none");
    assert!(valid(&broken).is_err(), "the schema of such documents refuses what is wrong");
    let mut ids = Vec::new();
    each(&document, &mut |name, member| {
        assert!(!["oneOf", "anyOf", "allOf", "api_key"].contains(&name), "{name} in {document}");
        if name == "operationId" {
            ids.push(member.as_str().unwrap().to_ascii_lowercase());
        }
    });
    assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')), "{ids:?}");
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id is one operation's: {ids:?}");
    let messages = &document["components"]["schemas"]["SendMessageRequest"]["properties"]["messages"];
    assert_eq!(messages["items"], json!({ "$ref": "#/components/schemas/Message" }), "a row is an object");
    assert_eq!(document["servers"][0]["url"], format!("http://{}", house.http));
}

#[test]
fn every_path_of_the_document_leads_to_its_method() {
    let (house, _service) = house();
    let document = document(&house);
    let paths: Vec<&String> =
        document["paths"].as_object().unwrap().keys().filter(|path| !path.contains('{')).collect();
    let methods = house.ask("GET /openrpc.json", "", "").json()["methods"].clone();
    let methods = methods.as_array().unwrap().iter().map(|method| method["name"].as_str().unwrap().to_owned());
    let methods = methods.filter(|name| !name.starts_with("system.")).count();
    assert_eq!(paths.len(), methods, "each method once: {paths:?}");
    for path in paths {
        let reply = house.ask(&format!("POST {path}"), "Content-Type: application/json\r\n", "{}");
        assert!(![404, 405].contains(&reply.status), "{path}: {reply:?}");
    }
    let public = House::with(Configuration::new().set("http.public_url", "https://post.example.edu/x/"));
    assert_eq!(self::document(&public)["servers"][0]["url"], "https://post.example.edu/x");
    let closed = House::with(Configuration::new().set("http.doors", ["rpc"]));
    assert_eq!(closed.ask("GET /openapi.json", "", "").status, 404);
}

#[test]
fn a_client_made_by_openapi_generator_sends_a_mail() {
    if !need(&[Program("java"), PythonModule("openapi_generator_cli"), PythonModule("pydantic")]) {
        return;
    }
    let (house, _service) = house();
    let folder = tempfile::tempdir().unwrap();
    let mut client = Command::new(testbed::tools().join("venv/bin/python3"));
    client.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doors/openapi_client.py"));
    client.arg(format!("http://{}", house.http)).arg("web").arg(folder.path()).env("PYTHONDONTWRITEBYTECODE", "1");
    for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        client.env_remove(proxy);
    }
    let output = client.output().unwrap();
    let said = [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets)).concat();
    assert!(output.status.success(), "{said}");
    assert_eq!(house.queued(), 2, "one parcel of two was taken, and nothing of the others");
}
