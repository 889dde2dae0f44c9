//! M9: a request runs at most once, and a repeated one gets the same answer again.

use testbed::Received;

use super::house::{House, JANUARY, Letter, PATIENCE, calendar_and_echo, text};
use super::node::Node;

fn ids(mails: &[Received]) -> Vec<String> {
    let mut ids: Vec<String> = mails.iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    ids.sort();
    ids.dedup();
    ids
}

#[test]
fn a_repeated_request_gets_the_stored_answer_again() {
    let node = Node::open();
    let letter = Letter::calendar(2003, 1);
    let first = node.answer(&letter);
    assert!(letter.send(&node.smtp).starts_with("250"));
    let both = node.sink.first(2);
    assert_eq!(both[1].wire, first.wire, "octet for octet");
}

#[test]
fn fifty_copies_at_once_run_once() {
    let node = Node::listening(calendar_and_echo());
    let (letter, address) = (Letter::calendar(2003, 1), node.address());
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| assert!(letter.send(&address).starts_with("250")));
        }
    });
    let mails = node.sent_only(11);
    assert_eq!(ids(&mails).len(), 1, "one answer, and so often again as the cap allows");
}

#[test]
fn the_same_id_with_another_payload_is_an_error_and_nothing_is_run() {
    let node = Node::open();
    node.answer(&Letter::calendar(2003, 1));
    let reply = Letter::calendar(2003, 2).send(&node.smtp);
    assert!(reply.starts_with("550 5.6.0"), "{reply}");
    node.sent_only(1);
}

#[test]
fn the_same_id_of_another_sender_is_another_request() {
    let node = Node::open();
    node.answer(&Letter::calendar(2003, 1));
    assert!(Letter::calendar(2003, 2).from("other@x.test").send(&node.smtp).starts_with("250"));
    let mails = node.sink.first(2);
    assert!(text(&mails[1]).contains("February 2003"), "{}", text(&mails[1]));
}

#[test]
fn bare_ids_of_two_runs_are_no_error_and_each_gets_its_answer() {
    let node = Node::open();
    for (run, months) in [[1, 2, 3], [4, 2, 5]].iter().enumerate() {
        for (id, month) in ["2", "3", "4"].iter().zip(months) {
            assert!(Letter::calendar(2003, *month).id(id).send(&node.smtp).starts_with("250"));
        }
        let answers = node.sink.first(3 * (run + 1)).split_off(3 * run);
        for (id, month) in ["2", "3", "4"].iter().zip(months) {
            let name = ["January", "February", "March", "April", "May"][*month as usize - 1];
            let mine: Vec<_> = answers.iter().filter(|a| a.header("In-Reply-To").as_deref() == Some(id)).collect();
            assert!(mine.len() == 1 && text(mine[0]).contains(&format!(" {name} 2003\n")), "{id}: {mine:#?}");
        }
    }
}

#[test]
fn a_bare_id_is_answered_however_often_it_comes() {
    let node = Node::open();
    for sent in 1..=15 {
        assert!(Letter::calendar(2003, 1).id("2").send(&node.smtp).starts_with("250"));
        node.sink.first(sent);
    }
}

#[test]
fn a_repeat_after_a_restart_and_after_a_kill_is_not_run_again() {
    let mut house = House::open();
    let letter = Letter::calendar(2003, 1);
    let first = house.answer(&letter);
    house.server.stop();
    house.server.launch();
    assert!(letter.send(&house.smtp).starts_with("250"));
    house.sink.wait_for(2, PATIENCE);
    house.server.kill();
    house.server.launch();
    assert!(letter.send(&house.smtp).starts_with("250"));
    let mails = house.sink.wait_for(3, PATIENCE);
    assert!(mails.iter().all(|mail| mail.wire == first.wire));
}

#[test]
fn an_answer_is_sent_again_ten_times_and_no_more() {
    let node = Node::open();
    for _ in 0..14 {
        assert!(Letter::calendar(2003, 1).send(&node.smtp).starts_with("250"));
    }
    assert_eq!(node.sent_only(11).len(), 11);
}

#[test]
fn without_an_id_each_mail_is_a_request() {
    let node = Node::open();
    for sent in 1..=2 {
        assert!(Letter::calendar(2003, 1).id("").send(&node.smtp).starts_with("250"));
        node.sink.first(sent);
    }
    assert_eq!(ids(&node.sink.received()).len(), 2);
}

#[test]
fn the_id_of_a_call_counts_where_it_has_one() {
    let node = Node::open();
    let body = |month: i32| {
        format!(
            "<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Header>\
             <a:MessageID xmlns:a=\"http://www.w3.org/2005/08/addressing\">urn:uuid:call-1</a:MessageID>\
             </E:Header><E:Body><m:getMonth xmlns:m=\"urn:calendar\"><year>2003</year><month>{month}</month>\
             </m:getMonth></E:Body></E:Envelope>"
        )
    };
    let first = node.answer(&Letter::calendar(2003, 1).body(body(1)));
    assert!(text(&first).contains(JANUARY), "{}", text(&first));
    assert!(Letter::calendar(2003, 1).id("<retry@x.test>").body(body(1)).send(&node.smtp).starts_with("250"));
    assert_eq!(node.sink.first(2)[1].wire, first.wire, "a retry under a new Message-ID is the same call");
    assert!(Letter::calendar(2003, 1).id("<x@x.test>").body(body(2)).send(&node.smtp).starts_with("550 5.6.0"));
}
