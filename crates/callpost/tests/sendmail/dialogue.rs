//! `sendmail -bs`: SMTP on standard input and output.

use testbed::Configuration;

use crate::house::{House, body};

/// The codes of the replies, one for each.
fn codes(said: &str) -> Vec<&str> {
    said.split("\r\n").filter(|line| line.as_bytes().get(3) == Some(&b' ')).map(|line| &line[..3]).collect()
}

#[test]
fn smtp_is_spoken_on_standard_input_and_output() {
    let house = House::open();
    let mail = "From: root\r\nBcc: secret@example.edu\r\n\r\nhello\r\n..dot\r\n.\r\n";
    let rcpts = "RCPT TO:<ann@example.edu>\r\nRCPT TO:<ann@Example.edu>\r\nRCPT TO:<postmaster>\r\n";
    let script = format!("EHLO me\r\nMAIL FROM:<root>\r\n{rcpts}DATA\r\n{mail}QUIT\r\n");
    let told = house.sendmail(&["-bs", "-i"], script).ok("-bs");
    assert_eq!(codes(&told.stdout), ["220", "250", "250", "250", "250", "250", "354", "250", "221"], "{told:?}");
    let mail = house.sent("root@callpost.test", &["ann@example.edu", "postmaster@callpost.test"]);
    assert_eq!(body(&mail), "hello\r\n.dot\r\n");
    assert_eq!(mail.header("From").as_deref(), Some("root@callpost.test"));
    assert!(!mail.text().contains("secret") && mail.header("Message-ID").is_some(), "{}", mail.text());
}

/// As a person types, and as old programs write to a pipe.
#[test]
fn lines_may_end_with_lf_where_all_of_them_do() {
    let house = House::open();
    let script = "helo me\nmail from:<a@example.edu>\nrcpt to:<ann@example.edu>\ndata\nSubject: s\n\nhello\n.\nquit\n";
    let told = house.sendmail(&["-bs"], script).ok("-bs");
    assert_eq!(codes(&told.stdout), ["220", "250", "250", "250", "354", "250", "221"], "{told:?}");
    assert_eq!(body(&house.sent("a@example.edu", &["ann@example.edu"])), "hello\r\n");
}

#[test]
fn a_text_with_bare_lfs_never_begins_a_second_mail() {
    let house = House::open();
    let smuggled = "hello\n.\nMAIL FROM:<evil@example.edu>\nRCPT TO:<victim@example.edu>\nDATA\nboo\n.\r\n";
    let script = format!(
        "EHLO me\r\nMAIL FROM:<a@example.edu>\r\nRCPT TO:<ann@example.edu>\r\nDATA\r\n{smuggled}\r\n.\r\nQUIT\r\n"
    );
    let told = house.sendmail(&["-bs"], script);
    assert!(told.stdout.contains("\r\n550 5.6.0 "), "{told:?}");
    house.nothing_sent();
}

#[test]
fn a_program_that_goes_away_in_the_middle_sends_nothing() {
    let house = House::open();
    let told =
        house.sendmail(&["-bs"], "EHLO me\r\nMAIL FROM:<a@example.edu>\r\nRCPT TO:<b@example.edu>\r\nDATA\r\nhel");
    assert_eq!(codes(&told.stdout), ["220", "250", "250", "250", "354"], "{told:?}");
    house.nothing_sent();
}

#[test]
fn what_sendmail_refuses_is_refused_in_the_dialogue() {
    let house = House::with(Configuration::new().set("smtp.max_size", "10kB"));
    let begin = "MAIL FROM:<a@example.edu>\r\nRCPT TO:<b@example.edu>\r\nDATA\r\n";
    let long = "x".repeat(70) + "\r\n";
    let script = format!(
        "EHLO me\r\nRCPT TO:<early@example.edu>\r\n{begin}{}.\r\n{begin}a\0b\r\n.\r\nMAIL FROM:<a@b>\r\n\
         RCPT TO:<two words>\r\nDATA\r\nQUIT\r\n",
        long.repeat(200)
    );
    let told = house.sendmail(&["-bs"], script);
    let wanted =
        ["220", "250", "503", "250", "250", "354", "552", "250", "250", "354", "550", "250", "501", "503", "221"];
    assert_eq!(codes(&told.stdout), wanted, "{told:?}");
    house.nothing_sent();
}
