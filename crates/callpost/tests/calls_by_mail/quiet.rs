//! M12 to M14: what is never answered, and the one address that an answer goes to.

use control::store::StoreRequest;
use control::{Octets, Receive, Request};
use spool::Kind;
use testbed::{Configuration, Port, Table};

use super::house::{House, Letter, eventually, get_month};
use super::node::Node;

/// Taken, kept, and not answered.
fn is_kept_in_silence(letter: &Letter) {
    let node = Node::open();
    let reply = letter.send(&node.smtp);
    assert!(reply.starts_with("250"), "{reply}");
    node.sent_only(0);
    let kept = node.kept();
    assert!(kept.len() == 1 && kept[0].starts_with("not answered: "), "{kept:?}");
}

fn with_field(field: &str) {
    is_kept_in_silence(&Letter::calendar(2003, 1).field(field));
}

#[test]
fn the_null_reverse_path_is_not_answered() {
    is_kept_in_silence(&Letter::calendar(2003, 1).from("").addresses("From: asker@x.test\nTo: calendar@localhost"));
}

#[test]
fn an_automatic_mail_is_not_answered() {
    with_field("Auto-Submitted: auto-replied");
}

#[test]
fn a_generated_mail_is_not_answered() {
    with_field("auto-submitted: Auto-Generated; owner-email=\"a@b\"");
}

#[test]
fn a_report_is_not_answered() {
    let body = format!("--b\r\nContent-Type: text/xml\r\n\r\n{}\r\n--b--", get_month(2003, 1));
    is_kept_in_silence(&Letter::with("multipart/report; report-type=delivery-status; boundary=b", body));
}

#[test]
fn our_own_address_is_not_answered() {
    is_kept_in_silence(&Letter::calendar(2003, 1).from("echo@localhost"));
}

#[test]
fn our_own_address_in_reply_to_is_not_answered() {
    with_field("Reply-To: Calendar@LOCALHOST");
}

#[test]
fn our_own_loop_marker_is_not_answered() {
    with_field("X-Loop: callpost.test");
}

#[test]
fn a_mail_of_a_list_is_not_answered() {
    with_field("List-Id: <calendar.lists.example>");
}

#[test]
fn a_mail_with_unsubscribe_is_not_answered() {
    with_field("List-Unsubscribe: <mailto:leave@lists.example>");
}

#[test]
fn bulk_is_not_answered() {
    with_field("Precedence: bulk");
}

#[test]
fn a_list_by_precedence_is_not_answered() {
    with_field("Precedence: List");
}

#[test]
fn junk_is_not_answered() {
    with_field("Precedence: junk");
}

#[test]
fn suppressed_responses_are_not_sent() {
    with_field("X-Auto-Response-Suppress: DR, OOF, AutoReply");
}

#[test]
fn a_mail_system_or_a_list_is_not_answered_whether_the_envelope_or_from_names_it() {
    let node = Node::open();
    let senders = [
        "MAILER-DAEMON@x.test",
        "owner-l@x.test",
        "l-owner@x.test",
        "l-request@x.test",
        "L-Bounces+asker=y.test@x.test",
        "listserv@x.test",
        "Majordomo@x.test",
    ];
    for (at, sender) in senders.iter().enumerate() {
        let letter = Letter::calendar(2003, 1).addresses("From: asker@x.test\nTo: calendar@localhost");
        assert!(letter.from(sender).id(&format!("<e{at}@x.test>")).send(&node.smtp).starts_with("250"), "{sender}");
        let letter = from_a_list(sender).id(&format!("<f{at}@x.test>"));
        assert!(letter.send(&node.smtp).starts_with("250"), "{sender}");
    }
    node.sent_only(0);
    let kept = node.kept();
    assert!(kept.iter().all(|why| why == WHY) && kept.len() == 2 * senders.len(), "{kept:?}");
    let trace = node.store(StoreRequest::Trace("<e0@x.test>".into())).to_string();
    assert!(trace.contains(WHY), "{trace}");
}

const WHY: &str = "not answered: its sender is a mail system or a mailing list";

fn from_a_list(sender: &str) -> Letter {
    let from = format!("From: Somebody <{sender}>\nReply-To: asker@x.test\nTo: calendar@localhost");
    Letter::calendar(2003, 1).addresses(&from)
}

#[test]
fn why_a_mail_is_not_answered_is_in_its_trace_and_in_the_log() {
    let house = House::open();
    assert!(from_a_list("owner-l@x.test").id("<f0@x.test>").send(&house.smtp).starts_with("250"));
    house.keeps(1);
    let trace = house.server.command(&["trace", "<f0@x.test>"]).ok("trace").stdout;
    assert!(trace.contains(WHY), "{trace}");
    let log = house.server.log_with("f0@x.test");
    assert!(log.contains("its sender is a mail system"), "{log}");
}

#[test]
fn a_sender_with_a_bare_bounces_is_answered() {
    let node = Node::open();
    node.answer(&Letter::calendar(2003, 1).from("bounces+token@x.test"));
}

#[test]
fn a_reply_to_that_names_nobody_is_none_and_one_address_twice_is_one() {
    let node = Node::open();
    let fields = ["", " ", "<>", "undisclosed-recipients:;", "\"\" <>", "Asker <asker@x.test>, asker@X.test"];
    for (at, reply_to) in fields.into_iter().enumerate() {
        let letter = Letter::calendar(2003, 1).id(&format!("<r{at}@x.test>")).field(&format!("Reply-To: {reply_to}"));
        assert_eq!(node.answer(&letter).recipients.len(), 1, "{reply_to}");
    }
}

#[test]
fn where_from_is_absent_or_cannot_be_read_the_reverse_path_is_answered() {
    let node = Node::open();
    for (at, from) in ["From: Example, Inc. <a@b.test>\n", "From: undisclosed\n", "From:\n", ""].into_iter().enumerate()
    {
        let letter = Letter::calendar(2003, 1).id(&format!("<f{at}@x.test>"));
        let answer = node.answer(&letter.addresses(&format!("{from}To: calendar@localhost")));
        assert_eq!(answer.recipients, ["<asker@x.test>"], "{from}");
    }
}

#[test]
fn a_request_that_names_no_one_to_answer_is_refused_and_from_a_pipe_set_aside() {
    let node = Node::open();
    let fields = [
        "Reply-To: a@x.test, b@x.test",
        "Reply-To: nobody",
        "Reply-To: Example, Inc. <a@x.test>",
        "Reply-To: a@x.test\nReply-To: a@x.test",
        "Reply-To: g: a@x.test, b@x.test;",
    ];
    for field in fields {
        let reply = Letter::calendar(2003, 1).field(field).send(&node.smtp);
        assert!(reply.starts_with("550 5.6.0"), "{field}: {reply}");
    }
    let authors = "From: a@x.test, b@x.test\nTo: calendar@localhost";
    assert!(Letter::calendar(2003, 1).addresses(authors).send(&node.smtp).starts_with("550 5.6.0"));
    node.sent_only(0);
    let piped = Receive {
        from: "asker@x.test".into(),
        recipient: String::new(),
        service: Some("calendar".into()),
        message: Octets(Letter::calendar(2003, 1).field(fields[0]).text()),
    };
    assert_eq!(node.perform(Request::Receive(piped)).unwrap()["class"], 2);
    assert_eq!(node.kept().len(), 1);
}

#[test]
fn what_suppresses_nothing_is_answered() {
    let node = Node::open();
    let letter = Letter::calendar(2003, 1).field("X-Auto-Response-Suppress: None").field("Auto-Submitted: no");
    node.answer(&letter);
}

#[test]
fn an_answer_goes_to_reply_to_else_from_and_to_nobody_else() {
    let node = Node::open();
    let many = "From: Asker <author@x.test>\nTo: calendar@localhost, other@x.test\nCc: copy@x.test\nSender: s@x.test";
    let plain = node.answer(&Letter::calendar(2003, 1).addresses(many));
    assert_eq!(plain.recipients, ["<author@x.test>"]);
    let reply_to = format!("{many}\nReply-To: \"RemoteMethods, Inc.\" <desk@y.test>");
    let directed = node.answer(&Letter::calendar(2003, 1).id("<two@x.test>").addresses(&reply_to));
    assert_eq!(directed.recipients, ["<desk@y.test>"]);
    let text = directed.text();
    assert!(!text.contains("copy@x.test") && !text.contains("other@x.test"), "{text}");
    node.sent_only(2);
}

#[test]
fn a_service_answers_only_those_whom_it_serves() {
    let listed = Table::builtin("calendar", "calendar").set("allow", ["*@x.test", "one@y.test"]);
    let node = Node::with(Configuration::new().service(listed));
    let stranger = Letter::calendar(2003, 1).from("two@y.test").send(&node.smtp);
    assert!(stranger.starts_with("550 5.7.1"), "{stranger}");
    let elsewhere = Letter::calendar(2003, 1).field("Reply-To: two@y.test").send(&node.smtp);
    assert!(elsewhere.starts_with("550 5.7.1"), "{elsewhere}");
    let listed = node.answer(&Letter::calendar(2003, 1).id("<two@x.test>").field("Reply-To: One@y.test"));
    assert!(listed.is_for("<One@y.test>"), "{listed:#?}");
    node.sent_only(1);
}

#[test]
fn an_answer_at_a_service_is_no_request() {
    let node = Node::open();
    let envelope = |body: &str| {
        format!(
            "<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body>{body}</E:Body></E:Envelope>"
        )
    };
    for answer in [
        envelope("<E:Fault><faultcode>E:Client</faultcode><faultstring>no</faultstring></E:Fault>"),
        envelope("<getMonthResponse xmlns=\"urn:calendar\"><return>January</return></getMonthResponse>"),
        "<methodResponse><params><param><value>January</value></param></params></methodResponse>".to_owned(),
    ] {
        let reply = Letter::with("text/xml", answer.clone()).send(&node.smtp);
        assert!(reply.starts_with("550 5.6.0"), "{reply} to {answer}");
    }
    let json = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"January\"}";
    assert!(Letter::with("application/json", json).send(&node.smtp).starts_with("550 5.6.0"));
    node.sent_only(0);
}

#[test]
fn two_servers_exchange_at_most_one_mail_for_each_seed() {
    let ports = [Port::claim(), Port::claim()];
    let open = |own: usize, other: usize| {
        let calendar = Table::builtin("calendar", "calendar").set("address", format!("calendar@s{own}.test"));
        let configuration = Configuration::new()
            .set("hostname", format!("s{own}.test"))
            .set("smtp.domains", [&*format!("s{own}.test")])
            .set("deliver.mode", "smarthost")
            .smarthost(&ports[other])
            .service(calendar);
        Node::listening_at(&ports[own], configuration)
    };
    let nodes = [open(0, 1), open(1, 0)];
    let seeds = 5;
    for seed in 0..seeds {
        // Each broken, so that the answer is a fault, or whole, so that it is a month.
        let letter = Letter::calendar(2003, if seed % 2 == 0 { 1 } else { 13 });
        let letter = letter.id(&format!("<seed{seed}@x.test>")).from("calendar@s1.test").to("calendar@s0.test");
        assert!(letter.send(&nodes[0].address()).starts_with("250"));
    }
    eventually("each answer has come", || nodes[1].ended(Kind::Received) >= seeds && nodes.iter().all(Node::is_idle));
    assert_eq!((nodes[0].ended(Kind::Answer), nodes[1].ended(Kind::Received)), (seeds, seeds));
    assert_eq!((nodes[1].ended(Kind::Answer), nodes[0].ended(Kind::Received)), (0, 0));
}

#[test]
fn a_sender_whom_nothing_proves_is_answered_so_often_in_an_hour_and_then_later() {
    let node = Node::with(
        Configuration::new().set("limits.answers_per_sender", 2).service(Table::builtin("calendar", "calendar")),
    );
    let ask = |from: &str, id: u32| Letter::calendar(2003, 1).from(from).id(&format!("<{id}@x.test>")).send(&node.smtp);
    assert!(ask("loop@x.test", 1).starts_with("250") && ask("Loop+more@x.test", 2).starts_with("250"));
    let third = ask("loop@x.test", 3);
    assert!(third.starts_with("450 4.7.1"), "{third}");
    assert!(ask("other@x.test", 4).starts_with("250"));
    node.sent_only(3);
    let calendar = Table::builtin("calendar", "calendar").set("proof", ["network"]);
    let proven = Node::with(Configuration::new().set("limits.answers_per_sender", 2).service(calendar));
    for id in 0..5 {
        let reply = Letter::calendar(2003, 1).id(&format!("<{id}@x.test>")).send(&proven.smtp);
        assert!(reply.starts_with("250"), "its network proves it: {reply}");
    }
}
