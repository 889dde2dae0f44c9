//! Mail programs that people and scripts send with: swaks, s-nail, mutt, and Python's smtplib. Each mails a call to
//! the calendar through the SMTP listener; the answer is the one mail that comes back.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use testbed::Requirement::{Program, Python};
use testbed::{Received, need};

use crate::house::{Driver, House, PATIENCE};

const SOAP: &str = "<?xml version=\"1.0\"?>\n<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\n\
                    <getMonth xmlns=\"urn:calendar\"><year>2003</year><month>1</month></getMonth></e:Body></e:Envelope>\n";
const XML_RPC: &str = "<?xml version=\"1.0\"?>\n<methodCall><methodName>getMonth</methodName>\n<params><param><value><int>2003\
                       </int></value></param>\n<param><value><int>1</int></value></param></params></methodCall>\n";
const JSON_RPC: &str = "{\"jsonrpc\": \"2.0\", \"method\": \"getMonth\", \"params\": [2003, 1], \"id\": 1}\n";

/// Mails `body` on standard input, with no settings of the user who runs the tests.
fn mail(program: &str, arguments: &[&str], body: &str) {
    let empty = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command.args(arguments).env("HOME", empty.path()).env("LC_ALL", "C.UTF-8").env_remove("MAILRC");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat();
    assert!(output.status.success(), "{program} {arguments:?}: {}\n{said}", output.status);
}

/// The answer to the `n`th request (counted from 1), which is January 2003.
fn january(house: &House, n: usize) -> Received {
    let answer = house.replies.wait_for(n, PATIENCE).swap_remove(n - 1);
    assert!(answer.is_for("<client@localhost>"), "{answer:#?}");
    let text = answer.text();
    assert!(text.contains("    January 2003") && text.contains("Mo Tu We Th Fr Sa Su"), "{text}");
    answer
}

/// A file with a request, named as a mail program would label it.
fn file(folder: &TempDir, name: &str, body: &str) -> String {
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, body).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn swaks_gets_its_answer_in_every_protocol() {
    if !need(&[Program("swaks")]) {
        return;
    }
    let house = House::open();
    let server = format!("127.0.0.1:{}", house.smtp.number());
    let types = [("text/xml", SOAP), ("text/xml", XML_RPC), ("application/json", JSON_RPC), ("text/plain", JSON_RPC)];
    for (n, (media, body)) in types.iter().enumerate() {
        let id = format!("<swaks.{n}@client.example.org>");
        let fields = [format!("Message-Id: {id}"), format!("Content-Type: {media}")];
        let arguments =
            ["--server", &server, "--from", "client@localhost", "--to", "calendar@localhost", "--body", "-"];
        let header = ["--header", &fields[0], "--add-header", &fields[1], "--add-header", "MIME-Version: 1.0"];
        mail("swaks", &[&arguments[..], &header[..]].concat(), body);
        let answer = january(&house, n + 1);
        assert_eq!(answer.header("In-Reply-To"), Some(id), "{answer:#?}");
    }
}

/// Over STARTTLS, which it verifies. As text (s-nail calls everything text/plain), and as an attachment, which it types by the file's name or as octets.
#[test]
fn s_nail_gets_its_answer() {
    if !need(&[Program("s-nail")]) {
        return;
    }
    let house = House::open();
    let mta = format!("mta=smtp://localhost:{}", house.smtp.number());
    let trusted = format!("tls-ca-file={}", house.server.certificate("nobody").0.display());
    let common = ["-:/", "-S", "v15-compat", "-S", &mta, "-S", "smtp-auth=none", "-S", "smtp-use-starttls"];
    let more = ["-S", &trusted, "-S", "from=client@localhost", "-S", "hostname=client.example.org", "-s", "getMonth"];
    for (n, body) in [SOAP, XML_RPC, JSON_RPC].iter().enumerate() {
        mail("s-nail", &[&common[..], &more, &["calendar@localhost"]].concat(), body);
        assert!(january(&house, n + 1).header("In-Reply-To").is_some());
    }
    let folder = tempfile::tempdir().unwrap();
    for (n, (name, body)) in [("call.xml", SOAP), ("call", XML_RPC), ("call.json", JSON_RPC)].iter().enumerate() {
        let attached = file(&folder, name, body);
        mail(
            "s-nail",
            &[&common[..], &more, &["-a", &attached, "calendar@localhost"]].concat(),
            "See the attachment.\n",
        );
        january(&house, n + 4);
    }
}

/// Over STARTTLS, which it insists on and verifies.
#[test]
fn mutt_gets_its_answer() {
    if !need(&[Program("mutt")]) {
        return;
    }
    let house = House::open();
    let url = format!("set smtp_url=smtp://localhost:{}", house.smtp.number());
    let settings = ["-n", "-F", "/dev/null", "-e", &url, "-e", "set from=client@localhost use_from=yes copy=no"];
    let trusted = format!("set certificate_file={}", house.server.certificate("nobody").0.display());
    let more = ["-e", &trusted, "-s", "getMonth"];
    for (n, (media, body)) in [("text/xml", SOAP), ("text/plain", JSON_RPC)].iter().enumerate() {
        let content_type = format!("set content_type={media}");
        mail("mutt", &[&settings[..], &more, &["-e", &content_type, "calendar@localhost"]].concat(), body);
        assert!(january(&house, n + 1).header("In-Reply-To").is_some());
    }
    let folder = tempfile::tempdir().unwrap();
    let attached = file(&folder, "call.xml", XML_RPC);
    mail("mutt", &[&settings[..], &more, &["-a", &attached, "--", "calendar@localhost"]].concat(), "See there.\n");
    january(&house, 3);
}

#[test]
fn python_matches_each_answer_by_its_in_reply_to() {
    if !need(&[Python]) {
        return;
    }
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let script = Driver::script("python3", "mail_client.py");
    script.run(&["send", &house.smtp.number().to_string(), &path]);
    for (n, answer) in house.replies.wait_for(9, PATIENCE).iter().enumerate() {
        std::fs::write(folder.path().join(format!("{n}.eml")), answer.message()).unwrap();
    }
    script.run(&["match", &path]);
}

/// What a person would write is no request: refused at the end of DATA, so that the mail program says so itself.
#[test]
fn a_mail_without_a_request_is_refused_while_its_writer_looks_on() {
    if !need(&[Program("swaks")]) {
        return;
    }
    let house = House::open();
    let server = format!("127.0.0.1:{}", house.smtp.number());
    let swaks = Driver::program("swaks", ["swaks", "--server", &server].map(OsString::from));
    let output = swaks.output(&["--from", "client@localhost", "--to", "calendar@localhost", "--body", "Hello there"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("<** 550 5.6.0") && !output.status.success(), "{said}");
}
