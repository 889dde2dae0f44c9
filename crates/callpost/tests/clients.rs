//! Programs of the field, unmodified libraries all, against the real server: PHP, Python and Perl, by JSON-RPC, XML-RPC
//! and SOAP, over plain HTTP and over HTTPS with a client certificate, on two listeners of one server at once; and
//! SOAP::Lite and the client of 2003 by mail.
//!
//! Each driver in `clients/` checks its answers to the letter and exits 0 only if satisfied. What it queued is looked up
//! in the queue afterwards: a parcel is there whole or not at all.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

#[path = "clients/carriers.rs"]
mod carriers;
#[path = "clients/compiled.rs"]
mod compiled;
#[path = "clients/described.rs"]
mod described;
#[path = "clients/house.rs"]
mod house;
#[path = "clients/mailers.rs"]
mod mailers;
#[path = "clients/options.rs"]
mod options;
#[path = "clients/scripts.rs"]
mod scripts;
#[path = "clients/web.rs"]
mod web;

use std::path::Path;
use std::process::Command;

use testbed::Requirement::{Perl, Php, Python};
use testbed::{Requirement, need};

use crate::house::{Driver, House, PATIENCE};

fn satisfied(requirements: &[Requirement], interpreter: impl AsRef<Path>, driver: &str, parcels: &[&str]) {
    if need(requirements) {
        House::open().serves(&Driver::script(interpreter.as_ref(), driver), parcels);
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
        Driver::script("perl", "soap_lite_mail.pl").run(&["ask", "127.0.0.1", &port, encoding]);
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
