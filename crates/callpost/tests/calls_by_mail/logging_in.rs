//! M23: who logs in over SMTP, or shows a certificate, has proven who asks; by real clients.

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use testbed::{Configuration, Dialogue, Requirement, Table, need};

use super::house::{House, Letter};

/// A calendar for those whom one of these proves.
fn calendar_for(proof: &[&str], more: Configuration) -> House {
    House::with(more.service(Table::builtin("calendar", "calendar").set("proof", proof)))
}

fn plain(user: &str, password: &str) -> String {
    format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{user}\0{password}")))
}

/// A session after EHLO.
fn greeted(house: &House) -> Dialogue {
    let mut talk = Dialogue::with(house.smtp.address());
    talk.play("S: 220\nC: EHLO x.test\nS: 250");
    talk
}

fn says(talk: &mut Dialogue, command: &str) -> String {
    talk.send(format!("{command}\r\n").as_bytes()).reply()
}

/// Sends this letter as this client does, which trusts the own CA's certificate, and gives what it printed.
fn sends(house: &House, letter: &Letter, client: &[&str]) -> String {
    let ca = house.server.home().join("ca.pem");
    let file = house.server.home().join("letter.eml");
    std::fs::write(&file, letter.text()).unwrap();
    let (port, ca, file) = (house.smtp.number().to_string(), ca.display().to_string(), file.display().to_string());
    let filled = client.iter().map(|word| word.replace("PORT", &port).replace("CAFILE", &ca).replace("FILE", &file));
    let words: Vec<String> = filled.collect();
    let output = Command::new(&words[0]).args(&words[1..]).output().unwrap();
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const SMTPLIB: &str = "
import smtplib, ssl, sys
port, ca, mail, user, password = sys.argv[1:]
smtp = smtplib.SMTP('localhost', int(port))
smtp.starttls(context=ssl.create_default_context(cafile=ca))
try:
    smtp.login(user, password)
    smtp.sendmail('asker@x.test', ['calendar@localhost'], open(mail, 'rb').read())
    print('sent')
except smtplib.SMTPResponseException as error:
    print('refused', error.smtp_code)
";

/// What is told of the request with this id.
fn told(house: &House, id: &str) -> String {
    let told = house.server.command(&["trace", id, "--json"]).ok("trace").json();
    told["answers"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_holder_of_a_key_logs_in_by_python_swaks_and_curl() {
    if !need(&[Requirement::Python, Requirement::Program("swaks"), Requirement::Program("curl")]) {
        return;
    }
    let house = calendar_for(&["auth"], Configuration::new());
    house.server.certificate("client");
    let key = house.server.key_add("web");
    let smtplib = |password| ["python3", "-c", SMTPLIB, "PORT", "CAFILE", "FILE", "web", password];
    let letter = |id: &str| Letter::calendar(2003, 1).id(id);
    let wrong = sends(&house, &letter("<zero@x.test>"), &smtplib("guess"));
    assert!(wrong.contains("refused 535"), "{wrong}");
    let swaks = |way| {
        let said =
            ["swaks", "--server", "127.0.0.1:PORT", "--tls", "--auth", way, "--auth-user", "web", "--auth-password"];
        let mail = ["--from", "asker@x.test", "--to", "calendar@localhost", "--data", "@FILE"];
        [&said[..], &[&*key], &mail[..]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let user = format!("web:{key}");
    let curl: Vec<String> =
        ["curl", "-sS", "--ssl-reqd", "--cacert", "CAFILE", "smtp://localhost:PORT", "--user", &user]
            .into_iter()
            .chain(["--mail-from", "asker@x.test", "--mail-rcpt", "calendar@localhost", "-T", "FILE"])
            .map(str::to_owned)
            .collect();
    let smtplib: Vec<String> = smtplib(&key).map(str::to_owned).to_vec();
    for (place, client) in [smtplib, swaks("PLAIN"), swaks("LOGIN"), curl].iter().enumerate() {
        let id = format!("<{place}@x.test>");
        let client: Vec<&str> = client.iter().map(String::as_str).collect();
        let said = sends(&house, &letter(&id), &client);
        let is_told = || told(&house, &id).ends_with("proven by auth (key web)");
        assert!(is_told(), "{}: {said}\n{}", client[0], house.server.log());
        house.answer_to(&letter(&id));
    }
}

#[test]
fn who_is_not_logged_in_is_told_to_and_a_key_that_is_revoked_opens_nothing_at_the_next_recipient() {
    let house = calendar_for(&["auth"], Configuration::new());
    let key = house.server.key_add("web");
    let mut talk = greeted(&house);
    assert!(says(&mut talk, "MAIL FROM:<asker@x.test>").starts_with("250"));
    assert!(says(&mut talk, "RCPT TO:<calendar@localhost>").starts_with("530 5.7.0"));
    assert!(says(&mut talk, "RSET").starts_with("250"));
    assert!(says(&mut talk, &plain("other", &key)).starts_with("535"), "the key of another name");
    assert!(says(&mut talk, &plain("web", &key)).starts_with("235"));
    assert!(says(&mut talk, "MAIL FROM:<asker@x.test>").starts_with("250"));
    assert!(says(&mut talk, "RCPT TO:<calendar@localhost>").starts_with("250"));
    house.server.command(&["key", "revoke", "web"]).ok("key revoke");
    assert!(says(&mut talk, "RCPT TO:<calendar+more@localhost>").starts_with("530 5.7.0"));
    let told = house.server.command(&["trace", "asker@x.test"]).ok("trace").stdout;
    assert!(told.contains("refused: calendar: 530 5.7.0"), "{told}");
}

#[test]
fn a_key_proves_no_author_whom_it_may_not_write_as() {
    let house = calendar_for(&["auth"], Configuration::new());
    let made = house.server.command(&["key", "add", "web", "--from", "*@y.test", "--json"]).ok("key add").json();
    let key = made["key"].as_str().unwrap().to_owned();
    let mut talk = greeted(&house);
    assert!(says(&mut talk, &plain("web", &key)).starts_with("235"));
    assert!(says(&mut talk, "MAIL FROM:<asker@x.test>").starts_with("250"));
    assert!(says(&mut talk, "RCPT TO:<calendar@localhost>").starts_with("250"));
    assert!(says(&mut talk, "DATA").starts_with("354"));
    let letter = Letter::calendar(2003, 1);
    let reply = talk.send(&[&letter.text()[..], b".\r\n"].concat()).reply();
    assert!(reply.starts_with("550 5.7.1"), "{reply}");
}

#[test]
fn whoever_guesses_waits_and_is_served_otherwise() {
    let house = calendar_for(&["auth", "none"], Configuration::new().set("limits.failed_logins", 2));
    let key = house.server.key_add("web");
    let mut talk = greeted(&house);
    assert!(says(&mut talk, &plain("web", "guess")).starts_with("535"));
    assert!(says(&mut talk, &plain("web", "guess again")).starts_with("535"));
    assert!(says(&mut talk, &plain("web", &key)).starts_with("454 4.7.0"), "no guess is looked at, be it right");
    house.answer(&Letter::calendar(2003, 1));
}

#[test]
fn a_certificate_of_the_ca_proves_its_holder_and_another_one_nobody() {
    if !need(&[Requirement::Program("curl")]) {
        return;
    }
    let house = calendar_for(&["certificate"], Configuration::new());
    let (_, pem) = house.server.certificate("client");
    let stranger = house.server.home().join("stranger.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["x.test".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(&stranger, format!("{}{}", certificate.pem(), key.serialize_pem())).unwrap();
    let curl = |pem: &Path, id: &str| {
        let pem = pem.display().to_string();
        let client = ["curl", "-sS", "--ssl-reqd", "--cacert", "CAFILE", "smtp://localhost:PORT", "--cert", &pem];
        let mail = ["--mail-from", "asker@x.test", "--mail-rcpt", "calendar@localhost", "-T", "FILE"];
        sends(&house, &Letter::calendar(2003, 1).id(id), &[&client[..], &mail[..]].concat())
    };
    let refused = curl(&stranger, "<one@x.test>");
    assert!(refused.contains("550"), "the handshake is done, and proves nobody: {refused}");
    let said = curl(&pem, "<two@x.test>");
    assert!(told(&house, "<two@x.test>").contains("proven by certificate ("), "{said}\n{}", house.server.log());
}
