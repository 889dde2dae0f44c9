//! What becomes of the message itself.

use testbed::{Configuration, Port};

use crate::house::{House, body};

const HEADER: &str = "From: app@example.edu\nTo: ann@example.edu\n";

#[test]
fn text_that_no_empty_line_precedes_is_the_body() {
    let texts = [
        ("Backup finished.\nDisk: 80% full\nAll volumes were copied.\n", &["ann@example.edu"][..]),
        ("From: app@example.edu\nSubject: s\n \nHello there\nTo: is no field\n", &["ann@example.edu"]),
        ("From: app@example.edu\nSubject: s\nno field\n\nHello\n", &["ann@example.edu"]),
        (" led by white space\nA: 1\n", &["ann@example.edu"]),
        ("From now on the disk is full.\n", &["ann@example.edu"]),
        ("From: app@example.edu\nTo: ann@example.edu\nHello there\n", &["-t"]),
    ];
    let bodies = [
        "Backup finished.\r\nDisk: 80% full\r\nAll volumes were copied.\r\n",
        "Hello there\r\nTo: is no field\r\n",
        "no field\r\n\r\nHello\r\n",
        " led by white space\r\nA: 1\r\n",
        "From now on the disk is full.\r\n",
        "Hello there\r\n",
    ];
    for ((text, arguments), wanted) in texts.into_iter().zip(bodies) {
        let house = House::open();
        house.sendmail(&[&["-f", "app@example.edu"], arguments].concat(), text).ok(text);
        assert_eq!(body(&house.sent("app@example.edu", &["ann@example.edu"])), wanted);
    }
}

#[test]
fn a_mail_larger_than_smtp_takes_is_refused_whole() {
    let house = House::with(Configuration::new().set("smtp.max_size", "10kB"));
    let mail = |octets: usize| format!("{HEADER}\n{}\n", "This line has thirty octets...\n".repeat(octets / 31));
    for arguments in [&["-t"][..], &["-t", "-i"], &["ann@example.edu"]] {
        let refused = house.sendmail(arguments, mail(11_045));
        assert_eq!(refused.code, Some(65), "{refused:?}");
        assert!(refused.stderr.contains("larger than smtp.max_size"), "{refused:?}");
    }
    let send = |text: &str, more: &[&str]| {
        let line = ["send", "--to", "ann@example.edu", "--from", "app@example.edu"];
        house.server.command_with(&[&line[..], more].concat(), text.as_bytes())
    };
    let file = house.server.home().join("large");
    std::fs::write(&file, "x".repeat(9_000)).unwrap();
    assert_eq!(send(&"x".repeat(11_000), &[]).code, Some(65));
    assert_eq!(send("small", &["-a", file.to_str().unwrap()]).code, Some(65), "in base64 it is too large");
    house.nothing_sent();
    house.sendmail(&["-t", "-i"], mail(9_500)).ok("what fits");
    assert!(body(&house.sent("app@example.edu", &["ann@example.edu"])).len() > 9_000);
}

/// The drop folder takes what `sendmail` took: line ends of one octet leave as two.
#[test]
fn a_mail_of_short_lines_that_fits_is_sent_whole_from_the_drop_folder() {
    let mut house = House::closed(Configuration::new().set("smtp.max_size", "400kB"));
    let text = "\n".repeat(380_000);
    house.sendmail(&["-t", "-i"], format!("{HEADER}\n{text}.\n")).ok("sendmail");
    house.server.launch();
    assert_eq!(body(&house.sent("app@example.edu", &["ann@example.edu"])).len(), 760_003);
}

#[test]
fn a_mail_with_a_nul_is_refused() {
    let house = House::open();
    for mail in [format!("{HEADER}\nhel\0lo\n"), format!("{HEADER}Subject: \0\n\nhello\n")] {
        let refused = house.sendmail(&["-t"], mail);
        assert_eq!(refused.code, Some(65), "{refused:?}");
    }
    house.nothing_sent();
}

#[test]
fn a_line_over_998_octets_goes_on_behind_a_space() {
    let house = House::open();
    house.sendmail(&["-t"], format!("{HEADER}\n{}\nshort\n", "x".repeat(2_000))).ok("sendmail");
    let mail = house.sent("app@example.edu", &["ann@example.edu"]);
    let wanted = format!("{}\r\n {}\r\n {}\r\nshort\r\n", "x".repeat(998), "x".repeat(997), "x".repeat(5));
    assert_eq!(body(&mail), wanted);
}

#[test]
fn no_line_over_998_octets_leaves_by_send_or_by_forwarding() {
    let smtp = Port::claim();
    let relay = Configuration::new().set("smtp.unknown", "forward").set("smtp.relay", ["127.0.0.0/8"]);
    let house = House::with(relay.replies(&smtp));
    let long = "x".repeat(2_000);
    let send = ["send", "--to", "ann@example.edu", "--from", "app@example.edu", "-H", "X-A: b"];
    house.server.command_with(&send, long.as_bytes()).ok("send");
    let mail = format!("From: app@example.edu\nTo: ann@example.edu\n\n{long}\n");
    let pipe = |mail: &str| house.server.command_with(&["pipe", "--recipient", "ann@example.edu"], mail.as_bytes());
    pipe("From: app@example.edu\n\na NUL: \0\n").ok("what is set aside is no bounce");
    pipe(&mail).ok("pipe");
    let mails = house.sink.wait_for(2, std::time::Duration::from_secs(30));
    for mail in &mails {
        let text = mail.text();
        assert!(text.split("\r\n").all(|line| line.len() <= 998), "{text}");
    }
    assert!(mails.iter().all(|mail| !mail.text().contains("a NUL")), "{mails:#?}");
    assert!(mails.iter().any(|mail| body(mail).contains(&format!("{}\r\n {}", "x".repeat(998), "x".repeat(997)))));
}

#[test]
fn a_line_of_one_dot_ends_the_mail_unless_it_is_told_not_to() {
    let house = House::open();
    house.sendmail(&["-t"], format!("{HEADER}\nhello\n.\nnever\n")).ok("sendmail");
    assert_eq!(body(&house.sent("app@example.edu", &["ann@example.edu"])), "hello\r\n");
}

#[test]
fn a_resending_is_dated_and_the_mail_stays_as_it_was() {
    let house = House::open();
    let first = "From: app@example.edu\nTo: ann@example.edu\nSubject: s\n";
    let resent = "Resent-From: bob@example.edu\nResent-To: carol@example.edu\n";
    house.sendmail(&["-t"], format!("{resent}{first}\nhello\n")).ok("sendmail");
    let mail = house.sent("bob@example.edu", &["carol@example.edu"]);
    let names: Vec<String> = mail.headers().into_iter().map(|(name, _)| name).collect();
    let wanted = ["Resent-Date", "Resent-Message-ID", "Resent-From", "Resent-To", "From", "To", "Subject"];
    assert_eq!(names, wanted);
}
