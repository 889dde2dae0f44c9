//! A Maildir, read by the command where no daemon is up.

use std::fs;

use super::stage::{answers, hello, maildir, names, request, request_from, scan, server, tally};

#[test]
fn requests_are_answered_and_all_other_mail_stays_as_it_is() {
    let server = server("");
    let folder = maildir(&server, "box");
    fs::write(folder.join("new/1.a.host"), request("1")).unwrap();
    fs::write(folder.join("cur/2.b.host:2,FS"), request("2")).unwrap();
    fs::write(folder.join("new/3.c.host"), hello("3")).unwrap();
    fs::write(folder.join("cur/4.d.host:2,S"), hello("4")).unwrap();
    fs::write(folder.join("tmp/5.e.host"), request("5")).unwrap();
    fs::write(folder.join("new/6.f.host"), request_from("eve@y.test", "6")).unwrap();
    fs::write(folder.join("cur/7.g.host:2,ST"), request("7")).unwrap();

    let path = folder.to_str().unwrap();
    assert_eq!(tally(&scan(&server, &["--maildir", path])), (2, 1, 2));
    assert_eq!(names(&folder.join("new")), ["3.c.host"]);
    assert_eq!(names(&folder.join("cur")), ["4.d.host:2,S", "7.g.host:2,ST"], "what is deleted is nobody's");
    assert_eq!(names(&folder.join("tmp")), ["5.e.host"], "it is still being written");
    assert_eq!(fs::read_to_string(folder.join("new/3.c.host")).unwrap(), hello("3"));
    assert_eq!(names(&folder.join(".Callpost-Aside/cur")), ["6.f.host:2,"]);
    assert_eq!(answers(&server), 2);
    let told = server.command(&["trace", "6@x.test"]).ok("trace").stdout;
    assert!(told.contains("set aside") && told.contains("5.7.1"), "{told}");

    assert_eq!(tally(&scan(&server, &["--maildir", path])), (0, 0, 2));
    assert_eq!(answers(&server), 2);
}

#[test]
fn what_was_taken_in_is_kept_with_a_mark_or_moved_where_that_is_wanted() {
    let server = server("");
    let folder = maildir(&server, "box");
    let path = folder.to_str().unwrap();
    fs::write(folder.join("cur/1.a.host:2,F"), request("1")).unwrap();
    fs::write(folder.join("new/2.b.host"), request("2")).unwrap();
    assert_eq!(tally(&scan(&server, &["--maildir", path, "--after", "keep"])), (2, 0, 0));
    assert_eq!(names(&folder.join("cur")), ["1.a.host:2,FS", "2.b.host:2,S"]);
    assert_eq!(tally(&scan(&server, &["--maildir", path, "--after", "keep"])), (0, 0, 0));
    // Marked as new again, it is the same mail still.
    fs::rename(folder.join("cur/2.b.host:2,S"), folder.join("cur/2.b.host:2,")).unwrap();
    assert_eq!(tally(&scan(&server, &["--maildir", path, "--after", "move:Done"])), (2, 0, 0));
    assert_eq!(names(&folder.join(".Done/cur")), ["1.a.host:2,FS", "2.b.host:2,S"]);
    assert_eq!(names(&folder.join("cur")), Vec::<String>::new());
    assert_eq!(answers(&server), 2, "each was run once");
}

#[test]
fn the_service_is_the_one_that_is_named_where_no_field_says_for_whom_a_mail_came() {
    let server = server("");
    let folder = maildir(&server, "box");
    let path = folder.to_str().unwrap();
    let plain = request("1").replace("Delivered-To: calendar@callpost.test\n", "");
    fs::write(folder.join("new/1.a.host"), &plain).unwrap();
    let forged = request("2").replace("Delivered-To: calendar@callpost.test", "Delivered-To: ann@elsewhere.test");
    fs::write(folder.join("new/2.b.host"), forged).unwrap();
    assert_eq!(tally(&scan(&server, &["--maildir", path])), (0, 0, 2));
    assert_eq!(tally(&scan(&server, &["--maildir", path, "--service", "calendar"])), (2, 0, 0));
    assert_eq!(answers(&server), 2);
}

#[test]
fn what_is_wrong_with_the_mailbox_is_said_in_five_parts() {
    let server = server("");
    let missing = server.home().join("no-such-box");
    let output = server.command(&["scan", "--maildir", missing.to_str().unwrap()]);
    assert_eq!(output.code, Some(75), "{output:?}");
    for part in ["E5201", "no-such-box", "No such file", "help:"] {
        assert!(output.stderr.contains(part), "{part}: {output:?}");
    }
    assert_eq!(server.command(&["scan"]).code, Some(64));
    let folder = maildir(&server, "box");
    let path = folder.to_str().unwrap();
    assert_eq!(server.command(&["scan", "--maildir", path, "--service", "nosuch"]).code, Some(78));
    assert_eq!(server.command(&["scan", "--maildir", path, "--after", "burn"]).code, Some(64));
}

#[test]
fn links_and_mails_that_are_too_large_are_left_alone() {
    let server = server("");
    server.configure("http.listen = []\nsmtp.listen = []\nsmtp.max_size = \"64KB\"\ndeliver.mode = \"capture\"\n\
                      [[service]]\nname = \"calendar\"\naddress = \"calendar@callpost.test\"\nbuiltin = \"calendar\"\nproof = [\"none\"]\n");
    let folder = maildir(&server, "box");
    let secret = server.home().join("secret");
    fs::write(&secret, request("1")).unwrap();
    std::os::unix::fs::symlink(&secret, folder.join("new/1.a.host")).unwrap();
    fs::write(folder.join("new/2.b.host"), format!("{}{}", request("2"), "x\n".repeat(40_000))).unwrap();
    fs::write(folder.join("new/3.c.host"), request("3")).unwrap();
    let scanned = scan(&server, &["--maildir", folder.to_str().unwrap()]);
    assert_eq!((tally(&scanned), &scanned["too_large"]), ((1, 0, 1), &serde_json::json!(1)));
    assert_eq!(names(&folder.join("new")), ["1.a.host", "2.b.host"]);
}

#[test]
fn one_who_was_answered_often_enough_waits_and_keeps_nobody_else_waiting() {
    let server = server("[limits]\nanswers_per_sender = 1\n");
    let folder = maildir(&server, "box");
    let path = folder.to_str().unwrap();
    for (number, from) in ["ann@x.test", "ann@x.test", "bob@x.test"].into_iter().enumerate() {
        fs::write(folder.join(format!("new/{number}.host")), request_from(from, &number.to_string())).unwrap();
    }
    assert_eq!(tally(&scan(&server, &["--maildir", path])), (2, 0, 1));
    assert_eq!((answers(&server), names(&folder.join("cur")).len()), (2, 1), "it lies there still");
}
