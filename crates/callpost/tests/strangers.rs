//! `list`, `describe` and `call` with servers of the field that know nothing of us: what they tell of themselves is found
//! in whichever way they tell it, and what they are asked is seen on the wire.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::path::Path;
use std::process::{Child, Command, Stdio};

use testbed::Requirement::{NodeModule, Perl, Php, Python, PythonModule, Ruby};
use testbed::{Output, Port, Requirement, Server, need, tools};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

/// A server of the field, and our command line. Its last argument is the port.
struct Stranger {
    child: Child,
    url: String,
    ours: Server,
}

impl Stranger {
    /// `None` where it cannot run here.
    fn start(requirement: Requirement, program: &Path, script: &str) -> Option<Stranger> {
        if !need(&[requirement]) {
            return None;
        }
        let port = Port::claim();
        let mut command = Command::new(program);
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strangers"));
        match requirement {
            Php(_) => command.args(["-S", &port.to_string(), script]),
            _ => command.args([script, &port.number().to_string()]),
        };
        command.env("NODE_PATH", tools().join("npm/node_modules")).env("PYTHONDONTWRITEBYTECODE", "1");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let path = if script.contains("xmlrpc") { "RPC2" } else { "" };
        let ours = Server::prepared(BINARY, "http.listen = \"127.0.0.1:8020\"\n");
        let stranger = Stranger { child, url: format!("http://{port}/{path}"), ours };
        port.wait_for(script);
        Some(stranger)
    }

    fn command(&self, verb: &str, more: &[&str]) -> Output {
        self.ours.command(&[&[verb, &self.url], more].concat())
    }

    /// The names of what it lists.
    fn listed(&self) -> Vec<String> {
        let listed = self.command("list", &["--json"]).ok("list").json();
        let names = listed["methods"].as_array().unwrap().iter().filter_map(|method| method["name"].as_str());
        names.map(str::to_owned).collect()
    }

    /// Two and three are added, and both documents shown.
    fn adds(&self, method: &str, proto: &str, wire: [&str; 2]) {
        let output = self.command("call", &[method, "2", "3", "--proto", proto, "--show-wire"]).ok("call");
        assert_eq!(output.stdout.trim(), "5");
        for (direction, part) in [">", "<"].iter().zip(wire) {
            let shown = output.stderr.split(&format!("{direction} ")).nth(1).unwrap_or_default();
            assert!(shown.contains(part), "{direction} {part} in {}", output.stderr);
        }
        let fault = self.command("call", &["no.such.method", "--proto", proto]);
        assert_eq!(fault.code, Some(1), "{fault:?}");
        assert!(fault.stderr.contains("the answer is a fault"), "{fault:?}");
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const INTROSPECTION: [&str; 3] = ["system.listMethods", "system.methodHelp", "system.methodSignature"];

#[test]
fn a_server_of_python_by_xml_rpc_tells_of_itself_and_is_called() {
    let Some(python) = Stranger::start(Python, Path::new("python3"), "xmlrpc_server.py") else { return };
    assert_eq!(python.listed(), [&["add"], &INTROSPECTION[..]].concat());
    let table = python.command("list", &[]).ok("list").stdout;
    assert!(table.contains("\nadd                     Adds two numbers.\n"), "one line of help is enough: {table}");
    let told = python.command("describe", &["add"]).ok("describe").stdout;
    assert_eq!(told, "add(…) → any\n  Adds two numbers.\n  Both of them.\n", "it knows no signatures");
    assert_eq!(python.command("describe", &["nothing"]).code, Some(64));
    python.adds("add", "xmlrpc", ["<methodName>add</methodName>", "<value><int>5</int></value>"]);
}

#[test]
fn a_server_of_ruby_by_xml_rpc_tells_of_itself_and_is_called() {
    let Some(ruby) = Stranger::start(Ruby("xmlrpc/server"), Path::new("ruby"), "xmlrpc_server.rb") else { return };
    assert_eq!(ruby.listed().len(), 4, "its own and introspection: {:?}", ruby.listed());
    let told = ruby.command("describe", &["add"]).ok("describe").stdout;
    let line = "add(param0: int, param1: int, param2?: int) → int\n  Adds two numbers.\n";
    assert!(told.starts_with(line), "the longest signature, less needed: {told}");
    assert!(told.ends_with(&format!("example: callpost call {} add 1 1\n", ruby.url)), "{told}");
    ruby.adds("add", "xmlrpc", ["<methodName>add</methodName>", "<i4>5</i4>"]);
}

#[test]
fn a_server_of_perl_by_xml_rpc_tells_nothing_and_is_called() {
    let Some(perl) = Stranger::start(Perl("XMLRPC::Transport::HTTP"), Path::new("perl"), "xmlrpc_server.pl") else {
        return;
    };
    let told = perl.command("list", &[]);
    assert_eq!(told.code, Some(69));
    assert!(told.stderr.contains("tells nothing of its methods"), "{told:?}");
    perl.adds("Sum.add", "xmlrpc", ["<methodName>Sum.add</methodName>", "<int>5</int>"]);
}

#[test]
fn a_server_of_node_by_json_rpc_tells_nothing_and_is_called() {
    let Some(jayson) = Stranger::start(NodeModule("jayson"), Path::new("node"), "jsonrpc_server.js") else { return };
    let told = jayson.command("list", &[]);
    assert_eq!(told.code, Some(69));
    let why = "neither rpc.discover nor system.listMethods is known there: Method not found";
    assert!(told.stderr.contains(why), "{told:?}");
    jayson.adds("add", "jsonrpc", ["\"method\":\"add\",\"params\":[2,3]", "\"result\":5"]);
}

#[test]
fn a_server_of_python_by_json_rpc_tells_of_itself_and_is_called() {
    let interpreter = tools().join("venv/bin/python3");
    let Some(pelix) = Stranger::start(PythonModule("jsonrpclib"), &interpreter, "jsonrpc_server.py") else { return };
    assert_eq!(pelix.listed(), [&["add"], &INTROSPECTION[..]].concat());
    let told = pelix.command("describe", &["add"]).ok("describe").stdout;
    assert_eq!(told, "add(…) → any\n  Adds two numbers.\n");
    pelix.adds("add", "jsonrpc", ["\"method\":\"add\"", "\"result\": 5"]);
}

#[test]
fn a_server_of_php_by_soap_is_called_in_both_versions() {
    let Some(php) = Stranger::start(Php("soap"), Path::new("php"), "soap_server.php") else { return };
    assert_eq!(php.command("list", &[]).code, Some(69), "without a WSDL it tells nothing");
    php.adds("add", "soap11", ["http://schemas.xmlsoap.org/soap/envelope/", "<return xsi:type=\"xsd:int\">5</return>"]);
    php.adds("add", "soap12", ["http://www.w3.org/2003/05/soap-envelope", "<rpc:result>return</rpc:result>"]);
}
