//! What a service tells about itself, and several calls in one.

use super::{Parcels, caller, document, now, service};
use crate::json;
use crate::{Limits, Performed, Service, Value};

fn perform(method: &str, params: &str) -> Performed<Parcels> {
    let text = format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params},"id":1}}"#);
    now(service().perform(&document(&text), &caller()))
}

fn result(method: &str, params: &str) -> Value {
    let performed = perform(method, params);
    let (_, outcome) = performed.calls().next().unwrap();
    outcome.clone().unwrap()
}

fn shown(method: &str, params: &str) -> String {
    json::to_string(&result(method, params))
}

#[test]
fn methods_are_listed_with_help_and_types() {
    let listed = shown("system.listMethods", "[]");
    assert_eq!(
        listed,
        r#"["panics","send","subtract","system.getCapabilities","system.listMethods","system.methodHelp","system.methodSignature","system.multicall"]"#
    );
    assert_eq!(shown("system.methodHelp", r#"["subtract"]"#), r#""What is left.""#);
    assert_eq!(shown("system.methodSignature", r#"["subtract"]"#), r#"[["int","int"],["int","int","int"]]"#);
    assert_eq!(shown("system.methodSignature", r#"["send"]"#), r#""undef""#);
    assert_eq!(shown("system.methodSignature", r#"["system.methodHelp"]"#), r#"[["string","string"]]"#);
    let performed = perform("system.methodHelp", r#"["substract"]"#);
    let fault = performed.calls().next().unwrap().1.clone().unwrap_err();
    assert_eq!((fault.code.number(), fault.message.contains("`subtract`")), (-32601, true));
}

#[test]
fn the_capabilities_name_their_specifications() {
    let capabilities = result("system.getCapabilities", "[]");
    let capabilities = capabilities.as_map().unwrap();
    for name in ["xmlrpc", "introspect", "faults_interop", "nil", "i8"] {
        assert!(capabilities[name].as_map().unwrap()["specUrl"].as_str().unwrap().starts_with("http"), "{name}");
    }
    assert_eq!(capabilities["faults_interop"].as_map().unwrap()["specVersion"], 20_010_516.into());
}

#[test]
fn discovery_tells_of_the_same_methods_as_the_list() {
    let discovered = result("rpc.discover", "[]");
    let discovered = discovered.as_map().unwrap();
    let methods = discovered["methods"].as_list().unwrap();
    let names: Vec<Value> = methods.iter().map(|method| method.as_map().unwrap()["name"].clone()).collect();
    assert_eq!(Value::List(names), result("system.listMethods", "[]"));
    let subtract = methods.iter().find(|method| method.as_map().unwrap()["name"] == "subtract".into()).unwrap();
    let params = r#""params":[{"name":"minuend","required":true,"schema":{"type":"integer","format":"int64"}},"#;
    assert!(json::to_string(subtract).contains(params), "{}", json::to_string(subtract));
}

#[test]
fn a_multicall_gives_lists_of_one_and_faults() {
    let calls = r#"[[
        {"methodName":"subtract","params":[3,1]},
        {"methodName":"subtract","params":{"minuend":3}},
        {"methodName":"nothing","params":[]},
        {"methodName":"subtract","params":["x"]},
        {"methodName":"system.multicall","params":[[]]},
        {"params":[]},
        7
    ]]"#;
    let answers = result("system.multicall", calls);
    let answers = answers.as_list().unwrap();
    assert_eq!(answers[..2], [Value::from(vec![2]), Value::from(vec![3])]);
    let codes: Vec<Value> = answers[2..].iter().map(|fault| fault.as_map().unwrap()["faultCode"].clone()).collect();
    assert_eq!(Value::List(codes), Value::from(vec![-32601, -32602, -32600, -32602, -32602]));
    assert_eq!(answers[2].as_map().unwrap().keys().collect::<Vec<_>>(), ["faultCode", "faultString"]);
}

#[test]
fn a_multicall_has_the_effects_of_its_calls_and_each_may_be_refused() {
    let calls = r#"[[{"methodName":"send","params":["a"]},{"methodName":"subtract","params":[1]},{"methodName":"send","params":["b"]}]]"#;
    let mut performed = perform("system.multicall", calls);
    assert_eq!(performed.take_effects(), [Parcels(vec!["a".into()]), Parcels(vec!["b".into()])]);
    performed.refuse(&"full");
    let told = String::from_utf8(performed.answer().unwrap().bytes).unwrap();
    assert_eq!(told, r#"{"jsonrpc":"2.0","result":[["refused: full"],[1],["refused: full"]],"id":1}"#);
}

#[test]
fn a_multicall_is_capped() {
    let service = Service { limits: Limits { max_batch: 2, ..Limits::default() }, ..service() };
    let calls = [r#"{"methodName":"subtract","params":[1]}"#; 3].join(",");
    let text = format!(r#"{{"jsonrpc":"2.0","method":"system.multicall","params":[[{calls}]],"id":1}}"#);
    let performed = now(service.perform(&document(&text), &caller()));
    let fault = performed.calls().next().unwrap().1.clone().unwrap_err();
    assert_eq!((fault.code.number(), fault.message.as_str()), (-32600, "3 calls in one; at most 2 are taken"));
}
