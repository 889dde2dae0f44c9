//! Services that are called and told of by the URL of their WSDL: where it is, what it imports, where its ports are.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use testbed::{Output, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

/// What was posted: the path and the document.
type Posted = Arc<Mutex<Vec<(String, String)>>>;

/// A server of the WSDLs in the test data, which takes every call and answers with the element that its name and namespace
/// ask for.
struct Files {
    address: String,
    posted: Posted,
    ours: Server,
}

impl Files {
    fn serve() -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = door.local_addr().unwrap().to_string();
        let posted = Posted::default();
        let (own, taken) = (address.clone(), Arc::clone(&posted));
        // It ends with the test's process.
        std::thread::spawn(move || {
            for peer in door.incoming().flatten() {
                let (own, taken) = (own.clone(), Arc::clone(&taken));
                std::thread::spawn(move || answer(peer, &own, &taken));
            }
        });
        Self { address, posted, ours: Server::prepared(BINARY, "http.listen = \"127.0.0.1:8020\"\n") }
    }

    fn command(&self, verb: &str, path: &str, more: &[&str]) -> Output {
        let url = format!("http://{}{path}", self.address);
        self.ours.command(&[&[verb, url.as_str()], more].concat())
    }

    /// Calls a method, and gives back where it was posted to, and what.
    fn call(&self, path: &str, method: &str, args: &Value) -> (String, String) {
        self.command("call", path, &[method, "-d", &args.to_string()]).ok("call");
        self.posted.lock().unwrap().pop().unwrap()
    }
}

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../rpc/tests/data/wsdl").join(path.trim_start_matches('/'))
}

fn answer(peer: TcpStream, own: &str, posted: &Posted) -> Option<()> {
    let mut peer = BufReader::new(peer);
    let mut line = String::new();
    peer.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (verb, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut field = String::new();
        peer.read_line(&mut field).ok()?;
        match field.to_ascii_lowercase().split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().ok()?,
            None if field.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    peer.read_exact(&mut body).ok()?;
    let (status, text) = if verb == "POST" {
        posted.lock().unwrap().push((target, String::from_utf8(body).ok()?));
        (
            "200 OK",
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body/></e:Envelope>".to_owned(),
        )
    } else {
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let name = if query.is_empty() { path.to_owned() } else { format!("{path}.wsdl") };
        match std::fs::read_to_string(file(&name)) {
            Ok(text) => ("200 OK", text.replace("http://127.0.0.1/", &format!("http://{own}/"))),
            Err(_) => ("404 Not Found", "There is no such page.".to_owned()),
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        text.len()
    );
    peer.get_mut().write_all((head + &text).as_bytes()).ok()
}

#[test]
fn a_file_that_is_a_wsdl_is_read_and_the_service_called_where_it_says() {
    let files = Files::serve();
    let listed = files.command("list", "/groups.wsdl", &[]).ok("list").stdout;
    assert!(listed.contains("find") && listed.contains("block"), "{listed}");
    let (path, document) = files.call("/groups.wsdl", "find", &json!({ "text": "x", "limit": 1 }));
    assert_eq!(path, "/groups");
    assert!(document.contains("<m:text>x</m:text><m:limit>1</m:limit>"), "{document}");
    // At `?wsdl` it is the URL that is called.
    assert_eq!(files.call("/groups?wsdl", "find", &json!({ "text": "x" })).0, "/groups");
    let nowhere = files.command("call", "/amadeus/interfaces.wsdl", &["x"]);
    assert!(nowhere.code != Some(0) && nowhere.stderr.contains("no SOAP binding"), "{nowhere:?}");
}

#[test]
fn schemas_that_are_included_and_imported_are_read_from_the_same_server() {
    let files = Files::serve();
    let person = json!({ "person": { "name": "Ann", "tags": ["a"], "mark": "m" } });
    let (_, document) = files.call("/chameleon?wsdl", "put", &person);
    assert!(
        document.contains("<m:person mark=\"m\"><m:name>Ann</m:name><m:tags><m:tag>a</m:tag></m:tags></m:person>"),
        "{document}"
    );
    let record = json!({ "record": { "xsi:type": "Customer", "companyName": "Acme" } });
    let (path, document) = files.call("/netsuite.wsdl", "add", &record);
    assert!(path == "/suite" && document.contains("xsi:type=\"t:Customer\""), "{path} {document}");
    let request = json!({ "Version": 4, "AvailRequestSegments": { "AvailRequestSegment": [] } });
    assert_eq!(files.call("/amadeus.wsdl", "Hotel_Availability", &request).0, "/travel");
}

#[test]
fn each_method_is_called_at_its_own_port() {
    let files = Files::serve();
    for (method, args, at) in [
        ("find", json!({ "name": "x" }), "/people"),
        ("cancel", json!({ "id": 7 }), "/orders"),
        ("OrdersPort.find", json!({ "id": 7 }), "/orders"),
    ] {
        let (path, document) = files.call("/ports.wsdl", method, &args);
        let name = method.rsplit('.').next().unwrap();
        assert!(path == at && document.contains(&format!("<m:{name} ")), "{method}: {path} {document}");
    }
    // Where the WSDL is at the service, that is the first port.
    assert_eq!(files.call("/ports?wsdl", "find", &json!({ "name": "x" })).0, "/ports");
    assert_eq!(files.call("/ports?wsdl", "cancel", &json!({ "id": 7 })).0, "/orders");
}

#[test]
fn what_cannot_be_called_is_said_by_name_and_nothing_is_sent() {
    let files = Files::serve();
    let listed = files.command("list", "/missing?wsdl", &[]).ok("list");
    assert!(listed.stdout.contains("here") && !listed.stdout.contains("there"), "{listed:?}");
    for part in ["there cannot be called", "nowhere.xsd cannot be had: HTTP 404", "{urn:example:elsewhere}Thing"] {
        assert!(listed.stderr.contains(part), "{part}: {listed:?}");
    }
    let refused = files.command("call", "/missing?wsdl", &["there", "1"]);
    assert!(refused.code == Some(64) && refused.stderr.contains("{urn:example:elsewhere}there"), "{refused:?}");
    let refused = files.command("call", "/missing?wsdl", &["here", "-d", r#"{"n":1,"there":{"x":1}}"#]);
    assert!(refused.code == Some(64) && refused.stderr.contains("declared nowhere"), "{refused:?}");
    assert_eq!(*files.posted.lock().unwrap(), []);
    assert!(files.call("/missing?wsdl", "here", &json!({ "n": 1 })).1.contains("<m:n>1</m:n>"));
}
