//! Services that say what they are: their WSDL, OpenRPC document or introspection decides what lists, numbers and names are.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use testbed::Requirement::{File, NodeModule, Php, Program, Python};
use testbed::{Configuration, Port, Server, need, post};

use crate::{BINARY, House, Upstream, faults, gives, registry};

const PROTOCOLS: [&str; 3] = ["jsonrpc", "xmlrpc", "soap11"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upstreams/described")
}

/// One of the programs of the folder, on a port.
fn program(speaks: &'static str, line: &[&str], environment: [&str; 2]) -> Upstream {
    started(speaks, line, environment, Port::claim())
}

fn started(speaks: &'static str, line: &[&str], [name, value]: [&str; 2], port: Port) -> Upstream {
    let mut command = Command::new(line[0]);
    command.args(&line[1..]).current_dir(folder()).env(name, value);
    command.env("NODE_PATH", testbed::tools().join("npm/node_modules"));
    command.env("SOAP", if speaks == "soap12" { "1.2" } else { "1.1" });
    match line[0] {
        "php" => command.args(["-S", &port.to_string(), "soap_server.php"]),
        _ => command.arg(port.number().to_string()),
    };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Upstream::listening(speaks, command.spawn().unwrap(), port, tempfile::tempdir().unwrap())
}

fn php(speaks: &'static str, style: &'static str) -> Upstream {
    program(speaks, &["php"], ["STYLE", style])
}

/// An order with as many lines, the tags of each one fewer: 0, 1 and 2 items at both depths.
fn order(lines: usize) -> Value {
    let tags = |line: usize| (0..line).map(|tag| format!("t{tag}")).collect::<Vec<_>>();
    let lines: Vec<Value> = (0..lines).map(|line| json!({ "name": format!("{line}"), "tags": tags(line) })).collect();
    json!({ "id": 7, "price": 2.5, "paid": true, "lines": lines })
}

/// Lists of 0, 1 and 2 items, alone and nested in structs, and faults: the same from every protocol.
fn keeps_lists_and_types(house: &House, kinds: &[&str]) {
    for protocol in PROTOCOLS {
        for (count, texts) in [(0, "[]"), (1, r#"["x"]"#), (2, r#"["x","x"]"#)] {
            gives(&house.call(protocol, ["repeat", &format!(r#"["x",{count}]"#)]), texts);
        }
        for count in 0..4 {
            let mut kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
            kinds.extend(["list".to_owned(), count.to_string()]);
            let seen = json!({ "order": order(count), "kinds": kinds }).to_string();
            gives(&house.call(protocol, ["mirror", &json!([order(count)]).to_string()]), &seen);
            if count == 1 {
                gives(&house.mail(protocol, ["mirror", &json!([order(count)]).to_string()]), &seen);
            }
        }
        faults(&house.call(protocol, ["refuse", r#"["closed"]"#]), "No: closed");
    }
    let named = json!({ "count": 1, "text": "x" }).to_string();
    gives(&house.call("jsonrpc", ["repeat", &named]), r#"["x"]"#);
}

fn a_php_service_is_called_as_its_wsdl_says(speaks: &'static str, style: &'static str) {
    if !need(&[Php("soap")]) {
        return;
    }
    let upstream = php(speaks, style);
    let house = House::before(speaks, &upstream.port);
    keeps_lists_and_types(&house, &["int", "float", "bool"]);
    for protocol in PROTOCOLS {
        // XML-RPC writes dates without dashes, and has no whole numbers of 64 bits but by an extension that its caller
        // did not use.
        let stamp = match protocol {
            "xmlrpc" => r#"{"when":"20260102T03:04:05Z","raw":"Y2Jh","large":"9007199254740993"}"#,
            _ => r#"{"when":"2026-01-02T03:04:05Z","raw":"Y2Jh","large":9007199254740993}"#,
        };
        gives(&house.call(protocol, ["stamp", r#"["2026-01-02T03:04:05Z","YWJj"]"#]), stamp);
        let nothing = if protocol == "xmlrpc" { "\"\"" } else { "null" };
        gives(&house.call(protocol, ["nothing", "[]"]), nothing);
    }
    faults(&house.call("jsonrpc", ["repeat", r#"["x",1,2]"#]), "too many");
    faults(&house.call("jsonrpc", ["repeat", r#"{"txt":"x"}"#]), "known are");
}

#[test]
fn an_rpc_encoded_service_is_called_as_its_wsdl_says() {
    a_php_service_is_called_as_its_wsdl_says("soap11", "encoded");
}

#[test]
fn an_rpc_literal_service_is_called_as_its_wsdl_says() {
    a_php_service_is_called_as_its_wsdl_says("soap11", "rpc");
}

#[test]
fn a_document_literal_service_is_called_as_its_wsdl_says() {
    a_php_service_is_called_as_its_wsdl_says("soap11", "document");
}

#[test]
fn soap_1_2_services_are_called_as_their_wsdl_says() {
    a_php_service_is_called_as_its_wsdl_says("soap12", "encoded");
    a_php_service_is_called_as_its_wsdl_says("soap12", "document");
}

#[test]
fn a_document_literal_service_of_node_is_called_as_its_wsdl_says() {
    if !need(&[NodeModule("soap")]) {
        return;
    }
    let upstream = program("soap11", &["node", "soap_server.js"], ["STYLE", "document"]);
    let house = House::before("soap11", &upstream.port);
    keeps_lists_and_types(&house, &["number", "number", "boolean"]);
}

/// Its types are in a document of their own, which its WSDL imports.
#[test]
fn a_jax_ws_service_is_called_as_its_wsdl_says() {
    const JAR: &str = "/usr/share/java/jaxws-rt.jar";
    if !need(&[Program("java"), Program("javac"), File(JAR)]) {
        return;
    }
    let upstream = program("soap11", &["java", "-cp", JAR, "Shop.java"], ["STYLE", "rpc"]);
    let house = House::before("soap11", &upstream.port);
    keeps_lists_and_types(&house, &["int", "double", "boolean"]);
}

#[test]
fn a_json_rpc_service_is_called_as_its_openrpc_document_says() {
    if !need(&[NodeModule("jayson")]) {
        return;
    }
    let upstream = program("jsonrpc", &["node", "jsonrpc_server.js"], ["DISCOVER", "yes"]);
    let house = House::before("jsonrpc", &upstream.port);
    keeps_lists_and_types(&house, &["int", "number", "boolean"]);
    // A caller whose SOAP has no types: what a list and what a number is, the document says.
    for (lines, count) in [("", 0), ("<line><name>a</name><tags/></line>", 1)] {
        let order = format!("<order><id>7</id><price>2.5</price><paid>1</paid><lines>{lines}</lines></order>");
        let answer = literal(&house, "mirror", &order);
        let kinds =
            format!("<item>int</item><item>number</item><item>boolean</item><item>list</item><item>{count}</item>");
        assert!(answer.contains(&kinds), "{answer}");
    }
    assert!(literal(&house, "repeat", "<count>2</count><text>7</text>").contains("<item>7</item><item>7</item>"));
}

#[test]
fn a_json_rpc_service_is_called_as_a_document_at_a_url_says() {
    if !need(&[NodeModule("jayson")]) {
        return;
    }
    let upstream = program("jsonrpc", &["node", "jsonrpc_server.js"], ["DISCOVER", "no"]);
    let described =
        registry("jsonrpc", &upstream.port).set("describe", format!("http://{}/openrpc.json", upstream.port));
    let house = House::with(Configuration::new().service(described));
    assert_eq!(house.listed(), ["mirror", "refuse", "repeat"]);
    let seen = json!({ "order": order(1), "kinds": ["int", "number", "boolean", "list", "1"] }).to_string();
    gives(&house.call("xmlrpc", ["mirror", &json!([order(1)]).to_string()]), &seen);
}

/// The answer to a SOAP call without types.
fn literal(house: &House, method: &str, parameters: &str) -> String {
    let document = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><m:{method} xmlns:m=\"urn:x\">{parameters}\
         </m:{method}></e:Body></e:Envelope>"
    );
    let reply = post(house.http.address(), "/rpc", "text/xml", document.as_bytes()).unwrap();
    String::from_utf8(reply.body).unwrap()
}

#[test]
fn an_xml_rpc_service_is_called_as_its_signatures_say() {
    if !need(&[Python]) {
        return;
    }
    let upstream = program("xmlrpc", &["python3", "xmlrpc_server.py"], ["SIGNED", "yes"]);
    let house = House::before("xmlrpc", &upstream.port);
    assert!(literal(&house, "add", "<a>2</a><b>3</b>").contains(">5<"));
    assert!(literal(&house, "add", "<a>2</a>").contains(">3<"));
    for protocol in PROTOCOLS {
        gives(&house.call(protocol, ["repeat", r#"["x",1]"#]), r#"["x"]"#);
        gives(&house.mail(protocol, ["add", "[2,3]"]), "5");
        let seen = r#"{"kinds":["DateTime","Binary"],"raw":"cba"}"#;
        gives(&house.call(protocol, ["stamp", r#"["20260102T03:04:05","YWJj"]"#]), seen);
        faults(&house.call(protocol, ["refuse", r#"["closed"]"#]), "No: closed");
    }
    gives(&house.call("jsonrpc", ["system.methodSignature", r#"["add"]"#]), r#"[["int","int"],["int","int","int"]]"#);
}

/// Python's server names its methods and helps, but has no signatures: calls are as they would be without.
#[test]
fn an_xml_rpc_service_without_signatures_is_listed_and_called_as_before() {
    if !need(&[Python]) {
        return;
    }
    let upstream = program("xmlrpc", &["python3", "xmlrpc_server.py"], ["STYLE", ""]);
    let house =
        House::with(Configuration::new().service(registry("xmlrpc", &upstream.port).set("methods", ["add", "re*"])));
    for protocol in PROTOCOLS {
        gives(&house.call(protocol, ["add", "[2,3]"]), "5");
        gives(&house.call(protocol, ["repeat", r#"["x",1]"#]), r#"["x"]"#);
    }
    let help = "\"Adds two numbers; texts would be put one behind the other.\"";
    gives(&house.call("xmlrpc", ["system.methodHelp", r#"["add"]"#]), help);
    assert_eq!(house.listed(), ["add", "refuse", "repeat"], "`stamp` is not passed on, `system.*` is ours");
}

#[test]
fn every_description_tells_of_what_is_elsewhere_and_programs_call_it_from_there() {
    if !need(&[Php("soap")]) {
        return;
    }
    let upstream = php("soap11", "document");
    let house = House::with(
        Configuration::new().service(registry("soap11", &upstream.port).set("methods", ["m*", "repeat", "getMonth"])),
    );
    assert_eq!(house.listed(), ["mirror", "repeat"]);
    let get = |path: &str| testbed::ask(house.http.address(), "GET", path, "localhost").unwrap();
    let openrpc = get("/openrpc.json").json();
    let names: Vec<&str> = openrpc["methods"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    let all = house.call("jsonrpc", ["system.listMethods", "[]"]).json();
    assert_eq!(json!(names), all["result"]);
    let wsdl = String::from_utf8(get("/rpc?wsdl").body).unwrap();
    let port_type = wsdl.split("<portType").nth(1).unwrap().split("</portType>").next().unwrap();
    assert!(names.iter().all(|name| port_type.contains(&format!("<operation name=\"{name}\""))), "{port_type}");
    assert_eq!(port_type.matches("<operation").count(), names.len());
    assert!(String::from_utf8(get("/").body).unwrap().contains("mirror("));
    gives(&house.mail("jsonrpc", ["system.methodHelp", r#"["mirror"]"#]), "\"What the shop does: mirror.\"");
    let url = format!("http://{}/rpc", house.http);
    let described = house.server.command(&["describe", &url, "mirror"]);
    assert!(described.stdout.contains("mirror(order: Order) → Seen"), "{described:?}");
    let client = Command::new("php").arg(folder().join("wsdl_client.php")).arg(&url).output().unwrap();
    let seen: Value = serde_json::from_slice(&client.stdout).unwrap_or_else(|_| panic!("{client:?}"));
    assert_eq!(seen["order"]["lines"]["item"][0]["tags"], json!({ "item": ["t"] }));
    assert_eq!(seen["kinds"]["item"], json!(["int", "float", "bool", "list", "1"]));
}

/// No configuration, only the URL of the WSDL: a service of each style is told of and called by a person.
#[test]
fn the_command_line_reads_the_wsdl_that_it_is_given() {
    if !need(&[Php("soap")]) {
        return;
    }
    let ours = Server::prepared(BINARY, "http.listen = \"127.0.0.1:8020\"\n");
    for (speaks, style) in [("soap11", "encoded"), ("soap11", "rpc"), ("soap11", "document"), ("soap12", "document")] {
        let upstream = php(speaks, style);
        let url = format!("http://{}/?wsdl", upstream.port);
        let command = |verb: &str, more: &[&str]| ours.command(&[&[verb, url.as_str()], more].concat());
        let listed = command("list", &[]).ok("list").stdout;
        assert!(listed.contains("mirror"), "{style}: {listed}");
        assert!(
            command("describe", &["mirror"]).ok("describe").stdout.contains("mirror(order: Order) → Seen"),
            "{style}"
        );
        for repeat in [["x", "1"], ["count=1", "text=x"]] {
            let answer = command("call", &[&["repeat"], &repeat[..], &["--show-wire"]].concat()).ok("call");
            assert_eq!(answer.stdout, "[\"x\"]\n", "{style}: {}", answer.stderr);
            let envelope = match speaks {
                "soap12" => "http://www.w3.org/2003/05/soap-envelope",
                _ => "http://schemas.xmlsoap.org/soap/envelope/",
            };
            for part in [envelope, "urn:shop"] {
                assert!(
                    answer.stderr.split("< ").all(|document| document.contains(part)),
                    "{part} in {}",
                    answer.stderr
                );
            }
        }
        let order = json!([order(1)]).to_string();
        let seen: Value = serde_json::from_str(&command("call", &["mirror", "-d", &order]).ok("call").stdout).unwrap();
        assert_eq!(seen, json!({ "order": self::order(1), "kinds": ["int", "float", "bool", "list", "1"] }), "{style}");
        let refused = command("call", &["refuse", "closed"]);
        assert!(refused.code == Some(1) && refused.stderr.contains("No: closed"), "{refused:?}");
        for (wrong, says) in [
            (&["repaet", "x", "1"][..], "tells of no method `repaet`"),
            (&["repeat", "x", "1", "--proto", "xmlrpc"], "is described for soap1"),
            (
                &["repeat", "x", "1", "--proto", if speaks == "soap12" { "soap11" } else { "soap12" }],
                "leave --proto out",
            ),
            (&["repeat", "x", "1", "2"], "too many"),
        ] {
            let output = command("call", wrong);
            assert!(output.code == Some(64) && output.stderr.contains(says), "{output:?}");
        }
    }
}

/// A WSDL at another address, whose types are in a document that it imports from the same server.
#[test]
fn a_description_elsewhere_is_read_with_what_it_imports_from_the_same_server() {
    if !need(&[Php("soap"), Python]) {
        return;
    }
    let upstream = php("soap11", "document");
    let (files, port) = (tempfile::tempdir().unwrap(), Port::claim());
    let wsdl = std::fs::read_to_string(folder().join("document.wsdl")).unwrap();
    let (start, rest) = wsdl.split_once("<xsd:schema").unwrap();
    let (schema, end) = rest.split_once("</xsd:schema>").unwrap();
    let import = "<xsd:import namespace=\"urn:shop\" schemaLocation=\"../shop/types.xsd\"/>\
                  <xsd:import namespace=\"urn:x\" schemaLocation=\"http://127.0.0.1:1/x.xsd\"/>";
    std::fs::create_dir(files.path().join("shop")).unwrap();
    let write = |name: &str, text: String| std::fs::write(files.path().join("shop").join(name), text).unwrap();
    write("shop.wsdl", format!("{start}<xsd:schema>{import}</xsd:schema>{end}"));
    let names = "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:tns=\"urn:shop\"";
    write("types.xsd", format!("<xsd:schema {names}{schema}</xsd:schema>"));
    let mut command = Command::new("python3");
    command.args(["-m", "http.server", "--bind", "127.0.0.1", &port.number().to_string()]).current_dir(files.path());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let described = registry("soap11", &upstream.port).set("describe", format!("http://{port}/shop/shop.wsdl"));
    let _documents = Upstream::listening("documents", command.spawn().unwrap(), port, files);
    let house = House::with(Configuration::new().service(described));
    gives(&house.call("jsonrpc", ["repeat", r#"["x",1]"#]), r#"["x"]"#);
    assert!(house.server.log().contains("on another server"), "{}", house.server.log());
}

/// While nothing is known a call fails as it would without descriptions, and when the service comes up it is asked again.
#[test]
fn a_service_that_starts_later_describes_itself_then() {
    if !need(&[Php("soap")]) {
        return;
    }
    let port = Port::claim();
    let house = House::before("soap11", &port);
    faults(&house.call("jsonrpc", ["repeat", r#"["x",1]"#]), "cannot be reached");
    assert!(house.listed().is_empty());
    let upstream = started("soap11", &["php"], ["STYLE", "rpc"], port);
    upstream.wait_until("it is described", || house.listed().contains(&"repeat".to_owned()));
    gives(&house.call("jsonrpc", ["repeat", r#"["x",1]"#]), r#"["x"]"#);
    assert_eq!(house.server.log().matches("has not described itself").count(), 1, "{}", house.server.log());
}

#[test]
fn a_description_over_its_limit_is_not_taken_and_the_log_says_so() {
    if !need(&[Php("soap")]) {
        return;
    }
    let upstream = php("soap11", "rpc");
    let house =
        House::with(Configuration::new().service(registry("soap11", &upstream.port)).set("limits.description", "1KB"));
    gives(&house.call("jsonrpc", ["repeat", r#"["x",1]"#]), r#"{"text":"x"}"#);
    assert!(house.listed().is_empty());
    assert!(house.server.log().contains("larger than 1000 octets"), "{}", house.server.log());
}

#[test]
fn a_service_that_is_not_asked_is_called_as_before() {
    if !need(&[Php("soap")]) {
        return;
    }
    let upstream = php("soap11", "rpc");
    let house = House::with(Configuration::new().service(registry("soap11", &upstream.port).set("describe", "off")));
    assert!(house.listed().is_empty());
    gives(&house.call("jsonrpc", ["repeat", r#"["x",1]"#]), r#"{"text":"x"}"#);
}

impl House {
    /// The methods that are neither ours nor about methods; the service is asked for them in the background.
    fn listed(&self) -> Vec<String> {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let listed = self.listed_now();
            if !listed.is_empty() || std::time::Instant::now() > deadline {
                return listed;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    fn listed_now(&self) -> Vec<String> {
        let call = br#"{"jsonrpc":"2.0","id":1,"method":"system.listMethods"}"#;
        let reply = post(self.http.address(), "/rpc", "application/json", call).unwrap().json();
        let names: Vec<String> = serde_json::from_value(reply["result"].clone()).unwrap();
        let ours = ["TestAPI.echo", "events", "getMonth", "message_cancel", "message_status", "send_message"];
        names.into_iter().filter(|name| !name.starts_with("system.") && !ours.contains(&name.as_str())).collect()
    }
}
