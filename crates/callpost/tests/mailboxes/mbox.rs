//! An mbox, read while others append to it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::stage::{answers, hello, names, request, request_from, scan, server, tally};

pub(crate) fn entry(mail: &str) -> String {
    format!("From asker@x.test Sat Nov 21 10:00:00 2026\n{mail}\n")
}

#[test]
fn requests_are_cut_out_and_what_else_lies_there_stays_octet_for_octet() {
    let server = server("");
    let file = server.home().join("rpc");
    let others =
        [entry(&hello("1")), entry("Subject: odd\nStatus: RO\n\n>From here\n\nFrom there on\n"), entry(&hello("2"))];
    let [one, two, three] = &others;
    let text = format!(
        "{one}{}{two}{}{three}{}",
        entry(&request("a")),
        entry(&request_from("eve@y.test", "b")),
        entry(&request("c"))
    );
    fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    assert_eq!(tally(&scan(&server, &["--mbox", path])), (2, 1, 3));
    assert_eq!(fs::read_to_string(&file).unwrap(), others.concat());
    assert_eq!(answers(&server), 2);
    let aside = names(&server.home().join("state/aside"));
    assert_eq!(aside.len(), 1);
    let kept = fs::read_to_string(server.home().join("state/aside").join(&aside[0])).unwrap();
    assert!(kept.contains("eve@y.test"), "{kept}");
    let left = names(server.home());
    assert!(left.iter().all(|name| !name.starts_with("rpc.")), "no lock and no plan is left: {left:?}");
    assert_eq!(tally(&scan(&server, &["--mbox", path])), (0, 0, 3));
}

#[test]
fn a_quoted_line_is_read_without_its_mark() {
    let server = server("");
    let file = server.home().join("rpc");
    let call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"TestAPI.echo\",\n>From the start\n\"params\":[\"x\"]}\n";
    let quoted = format!(
        "Delivered-To: echo@callpost.test\nFrom: a@x.test\nMessage-ID: <q@x.test>\nContent-Type: application/json\n\n{call}"
    );
    fs::write(&file, entry(&quoted)).unwrap();
    // A document that such a line stands in is none; that it was read so is told by its fault.
    assert_eq!(tally(&scan(&server, &["--mbox", file.to_str().unwrap()])), (1, 0, 0));
    assert_eq!(answers(&server), 1);
}

#[test]
fn what_was_taken_in_and_stays_is_not_run_again() {
    let server = server("");
    let file = server.home().join("rpc");
    let text = format!("{}{}", entry(&request("a")), entry(&hello("1")));
    fs::write(&file, &text).unwrap();
    let path = file.to_str().unwrap();
    assert_eq!(tally(&scan(&server, &["--mbox", path, "--after", "keep"])), (1, 0, 1));
    assert_eq!(tally(&scan(&server, &["--mbox", path, "--after", "keep"])), (0, 0, 1));
    assert_eq!((fs::read_to_string(&file).unwrap(), answers(&server)), (text, 1));
    assert_eq!(server.command(&["scan", "--mbox", path, "--after", "move:Done"]).code, Some(64));
}

/// Appends as a mail server does: under a dot lock, which it waits for.
fn deliver(file: &Path, mail: &str) {
    let lock = file.with_extension("lock");
    while OpenOptions::new().write(true).create_new(true).open(&lock).is_err() {
        std::thread::yield_now();
    }
    OpenOptions::new().append(true).create(true).open(file).unwrap().write_all(entry(mail).as_bytes()).unwrap();
    fs::remove_file(&lock).unwrap();
}

#[test]
fn whoever_appends_meanwhile_loses_nothing() {
    const EACH: usize = 40;
    let server = server("");
    let file = server.home().join("rpc");
    let path = file.to_str().unwrap();
    let mut taken = 0;
    std::thread::scope(|scope| {
        let appending = scope.spawn(|| {
            for number in 0..EACH {
                deliver(&file, &request(&format!("r{number}")));
                deliver(&file, &hello(&format!("h{number}")));
            }
        });
        while !appending.is_finished() {
            taken += tally(&scan(&server, &["--mbox", path])).0;
        }
    });
    taken += tally(&scan(&server, &["--mbox", path])).0;
    assert_eq!((taken, answers(&server)), (EACH as u64, EACH));
    let left: String = (0..EACH).map(|number| entry(&hello(&format!("h{number}")))).collect();
    assert_eq!(fs::read_to_string(&file).unwrap(), left);
}
