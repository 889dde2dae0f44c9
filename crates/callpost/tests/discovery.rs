//! What the running server says of itself: the same methods in every description, and each of them there in every
//! protocol.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::net::SocketAddr;

use serde_json::{Value, json};
use server::in_process::InProcess;
use tempfile::TempDir;
use testbed::{Configuration, HttpReply, Port, Server, ask, post};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const META: &str = include_str!("data/openrpc/open-rpc-meta-schema.json");
const JSON_META: &str = include_str!("data/openrpc/json-schema-meta-schema.json");

/// A server in process: what it says comes over its listener on loopback.
struct House {
    _server: InProcess,
    http: SocketAddr,
    /// Where its certificate is.
    _state: TempDir,
}

impl House {
    fn open() -> House {
        let (http, smtp, state) = (Port::claim(), Port::claim(), TempDir::new().unwrap());
        let configuration = Configuration::listening(&http, &smtp).set("state", state.path());
        let configuration =
            configuration.set("hostname", "callpost.test").set("http.names", ["api.example.edu"]).to_string();
        House { _server: InProcess::configured(&configuration).unwrap(), http: http.address(), _state: state }
    }

    fn get(&self, path: &str) -> HttpReply {
        ask(self.http, "GET", path, "api.example.edu:8443").unwrap()
    }

    fn json_rpc(&self, method: &str, params: &Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        post(self.http, "/rpc", "application/json", request.to_string().as_bytes()).unwrap().json()
    }

    /// A call with these texts as parameters, in every protocol: the bodies of the answers.
    fn in_each_protocol(&self, method: &str, params: &[&str]) -> [String; 3] {
        let json = self.json_rpc(method, &json!(params)).to_string();
        let param = |text: &&str| format!("<param><value>{text}</value></param>");
        let params_xml: String = params.iter().map(param).collect();
        let xml = format!("<methodCall><methodName>{method}</methodName><params>{params_xml}</params></methodCall>");
        let parts: String = params.iter().map(|text| format!("<part>{text}</part>")).collect();
        let soap = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><m:{method} xmlns:m=\"urn:x\">{parts}\
             </m:{method}></e:Body></e:Envelope>"
        );
        let [xml, soap] = [xml, soap].map(|document| {
            let reply = post(self.http, "/rpc", "text/xml", document.as_bytes()).unwrap();
            String::from_utf8(reply.body).unwrap()
        });
        [json, xml, soap]
    }

    fn listed(&self) -> Vec<String> {
        serde_json::from_value(self.json_rpc("system.listMethods", &json!([]))["result"].clone()).unwrap()
    }
}

fn text(reply: &HttpReply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    String::from_utf8(reply.body.clone()).unwrap()
}

/// The values of an attribute of the elements that begin so, in order.
fn attributes(xml: &str, element: &str) -> Vec<String> {
    let starts = xml.split(element).skip(1);
    starts.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// What the meta-schema refers to by URL is put in its place: nothing is fetched.
fn valid(document: &Value) -> Result<(), String> {
    let inner = JSON_META.replace("\"#/definitions/", "\"#/definitions/tools/definitions/");
    let mut inner: Value =
        serde_json::from_str(&inner.replace("\"$ref\": \"#\"", "\"$ref\": \"#/definitions/tools\"")).unwrap();
    let outer = META.replace("https://meta.json-schema.tools/#/", "#/definitions/tools/");
    let mut schema: Value =
        serde_json::from_str(&outer.replace("\"https://meta.json-schema.tools\"", "\"#/definitions/tools\"")).unwrap();
    // Both say that they are written in a schema of their own, which is JSON Schema draft 7.
    for schema in [&mut schema, &mut inner] {
        schema.as_object_mut().unwrap().remove("$schema");
    }
    inner.as_object_mut().unwrap().remove("$id");
    schema["definitions"]["tools"] = inner;
    let validator = jsonschema::draft7::new(&schema).map_err(|error| error.to_string())?;
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

#[test]
fn the_openrpc_document_is_valid_and_has_two_ways_to_it() {
    let house = House::open();
    let document = house.get("/openrpc.json").json();
    valid(&document).unwrap();
    assert_eq!(house.json_rpc("rpc.discover", &json!([]))["result"], document);
    let mut broken = document;
    broken["methods"][0]["params"] = json!("none");
    assert!(valid(&broken).is_err(), "the meta-schema refuses what is wrong");
    broken["methods"][0]["params"] = json!([{ "name": "x", "schema": { "type": "whatever" } }]);
    assert!(valid(&broken).is_err(), "schemas of parameters are looked at, too");
}

#[test]
fn every_description_tells_of_the_same_methods() {
    let house = House::open();
    let listed = house.listed();
    let document = house.get("/openrpc.json").json();
    let discovered: Vec<&str> =
        document["methods"].as_array().unwrap().iter().filter_map(|m| m["name"].as_str()).collect();
    assert_eq!(discovered, listed);
    for query in ["?wsdl", "?wsdl=document"] {
        let wsdl = text(&house.get(&format!("/rpc{query}")));
        let port_type = wsdl.split("<portType").nth(1).and_then(|rest| rest.split("</portType>").next()).unwrap();
        assert_eq!(attributes(port_type, "<operation name=\""), listed);
    }
    let page = text(&house.get("/"));
    assert!(listed.iter().all(|name| page.contains(&format!("<dt><code>{name}("))), "{page}");
}

#[test]
fn every_method_that_is_listed_is_there_in_every_protocol() {
    let house = House::open();
    for name in house.listed() {
        // More parameters than any method takes. Echo takes them.
        let wanted = if name == "TestAPI.echo" { "p9" } else { "-32602" };
        for answer in house.in_each_protocol(&name, &["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"]) {
            assert!(answer.contains(wanted) && !answer.contains("-32601"), "{name}: {answer}");
        }
    }
}

#[test]
fn an_unknown_method_is_told_the_nearest_in_every_protocol() {
    let house = House::open();
    for answer in house.in_each_protocol("getMonht", &[]) {
        assert!(answer.contains("-32601") && answer.contains("did you mean `getMonth`"), "{answer}");
    }
}

#[test]
fn the_wsdl_is_on_every_path_with_the_address_that_was_used() {
    let house = House::open();
    for path in ["/", "/rpc", "/RPC2", "/mailer.php", "/soap", "/xmlrpc"] {
        for query in ["?wsdl", "?WSDL", "?wsdl=1"] {
            let wsdl = text(&house.get(&format!("{path}{query}")));
            let url = format!("http://api.example.edu:8443{path}");
            let locations = attributes(&wsdl, "address location=\"");
            assert_eq!(locations, [&url, &url, "mailto:calendar@localhost"]);
        }
    }
    assert_eq!(text(&house.get("/rpc?singleWsdl")), text(&house.get("/rpc?wsdl=document")));
    let document = text(&house.get("/soap?wsdl=document"));
    assert_eq!(attributes(&document, "address location=\""), ["http://api.example.edu:8443/soap"; 2]);
    let two = text(&house.get("/rpc?wsdl=document&method=getMonth&method=send_message"));
    let (_, port_type) = two.split_once("<portType").unwrap();
    let (port_type, _) = port_type.split_once("</portType>").unwrap();
    assert_eq!(attributes(port_type, "<operation name=\""), ["getMonth", "send_message"]);
    assert!(!two.contains("echo"), "nor is anything else of them told: {two}");
    assert_eq!(house.get("/rpc?wsdl&method=nothing").status, 404);
    let forged = ask(house.http, "GET", "/rpc?wsdl", "x\"/><evil").unwrap();
    assert!(!String::from_utf8_lossy(&forged.body).contains("evil"));
    let head = ask(house.http, "HEAD", "/rpc?wsdl", "localhost").unwrap();
    assert!(head.status == 200 && head.head.contains("content-type: text/xml"), "{head:?}");
    assert_eq!(house.get("/nothing?wsdl").status, 404);
}

#[test]
fn the_index_page_is_plain_html_that_loads_nothing() {
    let house = House::open();
    let reply = house.get("/");
    let page = text(&reply);
    assert!(reply.head.contains("content-security-policy: default-src 'none'"), "{}", reply.head);
    for part in ["<html lang=\"en\">", "<title>", "<main>", "<h1>", "href=\"/openrpc.json\"", "?wsdl\""] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("<script") && !page.contains("style="), "{page}");
}

#[test]
fn a_service_is_listed_and_described_over_http_and_by_mail() {
    let (house, http, smtp) = (House::open(), Port::claim(), Port::claim());
    let server = Server::start(BINARY, &Configuration::listening(&http, &smtp));
    let url = format!("http://{http}/rpc");
    let listed = server.command(&["list", &url, "--json"]).ok("list").json();
    let names: Vec<&str> = listed["methods"].as_array().unwrap().iter().filter_map(|m| m["name"].as_str()).collect();
    assert_eq!(names, house.listed());
    let told = server.command(&["describe", &url, "getMonth"]).ok("describe").stdout;
    assert!(told.starts_with("getMonth(year: int, month: int) → string\n"), "{told}");
    assert!(told.contains(&format!("example: callpost call {url} getMonth 2003 1\n")), "{told}");
    let unknown = server.command(&["describe", &url, "nothing"]);
    assert_eq!(unknown.code, Some(64), "{unknown:?}");
    let (via, listen) = (smtp.to_string(), Port::claim().to_string());
    let by_mail = ["describe", "calendar@localhost", "getMonth", "--via", &via, "--listen", &listen, "--wait", "20s"];
    let told = server.command(&by_mail).ok("describe by mail").stdout;
    assert!(told.contains("getMonth(year: int, month: int) → string\n"), "{told}");
}

#[test]
fn the_machine_description_is_printed_without_a_daemon() {
    let server = Server::prepared(BINARY, "http.listen = \"127.0.0.1:8020\"\n");
    let document = server.command(&["spec", "openrpc"]).ok("spec openrpc").json();
    valid(&document).unwrap();
    let wsdl = server.command(&["spec", "wsdl", "calendar"]).ok("spec wsdl").stdout;
    assert!(wsdl.contains("targetNamespace=\"urn:calendar\"") && wsdl.contains("mailto:calendar@localhost"), "{wsdl}");
    assert!(!wsdl.contains("send_message"), "{wsdl}");
    let document = server.command(&["spec", "wsdl", "calendar", "--style", "document"]).ok("spec wsdl").stdout;
    assert!(document.contains("element=\"tns:getMonthResponse\"") && !document.contains("style=\"rpc\""), "{document}");
    let xml = server.command(&["spec", "xmlrpc"]).ok("spec xmlrpc").stdout;
    assert!(xml.contains("<methodResponse>") && xml.contains("<string>send_message</string>"), "{xml}");
    assert_eq!(server.command(&["spec", "wsdl", "nothing"]).code, Some(64));
}
