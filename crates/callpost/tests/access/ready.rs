//! Whether work is taken now: 69 where no daemon is up, 75 where one is up and takes none, else 0, with marks.

use std::io::Write;
use std::net::TcpStream;

use rustix::process::{Pid, Signal, kill_process};
use testbed::{Configuration, Port, Server};

use super::{BINARY, wait_for};

fn at(http: &Port) -> Configuration {
    Configuration::new().http(http).no_smtp()
}

#[test]
fn a_full_disk_is_up_but_not_ready() {
    let http = Port::claim();
    let mut server = Server::prepared(BINARY, &at(&http).set("queue.min_free", "100TB"));
    assert_eq!(server.command(&["status", "--ready"]).code, Some(69));
    server.launch();
    let ready = server.command(&["status", "--ready"]);
    assert_eq!(ready.code, Some(75), "{ready:?}");
    assert!(ready.stderr.contains("queue.min_free"), "{ready:?}");
    let json = server.command(&["status", "--ready", "--json"]);
    assert_eq!((json.code, &json.json()["ready"]), (Some(75), &false.into()), "{json:?}");
    server.command(&["status"]).ok("it is up");
    server.kill();
    assert_eq!(server.command(&["status", "--ready"]).code, Some(69));
}

#[test]
fn a_daemon_that_drains_is_up_but_not_ready() {
    let http = Port::claim();
    let mut server = Server::start(BINARY, &at(&http));
    assert_eq!(server.command(&["status", "--ready"]).code, Some(0));
    // A request in hand keeps it from ending.
    let mut request = TcpStream::connect(http.address()).unwrap();
    let body = br#"{"jsonrpc":"2.0","id":1,"method":"getMonth","params":[2003,1]}"#;
    let head = format!("POST /rpc HTTP/1.1\r\nHost: {http}\r\nContent-Length: {}\r\n\r\n", body.len());
    request.write_all(head.as_bytes()).unwrap();
    request.write_all(&body[..5]).unwrap();
    let kept = testbed::post(http.address(), "/rpc", "application/json", body).unwrap();
    assert_eq!(kept.status, 200, "the other request was read before");
    kill_process(Pid::from_raw(i32::try_from(server.pid()).unwrap()).unwrap(), Signal::TERM).unwrap();
    let ready = wait_for("it drains", || {
        let ready = server.command(&["status", "--ready"]);
        (ready.code != Some(0)).then_some(ready)
    });
    assert_eq!(ready.code, Some(75), "{ready:?}");
    assert!(ready.stderr.contains("stopped"), "{ready:?}");
    // Mail of programs waits for the next start.
    server.command_with(&["sendmail", "ann@example.org"], b"From: a@example.org\n\nt\n").ok("sendmail");
    request.write_all(&body[5..]).unwrap();
    wait_for("it has ended", || server.exited());
    assert_eq!(server.command(&["status", "--ready"]).code, Some(69));
}

#[test]
fn a_dead_destination_is_a_mark_and_work_is_taken_all_the_same() {
    let (http, dead) = (Port::claim(), Port::claim());
    let server = Server::start(BINARY, &at(&http).smarthost(&dead));
    server.command_with(&["sendmail", "ann@example.org"], b"From: a@example.org\n\nt\n").ok("sendmail");
    let ready = wait_for("the destination is marked", || {
        let ready = server.command(&["status", "--ready"]).ok("ready");
        ready.stderr.contains(&dead.to_string()).then_some(ready)
    });
    assert!(ready.stderr.starts_with("! "), "{ready:?}");
    let json = server.command(&["status", "--ready", "--json"]).ok("ready").json();
    assert_eq!((&json["ready"], json["marks"].as_array().map(Vec::len)), (&true.into(), Some(1)), "{json}");
}
