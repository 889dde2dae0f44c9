//! Programs of the field, unmodified libraries all, against the real server: PHP, Python and Perl, by JSON-RPC, XML-RPC
//! and SOAP, over plain HTTP and over HTTPS with a client certificate, on two listeners of one server at once; and
//! SOAP::Lite and the client of 2003 by mail.
//!
//! Each driver in `clients/` checks its answers to the letter and exits 0 only if satisfied. What it queued is looked up
//! in the queue afterwards: a parcel is there whole or not at all.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use testbed::Requirement::{Perl, Php, Python, PythonModule};
use testbed::{Behaviour, Port, Requirement, Server, Sink, need, tools};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PATIENCE: Duration = Duration::from_secs(20);

/// A server with both kinds of HTTP listener, SMTP in, and a smarthost that defers everything: what is queued stays.
struct House {
    server: Server,
    http: Port,
    https: Port,
    smtp: Port,
    _smarthost: Sink,
    /// Where mail for `client@localhost` and the client of 2003 goes.
    replies: Sink,
}

impl House {
    fn open() -> House {
        let (http, https, smtp) = (Port::claim(), Port::claim(), Port::claim());
        let smarthost = Sink::with(Behaviour { defer_first: usize::MAX, ..Behaviour::default() });
        let replies = Sink::with(Behaviour { helo_only: true, ..Behaviour::default() });
        let toml = CONFIGURATION
            .replace("HTTPS", &https.to_string())
            .replace("HTTP", &http.to_string())
            .replace("SMTP", &smtp.to_string())
            .replace("SMARTHOST", &smarthost.address().to_string())
            .replace("REPLIES", &replies.address().to_string());
        let server = Server::start(BINARY, &toml);
        House { server, http, https, smtp, _smarthost: smarthost, replies }
    }

    /// Runs one driver over HTTP and over HTTPS, and looks into the queue: what each was told is queued, nothing else.
    fn serves(&self, interpreter: &Path, driver: &str, parcels: &[&str]) {
        let key = self.server.key_add(&driver.replace('.', "-"));
        let (ca, pem) = self.server.certificate(&driver.replace('.', "-"));
        let plain = format!("http://127.0.0.1:{}/rpc", self.http.number());
        let secure = format!("https://localhost:{}/rpc", self.https.number());
        run(interpreter, driver, &[&plain, &key, "plain"]);
        run(interpreter, driver, &[&secure, &key, "secure", &ca.to_string_lossy(), &pem.to_string_lossy()]);
        let queue = self.server.queue();
        let listed = |address: &str| queue.iter().filter(|row| row.to_string().contains(address)).count();
        for way in ["plain", "secure"] {
            for parcel in parcels {
                let wanted = format!("\"wanted-{way}{parcel}@example.org");
                assert_eq!(listed(&wanted), 1, "{wanted} in {queue:#?}");
            }
        }
        assert_eq!(listed("unwanted-"), 0, "half of a parcel was queued: {queue:#?}");
        assert_eq!(queue.len(), 2 * parcels.len(), "{queue:#?}");
    }
}

/// The second listener is there beside the first, with rules of its own.
const CONFIGURATION: &str = r#"
[http]
listen = "HTTP"
tls = "off"
client_cert = "off"

[[http.listener]]
listen = "HTTPS"
tls = "own-ca"
client_cert = "required"

[smtp]
listen = "SMTP"

[deliver]
smarthost = "SMARTHOST"
tls = "off"

[[route]]
match = ["*@localhost", "*@fourthought.com"]
next_hop = "REPLIES"
tls = "off"

[[service]]
name = "calendar"
address = "calendar@localhost"
builtin = "calendar"
allow = ["*"]
proof = ["network"]
match = "to"
"#;

fn run(interpreter: &Path, driver: &str, arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(driver);
    let mut command = Command::new(interpreter);
    command.arg(&script).args(arguments).stdin(Stdio::null()).env("PYTHONDONTWRITEBYTECODE", "1");
    for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        command.env_remove(proxy);
    }
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{driver} {}: {}\n{said}", arguments.join(" "), output.status);
}

fn satisfied(requirements: &[Requirement], interpreter: impl AsRef<Path>, driver: &str, parcels: &[&str]) {
    if need(requirements) {
        House::open().serves(interpreter.as_ref(), driver, parcels);
    }
}

#[test]
fn php_by_json_rpc_is_satisfied() {
    satisfied(&[Php("curl")], "php", "jsonrpc.php", &[""]);
}

#[test]
fn php_by_xml_rpc_is_satisfied() {
    satisfied(&[Php("xmlrpc")], "php", "xmlrpc.php", &[""]);
}

#[test]
fn php_by_soap_is_satisfied() {
    satisfied(&[Php("soap")], "php", "soap.php", &["-soap11", "-soap12"]);
}

#[test]
fn python_by_xml_rpc_is_satisfied() {
    satisfied(&[Python], "python3", "xmlrpc_client.py", &[""]);
}

#[test]
fn python_by_wsdl_is_satisfied() {
    let python = tools().join("venv/bin/python3");
    satisfied(&[PythonModule("zeep"), PythonModule("suds")], python, "wsdl.py", &[]);
}

#[test]
fn perl_by_soap_is_satisfied() {
    satisfied(&[Perl("SOAP::Lite"), Perl("LWP::Protocol::https")], "perl", "soap_lite.pl", &["-soap11", "-soap12"]);
}

#[test]
fn perl_by_xml_rpc_is_satisfied() {
    satisfied(&[Perl("XMLRPC::Lite"), Perl("LWP::Protocol::https")], "perl", "xmlrpc_lite.pl", &[""]);
}

#[test]
fn perl_by_soap_over_mail_is_satisfied() {
    if !need(&[Perl("SOAP::Lite"), Perl("MIME::Lite")]) {
        return;
    }
    let house = House::open();
    for (asked, encoding) in ["base64", "quoted-printable", "8bit"].iter().enumerate() {
        let port = house.smtp.number().to_string();
        run(Path::new("perl"), "soap_lite_mail.pl", &["ask", "127.0.0.1", &port, encoding]);
        let answer = house.replies.wait_for(asked + 1, PATIENCE).swap_remove(asked);
        assert!(answer.is_for("<client@localhost>"), "{answer:#?}");
        read_by_soap_lite(&answer.message());
    }
}

fn read_by_soap_lite(message: &[u8]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/soap_lite_mail.pl");
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, message).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let output = Command::new("perl").arg(script).arg("read").stdin(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(message));
}

/// The client of 2003 counts its ids from 2 in every run and compares `In-Reply-To` exactly as it wrote it.
#[test]
fn the_client_of_2003_gets_each_answer_in_two_runs_against_one_state() {
    let mut house = House::open();
    for run in 0..2 {
        for id in [2, 3, 4] {
            replay(&house, id);
        }
        let answers = house.replies.wait_for(3 * (run + 1), PATIENCE).split_off(3 * run);
        assert_eq!(answers.len(), 3);
        for (id, year, first_week) in
            [(2, 2003, "       1  2  3  4  5"), (3, 2004, "          1  2  3  4"), (4, 2005, "                1  2")]
        {
            let wanted = Some(id.to_string());
            let mine: Vec<_> = answers.iter().filter(|a| a.header("In-Reply-To") == wanted).collect();
            assert_eq!(mine.len(), 1, "answers to {id} in {answers:#?}");
            let text = mine[0].text().replace("\r\n", "\n");
            assert!(text.contains(&format!("    January {year}\nMo Tu We Th Fr Sa Su\n{first_week}\n")), "{text}");
            assert!(mine[0].is_for("<Mike.Olson@Fourthought.com>"), "{:?}", mine[0].recipients);
            let media = mine[0].header("Content-Type").unwrap_or_default().to_ascii_lowercase();
            assert!(media.starts_with("text/xml") && !text.contains("<SOAP-ENV:Fault>"), "{media}");
        }
        house.server.stop();
        house.server.launch();
    }
}

/// Sends what that client put on the wire, waiting for a reply where it did.
fn replay(house: &House, id: u32) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/zsi-client-{id}.smtp"));
    let bytes = std::fs::read(path).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (commands, rest) = text.split_once("data\r\n").unwrap();
    let mut dialogue = testbed::Dialogue::with(house.smtp.address());
    dialogue.play("S: 220");
    for command in commands.split_inclusive("\r\n") {
        dialogue.send(command.as_bytes()).play("S: 250");
    }
    dialogue.send(b"data\r\n").play("S: 354").send(rest.as_bytes()).play("S: 250");
}
