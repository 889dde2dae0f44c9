//! `[[scan]]`: mailboxes that the daemon reads again and again.

use std::fs;

use super::mbox::entry;
use super::stage::{answers, eventually, hello, maildir, names, request, server};

#[test]
fn the_daemon_reads_its_mailboxes_again_and_again_and_tells_of_them() {
    let mut server = server(
        "[[scan]]\nsource = \"maildir:box\"\nevery = \"1s\"\n[[scan]]\nsource = \"mbox:rpc\"\nevery = \"1s\"\nservice = \"calendar\"\n",
    );
    let folder = maildir(&server, "box");
    fs::write(folder.join("new/1.host"), request("1")).unwrap();
    fs::write(folder.join("new/2.host"), hello("2")).unwrap();
    fs::write(server.home().join("rpc"), entry(&request("3"))).unwrap();
    let check = server.command(&["check"]).stdout;
    assert!(check.contains("✓ mailbox   maildir:"), "{check}");
    server.launch();
    eventually("both are answered", || answers(&server) == 2);
    fs::write(folder.join("new/4.host"), request("4")).unwrap();
    eventually("what comes later is answered too", || answers(&server) == 3);
    eventually("it is removed", || names(&folder.join("cur")).is_empty());
    assert_eq!(names(&folder.join("new")), ["2.host"]);
    let status = || server.command(&["status", "--json"]).ok("status").json();
    let told = || {
        let rows = status()["mailboxes"].clone();
        let [taken_in, left_alone] = ["taken_in", "left_alone"].map(|name| rows[0][name].clone());
        (taken_in, left_alone, rows[1]["taken_in"].clone()) == (2.into(), 1.into(), 1.into())
    };
    eventually("the status tells of it", told);
    assert!(server.command(&["status"]).stdout.contains("mailbox  maildir:"), "{}", status());
    server.stop();
}

#[test]
fn a_mailbox_that_cannot_be_read_is_named_once_and_read_when_it_is_there() {
    let mut server = server("[[scan]]\nsource = \"maildir:box\"\nevery = \"1s\"\n");
    let check = server.command(&["check"]);
    assert!(check.stdout.contains("✗ mailbox") && check.code == Some(69), "{check:?}");
    server.launch();
    let status = || server.command(&["status", "--json"]).ok("status").json()["mailboxes"][0].clone();
    eventually("it is tried twice", || status()["failures"].as_u64() == Some(2));
    let row = status();
    assert!(row["last_error"].as_str().unwrap().contains("No such file") && row["next_try"].is_string(), "{row}");
    let folder = maildir(&server, "box");
    fs::write(folder.join("new/1.host"), request("1")).unwrap();
    eventually("it is read", || answers(&server) == 1);
    let log = server.log_with("the mailbox is read again");
    assert_eq!(log.matches("a mailbox is not read").count(), 1, "{log}");
}

#[test]
fn an_answer_in_a_mailbox_completes_its_call_and_a_person_s_mail_stays() {
    let mut server = server("[[scan]]\nsource = \"maildir:box\"\nevery = \"1s\"\n");
    let folder = maildir(&server, "box");
    server.launch();
    let call =
        server.command(&["call", "far@y.test", "getMonth", "2003", "1", "--proto", "jsonrpc", "--detach", "--json"]);
    call.ok("call");
    let calls = server.command(&["replies", "list", "--json"]).ok("replies").rows();
    let id = calls[0]["message_id"].as_str().unwrap();
    let answer = format!(
        "From: far@y.test\nTo: client@callpost.test\nIn-Reply-To: <{id}>\nContent-Type: application/json\n\n\
         {{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"a month\"}}\n"
    );
    fs::write(folder.join("new/1.host"), hello("1")).unwrap();
    fs::write(folder.join("new/2.host"), "From: ann@x.test\nIn-Reply-To: <no-call@of.ours>\n\nthanks\n").unwrap();
    fs::write(folder.join("new/3.host"), answer).unwrap();
    let shown = || server.command(&["replies", "list", "--json"]).ok("replies").stdout;
    eventually("the call is answered", || shown().contains("answered"));
    eventually("the answer is removed", || names(&folder.join("cur")).is_empty());
    assert_eq!(names(&folder.join("new")), ["1.host", "2.host"]);
}

#[test]
fn wrong_mailboxes_are_errors_with_their_lines() {
    for (toml, why) in [
        ("source = \"ftp://x\"", "write maildir:"),
        ("source = \"maildir:box\"\nafter = \"burn\"", "write delete, keep or move:NAME"),
        ("source = \"mbox:box\"\nafter = \"move:Done\"", "has no folders"),
        ("source = \"maildir:box\"\nservice = \"nosuch\"", "no [[service]] has this name"),
        ("source = \"maildir:box\"\nset_aside = \"../x\"", "is no name of a folder"),
        ("source = \"maildir:box\"\nevery = \"0s\"", "no time"),
        ("source = \"imaps://ann@mail.example.edu\"", "asks for a `password`"),
        ("source = \"imaps://mail.example.edu\"", "names no user"),
        ("source = \"pop3s://ann@mail.example.edu/INBOX\"", "no folders"),
        ("source = \"imaps://ann:hunter2@mail.example.edu\"", "does not belong into the URL"),
        ("source = \"maildir:box\"\npassword = \"x\"", "has none"),
        ("every = \"1m\"", "has no `source`"),
    ] {
        let output = server(&format!("[[scan]]\n{toml}\n")).command(&["check"]);
        assert!(output.code == Some(78) && output.stderr.contains(why), "{toml}: {output:?}");
        assert!(!output.stderr.contains("hunter2"), "{output:?}");
    }
}
