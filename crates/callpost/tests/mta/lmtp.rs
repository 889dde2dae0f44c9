//! Mail servers that hand mail over by LMTP: Postfix to a socket, Exim to a port, Python to either.

use std::process::Command;
use std::time::Instant;

use testbed::Requirement::{Exim, Postfix, Python, Root};
use testbed::{Configuration, Detour, Dialogue, Mta, Port, Server, Sink, Table, need};

use super::{BINARY, PATIENCE, REQUEST, assert_january};

/// The addresses of the calendar, of who looks after the machine, and of nobody.
const ADDRESSES: [&str; 3] = ["calendar@relay.test", "postmaster@relay.test", "nobody@relay.test"];

/// A server that takes mail for the calendar by LMTP here, and whose mail leaves through this.
fn server(lmtp: &str, smarthost: &str) -> Server {
    let calendar = Table::builtin("calendar", "calendar").set("address", "calendar@relay.test");
    let listening = Configuration::listening(&Port::claim(), &Port::claim()).set("smtp.domains", ["relay.test"]);
    let server = Server::prepared(BINARY, &listening.set("smtp.lmtp", lmtp).smarthost(smarthost).service(calendar));
    server.open_to_all();
    server
}

/// Sends one mail to all of them.
fn send(mta: &Mta, mail: &str) {
    let recipients: String = ADDRESSES.iter().map(|address| format!("C: RCPT TO:<{address}>\nS: 250\n")).collect();
    Dialogue::with(mta.address()).play(&format!(
        "S: 220\nC: EHLO x.test\nS: 250\nC: MAIL FROM:<asker@x.test>\nS: 250\n{recipients}C: DATA\nS: 354\n{mail}\nS: 250"
    ));
}

/// Waits until its log has a line with all of these.
fn logs(mta: &Mta, words: &[&str]) {
    let deadline = Instant::now() + PATIENCE;
    while !mta.log().lines().any(|line| words.iter().all(|word| line.contains(word))) {
        assert!(Instant::now() < deadline, "no line has {words:?}\n{}", mta.log());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// A request to three recipients, then a person's mail to the same.
fn each_recipient_has_a_verdict(start: impl Fn(&[Detour]) -> Mta, lmtp: &str, answers: &Sink) -> Mta {
    let detours = ADDRESSES.map(|address| Detour::Lmtp { address: address.into(), to: lmtp.into() });
    let mta = start(&detours);
    send(&mta, REQUEST);
    let answer = answers.wait_until(PATIENCE, |mails| !mails.is_empty());
    let answer = answer.unwrap_or_else(|_| panic!("no answer\n{}", mta.log())).remove(0);
    assert!(answer.is_for("<asker@x.test>"), "{answer:?}");
    assert_january(&answer.message(), &mta.log());
    send(&mta, "C: From: asker@x.test\nC: Subject: hello\nC: Message-ID: <two@x.test>\nC:\nC: What month is it?\nC: .");
    mta
}

#[test]
fn postfix_hands_mail_over_at_a_socket_and_hears_of_each_recipient() {
    if !need(&[Root, Postfix]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (path, answers) = (folder.path().join("lmtp").display().to_string(), Sink::start());
    let mut server = server(&path, &answers.address().to_string());
    server.launch();
    let mta = each_recipient_has_a_verdict(Mta::postfix, &path, &answers);
    logs(&mta, &["to=<calendar@relay.test>", "status=sent", "Request run, answer queued"]);
    logs(&mta, &["to=<calendar@relay.test>", "status=bounced", "550 5.6.0"]);
    logs(&mta, &["to=<nobody@relay.test>", "status=bounced", "550 5.1.1"]);
    logs(&mta, &["to=<postmaster@relay.test>", "status=sent", "Kept"]);
    let kept = server.command(&["queue", "list", "state=captured", "--json"]).ok("queue list").rows();
    assert_eq!(kept.len(), 2, "both mails to postmaster: {kept:?}");
}

#[test]
fn exim_hands_mail_over_at_a_port_and_hears_of_each_recipient() {
    if !need(&[Root, Exim]) {
        return;
    }
    let (port, answers) = (Port::claim(), Sink::start());
    let mut server = server(&port.to_string(), &answers.address().to_string());
    server.launch();
    let mta = each_recipient_has_a_verdict(Mta::exim, &port.to_string(), &answers);
    logs(&mta, &["=> calendar@relay.test", "T=lmtp"]);
    logs(&mta, &["** calendar@relay.test", "550 5.6.0"]);
    logs(&mta, &["** nobody@relay.test", "550 5.1.1"]);
    logs(&mta, &["> postmaster@relay.test", "T=lmtp"]);
}

/// The library of Python knows the greeting of LMTP, and one reply after the message.
const SCRIPT: &str = "
import smtplib, sys
host, port, mail = sys.argv[1], int(sys.argv[2]), sys.argv[3].replace('\\n', '\\r\\n')
with smtplib.LMTP(host, port) as lmtp:
    lmtp.sendmail('asker@x.test', 'calendar@relay.test', mail.encode())
    try:
        lmtp.sendmail('asker@x.test', 'calendar@relay.test', b'Subject: hello\\r\\n\\r\\nWhat month is it?')
    except smtplib.SMTPDataError as error:
        print(error.smtp_code, error.smtp_error.decode())
";

#[test]
fn python_hands_mail_over_at_a_port_and_at_a_socket() {
    if !need(&[Python]) {
        return;
    }
    let (folder, port) = (tempfile::tempdir().unwrap(), Port::claim());
    let mail: Vec<&str> = REQUEST.lines().map(|line| line.strip_prefix("C:").unwrap().trim_start()).collect();
    let mail = mail.join("\n");
    for lmtp in [port.to_string(), folder.path().join("lmtp").display().to_string()] {
        let answers = Sink::start();
        let mut server = server(&lmtp, &answers.address().to_string());
        server.launch();
        let (host, port) = lmtp.rsplit_once(':').unwrap_or((&lmtp, "0"));
        let output =
            Command::new("python3").args(["-c", SCRIPT, host, port, mail.trim_end_matches("\n.")]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.starts_with("550 5.6.0"), "{said} {}", String::from_utf8_lossy(&output.stderr));
        assert_january(&answers.wait_for(1, PATIENCE).remove(0).message(), &server.log());
    }
}
