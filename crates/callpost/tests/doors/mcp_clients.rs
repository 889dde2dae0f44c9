//! The official clients of the Model Context Protocol, in every mode that they have, over HTTP and over standard input and output,
//! before a PHP SOAP service that says what it is by its WSDL.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use testbed::Requirement::{NodeModule, Php, PythonModule};
use testbed::{Configuration, Port, Server, Table, need, tools};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doors");

/// Callpost before PHP, with a key for some of the tools.
struct House {
    server: Server,
    http: Port,
    key: String,
    php: Child,
}

impl House {
    fn open() -> Self {
        let (http, php_at) = (Port::claim(), Port::claim());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upstreams/described");
        let mut php = Command::new("php");
        php.args(["-S", &php_at.to_string(), "soap_server.php"]).current_dir(folder).env("STYLE", "document");
        let php = php.env("SOAP", "1.1").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let php = php.spawn().unwrap();
        php_at.wait_for("PHP's server");
        let registry = Table::elsewhere("registry", "soap11", &format!("http://{php_at}/"));
        let configuration = Configuration::new().http(&http).no_smtp().set("deliver.mode", "capture").service(registry);
        let server = Server::start(BINARY, &configuration);
        let tools = ["--tools", "getMonth", "--tools", "send_*", "--tools", "registry_*"];
        let added = server.command(&[&["key", "add", "assistant", "--json"], &tools[..]].concat()).ok("key add").json();
        let key = added["key"].as_str().unwrap().to_owned();
        std::fs::write(server.home().join("assistant.key"), &key).unwrap();
        Self { server, http, key, php }
    }

    /// What a client needs to know, over HTTP and over standard input and output.
    fn ways(&self) -> [Vec<String>; 2] {
        let url = format!("http://{}/mcp", self.http);
        let file = |name: &str| self.server.home().join(name).display().to_string();
        let config = self.server.config().display().to_string();
        [
            vec!["http".to_owned(), url, self.key.clone()],
            vec!["stdio".to_owned(), BINARY.to_owned(), config, file("assistant.key")],
        ]
    }

    /// Each way with this client, which begins so.
    fn satisfies(&self, program: impl AsRef<std::ffi::OsStr>, begins: &[&str]) {
        for way in self.ways() {
            let mut command = Command::new(program.as_ref());
            command.args(begins).args(&way).env("NODE_PATH", tools().join("npm/node_modules"));
            command.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null());
            for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
                command.env_remove(proxy);
            }
            let output = command.output().unwrap();
            let said = [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets)).concat();
            assert!(output.status.success(), "{begins:?} {}: {said}", way[0]);
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.php.kill();
        let _ = self.php.wait();
    }
}

#[test]
fn the_python_client_is_satisfied_in_every_mode() {
    if !need(&[PythonModule("mcp"), Php("soap")]) {
        return;
    }
    let house = House::open();
    for mode in ["auto", "legacy", "2026-07-28"] {
        house.satisfies(tools().join("venv/bin/python3"), &[&format!("{HERE}/mcp_client.py"), mode]);
    }
}

#[test]
fn the_typescript_clients_are_satisfied_in_every_mode() {
    if !need(&[NodeModule("@modelcontextprotocol/sdk"), NodeModule("@modelcontextprotocol/client"), Php("soap")]) {
        return;
    }
    let house = House::open();
    let script = format!("{HERE}/mcp_client.js");
    house.satisfies("node", &[&script, "@modelcontextprotocol/sdk", "legacy"]);
    for mode in ["legacy", "auto", "2026-07-28"] {
        house.satisfies("node", &[&script, "@modelcontextprotocol/client", mode]);
    }
}

#[test]
fn a_program_without_a_good_key_is_told_so_and_ends() {
    let server = Server::start(BINARY, &Configuration::new().closed().set("deliver.mode", "capture"));
    let wrong = server.home().join("wrong.key");
    std::fs::write(&wrong, "wrong\n").unwrap();
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        command.arg("-c").arg(server.config()).arg("mcp").args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{ping}\n\n{ping}\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap());
        (output.status.code(), stdout, stderr)
    };
    let (code, stdout, stderr) = run(&["--key-file", &wrong.display().to_string()]);
    assert_eq!((code, stdout.as_str()), (Some(77), ""), "{stderr}");
    assert!(stderr.contains("the key does not open the door"), "{stderr}");
    let (code, stdout, stderr) = run(&[]);
    assert_eq!(code, Some(0), "an operator needs none: {stderr}");
    assert_eq!(stdout, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n".repeat(2));
}
