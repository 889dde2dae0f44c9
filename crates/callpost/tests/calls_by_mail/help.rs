//! A mail to `service+help@host` is answered with a text for people and the WSDL.

use std::io::Write as _;
use std::process::{Command, Stdio};

use testbed::Requirement::Python;
use testbed::{Configuration, Table, need};

use super::house::{JANUARY, Letter, calendar_and_echo, json, text};
use super::node::Node;

fn question(to: &str) -> Letter {
    Letter::with("text/plain", "What can you do?").to(to).id("<q@x.test>").field("Subject: help")
}

/// What Python's own library finds in the mail: the text, and the file's name, type and octets.
const SCRIPT: &str = "
import email, email.policy, sys
mail = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
text, file = mail.iter_parts()
print(file.get_filename(), file.get_content_type(), file.get_content_disposition(), text.get_content_type())
print(file.get_content())
";

#[test]
fn the_calendar_tells_of_itself_and_its_example_works() {
    let node = Node::with(calendar_and_echo());
    let answer = node.answer(&question("calendar+help@localhost"));
    let told = text(&answer);
    assert!(answer.is_for("<asker@x.test>") && answer.header("Subject").as_deref() == Some("Re: help"), "{told}");
    assert_eq!(answer.header("Auto-Submitted").as_deref(), Some("auto-replied"));
    assert!(told.contains("getMonth(year: int, month: int)") && !told.contains("TestAPI.echo"), "{told}");
    // The example is a mail that can be sent.
    let call = told.lines().find(|line| line.contains("\"jsonrpc\"")).unwrap_or_else(|| panic!("{told}")).trim();
    let month = node.answer(&Letter::with("application/json", call).id("<example@x.test>"));
    assert!(json(&month)["result"].as_str().unwrap().starts_with(&JANUARY[..20]), "{month:?}");
}

#[test]
fn its_wsdl_comes_as_a_file_that_other_programs_read() {
    if !need(&[Python]) {
        return;
    }
    let node = Node::with(calendar_and_echo());
    let answer = node.answer(&question("calendar+help@localhost"));
    let mut python = Command::new("python3");
    let mut child = python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&answer.message()).unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(said.starts_with("calendar.wsdl text/xml attachment text/plain\n"), "{said}");
    for part in ["getMonth", "mailto:calendar@localhost", "http://schemas.pocketsoap.com/soap/smtp"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[test]
fn a_service_whose_methods_nobody_knows_says_so_and_encloses_nothing() {
    let tool = Table::default().set("name", "tool").set("address", "tool@localhost").set("exec", ["/bin/true"]);
    let node = Node::with(Configuration::new().service(tool.set("methods", ["*"])));
    let answer = node.answer(&question("tool+help@localhost"));
    let told = text(&answer);
    assert!(told.contains("What its methods are is not known here.") && !told.contains("multipart"), "{told}");
}

#[test]
fn one_sender_is_told_so_often_and_no_more() {
    let node = Node::with(calendar_and_echo().set("limits.answers_per_sender", 2));
    for at in 0..2 {
        assert!(question("calendar+help@localhost").id(&format!("<{at}@x.test>")).send(&node.smtp).starts_with("250"));
    }
    let reply = question("calendar+help@localhost").id("<3@x.test>").send(&node.smtp);
    assert!(reply.starts_with("450 4.7.1"), "{reply}");
    node.sent_only(2);
}
