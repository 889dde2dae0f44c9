//! M19, M20: what is said is durable, and what is not durable is not said.

use testbed::{Behaviour, Configuration, post};

use super::house::{House, JANUARY, Letter, PATIENCE, text};

#[test]
fn an_answer_promised_by_250_is_delivered_after_a_kill() {
    let mut house = House::open();
    house.sink.behave(Behaviour { defer_first: usize::MAX, ..Behaviour::default() });
    for number in 0..10 {
        let letter = Letter::calendar(2003, 1).id(&format!("<k{number}@x.test>"));
        assert!(letter.send(&house.smtp).starts_with("250"));
        house.server.kill();
        house.server.launch();
    }
    house.sink.behave(Behaviour::default());
    house.server.command(&["queue", "retry", "kind=answer"]).ok("queue retry");
    let is_there = |n: usize, mails: &[testbed::Received]| {
        mails.iter().any(|mail| mail.header("In-Reply-To").as_deref() == Some(&format!("<k{n}@x.test>")))
    };
    let mails = house.sink.wait_until(PATIENCE, |mails| (0..10).all(|n| is_there(n, mails)));
    assert!(mails.is_ok(), "{mails:#?}");
}

#[test]
fn without_room_nothing_is_taken_and_later_it_is() {
    let mut house = House::prepared(Configuration::new());
    let text_of = std::fs::read_to_string(house.server.config()).unwrap();
    std::fs::write(house.server.config(), format!("{text_of}queue.min_free = \"100TB\"\n")).unwrap();
    house.server.launch();
    let letter = Letter::calendar(2003, 1);
    let reply = letter.send(&house.smtp);
    assert!(reply.starts_with("452 4.3.1"), "{reply}");
    let piped = house.server.command_with(&["pipe", "calendar"], &letter.text());
    assert_eq!(piped.code, Some(75), "{piped:?}");
    let key = house.server.key_add("test");
    let call = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"send_message\",\"params\":[\"{key}\",[[\"a@x.test\",\"b@x.test\",\"s\",\"t\"]]]}}"
    );
    let answer = post(house.http.address(), "/rpc", "application/json", call.as_bytes()).unwrap().json();
    assert_eq!(
        (&answer["result"]["status"], &answer["result"]["error_code"]),
        (&"error".into(), &200.into()),
        "{answer}"
    );
    assert!(house.server.queue().is_empty());
    let month = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getMonth\",\"params\":[2003,1]}";
    let answer = post(house.http.address(), "/rpc", "application/json", month.as_bytes()).unwrap().json();
    assert!(answer["result"].as_str().unwrap().contains("January"), "what needs no room goes on: {answer}");
    house.server.stop();
    std::fs::write(house.server.config(), text_of).unwrap();
    house.server.launch();
    assert!(text(&house.answer(&letter)).contains(JANUARY));
    house.sent_only(1);
}
