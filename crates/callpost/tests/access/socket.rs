//! The control socket, which is open to every program of this machine, says no as every other door does.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

use testbed::Requirement::Root;
use testbed::{Configuration, Port, Server, need};

use super::{PATIENCE, as_nobody, wait_for};

fn server(more: Configuration) -> Server {
    let (http, smtp) = (Port::claim(), Port::claim());
    let server = Server::start(super::BINARY, &Configuration::listening(&http, &smtp).and(more));
    server.open_to_all();
    server
}

fn connect(server: &Server) -> UnixStream {
    let stream = UnixStream::connect(server.home().join("state/control.sock")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What the daemon says before it closes.
fn last_words(stream: &mut UnixStream) -> String {
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => {}
        // What we had still to send was not read.
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{said:?}"),
    }
    String::from_utf8(said).unwrap()
}

/// A conversation that has been answered once, so that it has its place.
fn conversation(server: &Server) -> UnixStream {
    let mut stream = connect(server);
    stream.write_all(b"\"ready\"\n").unwrap();
    let mut answer = String::new();
    BufReader::new(stream.try_clone().unwrap()).read_line(&mut answer).unwrap();
    assert!(answer.contains("\"ready\":true"), "{answer}");
    stream
}

#[test]
fn conversations_over_the_cap_are_told_so_and_root_keeps_its_places() {
    if !need(&[Root]) {
        return;
    }
    let server = server(
        Configuration::new()
            .set("limits.control_connections", 4)
            .set("limits.control_per_user", 3)
            .set("limits.control_kept", 2),
    );
    let mut held: Vec<UnixStream> = (0..2).map(|_| conversation(&server)).collect();
    let refused = as_nobody(&server, &["status", "--ready"], b"");
    assert_eq!(refused.code, Some(75), "{refused:?}");
    assert!(refused.stderr.contains("too many conversations"), "{refused:?}");
    server.command(&["status"]).ok("root has two places kept");
    held.extend((0..2).map(|_| conversation(&server)));
    // Mail is not lost by it: it waits in the drop folder.
    as_nobody(&server, &["sendmail", "ann@example.org"], b"From: a@example.org\n\nt\n").ok("sendmail");
    held.clear();
    wait_for("the places are free again", || {
        (as_nobody(&server, &["status", "--ready"], b"").code == Some(0)).then_some(())
    });
}

#[test]
fn a_request_that_is_too_long_or_too_slow_is_told_so_and_an_answer_may_take_its_time() {
    let server = server(Configuration::new().set("smtp.max_size", "100kB").set("limits.control_wait", "1s"));
    let mut waiting = connect(&server);
    waiting.write_all(b"{\"wait\":{\"ids\":[\"none\"],\"seconds\":3}}\n").unwrap();
    let mut endless = connect(&server);
    let _ = endless.write_all(&vec![b'x'; 1 << 20]);
    assert!(last_words(&mut endless).contains("smtp.max_size"));
    let mut slow = connect(&server);
    slow.write_all(b"\"rea").unwrap();
    assert!(last_words(&mut slow).contains("limits.control_wait"));
    assert_eq!(last_words(&mut connect(&server)), "", "a silent conversation is closed without a word");
    assert!(last_words(&mut waiting).contains("\"Ok\":[]"), "the answer came later than a request may");
}

#[test]
fn root_gets_in_however_many_silent_conversations_there_are() {
    let server = server(Configuration::new());
    let held: Vec<UnixStream> = (0..600).map(|_| connect(&server)).collect();
    server.command(&["status"]).ok("status");
    server.command(&["status", "--ready"]).ok("status --ready");
    drop(held);
}
