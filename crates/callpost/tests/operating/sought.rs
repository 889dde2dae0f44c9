//! "Where is my mail?", asked by someone who knows what it was about, when it was sent, or what a caller was told.

use serde_json::{Value, json};
use testbed::{Configuration, Output, Port};

use crate::{House, towards};

/// A server behind which nothing can be reached: mail waits.
fn waiting() -> House {
    House::open(towards(Port::claim()))
}

/// A call that sends one mail about this.
fn about(house: &House, to: &str, subject: &str) -> Value {
    let row = json!([to, "me@example.edu", subject, "Hello"]);
    json!({ "jsonrpc": "2.0", "id": 1, "method": "send_message", "params": [house.key, [row]] })
}

/// A call that ends in a fault.
fn faulty() -> Value {
    json!({ "jsonrpc": "2.0", "id": 2, "method": "no_such_method" })
}

fn trace_id(fault: &Value) -> String {
    fault["error"]["data"]["trace"].as_str().unwrap().to_owned()
}

/// The mails that `trace` tells of, by their recipients.
fn told(house: &House, sought: &[&str]) -> Vec<String> {
    let trace = house.run(&[&["trace", "--json"], sought].concat()).ok("trace").json();
    let recipients = trace["recipients"].as_array().unwrap().clone();
    recipients.iter().map(|recipient| recipient["entry"]["to"].as_str().unwrap().to_owned()).collect()
}

fn is_nothing(output: &Output) {
    assert_eq!((output.code, &*output.stdout), (Some(66), ""), "{output:?}");
}

/// Three mails; gives the trace id of the call that queued the third.
fn three(house: &House) -> String {
    house.call(&about(house, "ann@example.org", "Invoice for March"));
    house.call(&about(house, "bob@example.org", "Faktura za Łódź, invoice 7"));
    let answers = house.call(&json!([about(house, "cid@example.org", "\u{1b}[2J\u{202e}Reminder"), faulty()]));
    let fault = answers.as_array().unwrap().iter().find(|answer| answer["error"].is_object()).unwrap();
    trace_id(fault)
}

#[test]
fn a_mail_is_found_by_words_of_its_subject_by_its_call_and_by_its_time() {
    let house = House::open(Configuration::new());
    let trace = three(&house);
    assert_eq!(told(&house, &["invoice"]), ["bob@example.org", "ann@example.org"], "newest first");
    assert_eq!(told(&house, &["march", "INVOICE"]), ["ann@example.org"]);
    assert_eq!(told(&house, &["łódź"]), ["bob@example.org"], "it was encoded on its way");
    assert_eq!(told(&house, &[&trace]), ["cid@example.org"]);
    assert_eq!(told(&house, &["--since", "10m"]).len(), 3);
    assert_eq!(told(&house, &["ann@example.org", "--since", "2020-11-03"]), ["ann@example.org"]);
    assert_eq!(told(&house, &["invoice", "--since", "2020-11-03T08:30:00+01:00"]).len(), 2);
    is_nothing(&house.run(&["trace", "invoice", "--since", "9999-01-01"]));
    is_nothing(&house.run(&["trace", "ann@example.org", "--since", "9999-01-01"]));
    is_nothing(&house.run(&["trace", "invoice", "april"]));
    let story = house.run(&["trace", "march"]).ok("trace").stdout;
    assert!(story.contains("  subject Invoice for March\n") && story.contains("captured"), "{story}");
    assert_eq!(house.run(&["trace"]).code, Some(64), "something must be sought");
    let wrong = house.run(&["trace", "--since", "yesterday"]);
    assert!(wrong.code == Some(64) && wrong.stderr.contains("2026-11-03T08:30:00Z"), "{wrong:?}");
}

#[test]
fn of_a_call_that_queued_nothing_the_log_tells() {
    let house = House::open(Configuration::new());
    let trace = trace_id(&house.call(&faulty()));
    let unknown = house.run(&["trace", &trace]);
    is_nothing(&unknown);
    assert!(unknown.stderr.contains(&format!("queued by the call `{trace}`")), "{unknown:?}");
    assert!(unknown.stderr.contains(&format!("grep {trace} LOG")), "{unknown:?}");
}

#[test]
fn what_is_sought_by_words_is_shown_and_never_acted_on() {
    let house = waiting();
    let trace = three(&house);
    for verb in ["drop", "hold", "retry", "release"] {
        for words in ["invoice", "reminder", &trace] {
            let refused = house.run(&["queue", verb, words]);
            is_nothing(&refused);
            assert!(refused.stderr.contains(&format!("nothing is known of `{words}`")), "{refused:?}");
        }
    }
    assert_eq!(house.rows("state=held").len() + house.rows("state=dropped").len(), 0);
    let held = house.run(&["queue", "hold", "subject=invoice ŁÓDŹ", "--json"]).ok("queue hold").json();
    assert_eq!(held["changed"], 1, "a filter says that words are meant");
    assert_eq!(house.rows("state=held")[0]["to"], "bob@example.org");
}

#[test]
fn a_list_shows_subjects_and_none_of_them_harms_a_terminal() {
    let house = waiting();
    let long = format!("A very long story {}", "of words ".repeat(200));
    three(&house);
    house.call(&about(&house, "dan@example.org", &long));
    let rows = house.rows("to=@example.org");
    let subjects: Vec<&str> = rows.iter().map(|row| row["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects[..2], ["Invoice for March", "Faktura za Łódź, invoice 7"]);
    assert_eq!(subjects[3].chars().count(), 200, "so much is kept: {}", subjects[3]);
    for row in house.rows("subject=INVOICE") {
        assert!(row["subject"].as_str().unwrap().to_lowercase().contains("invoice"), "{row}");
    }
    let list = house.run(&["queue", "list"]).ok("queue list").stdout;
    assert!(list.contains("Invoice for March") && list.contains("A very long story o…"), "{list}");
    let story = house.run(&["trace", "reminder"]).ok("trace").stdout;
    for shown in [list, story] {
        assert!(shown.contains("Reminder") && !shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    }
}
