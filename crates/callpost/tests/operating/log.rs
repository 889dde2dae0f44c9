//! One mail, followed from the call to the far end with `grep` alone.

use testbed::{Behaviour, Configuration, Sink};

use crate::{House, towards, until};

/// The lines of the log that hold this text.
fn grep(house: &House, text: &str) -> Vec<String> {
    house.log().into_iter().filter(|line| line.contains(text)).collect()
}

fn value(line: &str, name: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    line[name].as_str().unwrap_or_default().to_owned()
}

fn words(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| value(line, "message")).collect()
}

#[test]
fn one_mail_is_followed_from_the_call_to_the_far_end_by_grep_alone() {
    let sink = Sink::with(Behaviour { defer_first: 1, ..Behaviour::default() });
    let house = House::open(towards(sink.address()).set("deliver.retry", ["1s"]));
    assert_eq!(house.send(&["ann@example.org".to_owned()])["status"], "ok");
    until("a delivery in the log", || grep(&house, "\"delivered\"").len() == 1);
    let told = grep(&house, "ann@example.org");
    assert_eq!(words(&told), ["queued", "deferred", "delivered"]);
    let (entry, id) = (value(&told[0], "entry"), value(&told[0], "message_id"));
    assert_eq!((value(&told[0], "owner"), value(&told[0], "from")), ("website".into(), "me@example.edu".into()));
    let deferred = ["stage", "code", "enhanced", "reply"].map(|name| value(&told[1], name));
    assert_eq!(deferred, ["end-of-data", "451", "4.3.0", "try again later"]);
    assert_eq!((value(&told[2], "attempt"), value(&told[2], "relay")), ("2".into(), sink.address().to_string()));
    assert_eq!(grep(&house, &format!("\"{entry}\"")), told, "by the name of the entry");
    assert_eq!(grep(&house, &id), told, "by the Message-ID");
    let arrived = sink.received().pop().unwrap();
    assert_eq!(arrived.header("Message-ID").unwrap(), format!("<{id}>"), "which is that of the mail at the far end");
}

#[test]
fn a_refusal_and_a_bounce_that_nobody_gets_are_in_the_log() {
    let sink = Sink::with(Behaviour { refuse: vec!["@".into()], ..Behaviour::default() });
    let house = House::open(towards(sink.address()));
    assert_eq!(house.send(&["wrong@mail@example.org".to_owned()])["status"], "error");
    until("a refusal in the log", || !grep(&house, "send_message: refused").is_empty());
    let refused = grep(&house, "send_message: refused");
    let line: serde_json::Value = serde_json::from_str(&refused[0]).unwrap();
    assert_eq!((line["code"].as_i64(), line["key"].as_str()), (Some(50), Some("website")));
    assert!(line["trace"].as_str().is_some_and(|trace| !trace.is_empty()), "{line}");
    assert_eq!(house.send(&["ann@example.org".to_owned()])["status"], "ok");
    until("a double bounce in the log", || !grep(&house, "double bounce").is_empty());
    assert_eq!(words(&grep(&house, "ann@example.org")), ["queued", "failed", "bounced"]);
    assert!(grep(&house, "double bounce")[0].contains("\"to\":\"me@example.edu\""));
}

#[test]
fn addresses_stand_in_the_log_as_the_operator_wants() {
    for (how, shown, hidden) in [("domain", "\"to\":\"@example.org\"", "ann@"), ("hash", "\"to\":\"", "example.org")] {
        let house = House::open(Configuration::new().set("log.addresses", how));
        house.send(&["ann@example.org".to_owned(), "ann@example.org".to_owned()]);
        until("two captured mails in the log", || grep(&house, "\"captured\"").len() == 2);
        let lines = grep(&house, "\"captured\"");
        assert!(lines.iter().all(|line| line.contains(shown) && !line.contains(hidden)), "{lines:?}");
        assert_eq!(value(&lines[0], "to"), value(&lines[1], "to"), "one address is recognised again");
    }
}
