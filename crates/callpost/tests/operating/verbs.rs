//! The verbs of the queue: what they answer is what has happened.

use std::time::Duration;

use serde_json::{Value, json};
use testbed::{Behaviour, Configuration, Port, Sink};

use crate::{House, PATIENCE, recipients, towards, until};

#[test]
fn what_is_dropped_behind_a_slow_hop_does_not_arrive() {
    let sink = Sink::with(Behaviour { delay: Duration::from_millis(300), ..Behaviour::default() });
    let house = House::open(towards(sink.address()));
    assert_eq!(house.send(&recipients(2000))["status"], "ok");
    sink.wait_for(1, PATIENCE);
    let dropped = house.run(&["queue", "drop", "to=@example.org", "--json"]).ok("queue drop").json();
    let (changed, arrived) = (dropped["changed"].as_u64().unwrap(), sink.count() as u64);
    assert!(dropped["on_the_wire"].as_u64().unwrap() <= 10, "at most one of each connection: {dropped}");
    assert_eq!(changed + arrived, 2000, "{dropped}");
    assert_eq!(house.rows("state=dropped").len() as u64, changed);
    assert_eq!(house.rows("state=delivered").len() as u64, arrived);
    assert!(house.rows("to=@example.org").is_empty(), "nothing waits");
    for row in house.rows("state=dropped").iter().take(20) {
        let trace = house.run(&["trace", row["id"].as_str().unwrap(), "--json"]).ok("trace").json();
        assert_eq!(trace["recipients"][0]["attempts"], serde_json::json!([]), "{trace}");
    }
    assert_eq!(sink.count() as u64, arrived);
}

#[test]
fn what_waits_for_a_dead_smarthost_is_deferred_was_never_tried_and_leaves_on_retry() {
    let dead = Port::claim();
    let house = House::open(towards(&dead));
    assert_eq!(house.send(&recipients(20))["status"], "ok");
    until("mail that waits", || house.rows("state=deferred").len() == 20);
    let row = &house.rows("state=deferred")[0];
    let last = row["last"].as_str().unwrap();
    assert!(last.starts_with(&format!("waits for {dead}, looked at again")), "{row}");
    assert!(last.contains("Connection refused"), "{row}");
    assert_eq!(
        (&row["stage"], &row["reason"], &row["code"]),
        (&json!("connect"), &json!("connection-refused"), &json!(null))
    );
    assert_eq!(row["tries"], 0, "{row}");
    let held = house.run(&["queue", "hold", row["id"].as_str().unwrap(), "--json"]).ok("queue hold").json();
    assert_eq!((held["changed"].as_u64(), held["on_the_wire"].as_u64()), (Some(1), Some(0)));
    let sink = Sink::on(dead.address(), Behaviour::default());
    house.run(&["queue", "retry", "state=deferred"]).ok("queue retry");
    sink.wait_for(19, PATIENCE);
    until("all but the held one are delivered", || house.rows("state=delivered").len() == 19);
    let delivered = house.rows("state=delivered");
    assert!(delivered.iter().all(|row| row["tries"] == 1), "no attempt is told that was not made: {delivered:?}");
    house.run(&["queue", "release", "state=held"]).ok("queue release");
    sink.wait_for(20, PATIENCE);
}

#[test]
fn what_a_server_said_is_told_in_its_parts() {
    let sink = Sink::with(Behaviour { refuse: vec!["nobody@".into()], ..Behaviour::default() });
    let house = House::open(towards(sink.address()));
    assert_eq!(house.send(&["nobody@example.org".to_owned(), "ann@example.org".to_owned()])["status"], "ok");
    until("an end for both", || house.rows("state=bounced").len() == 1 && house.rows("state=delivered").len() == 2);
    let bounced = house.rows("state=bounced");
    let parts = json!({ "stage": "rcpt", "code": 550, "enhanced": "5.1.1", "text": "no such mailbox", "reason": null });
    let of = |row: &Value| -> Value {
        let parts = ["stage", "code", "enhanced", "text", "reason"].map(|name| (name.to_owned(), row[name].clone()));
        Value::Object(parts.into_iter().collect())
    };
    assert_eq!((bounced[0]["last"].as_str(), of(&bounced[0])), (Some("550 5.1.1 no such mailbox"), parts.clone()));
    let trace = house.run(&["trace", "nobody@example.org", "--json"]).ok("trace").json();
    let attempt = &trace["recipients"][0]["attempts"][0];
    assert_eq!((attempt["reply"].as_str(), of(attempt)), (Some("550 5.1.1 no such mailbox"), parts));
    let trace = house.run(&["trace", "ann@example.org", "--json"]).ok("trace").json();
    let attempt = &trace["recipients"][0]["attempts"][0];
    assert_eq!((&attempt["stage"], &attempt["code"]), (&json!("end-of-data"), &json!(250)));
}

#[test]
fn captured_mail_is_sent_once_a_delivery_is_set_and_verbs_that_change_nothing_say_why() {
    let mut house = House::open(Configuration::new());
    let sandbox = house.run(&["key", "add", "play", "--sandbox", "--json"]).ok("key add").json();
    assert_eq!(house.send(&recipients(3))["status"], "ok");
    let key = std::mem::replace(&mut house.key, sandbox["key"].as_str().unwrap().to_owned());
    assert_eq!(house.send(&["play@example.org".to_owned()])["status"], "ok");
    house.key = key;
    let refused = house.run(&["queue", "release", "state=captured"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stdout.contains("3 unchanged: captured, and no delivery is set"), "{refused:?}");
    assert!(refused.stdout.contains("1 unchanged: captured for a sandbox key"), "{refused:?}");
    let retried = house.run(&["queue", "retry", "state=delivered"]);
    assert_eq!(
        (retried.code, retried.stdout.contains("nothing in the queue is meant")),
        (Some(1), true),
        "{retried:?}"
    );

    let sink = Sink::start();
    house.server.stop();
    house.server.configure(&towards(sink.address()).http(&house.http).no_smtp());
    house.server.launch();
    let released = house.run(&["queue", "release", "state=captured", "--json"]).ok("queue release").json();
    assert_eq!(released["changed"], 3, "{released}");
    let arrived = sink.wait_for(3, PATIENCE);
    assert!(!arrived.iter().any(|mail| mail.is_for("play@example.org")));
    until("they are delivered", || house.rows("state=delivered").len() == 3);
    assert_eq!(house.rows("state=captured").len(), 1);
}

#[test]
fn a_list_is_a_page_with_a_count_and_a_filter_names_what_there_is() {
    let house = House::open(towards(Port::claim()));
    assert_eq!(house.send(&recipients(250))["status"], "ok");
    let listed = house.run(&["queue", "list"]).ok("queue list");
    assert_eq!(listed.stdout.lines().count(), 101, "a heading and a hundred rows");
    assert!(listed.stderr.contains("the first 100 of 250"), "{listed:?}");
    until("mail that waits", || house.rows("state=deferred").len() == 250);
    let deferred = house.run(&["queue", "list", "state=deferred"]).ok("queue list");
    assert!(deferred.stderr.contains("the first 100 of at most 250"), "{deferred:?}");
    assert_eq!(house.run(&["queue", "list", "--all"]).ok("queue list").stdout.lines().count(), 251);
    assert_eq!(house.rows("to=R7@EXAMPLE.org").len(), 1, "case does not count");
    let bogus = house.run(&["queue", "list", "state=bogus"]);
    assert_eq!(bogus.code, Some(64));
    assert!(bogus.stderr.contains("queued, deferred, held, damaged"), "{bogus:?}");
}

#[test]
fn a_trace_is_in_order_whole_and_found_by_address() {
    let sink = Sink::with(Behaviour { defer_first: 1, ..Behaviour::default() });
    let house = House::open(towards(sink.address()).set("deliver.retry", ["1s"]));
    assert_eq!(house.send(&["ann@example.org".to_owned()])["status"], "ok");
    until("a delivery", || house.rows("state=delivered").len() == 1);
    let trace = house.run(&["trace", "Ann@example.org"]).ok("trace").stdout;
    let places = ["queued", "deferred by", "451 4.3.0 try again later", "delivered by"].map(|word| trace.find(word));
    assert!(places.is_sorted() && places[0].is_some(), "{trace}");
    assert_eq!(trace.matches(&sink.address().to_string()).count(), 2, "each attempt names it once: {trace}");
}
