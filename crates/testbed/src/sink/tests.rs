//! The sink is a judge: it must end messages where the standard says, and nowhere else.

use std::time::Duration;

use super::{Behaviour, Sink};
use crate::Dialogue;

const SECOND: Duration = Duration::from_secs(5);

#[test]
fn only_a_dot_between_two_crlf_ends_a_message() {
    let sink = Sink::start();
    Dialogue::with(sink.address()).play(
        "S: 220
         C: EHLO t
         S: 250 PIPELINING
         C: MAIL FROM:<a@x.test>
         C: RCPT TO:<b@x.test>
         C: DATA
         S: 250
         S: 250
         S: 354
         R: Subject: t\\r\\n\\r\\none\\n.\\r\\ntwo\\r\\n.\\nthree\\r\\n..four\\r\\n.\\r\\n
         S: 250
         C: QUIT
         S: 221",
    );
    let mail = sink.wait_for(1, SECOND).remove(0);
    assert_eq!(mail.wire, b"Subject: t\r\n\r\none\n.\r\ntwo\r\n.\nthree\r\n..four\r\n");
    assert!(mail.message().ends_with(b"\r\n.four\r\n"), "{:?}", mail.text());
    assert_eq!(mail.header("subject").as_deref(), Some("t"));
    assert!(mail.is_for("B@x.test") && mail.mail_from == "<a@x.test>");
}

#[test]
fn it_refuses_defers_and_hangs_up_as_told() {
    let sink = Sink::with(Behaviour {
        refuse: vec!["nobody@".into()],
        defer_first: 1,
        hang_up_after_dot: 2,
        ..Behaviour::default()
    });
    Dialogue::with(sink.address()).play(
        "S: 220
         C: HELO t
         S: 250
         C: MAIL FROM:<>
         S: 250
         C: RCPT TO:<nobody@x.test>
         S: 550 5.1.1
         C: RCPT TO:<b@x.test>
         S: 250
         C: DATA
         S: 354
         C: x
         C: .
         S: 451
         C: MAIL FROM:<>
         S: 250
         C: RCPT TO:<b@x.test>
         S: 250
         C: DATA
         S: 354
         C: x
         C: .
         S: close",
    );
    assert_eq!(sink.count(), 1, "the deferred one is not kept, the one without a reply is");
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn an_async_test_can_wait_too() {
    let sink = Sink::start();
    let address = sink.address();
    let player = tokio::task::spawn_blocking(move || {
        Dialogue::with(address).play("S: 220\nC: HELO t\nS: 250\nC: MAIL FROM:<>\nS: 250\nC: RCPT TO:<b@x>\nS: 250\nC: DATA\nS: 354\nC: hi\nC: .\nS: 250");
    });
    assert_eq!(sink.arrived(1, SECOND).await[0].text(), "hi\r\n");
    player.await.unwrap();
}
