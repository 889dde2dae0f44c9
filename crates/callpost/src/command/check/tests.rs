//! Each ✗ and ! has its cause, and a sound house has none.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use super::{Line, Verdict, offline, online};
use crate::complaint::Exit;
use crate::config::{Config, Options};
use crate::port::holder;

fn config(toml: &str, state: &Path) -> Config {
    let ports = "http.listen = \"127.0.0.1:0\"\nsmtp.listen = \"127.0.0.1:0\"\n";
    let toml = if toml.contains("listen") { toml.to_owned() } else { format!("{ports}{toml}") };
    Config::load(&Options::text(&toml, state)).unwrap()
}

fn found<'a>(lines: &'a [Line], subject: &str) -> &'a Line {
    lines.iter().find(|line| line.subject == subject).unwrap_or_else(|| panic!("no {subject} in {lines:?}"))
}

#[test]
fn a_sound_house_has_only_the_warning_about_capture() {
    let state = tempfile::tempdir().unwrap();
    let lines = offline(&config("", state.path()));
    let others: Vec<&Line> = lines.iter().filter(|line| line.verdict != Verdict::Good).collect();
    assert_eq!(others.len(), 1, "{others:?}");
    assert!(others[0].text.starts_with("mail is captured"), "{others:?}");
    assert!(!state.path().join("ca").exists(), "a check must change nothing");
}

#[test]
fn a_taken_port_names_who_holds_it_and_who_asked_for_it() {
    let state = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let holder = holder(address).unwrap();
    assert_eq!(holder.pid, std::process::id());
    let lines = offline(&config(&format!("http.listen = \"{address}\"\nsmtp.listen = \"\""), state.path()));
    let line = found(&lines, "port");
    assert_eq!(line.verdict, Verdict::Bad(Exit::Unavailable));
    assert_eq!(line.text, format!("{address} is taken by {holder}; set by callpost.toml:1"));
}

#[test]
fn too_little_room_is_bad() {
    let state = tempfile::tempdir().unwrap();
    let lines = offline(&config("queue.min_free = \"8000000GB\"", state.path()));
    assert_eq!(found(&lines, "disk").verdict, Verdict::Bad(Exit::Io));
}

#[test]
fn a_state_folder_under_a_file_is_bad() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let lines = offline(&config("", &file.path().join("state")));
    assert_eq!(found(&lines, "state").verdict, Verdict::Bad(Exit::CannotCreate));
}

#[test]
fn a_certificate_that_is_not_there_is_bad() {
    let state = tempfile::tempdir().unwrap();
    let toml = "smtp.tls = \"files\"\nsmtp.cert = \"/nowhere/cert.pem\"\nsmtp.key = \"/nowhere/key.pem\"";
    let lines = offline(&config(toml, state.path()));
    let line = found(&lines, "tls");
    assert!(matches!(line.verdict, Verdict::Bad(_)) && line.text.contains("/nowhere/cert.pem"), "{line:?}");
}

/// A mail server that answers one connection with these replies.
fn server(replies: &'static [&'static str]) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        for reply in replies {
            stream.write_all(reply.as_bytes()).unwrap();
            let _ = lines.next();
        }
    });
    address
}

fn online_line(toml: &str) -> Line {
    online::check(&config(toml, Path::new("/tmp"))).remove(0)
}

#[test]
fn online_a_smarthost_is_greeted() {
    let address = server(&["220 mail.example.edu ESMTP\r\n", "250-mail\r\n250 STARTTLS\r\n"]);
    let line = online_line(&format!("deliver.smarthost = \"{address}\"\ndeliver.tls = \"starttls\""));
    assert_eq!(line, Line::good("online", format!("{address}: 220 mail.example.edu ESMTP")));
}

#[test]
fn online_a_smarthost_without_the_required_tls_is_bad() {
    let address = server(&["220 hello\r\n", "250 mail\r\n"]);
    let line = online_line(&format!("deliver.smarthost = \"{address}\"\ndeliver.tls = \"starttls\""));
    assert!(matches!(line.verdict, Verdict::Bad(_)) && line.text.contains("STARTTLS"), "{line:?}");
}

#[test]
fn online_a_refusing_and_an_absent_server_are_bad() {
    let address = server(&["554 go away\r\n"]);
    let line = online_line(&format!("deliver.smarthost = \"{address}\""));
    assert!(matches!(line.verdict, Verdict::Bad(_)) && line.text.contains("554 go away"), "{line:?}");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let line = online_line(&format!("[[route]]\nmatch = [\"*\"]\nnext_hop = \"{gone}\""));
    assert_eq!(line.verdict, Verdict::Bad(Exit::TryAgain), "{line:?}");
}
