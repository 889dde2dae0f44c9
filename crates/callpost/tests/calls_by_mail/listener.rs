//! M15 and M19: the listener, and where a mail is for.

use testbed::{Configuration, Dialogue, Port, Table};

use super::house::{House, JANUARY, Letter, PATIENCE, calendar_and_echo, get_month, text};
use super::node::Node;

/// The calendar of 2003, for mail whose field To names it.
fn by_to() -> Table {
    let calendar = Table::default().set("name", "calendar").set("address", "calendar@localhost");
    calendar.set("builtin", "calendar").set("match", "to").set("allow", ["*"])
}

fn open(node: &Node) -> Dialogue {
    let mut dialogue = Dialogue::with(node.address());
    dialogue.play("S: 220\nC: EHLO x.test\nS: 250\nC: MAIL FROM:<asker@x.test>\nS: 250");
    dialogue
}

#[test]
fn the_listener_offers_its_extensions() {
    let node = Node::listening(calendar_and_echo());
    let mut dialogue = Dialogue::with(node.address());
    let greeting = dialogue.play("S: 220\nC: EHLO x.test").reply();
    for keyword in ["PIPELINING", "8BITMIME", "SMTPUTF8", "STARTTLS", "CHUNKING", "ENHANCEDSTATUSCODES", "SIZE "] {
        assert!(
            greeting.contains(&format!("250-{keyword}")) || greeting.contains(&format!("250 {keyword}")),
            "{greeting}"
        );
    }
}

#[test]
fn an_unknown_recipient_is_refused_at_rcpt_and_nothing_is_relayed() {
    let node = Node::listening(calendar_and_echo());
    open(&node).play("C: RCPT TO:<nobody@localhost>\nS: 550 5.1.1\nC: RCPT TO:<somebody@example.org>\nS: 550 5.7.1");
    node.sent_only(0);
}

#[test]
fn a_second_service_in_one_transaction_comes_later() {
    let node = Node::listening(calendar_and_echo());
    let mut dialogue = open(&node);
    dialogue.play(
        "C: RCPT TO:<calendar@localhost>\nS: 250\nC: RCPT TO:<echo@localhost>\nS: 452 4.5.3
         C: RCPT TO:<postmaster@localhost>\nS: 452 4.5.3\nC: RCPT TO:<calendar+again@localhost>\nS: 250\nC: DATA\nS: 354",
    );
    dialogue.send(&Letter::calendar(2003, 1).text()).send(b".\r\n").play("S: 250\nC: RSET\nS: 250");
    assert_eq!(node.sent_only(1).len(), 1, "one mail, one request");
}

#[test]
fn a_mail_larger_than_allowed_is_refused_by_its_size_and_by_its_octets() {
    let node = Node::listening(Configuration::new().set("smtp.max_size", "64KB"));
    let mut dialogue = Dialogue::with(node.address());
    dialogue.play("S: 220\nC: EHLO x.test\nS: 250 SIZE 64\nC: MAIL FROM:<a@x.test> SIZE=70000\nS: 552 5.3.4");
    let reply = Letter::calendar(2003, 1).body(vec![b' '; 70_000]).send(&node.address());
    assert!(reply.starts_with("552 5.3.4"), "{reply}");
    node.sent_only(0);
}

#[test]
fn a_bare_line_end_never_ends_data_and_costs_the_mail() {
    let node = Node::listening(calendar_and_echo());
    for bare in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "a\nb", "a\rb"] {
        let mut dialogue = open(&node);
        dialogue.play("C: RCPT TO:<calendar@localhost>\nS: 250\nC: DATA\nS: 354");
        let smuggled =
            format!("Subject: x\r\n\r\n{bare}MAIL FROM:<evil@x.test>\r\nRCPT TO:<echo@localhost>\r\nDATA\r\n");
        dialogue
            .send(smuggled.as_bytes())
            .send(b"\r\n.\r\n")
            .play("S: 550 5.6.0\nC: NOOP\nS: 250\nC: QUIT\nS: 221\nS: close");
    }
    node.sent_only(0);
}

#[test]
fn the_commands_may_come_in_one_write() {
    let node = Node::listening(calendar_and_echo());
    let mut dialogue = Dialogue::with(node.address());
    dialogue.play(
        "S: 220\nC: EHLO x.test\nS: 250\nC: MAIL FROM:<asker@x.test>\nC: RCPT TO:<calendar@localhost>\nC: DATA\nS: 250\nS: 250\nS: 354",
    );
    dialogue.send(&[&Letter::calendar(2003, 1).text()[..], b".\r\nQUIT\r\n"].concat()).play("S: 250\nS: 221");
    node.answer_to(&Letter::calendar(2003, 1));
}

#[test]
fn a_request_may_come_in_chunks() {
    let node = Node::listening(calendar_and_echo());
    let text = Letter::calendar(2003, 1).text();
    let (one, two) = text.split_at(100);
    let mut dialogue = open(&node);
    dialogue.play("C: RCPT TO:<calendar@localhost>\nS: 250").send(b"BDAT 100\r\n").send(one).play("S: 250");
    dialogue.send(format!("BDAT {} LAST\r\n", two.len()).as_bytes()).send(two).play("S: 250");
    assert!(super::house::text(&node.answer_to(&Letter::calendar(2003, 1))).contains(JANUARY));
}

#[test]
fn an_address_is_found_with_an_extension_and_in_any_case() {
    let node = Node::open();
    for (at, address) in ["calendar+month@localhost", "Calendar@LocalHost", "CALENDAR+x@localhost"].iter().enumerate() {
        let answer = node.answer(&Letter::calendar(2003, 1).id(&format!("<a{at}@x.test>")).to(address));
        assert_eq!(answer.header("From").as_deref(), Some("calendar@localhost"), "{address}");
    }
}

#[test]
fn postmaster_is_kept_and_shown() {
    let node = Node::listening(calendar_and_echo());
    let mut dialogue = open(&node);
    dialogue.play("C: RCPT TO:<Postmaster>\nS: 250\nC: DATA\nS: 354\nC: Subject: hello\nC:\nC: hello\nC: .\nS: 250");
    node.sent_only(0);
    assert_eq!(node.kept().len(), 1);
}

#[test]
fn a_person_s_mail_at_a_service_is_refused_at_the_end_of_data() {
    let node = Node::open();
    let reply = Letter::with("text/plain", "Hello, what month is it?").send(&node.smtp);
    assert!(reply.starts_with("550 5.6.0"), "{reply}");
    node.sent_only(0);
}

#[test]
fn a_service_may_be_found_by_to_for_listed_networks() {
    let node = Node::with(Configuration::new().service(by_to()));
    let letter = Letter::calendar(2003, 1).to("Mike.Olson@Fourthought.com").from("Mike.Olson@Fourthought.com");
    let letter = letter.addresses("From: Mike.Olson@Fourthought.com\nTo: calendar@localhost").id("2");
    let answer = node.answer(&letter);
    assert!(answer.is_for("<Mike.Olson@Fourthought.com>") && text(&answer).contains(JANUARY), "{answer:#?}");
    assert_eq!(answer.header("From").as_deref(), Some("calendar@localhost"));
    let other = letter.addresses("From: a@x.test\nTo: elsewhere@example.org").send(&node.smtp);
    assert!(other.starts_with("550 5.1.1"), "{other}");
    node.sent_only(1);
}

#[test]
fn by_to_serves_the_listed_networks_only() {
    let node =
        Node::with(Configuration::new().service(by_to().set("networks", ["192.0.2.0/24"]).set("proof", ["none"])));
    let letter = Letter::calendar(2003, 1).to("x@example.org").addresses("From: a@x.test\nTo: calendar@localhost");
    assert!(letter.send(&node.smtp).starts_with("550 5.7.1"));
}

#[test]
fn the_text_of_to_decides_nothing_by_itself() {
    let node = Node::open();
    let letter = Letter::calendar(2003, 1).addresses("From: asker@x.test\nTo: echo@localhost");
    assert!(text(&node.answer(&letter)).contains(JANUARY));
}

#[test]
fn the_reply_listener_takes_any_recipient_and_relays_nothing() {
    let replies = Port::claim();
    let node = Node::listening(Configuration::new().replies(&replies));
    for to in ["Mike.Olson@Fourthought.com", "calendar@localhost", "anybody@example.org"] {
        let letter = Letter::with("text/xml", get_month(2003, 1)).to(to);
        assert!(letter.send(&replies).starts_with("250"), "{to}");
    }
    assert_eq!(node.kept().len(), 3);
    node.sent_only(0);
}

#[test]
fn mail_for_others_goes_on_from_those_who_may_relay_and_from_nobody_else() {
    let forwarding =
        |networks: &[&str]| House::with(calendar_and_echo().set("smtp.unknown", "forward").set("smtp.relay", networks));
    let letter = Letter::with("text/plain", "hello").to("somebody@example.org").id("<f@x.test>");
    let house = forwarding(&["127.0.0.0/8"]);
    let reply = letter.send(&house.smtp);
    assert!(reply.starts_with("250") && reply.contains("Queued as"), "{reply}");
    let mail = house.sink.wait_for(1, PATIENCE).remove(0);
    assert!(mail.is_for("<somebody@example.org>") && mail.mail_from.starts_with("<asker@x.test>"), "{mail:?}");
    let message = mail.message();
    let (trace, rest) = message.split_at(message.len() - letter.text().len());
    let trace = String::from_utf8_lossy(trace).replace("\r\n\t", " ");
    assert!(trace.starts_with("Received: from x.test ([127.0.0.1]) by ") && trace.contains(" with ESMTP;"), "{trace}");
    assert_eq!(rest, letter.text(), "octet for octet");
    assert!(text(&house.answer(&Letter::calendar(2003, 1))).contains(JANUARY), "services answer as before");
    let others = forwarding(&["192.0.2.0/24"]);
    let reply = letter.send(&others.smtp);
    assert!(reply.starts_with("550 5.7.1"), "{reply}");
    assert!(letter.to("nobody@localhost").send(&others.smtp).starts_with("550 5.1.1"));
    assert_eq!((others.sink.count(), others.server.queue().len()), (0, 0));
}
