//! Who sends a mail, and who gets it: `-t` and the command line.

use testbed::Configuration;

use crate::house::{House, body, me};

/// Mails whose recipients are in the header; who sends them, and who gets them.
const MAILS: [(&str, &str, &[&str]); 9] = [
    (
        "From: app@example.edu\nTo: undisclosed-recipients:;\nBcc: ann@example.edu\n",
        "app@example.edu",
        &["ann@example.edu"],
    ),
    ("From: app@example.edu\nTo: ann@example.edu\nCc:\nBcc: \n", "app@example.edu", &["ann@example.edu"]),
    ("From: root (Cron Daemon)\nTo: root\nMIME-Version: 1.0\n", "root@callpost.test", &["root@callpost.test"]),
    ("From: mdadm monitoring <root>\nTo: Ann <ann@example.edu>\n", "root@callpost.test", &["ann@example.edu"]),
    (
        "From: app@example.edu\nTo: Ann <ann@example.edu>, bob@example.edu\nCc: ANN@Example.edu,\n bob@example.edu (Bob)\n",
        "app@example.edu",
        &["Ann@example.edu", "bob@example.edu"],
    ),
    (
        "From: app@example.edu\nTo: Staff: ann@example.edu, bob;\nCc: <undisclosed-recipients:;>\nBcc: ann@example.edu\n",
        "app@example.edu",
        &["ann@example.edu", "bob@callpost.test"],
    ),
    (
        "Resent-From: bob@example.edu\nResent-To: carol@example.edu\nResent-Bcc: secret@example.edu\nFrom: app@example.edu\n\
         To: ann@example.edu\n",
        "bob@example.edu",
        &["carol@example.edu", "secret@example.edu"],
    ),
    (
        "Resent-Sender: op@example.edu\nResent-From: bob@example.edu\nResent-Cc: carol@example.edu\n\
         Resent-From: dan@example.edu\nResent-To: eve@example.edu\nFrom: app@example.edu\nTo: ann@example.edu\n",
        "op@example.edu",
        &["carol@example.edu"],
    ),
    (
        "From: Example, Inc. <app@example.edu>\nSender: app@example.edu\nTo: ann@example.edu <ann@example.edu>\n",
        "app@example.edu",
        &["ann@example.edu"],
    ),
];

#[test]
fn with_t_each_whom_the_header_names_gets_one_copy_and_blind_copies_are_not_told_of() {
    for (header, from, to) in MAILS {
        let house = House::open();
        house.sendmail(&["-t", "-i"], format!("{header}Subject: s\n\nhello\n")).ok(header);
        let to: Vec<String> = to.iter().map(|to| to.replace("Ann@", "ann@")).collect();
        let mail = house.sent(from, &to.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(body(&mail), "hello\r\n");
        let text = mail.text();
        assert!(!text.contains("Bcc") && !text.contains("secret"), "{text}");
    }
}

#[test]
fn what_is_said_on_the_command_line_may_lack_a_domain() {
    let house = House::open();
    let arguments = ["-f", "root", "-F", "Jürgen, Admin", "-i", "--", "root", "Ann <ann@example.edu>, root", "bob"];
    house.sendmail(&arguments, "Subject: s\n\nhello\n").ok("sendmail");
    let mail = house.sent("root@callpost.test", &["root@callpost.test", "ann@example.edu", "bob@callpost.test"]);
    let from = mail.header("From").unwrap();
    assert!(from.starts_with("=?") && from.ends_with("<root@callpost.test>"), "{from}");
}

#[test]
fn names_without_a_domain_get_one_in_the_header_too() {
    let house = House::open();
    house
        .sendmail(&["-t"], "From: root (Cron Daemon)\nTo: root,\n Ann <ann>\nSubject: root\n\nTo: root\n")
        .ok("sendmail");
    let mail = house.sent("root@callpost.test", &["ann@callpost.test", "root@callpost.test"]);
    let text = mail.text();
    assert!(text.contains("From: root@callpost.test (Cron Daemon)\r\n"), "{text}");
    assert!(text.contains("To: root@callpost.test,\r\n Ann <ann@callpost.test>\r\nSubject: root\r\n"), "{text}");
    assert_eq!(body(&mail), "To: root\r\n");
}

#[test]
fn the_null_sender_stays_null_and_the_author_is_the_user() {
    for null in ["", "<>"] {
        let house = House::open();
        house.sendmail(&["-f", null, "ann@example.edu"], "Subject: s\n\nhello\n").ok("sendmail");
        let mail = house.sent("", &["ann@example.edu"]);
        assert_eq!(mail.header("From"), Some(me()));
    }
}

#[test]
fn without_a_sender_anywhere_it_is_the_user_by_the_password_file() {
    let house = House::open();
    house.sendmail(&["ann@example.edu"], "hello\n").ok("sendmail");
    let mail = house.sent(&me(), &["ann@example.edu"]);
    assert_eq!(mail.header("From"), Some(me()));
    assert!(mail.header("Date").is_some() && mail.header("Message-ID").is_some(), "{}", mail.text());
}

/// A hop count, and what else programs say that means nothing here.
#[test]
fn options_of_other_sendmails_are_taken_and_the_mail_is_sent() {
    let house = House::open();
    let options = ["-h", "5", "-oem", "-om", "-oi", "-G", "-N", "never", "-R", "hdrs", "-V", "id", "-B8BITMIME", "-U"];
    let more =
        ["-O", "DeliveryMode=b", "-Am", "-L", "tag", "-X", "/dev/null", "-r", "a@example.edu", "ann@example.edu"];
    house.sendmail(&[&options[..], &more[..]].concat(), "Subject: s\n\nhello\n.\nmore\n").ok("sendmail");
    let mail = house.sent("a@example.edu", &["ann@example.edu"]);
    assert_eq!(body(&mail), "hello\r\n.\r\nmore\r\n", "-oi");
    assert_eq!(house.sendmail(&["-bi"], "").code, Some(0), "newaliases");
    let unknown = house.sendmail(&["-bd"], "");
    assert!(unknown.code == Some(64) && unknown.stderr.contains("-bs speaks SMTP"), "{unknown:?}");
}

#[test]
fn the_queue_is_listed_with_bp() {
    let house = House::closed(Configuration::new());
    let told = house.sendmail(&["-bp"], "");
    assert_eq!((told.code, told.stdout.as_str()), (Some(0), ""), "{told:?}");
    house.sendmail(&["-f", "a@example.edu", "ann@example.edu"], "hello\n").ok("sendmail");
    let mut house = house;
    house.sink.behave(testbed::Behaviour { defer_first: 1000, ..testbed::Behaviour::default() });
    house.server.launch();
    let start = std::time::Instant::now();
    while !house.sendmail(&["-bp"], "").stdout.contains("ann@example.edu") {
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "{}", house.server.log());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
