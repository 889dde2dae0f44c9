//! M20: one mail on standard input, and what the exit code says.

use testbed::{Configuration, Table};

use super::house::{House, JANUARY, Letter, PATIENCE, text};

fn unix(letter: &Letter, before: &str) -> Vec<u8> {
    let text = String::from_utf8(letter.text()).unwrap().replace("\r\n", "\n");
    format!("{before}{text}").into_bytes()
}

fn code(house: &House, arguments: &[&str], mail: &[u8]) -> Option<i32> {
    let output = house.server.command_with(&[&["pipe"], arguments].concat(), mail);
    output.code
}

#[test]
fn a_piped_request_is_answered_and_the_exit_is_0() {
    let house = House::open();
    let ways: [(&str, &[&str]); 4] = [
        ("", &["calendar"]),
        ("From asker@x.test  Sat Nov 21 10:00:00 2026\n", &["--recipient", "calendar@localhost"]),
        ("Return-Path: <asker@x.test>\nDelivered-To: calendar@localhost\n", &[]),
        (">From asker@x.test Sat Nov 21\nEnvelope-to: calendar+x@localhost\n", &[]),
    ];
    for (at, (before, arguments)) in ways.into_iter().enumerate() {
        let letter = Letter::calendar(2003, 1).id(&format!("<p{at}@x.test>"));
        assert_eq!(code(&house, arguments, &unix(&letter, before)), Some(0), "{before} {arguments:?}");
        let answer = house.answer_to(&letter);
        assert!(text(&answer).contains(JANUARY) && answer.is_for("<asker@x.test>"), "{answer:#?}");
    }
}

/// Postfix (pipe, local) and Exim say in the environment for whom a mail is, and from whom.
#[test]
fn the_environment_says_for_whom_and_from_whom() {
    let house = House::open();
    let ways: [&[&str]; 5] = [
        &["RECIPIENT=calendar@localhost"],
        &["ORIGINAL_RECIPIENT=calendar+x@localhost"],
        &["RECIPIENT=alias@elsewhere.test", "ORIGINAL_RECIPIENT=Calendar@localhost"],
        &["LOCAL_PART=calendar", "DOMAIN=localhost"],
        &["LOCAL_PART=calendar"],
    ];
    let pipe = |variables: &[&str], letter: &Letter| {
        let prefix: Vec<&str> = ["env"].iter().chain(variables).copied().collect();
        house.server.command_under(&prefix, &["pipe"], &unix(letter, "")).code
    };
    for (at, variables) in ways.into_iter().enumerate() {
        let letter = Letter::calendar(2003, 1).id(&format!("<e{at}@x.test>"));
        assert_eq!(pipe(variables, &letter), Some(0), "{variables:?}");
        assert!(text(&house.answer_to(&letter)).contains(JANUARY), "{variables:?}");
    }
    // By the sender it is told apart who must not be answered, and one request from another's.
    for (at, sender) in ["SENDER=", "SENDER=MAILER-DAEMON", "SENDER=owner-list@x.test"].into_iter().enumerate() {
        let letter = Letter::calendar(2003, 1).id(&format!("<s{at}@x.test>"));
        assert_eq!(pipe(&["RECIPIENT=calendar@localhost", sender], &letter), Some(0), "{sender}");
        house.keeps(at + 1);
    }
    let again = Letter::calendar(2003, 2).id("<e0@x.test>");
    assert_eq!(pipe(&["RECIPIENT=calendar@localhost", "SENDER=other@x.test"], &again), Some(0));
    house.sink.wait_until(PATIENCE, |mails| mails.iter().any(|mail| text(mail).contains("February 2003"))).unwrap();
}

#[test]
fn a_piped_bounce_is_not_answered() {
    let house = House::open();
    for (at, before) in ["From MAILER-DAEMON Sat Nov 21\n", "Return-Path: <>\n"].iter().enumerate() {
        let letter = Letter::calendar(2003, 1).id(&format!("<p{at}@x.test>"));
        assert_eq!(code(&house, &["calendar"], &unix(&letter, before)), Some(0));
    }
    house.sent_only(0);
    house.keeps(2);
}

#[test]
fn the_exit_says_what_an_mta_must_know() {
    let house = House::open();
    let mail = unix(&Letter::calendar(2003, 1), "");
    assert_eq!(code(&house, &["--recipient", "nobody@localhost"], &mail), Some(67));
    assert_eq!(code(&house, &["--recipient", "somebody@example.org"], &mail), Some(77), "nothing is relayed");
    assert_eq!(code(&house, &["calendar"], b""), Some(66));
    assert_eq!(code(&house, &[], &mail), Some(64), "nothing says for whom");
    assert_eq!(code(&house, &["no-such-service"], &mail), Some(75), "an error of ours: no bounce");
    let hello = unix(&Letter::with("text/plain", "hello"), "");
    assert_eq!(code(&house, &["calendar"], &hello), Some(0), "a bounce could go to a forged address");
    house.sent_only(0);
    house.keeps(1);
}

#[test]
fn who_is_not_served_is_not_bounced_to() {
    let listed = Table::builtin("calendar", "calendar").set("allow", ["*@y.test"]);
    let open = Table::builtin("open", "calendar").unset("allow");
    let house = House::with(Configuration::new().service(listed).service(open));
    assert_eq!(code(&house, &["calendar"], &unix(&Letter::calendar(2003, 1), "")), Some(0));
    house.keeps(1);
    assert_eq!((house.sink.count(), house.server.queue().len()), (0, 0));
}

#[test]
fn a_mail_too_large_is_bad_data() {
    let house = House::with(Configuration::new().set("smtp.max_size", "64KB"));
    let large = unix(&Letter::calendar(2003, 1).body(vec![b' '; 70_000]), "");
    assert_eq!(code(&house, &["calendar"], &large), Some(65));
}

#[test]
fn without_a_daemon_the_mail_waits_and_is_taken_in_once() {
    let mut house = House::prepared(Configuration::new());
    for (id, body) in [("<d1@x.test>", 1), ("", 2), ("2", 3)] {
        assert_eq!(code(&house, &["calendar"], &unix(&Letter::calendar(2003, body).id(id), "")), Some(0));
    }
    assert_eq!(code(&house, &["calendar"], &unix(&Letter::with("text/plain", "hello"), "")), Some(0));
    assert_eq!(code(&house, &["--recipient", "nobody@localhost"], &unix(&Letter::calendar(2003, 1), "")), Some(0));
    let left = |house: &House| std::fs::read_dir(house.server.home().join("state/drop")).unwrap().count();
    assert_eq!(left(&house), 5);
    house.server.launch();
    let mails = house.sink.wait_for(3, PATIENCE);
    for month in ["January", "February", "March"] {
        assert_eq!(mails.iter().filter(|mail| mail.text().contains(month)).count(), 1, "{mails:#?}");
    }
    house.sent_only(3);
    assert_eq!(left(&house), 0);
    house.keeps(2);
}

#[test]
fn a_file_taken_in_before_a_kill_is_not_taken_in_again() {
    let mut house = House::prepared(Configuration::new());
    let requests = [("<d1@x.test>", "text/xml"), ("", "text/xml"), ("2", "text/xml"), ("<hello@x.test>", "text/plain")];
    for (id, media_type) in requests {
        let body = if media_type == "text/xml" { super::house::get_month(2003, 1) } else { "hello".to_owned() };
        assert_eq!(code(&house, &["calendar"], &unix(&Letter::with(media_type, body).id(id), "")), Some(0));
    }
    let folder = house.server.home().join("state/drop");
    let copies: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let copies: Vec<_> = copies.into_iter().map(|path| (std::fs::read(&path).unwrap(), path)).collect();
    house.server.launch();
    house.sink.wait_for(3, PATIENCE);
    house.sent_only(3);
    house.server.kill();
    // As a kill between the commit and the unlink leaves it.
    copies.iter().for_each(|(octets, path)| std::fs::write(path, octets).unwrap());
    house.server.launch();
    super::house::eventually("the folder is empty", || std::fs::read_dir(&folder).unwrap().count() == 0);
    assert_eq!(house.sink.count(), 4, "the three answers and the probe's, as before");
    house.keeps(1);
}

#[test]
fn a_file_of_no_use_keeps_no_other_from_being_taken_in() {
    let mut house = House::prepared(Configuration::new());
    assert_eq!(code(&house, &["no-such-service"], &unix(&Letter::calendar(2003, 1), "")), Some(75));
    assert_eq!(code(&house, &["--recipient", "no address"], &unix(&Letter::calendar(2003, 2), "")), Some(0));
    let folder = house.server.home().join("state/drop");
    std::fs::write(folder.join("00000000-broken.mail"), b"{").unwrap();
    assert_eq!(code(&house, &["calendar"], &unix(&Letter::calendar(2003, 3), "")), Some(0));
    house.server.launch();
    assert!(text(&house.sink.wait_for(1, PATIENCE)[0]).contains("March 2003"));
    let damaged = std::fs::read_dir(&folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "damaged"));
    assert_eq!(damaged.count(), 2, "set aside, not lost");
}
