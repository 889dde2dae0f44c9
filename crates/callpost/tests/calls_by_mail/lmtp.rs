//! M19: LMTP, where each recipient has a verdict of its own.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use testbed::{Dialogue, Port};

use super::house::{House, Letter, calendar_and_echo};
use super::node::Node;

/// One mail to the calendar, to nobody, to a second service and to postmaster, and the replies to it.
fn replies(letter: &Letter) -> (Node, [String; 2]) {
    let port = Port::claim();
    let node = Node::listening(calendar_and_echo().set("smtp.lmtp", port.to_string()));
    let mut dialogue = Dialogue::with(port.address());
    dialogue.play(
        "S: 220\nC: EHLO x.test\nS: 500\nC: LHLO x.test\nS: 250\nC: MAIL FROM:<asker@x.test>\nS: 250
         C: RCPT TO:<calendar@localhost>\nS: 250\nC: RCPT TO:<nobody@localhost>\nS: 550 5.1.1
         C: RCPT TO:<echo@localhost>\nS: 452 4.5.3\nC: RCPT TO:<postmaster@localhost>\nS: 250\nC: DATA\nS: 354",
    );
    dialogue.send(&letter.text()).send(b".\r\n");
    let said = [dialogue.reply(), dialogue.reply()];
    dialogue.play("C: QUIT\nS: 221");
    (node, said)
}

#[test]
fn each_recipient_has_a_verdict_of_its_own() {
    let (node, [service, postmaster]) = replies(&Letter::calendar(2003, 1));
    assert!(service.starts_with("250") && postmaster.starts_with("250"), "{service}{postmaster}");
    node.sent_only(1);
    assert_eq!(node.kept().len(), 1);
    let (node, [service, postmaster]) = replies(&Letter::with("text/plain", "Hello, what month is it?"));
    assert!(service.starts_with("550 5.6.0") && postmaster.starts_with("250"), "{service}{postmaster}");
    node.sent_only(0);
    assert_eq!(node.kept().len(), 1);
}

#[test]
fn by_smtp_there_is_one_verdict_and_so_one_place() {
    let port = Port::claim();
    let node = Node::listening(calendar_and_echo().set("smtp.lmtp", port.to_string()));
    Dialogue::with(node.address()).play(
        "S: 220\nC: LHLO x.test\nS: 500\nC: EHLO x.test\nS: 250\nC: MAIL FROM:<asker@x.test>\nS: 250
         C: RCPT TO:<calendar@localhost>\nS: 250\nC: RCPT TO:<postmaster@localhost>\nS: 452 4.5.3",
    );
}

#[test]
fn what_a_killed_daemon_left_of_its_socket_is_no_hindrance_and_another_s_socket_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lmtp");
    let mut house = House::with(calendar_and_echo().set("smtp.lmtp", path.display().to_string()));
    for id in ["<one@x.test>", "<two@x.test>"] {
        let letter = Letter::calendar(2003, 1).id(id);
        say(&path, &letter);
        house.answer_to(&letter);
        house.server.kill();
        house.server.launch();
    }
    let other = House::prepared(calendar_and_echo().set("smtp.lmtp", path.display().to_string()));
    let output = other.server.command_under(&["timeout", "20"], &["serve"], b"");
    let said = output.stderr.contains("LMTP cannot be spoken at") && output.stderr.contains("smtp.lmtp");
    assert!(output.code == Some(69) && said, "two daemons at one socket: {output:?}");
    say(&path, &Letter::calendar(2003, 2).id("<three@x.test>"));
}

/// Hands a letter over at this socket.
fn say(path: &std::path::Path, letter: &Letter) {
    let mut stream = UnixStream::connect(path).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    let text = String::from_utf8(letter.text()).unwrap();
    let data = format!("{text}.");
    for command in ["", "LHLO x.test", "MAIL FROM:<asker@x.test>", "RCPT TO:<calendar@localhost>", "DATA", &data] {
        if !command.is_empty() {
            stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
        }
        let reply = lines.by_ref().find(|line| line.as_bytes().get(3) != Some(&b'-')).unwrap();
        assert!(reply.starts_with(['2', '3']), "{command}: {reply}");
    }
}
