//! Descriptions of services elsewhere: whatever they say, what is kept of them is bounded, calls arranged by them stay
//! arranged, and requests written as they want are XML that names the method.

use rpc::description::{Introspected, MAX_OPERATIONS, imports};
use rpc::soap::Version;
use rpc::{Call, Description, Limits, MethodName, Params, Protocol, Text, Value, json};
use serde_json::Value as Json;

use crate::oracle::their_pieces;
use crate::value::bare;

pub(crate) fn check(octets: &[u8]) {
    let Some(described) = read(octets) else { return };
    assert!(described.names().count() <= MAX_OPERATIONS);
    for name in described.names().take(20) {
        assert!(!name.is_empty() && !name.starts_with("rpc.") && !name.starts_with("system."));
        let signature = described.signature(name).expect("what is named is described");
        let schemas = signature.params.iter().map(|parameter| &parameter.schema).chain(&signature.result);
        let size: usize = schemas.map(|schema| schema.as_value().to_string().len()).sum();
        // About 32 KiB of names; each of them has a type, and each parameter at least two octets.
        assert!(size <= 256 * 1024 + 64 * octets.len(), "{size} octets of schemas");
        let examples = signature.params.iter().map(|parameter| example(parameter.schema.as_value(), 0)).collect();
        let call = Call { method: MethodName(name.to_owned()), params: Params::Positional(examples) };
        is_arranged_once(&described, &call);
        is_xml(&described, &call);
        is_bounded(&described, name);
    }
}

/// A WSDL, an OpenRPC document, or (in a list) names with their signatures and helps.
fn read(octets: &[u8]) -> Option<Description> {
    let limits = Limits::default();
    match octets.trim_ascii_start().first()? {
        b'<' => {
            let imported = imports(&bare(octets), &limits.xml).unwrap_or_default();
            assert!(imported.iter().map(String::len).sum::<usize>() <= octets.len());
            Description::of_wsdl(&bare(octets).into(), Version::V11, &limits.xml).ok()
        }
        b'[' => {
            let told = json::read(std::str::from_utf8(octets).ok()?, &limits).ok()?;
            let one = |told: &Value| {
                let part = |place: usize| told.as_list().and_then(|told| told.get(place)).cloned().unwrap_or_default();
                let name = part(0).as_str().unwrap_or_default().to_owned();
                Introspected { name, signatures: part(1), help: part(2) }
            };
            Some(Description::of_introspection(told.as_list()?.iter().map(one).collect()))
        }
        _ => Description::of_openrpc_document(&bare(octets), &limits).ok(),
    }
}

fn is_arranged_once(described: &Description, call: &Call) {
    for protocol in [Protocol::JsonRpc, Protocol::XmlRpc] {
        let once = described.arrange(call.clone(), protocol);
        assert_eq!(described.arrange(once.clone(), protocol), once, "{call:?}");
    }
}

fn is_xml(described: &Description, call: &Call) {
    for version in [Version::V11, Version::V12] {
        // Names that are no XML names cannot be written.
        let Ok(written) = described.soap_request(call.clone(), version) else { continue };
        let text = std::str::from_utf8(&written.bytes).expect("XML is UTF-8");
        their_pieces(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

/// A result is no larger than what came and the names that the description adds.
fn is_bounded(described: &Description, name: &str) {
    let lexical = |text: &str| Value::Lexical(Text::new(text));
    let item = Value::from([("item", lexical("7"))]);
    for value in [Value::Null, lexical(""), lexical("7"), item, Value::List(vec![lexical("x"), Value::Null])] {
        let _ = described.result(name, Ok(value)).expect("a result stays one");
    }
}

/// A value that fits a schema; absent where it is nested too deep.
fn example(schema: &Json, depth: usize) -> Value {
    let name = match &schema["type"] {
        Json::Array(names) => names[0].as_str().unwrap_or_default(),
        name => name.as_str().unwrap_or_default(),
    };
    match name {
        _ if depth > 6 => Value::Null,
        "integer" => Value::Int(7),
        "number" => Value::Double(1.5),
        "boolean" => Value::Bool(true),
        "string" if schema["format"] == "date-time" => Value::text("2026-01-02T03:04:05"),
        "string" => Value::text("YWJj"),
        "array" => Value::List(vec![example(&schema["items"], depth + 1)]),
        "object" => {
            let members = schema["properties"].as_object().into_iter().flatten();
            members.map(|(name, schema)| (name.clone(), example(schema, depth + 1))).collect()
        }
        _ => Value::Lexical(Text::new("7")),
    }
}
