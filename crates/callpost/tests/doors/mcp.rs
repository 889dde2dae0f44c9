//! The Model Context Protocol as it is written: both eras, what a key may use, and what hostile requests get.

use keys::Policy;
use serde_json::{Value, json};
use testbed::{Configuration, HttpReply, NotingService, Table};

use super::house::House;

const MODERN: &str = "2026-07-28";

fn house() -> House {
    let house = House::with(Configuration::new());
    let tools = |tools: &[&str]| Policy { tools: tools.iter().map(ToString::to_string).collect(), ..Policy::default() };
    house.key("all", tools(&["*"]));
    house.key("some", tools(&["get*"]));
    house.key("none", Policy::default());
    house
}

fn post(house: &House, fields: &str, body: &str) -> HttpReply {
    let common = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
    house.ask("POST /mcp", &format!("{common}{fields}"), body)
}

/// A request of the older era, with this key.
fn old(house: &House, key: &str, method: &str, params: Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    post(house, &format!("Authorization: Bearer {key}\r\nMCP-Protocol-Version: 2025-11-25\r\n"), &body.to_string())
        .json()
}

/// A request of the newer era, with `more` over its header fields.
fn new(house: &House, method: &str, params: Value, more: &str) -> HttpReply {
    let mut params = params;
    params["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {} });
    let name = params["name"].as_str().map_or_else(String::new, |name| format!("Mcp-Name: {name}\r\n"));
    let body = json!({ "jsonrpc": "2.0", "id": "a", "method": method, "params": params }).to_string();
    let mut fields = format!("MCP-Protocol-Version: {MODERN}\r\nMcp-Method: {method}\r\n{name}");
    for field in more.lines() {
        let (known, _) = field.split_once(':').unwrap();
        fields = fields.split_inclusive("\r\n").filter(|field| !field.starts_with(known)).collect::<String>();
        fields += &format!("{field}\r\n");
    }
    post(house, &format!("Authorization: Bearer all\r\n{fields}"), &body)
}

fn names(result: &Value) -> Vec<&str> {
    result["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[test]
fn the_handshake_gives_the_version_that_was_asked_for_where_it_is_known() {
    let house = house();
    for (asked, spoken) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        ("2025-03-26", "2025-03-26"),
        (MODERN, "2025-11-25"),
        ("x", "2025-11-25"),
    ] {
        let params =
            json!({ "protocolVersion": asked, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let answer = old(&house, "all", "initialize", params);
        assert_eq!(answer["result"]["protocolVersion"], spoken, "{answer}");
        assert!(answer["result"]["capabilities"]["tools"].is_object() && answer["result"].get("resultType").is_none());
    }
    let bearer = "Authorization: Bearer all\r\n";
    let noted = post(&house, bearer, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    assert_eq!((noted.status, noted.body.len(), noted.field("Mcp-Session-Id")), (202, 0, ""));
    assert_eq!(post(&house, bearer, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#).status, 202);
    assert_eq!(old(&house, "all", "ping", json!({}))["result"], json!({}));
    assert_eq!(old(&house, "all", "resources/list", json!({}))["error"]["code"], -32601);
    for method in ["GET", "DELETE", "PUT"] {
        let reply = house.ask(&format!("{method} /mcp"), bearer, "");
        assert_eq!((reply.status, reply.field("Allow")), (405, "POST"), "{method}");
    }
    let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#;
    assert_eq!(post(&house, bearer, batch).json().as_array().unwrap().len(), 2, "as 2025-03-26 has it");
    assert_eq!(post(&house, &format!("{bearer}MCP-Protocol-Version: 2025-11-25\r\n"), batch).status, 400);
    let unknown = post(
        &house,
        &format!("{bearer}MCP-Protocol-Version: 1900-01-01\r\n"),
        r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
    );
    assert_eq!((unknown.status, unknown.json()["error"]["code"].as_i64()), (400, Some(-32022)));
}

#[test]
fn each_request_of_the_newer_era_stands_for_itself() {
    let house = house();
    let discovered = new(&house, "server/discover", json!({}), "").json();
    let result = &discovered["result"];
    assert_eq!((result["supportedVersions"][0].as_str(), discovered["id"].as_str()), (Some(MODERN), Some("a")));
    assert_eq!((result["resultType"].as_str(), result["cacheScope"].as_str()), (Some("complete"), Some("private")));
    assert!(result["ttlMs"].is_u64() && result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "callpost");
    let listed = new(&house, "tools/list", json!({}), "").json();
    let ours = ["TestAPI_echo", "events", "getMonth", "message_cancel", "message_status", "send_message"];
    assert_eq!(names(&listed["result"]), [&ours[..], &["call_result"]].concat());
    assert!(listed["result"]["ttlMs"].is_u64() && listed["result"]["resultType"] == "complete");
    let month = json!({ "name": "getMonth", "arguments": { "year": 2003, "month": 1 } });
    let called = new(&house, "tools/call", month.clone(), "").json();
    assert!(called["result"]["content"][0]["text"].as_str().unwrap().starts_with("    January 2003\n"));
    assert_eq!(
        (called["result"]["isError"].as_bool(), called["result"]["resultType"].as_str()),
        (Some(false), Some("complete"))
    );
    let wrapped = new(&house, "tools/call", month.clone(), "Mcp-Name: =?base64?Z2V0TW9udGg=?=");
    assert_eq!(wrapped.status, 200);
    for more in
        ["Mcp-Name: getmonth", "Mcp-Method: tools/list", "MCP-Protocol-Version: 2025-11-25", "Mcp-Name: =?base64?!?="]
    {
        let reply = new(&house, "tools/call", month.clone(), more);
        assert_eq!((reply.status, reply.json()["error"]["code"].as_i64()), (400, Some(-32020)), "{more}");
    }
    for method in ["initialize", "ping", "subscriptions/listen", "nothing"] {
        let reply = new(&house, method, json!({}), "");
        assert_eq!((reply.status, reply.json()["error"]["code"].as_i64()), (404, Some(-32601)), "{method}");
    }
    let raw = |meta: Value, version: &str| {
        let body =
            json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } }).to_string();
        let fields =
            format!("Authorization: Bearer all\r\nMCP-Protocol-Version: {version}\r\nMcp-Method: tools/list\r\n");
        let reply = post(&house, &fields, &body);
        (reply.status, reply.json()["error"].clone())
    };
    let (status, error) = raw(json!({ "io.modelcontextprotocol/protocolVersion": "1900-01-01" }), "1900-01-01");
    assert_eq!(
        (status, error["code"].as_i64(), &error["data"]["requested"]),
        (400, Some(-32022), &json!("1900-01-01"))
    );
    assert!(error["data"]["supported"].as_array().unwrap().contains(&json!(MODERN)), "{error}");
    let (status, error) = raw(json!({ "io.modelcontextprotocol/protocolVersion": MODERN }), MODERN);
    assert_eq!((status, error["code"].as_i64()), (400, Some(-32602)), "without clientCapabilities");
    assert_eq!(raw(json!({}), MODERN).1["code"], -32602, "without the version");
}

#[test]
fn a_key_uses_the_tools_that_it_was_given_and_no_other() {
    let house = house();
    assert_eq!(names(&old(&house, "some", "tools/list", json!({}))["result"]), ["getMonth", "call_result"]);
    assert_eq!(names(&old(&house, "none", "tools/list", json!({}))["result"]), ["call_result"]);
    let echo = json!({ "name": "TestAPI_echo", "arguments": { "text": "a" } });
    assert_eq!(old(&house, "all", "tools/call", echo.clone())["result"]["content"][0]["text"], "a");
    for key in ["some", "none"] {
        assert_eq!(old(&house, key, "tools/call", echo.clone())["error"]["code"], -32602, "{key}");
    }
    for fields in ["", "Authorization: Bearer other\r\n", "Authorization: Basic eDp5\r\n"] {
        for body in [r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#, "{", "[]"] {
            let reply = post(&house, fields, body);
            assert_eq!(
                (reply.status, reply.field("WWW-Authenticate")),
                (401, "Bearer realm=\"callpost\""),
                "{fields} {body}"
            );
        }
    }
    let page = post(&house, "Authorization: Bearer all\r\nOrigin: https://evil.example\r\n", "{}");
    assert_eq!(page.status, 403);
    let closed = House::with(Configuration::new().set("http.doors", ["rpc", "rest"]));
    assert_eq!(closed.ask("POST /mcp", "", "{}").status, 404);
}

#[test]
fn what_goes_wrong_is_told_to_the_assistant_with_its_place() {
    let house = house();
    let call = |name: &str, arguments: Value| {
        old(&house, "all", "tools/call", json!({ "name": name, "arguments": arguments }))
    };
    let row = json!({ "to": "b@y.example", "from": "a@x.example", "subject": "s", "text": "t" });
    for (name, arguments, told) in [
        ("getMonth", json!({ "year": 2003, "month": 13 }), "month must be from 1 to 12"),
        ("getMonth", json!({ "year": "soon", "month": 1 }), "year: an integer is asked for"),
        ("send_message", json!({ "messages": [row, { "to": [] }] }), "messages[1]"),
        ("send_message", json!({ "api_key": "all", "messages": [row] }), "api_key"),
        (
            "send_message",
            json!({ "messages": [{ "to": "x", "from": "a@x.example", "subject": "s", "text": "t" }] }),
            "0 were correct",
        ),
    ] {
        let answer = call(name, arguments);
        let result = &answer["result"];
        assert_eq!(result["isError"], true, "{answer}");
        assert!(result["content"][0]["text"].as_str().unwrap().contains(told), "{answer}");
    }
    let sent = call("send_message", json!({ "messages": [row] }));
    assert_eq!(
        (sent["result"]["isError"].as_bool(), sent["result"]["structuredContent"]["status"].as_str()),
        (Some(false), Some("ok"))
    );
    assert_eq!(house.queued(), 1);
}

#[test]
fn what_is_no_message_is_refused() {
    let house = House::with(Configuration::new().set("http.max_body", 100_000));
    house.key("all", Policy { tools: vec!["*".to_owned()], ..Policy::default() });
    let send = |body: &str| post(&house, "Authorization: Bearer all\r\n", body);
    let deep = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{{\"a\":{}{}}}}}",
        "[".repeat(9000),
        "]".repeat(9000)
    );
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        ("{} {}", -32700),
        (deep.as_str(), -32700),
        ("[]", -32600),
        ("\"x\"", -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, -32600),
        (r#"{"id":1,"method":"ping"}"#, -32600),
    ] {
        let reply = send(body);
        assert_eq!((reply.status, reply.json()["error"]["code"].as_i64()), (400, Some(code)), "{body}");
    }
    assert_eq!(send(&" ".repeat(100_001)).status, 413);
    let many = format!("[{}]", vec![r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#; 1001].join(","));
    assert_eq!(send(&many).status, 400, "more than limits.batch");
    for arguments in ["1", "[]", "\"x\""] {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"getMonth","arguments":{arguments}}}}}"#
        );
        assert_eq!(send(&body).json()["error"]["code"], -32602, "{arguments}");
    }
}

#[test]
fn a_tool_that_takes_long_goes_on_and_its_answer_is_fetched_by_another() {
    let service = NotingService::start(|request| match request["method"].as_str() {
        Some("rpc.discover") => json!({ "openrpc": "1.3.2", "info": { "title": "s", "version": "1" }, "methods": [
            { "name": "count", "params": [], "result": { "name": "r", "schema": { "type": "integer" } } },
        ] }),
        _ => {
            std::thread::sleep(std::time::Duration::from_secs(2));
            json!(42)
        }
    });
    let slow = Table::elsewhere("slow", "jsonrpc", &format!("http://{}/", service.address()));
    let house = House::with(Configuration::new().set("http.wait", "1s").service(slow));
    for name in ["one", "two"] {
        house.key(name, Policy { tools: vec!["slow_*".to_owned()], ..Policy::default() });
    }
    let described = || names(&old(&house, "one", "tools/list", json!({}))["result"]).contains(&"slow_count");
    let begun = std::time::Instant::now();
    while !described() {
        assert!(begun.elapsed().as_secs() < 30, "the service is not described");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let call = |key: &str, name: &str, arguments: Value| {
        old(&house, key, "tools/call", json!({ "name": name, "arguments": arguments }))["result"].clone()
    };
    let begun = call("one", "slow_count", json!({}));
    let id = begun["structuredContent"]["call"].as_str().unwrap().to_owned();
    assert!(begun["content"][0]["text"].as_str().unwrap().contains(&id), "{begun}");
    assert_eq!(call("two", "call_result", json!({ "id": id }))["isError"], true, "it is the other key's");
    let fetched = (0..30)
        .map(|_| call("one", "call_result", json!({ "id": id })))
        .find(|result| result["structuredContent"].is_null())
        .unwrap();
    assert_eq!((fetched["content"][0]["text"].as_str(), fetched["isError"].as_bool()), (Some("42"), Some(false)));
}
