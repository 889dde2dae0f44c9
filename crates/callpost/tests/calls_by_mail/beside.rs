//! `call --via` and `--listen` beside a daemon: one store has one delivery.

use std::path::Path;

use testbed::{Configuration, Port, Server, Sink};

use super::house::{BINARY, JANUARY, PATIENCE, eventually};

/// A server whose calendar answers.
struct Far {
    _server: Server,
    smtp: Port,
}

impl Far {
    fn open() -> Far {
        let (http, smtp) = (Port::claim(), Port::claim());
        let server = Server::start(BINARY, &Configuration::listening(&http, &smtp));
        Far { _server: server, smtp }
    }
}

fn near() -> Configuration {
    Configuration::listening(&Port::claim(), &Port::claim()).set("calls.wait", "20s")
}

/// Processes that have the store open.
fn owners(server: &Server) -> usize {
    let folder = server.home().join("state/queue/owners");
    let is_held = |path: &Path| std::fs::File::open(path).is_ok_and(|file| file.try_lock().is_err());
    std::fs::read_dir(folder).unwrap().filter(|entry| is_held(&entry.as_ref().unwrap().path())).count()
}

#[test]
fn a_call_with_a_way_of_its_own_is_handed_to_the_daemon_and_answered() {
    let (far, replies) = (Far::open(), Port::claim());
    let server = Server::start(BINARY, &near());
    let (via, listen) = (far.smtp.to_string(), replies.to_string());
    for own in [&["--via", &via][..], &["--via", &via, "--listen", &listen]] {
        let month = server.command(&[&["call", "calendar@localhost", "getMonth", "2003", "1"], own].concat());
        assert!(month.stdout.starts_with(JANUARY) && month.code == Some(0), "{own:?}: {month:?}\n{}", server.log());
    }
    let fault = server.command(&["call", "calendar@localhost", "getMonth", "2003", "13", "--via", &via]);
    assert!(fault.code == Some(1) && fault.stderr.contains("month"), "{fault:?}");
    let nobody = server.command(&["call", "nobody@localhost", "getMonth", "2003", "1", "--via", &via]);
    assert!(nobody.code == Some(1) && nobody.stderr.contains("5.1.1"), "{nobody:?}");
    let detached = server.command(&["call", "calendar@localhost", "getMonth", "2003", "1", "--via", &via, "--detach"]);
    detached.ok("call --detach");
    eventually("nothing stays queued", || server.queue().is_empty());
}

#[test]
fn beside_a_daemon_no_call_opens_its_store() {
    let silent = Sink::start();
    let server = Server::start(BINARY, &near());
    let via = silent.address().to_string();
    std::thread::scope(|scope| {
        let call = ["call", "calendar@far.test", "getMonth", "2003", "1", "--via", &via, "--wait", "3s"];
        let server = &server;
        let call = scope.spawn(move || server.command(&call));
        silent.wait_for(1, PATIENCE);
        assert_eq!(owners(server), 1, "the daemon alone has it");
        let open = call.join().unwrap();
        assert_eq!(open.code, Some(75), "nobody answers: {open:?}");
    });
}

#[test]
fn without_a_daemon_a_call_delivers_nothing_that_is_not_its_own() {
    let (far, sink, dead) = (Far::open(), Sink::start(), Port::claim());
    let mut server = Server::start(BINARY, &near().smarthost(&dead));
    server.command_with(&["send", "--to", "other@x.test", "--from", "me@x.test"], b"Hello").ok("send");
    eventually("its destination is away: it is due at any time", || server.log().contains("away"));
    server.stop();
    server.configure(&near().smarthost(sink.address()));
    let via = far.smtp.to_string();
    for _ in 0..2 {
        let month = server.command(&["call", "calendar@localhost", "getMonth", "2003", "1", "--via", &via]);
        assert!(month.stdout.starts_with(JANUARY), "{month:?}");
    }
    assert_eq!(sink.count(), 0, "it waits for its daemon: {:?}", sink.received());
    server.launch();
    assert!(sink.wait_for(1, PATIENCE)[0].is_for("other@x.test"));
}
