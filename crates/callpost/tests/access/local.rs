//! As whom programs on this machine may send, and under whose name it is queued.

use testbed::Requirement::Root;
use testbed::{Configuration, Port, Server, need};

use super::{NOBODY, as_nobody, wait_for};

const OWN: &[u8] = b"From: Nobody <nobody@callpost.test>\nSubject: s\n\nt\n";
const FORGED: &[u8] = b"From: The boss <boss@example.edu>\nSubject: s\n\nt\n";
const TO: &str = "ann@example.org";

fn server(more: Configuration) -> Server {
    let (http, smtp) = (Port::claim(), Port::claim());
    let server = Server::start(super::BINARY, &Configuration::listening(&http, &smtp).and(more));
    server.open_to_all();
    server
}

/// The mails of the queue with this author: open and captured ones.
fn sent_as(server: &Server, author: &str) -> usize {
    let rows = server.command(&["queue", "list", "state=captured", "--json"]).ok("queue list").rows();
    rows.iter().filter(|row| row.to_string().contains(author)).count()
}

#[test]
fn by_default_every_user_sends_as_any_author_and_is_named_as_the_owner() {
    if !need(&[Root]) {
        return;
    }
    let server = server(Configuration::new());
    as_nobody(&server, &["sendmail", TO], FORGED).ok("sendmail");
    wait_for("it is captured", || (sent_as(&server, "boss@example.edu") == 1).then_some(()));
    let rows = server.command(&["queue", "list", "state=captured", "--json"]).ok("queue list").rows();
    let id = rows[0]["id"].as_str().unwrap().to_owned();
    let story = server.command(&["--json", "trace", &id]).ok("trace").stdout;
    assert!(story.contains(&format!("uid:{NOBODY}")), "{story}");
}

#[test]
fn as_itself_a_user_sends_under_no_other_name_and_root_under_any() {
    if !need(&[Root]) {
        return;
    }
    let server = server(Configuration::new().set("send.local", "self"));
    as_nobody(&server, &["sendmail", TO], OWN).ok("its own address");
    as_nobody(&server, &["sendmail", TO], b"Subject: s\n\nt\n").ok("no author at all");
    as_nobody(&server, &["send", "--to", TO], b"t\n").ok("send");
    for (arguments, input) in [
        (&["sendmail", TO][..], FORGED),
        (&["sendmail", "-f", "boss@example.edu", TO], OWN),
        (&["sendmail", TO], b"From: nobody@callpost.test\nSender: boss@example.edu\n\nt\n"),
        (&["send", "--to", TO, "--from", "boss@example.edu"], b"t\n"),
    ] {
        let refused = as_nobody(&server, arguments, input);
        assert_eq!(refused.code, Some(77), "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains("boss@example.edu") && refused.stderr.contains("send.local"), "{refused:?}");
    }
    assert_eq!(sent_as(&server, "boss@example.edu"), 0);
    server.command_with(&["sendmail", TO], FORGED).ok("root");
}

#[test]
fn what_is_left_in_the_drop_folder_is_held_to_the_same_rule() {
    if !need(&[Root]) {
        return;
    }
    let mut server = server(Configuration::new().set("send.local", "self"));
    server.stop();
    let refused = as_nobody(&server, &["sendmail", TO], FORGED);
    assert_eq!(refused.code, Some(77), "{refused:?}");
    let drop = server.home().join("state/drop");
    // A program that does not ask us writes the file itself.
    as_nobody(&server, &["sendmail", TO], OWN).ok("left");
    let left = std::fs::read_dir(&drop).unwrap().next().unwrap().unwrap().path();
    let request = std::fs::read_to_string(&left).unwrap().replace("nobody@callpost.test", "boss@example.edu");
    let forged = drop.join("forged.mail");
    std::fs::write(&forged, request).unwrap();
    std::os::unix::fs::chown(&forged, Some(NOBODY), Some(NOBODY)).unwrap();
    server.launch();
    wait_for("the own one is taken in", || (!left.exists()).then_some(()));
    wait_for("the forged one is set aside", || (!forged.exists()).then_some(()));
    assert_eq!(sent_as(&server, "boss@example.edu"), 0, "{}", server.log());
    assert!(server.log().contains("may not send as `boss@example.edu`"), "{}", server.log());
}

#[test]
fn the_sender_of_a_program_without_environment_is_named_by_the_system() {
    if !need(&[Root]) {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    for command in [&["sendmail", TO][..], &["send", "--to", TO]] {
        let mut command_line = std::process::Command::new(super::BINARY);
        command_line.env_clear().env("STATE_DIRECTORY", state.path()).env("CALLPOST_CONFIG", "/dev/null");
        let output = command_line.env("CALLPOST_HOSTNAME", "vm.example.edu").args(command).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let left: Vec<String> = std::fs::read_dir(state.path().join("drop"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|request| request.contains("\"from\":\"root@vm.example.edu\"")), "{left:?}");
}

#[test]
fn a_hostname_without_a_dot_is_warned_of_at_the_start() {
    let (http, state) = (Port::claim(), tempfile::tempdir().unwrap());
    let mut serve = std::process::Command::new(super::BINARY);
    serve.env_clear().env("STATE_DIRECTORY", state.path()).env("CALLPOST_CONFIG", "/dev/null");
    serve.args([
        "serve",
        "--set",
        "hostname=vm",
        "--set",
        "smtp.listen=",
        "--set",
        "admin.listen=",
        "--set",
        &format!("http.listen={http}"),
    ]);
    let mut child = serve.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let said = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap())).map_while(Result::ok);
    let said: Vec<String> = said.take_while(|line| !line.contains("ready")).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let warned = said.iter().any(|line| line.starts_with("warning: hostname `vm`") && line.contains("vm.example.edu"));
    assert!(warned, "{said:?}");
}
