//! Real mail servers around ours: Postfix as the smarthost, and Postfix and Exim handing requests over by pipe and by
//! SMTP; the answer comes back through them and is read from a Maildir.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use std::time::Duration;

#[path = "mta/bounces.rs"]
mod bounces;
#[path = "mta/lmtp.rs"]
mod lmtp;
#[path = "mta/octets.rs"]
mod octets;

use testbed::{Configuration, Detour, Dialogue, Mta, Port, Requirement, Server, Sink, Table, need};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");
const PATIENCE: Duration = Duration::from_secs(30);

const REQUEST: &str = "C: From: asker@x.test
C: To: calendar@relay.test
C: Subject: getMonth
C: Message-ID: <one@x.test>
C: MIME-Version: 1.0
C: Content-Type: text/xml; charset=utf-8
C:
C: <E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body>
C: <m:getMonth xmlns:m=\"urn:calendar\"><year>2003</year><month>1</month></m:getMonth></E:Body></E:Envelope>
C: .";

/// A server whose mail leaves through `smarthost` and which answers for `calendar@relay.test`.
fn server(http: &Port, smtp: &Port, smarthost: &str) -> Server {
    let calendar = Table::builtin("calendar", "calendar").set("address", "calendar@relay.test");
    let listening = Configuration::listening(http, smtp).set("smtp.domains", ["relay.test"]);
    Server::prepared(BINARY, &listening.smarthost(smarthost).service(calendar))
}

fn ask(mta: &Mta) {
    Dialogue::with(mta.address()).play(&format!(
        "S: 220
         C: EHLO x.test
         S: 250
         C: MAIL FROM:<asker@x.test>
         S: 250
         C: RCPT TO:<calendar@relay.test>
         S: 250
         C: DATA
         S: 354
         {REQUEST}
         S: 250
         C: QUIT
         S: 221"
    ));
}

fn assert_january(message: &[u8], log: &str) {
    let text = format!("{}\n--- the mail server's log\n{log}", String::from_utf8_lossy(message).replace("\r\n", "\n"));
    assert!(text.contains("In-Reply-To: <one@x.test>\n"), "{text}");
    assert!(text.contains("    January 2003\nMo Tu We Th Fr Sa Su\n"), "{text}");
    assert!(text.contains("Auto-Submitted: auto-replied\n"), "{text}");
}

/// `start` gets the detour and gives a mail server that listens on any port; ours is told that port afterwards.
fn a_request_is_answered_through(start: fn(&[Detour]) -> Mta, detour: impl FnOnce(&Server, &Port) -> Detour) {
    let (http, smtp, nowhere) = (Port::claim(), Port::claim(), Port::claim());
    let mut server = server(&http, &smtp, &nowhere.to_string());
    server.open_to_all();
    let mta = start(&[detour(&server, &smtp)]);
    let text = std::fs::read_to_string(server.config()).unwrap();
    std::fs::write(server.config(), text.replace(&nowhere.to_string(), &mta.address().to_string())).unwrap();
    server.launch();
    ask(&mta);
    let message = mta.wait_for(1, PATIENCE).remove(0);
    assert_january(&message, &mta.log());
}

fn pipe(server: &Server, _: &Port) -> Detour {
    let config = server.config();
    let command = [BINARY, "-c", &config.to_string_lossy(), "pipe", "--recipient", "${recipient}"].map(str::to_owned);
    Detour::Pipe { address: "calendar@relay.test".into(), command: command.to_vec() }
}

fn relay(_: &Server, smtp: &Port) -> Detour {
    Detour::Relay { address: "calendar@relay.test".into(), to: smtp.address() }
}

#[test]
fn postfix_pipes_a_request_and_delivers_its_answer() {
    if need(&[Requirement::Root, Requirement::Postfix]) {
        a_request_is_answered_through(Mta::postfix, pipe);
    }
}

#[test]
fn postfix_relays_a_request_and_delivers_its_answer() {
    if need(&[Requirement::Root, Requirement::Postfix]) {
        a_request_is_answered_through(Mta::postfix, relay);
    }
}

#[test]
fn exim_pipes_a_request_and_delivers_its_answer() {
    if need(&[Requirement::Root, Requirement::Exim]) {
        a_request_is_answered_through(Mta::exim, pipe);
    }
}

#[test]
fn exim_relays_a_request_and_delivers_its_answer() {
    if need(&[Requirement::Root, Requirement::Exim]) {
        a_request_is_answered_through(Mta::exim, relay);
    }
}

/// Postfix' pipe(8) says who sent only when it is told to (`flags=R`), and no environment variable does.
#[test]
fn a_piped_request_without_a_return_path_is_answered_to_its_author() {
    let (http, smtp, sink) = (Port::claim(), Port::claim(), Sink::start());
    let mut server = server(&http, &smtp, &sink.address().to_string());
    server.launch();
    let mail: String =
        REQUEST.lines().map(|line| format!("{}\n", line.trim_start_matches("C:").trim_start())).collect();
    let mail = mail.trim_end_matches(".\n");
    server.command_with(&["pipe", "--recipient", "calendar@relay.test"], mail.as_bytes()).ok("pipe");
    let answer = sink.wait_for(1, PATIENCE).remove(0);
    assert!(answer.is_for("<asker@x.test>"), "{answer:?}");
    assert_january(&answer.message(), &server.log());
}
