//! M23: what proved a request is kept with it and told, also where it did not hold.

use control::store::StoreRequest;
use serde_json::Value;
use testbed::{Configuration, Table};

use super::house::Letter;
use super::node::Node;

/// A calendar for the networks that prove their senders.
fn for_networks(networks: &[&str]) -> Node {
    let calendar = Table::builtin("calendar", "calendar").set("proof", ["network"]).set("networks", networks);
    Node::with(Configuration::new().service(calendar))
}

/// What is told under this name.
fn told(node: &Node, name: &str) -> Value {
    node.store(StoreRequest::Trace(name.to_owned()))
}

fn events(told: &Value) -> Vec<&str> {
    told["events"].as_array().unwrap().iter().map(|event| event["text"].as_str().unwrap()).collect()
}

#[test]
fn what_proved_a_request_is_told_under_its_message_id() {
    let node = for_networks(&["127.0.0.0/8"]);
    let letter = Letter::calendar(2003, 1).id("<one@x.test>");
    node.answer(&letter);
    let story = told(&node, "<one@x.test>")["answers"].as_str().unwrap().to_owned();
    assert!(
        story.starts_with("getMonth by asker@x.test (") && story.ends_with("), proven by network (127.0.0.1)"),
        "{story}"
    );
}

#[test]
fn a_request_that_nothing_proves_is_refused_and_that_is_told_under_its_sender() {
    let node = for_networks(&["192.0.2.0/24"]);
    let reply = Letter::calendar(2003, 1).send(&node.smtp);
    assert!(reply.starts_with("550 5.7.1"), "{reply}");
    let told = told(&node, "asker@x.test");
    let [event] = events(&told)[..] else { panic!("{told}") };
    let begins = "refused: calendar: 550 5.7.1 You are not among those whom this service answers: ";
    assert!(event.starts_with(begins) && event.contains("<asker@x.test> at 127.0.0.1"), "{event}");
}

#[test]
fn a_request_that_is_refused_after_its_data_is_told_under_its_message_id() {
    let calendar = Table::builtin("calendar", "calendar").set("allow", ["*@x.test"]);
    let node = Node::with(Configuration::new().service(calendar));
    let reply = Letter::calendar(2003, 1).id("<two@x.test>").field("Reply-To: other@y.test").send(&node.smtp);
    assert!(reply.starts_with("550 5.7.1"), "{reply}");
    let told = told(&node, "two@x.test");
    let [event] = events(&told)[..] else { panic!("{told}") };
    assert!(event.contains("it would be answered to other@y.test") && event.contains("proven by nothing"), "{event}");
}

#[test]
fn refusals_of_one_client_are_noted_so_often_in_an_hour() {
    let calendar = Table::builtin("calendar", "calendar").set("allow", ["*@y.test"]);
    let node = Node::with(Configuration::new().set("limits.refusals_noted", 2).service(calendar));
    for _ in 0..5 {
        assert!(Letter::calendar(2003, 1).send(&node.smtp).starts_with("550 5.7.1"));
    }
    assert_eq!(events(&told(&node, "asker@x.test")).len(), 2);
}
