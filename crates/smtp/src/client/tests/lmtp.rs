//! LMTP (RFC 2033): LHLO, and after the message one reply for each recipient that was taken.

use super::{Act, Dialect, Player, Settings, Tls, Verdict, in_all_paces, settings};
use Verdict::{Deferred, Delivered, Failed, Uncertain};

const THREE: &[&str] = &["b@y.example", "c@y.example", "d@y.example"];
const TEXT: &str = "A: b\r\n\r\nHello\r\n";

fn with_lmtp(test: impl Fn(&mut Player)) {
    let settings = Settings { dialect: Dialect::Lmtp, ..settings(Tls::Off) };
    in_all_paces(&settings, |player| {
        player.play(
            "S: 220 there
             C: LHLO me.example
             S: 250-there
             S: 250 PIPELINING",
        );
        player.events.clear();
        test(player);
    });
}

/// Up to the final dot; one of three recipients is refused.
fn send(player: &mut Player) {
    player.act(Act::Start(THREE, TEXT)).play(
        "C: MAIL FROM:<a@x.example>
         C: RCPT TO:<b@y.example>
         C: RCPT TO:<c@y.example>
         C: RCPT TO:<d@y.example>
         C: DATA
         S: 250 Ok
         S: 250 Ok
         S: 550 5.1.1 who?
         S: 250 Ok
         S: 354 go
         C: A: b
         C:
         C: Hello
         C: .",
    );
}

#[test]
fn each_recipient_has_a_verdict_of_its_own() {
    with_lmtp(|player| {
        send(player);
        player.feed(b"250 2.0.0 saved\r\n");
        assert!(player.events.is_empty(), "one reply is owed");
        assert!(player.dialogue.awaits_final_reply());
        player.feed(b"452 4.2.2 full\r\n");
        let finished = player.finished();
        let said: Vec<_> =
            finished[0].outcomes.iter().map(|outcome| (outcome.verdict, outcome.evidence.to_string())).collect();
        assert_eq!(said[0], (Delivered, "250 2.0.0 saved".to_owned()));
        assert_eq!(said[1], (Failed, "550 5.1.1 who?".to_owned()));
        assert_eq!(said[2], (Deferred, "452 4.2.2 full".to_owned()));
        assert!(player.dialogue.is_idle());
    });
}

#[test]
fn the_next_mail_waits_for_the_last_of_the_replies() {
    with_lmtp(|player| {
        send(player);
        player.act(Act::Start(&["e@y.example"], TEXT)).play(
            "C: MAIL FROM:<a@x.example>
             C: RCPT TO:<e@y.example>
             C: DATA
             S: 250 saved
             S: 250 saved
             S: 250 Ok
             S: 250 Ok
             S: 354 go
             C: A: b
             C:
             C: Hello
             C: .
             S: 250 saved",
        );
        assert_eq!(player.verdicts(), [vec![Delivered, Failed, Delivered], vec![Delivered]]);
    });
}

#[test]
fn what_a_broken_connection_leaves_unanswered_is_uncertain_and_the_rest_is_not() {
    with_lmtp(|player| {
        send(player);
        player.feed(b"250 saved\r\n");
        player.act(Act::Lose);
        assert_eq!(player.verdicts(), [[Delivered, Failed, Uncertain]]);
    });
}

#[test]
fn a_server_that_refuses_lhlo_is_not_spoken_smtp_with() {
    let settings = Settings { dialect: Dialect::Lmtp, ..settings(Tls::Off) };
    in_all_paces(&settings, |player| {
        player.play(
            "S: 220 there
             C: LHLO me.example
             S: 502 what?",
        );
        assert_eq!(player.closed().as_deref(), Some("HELO refused: 502 what?"));
    });
}

#[test]
fn data_that_begins_without_a_recipient_ends_the_session() {
    with_lmtp(|player| {
        player.act(Act::Start(&["b@y.example"], TEXT)).written();
        player.feed(b"250 Ok\r\n550 who?\r\n354 go\r\n");
        assert_eq!(player.closed().as_deref(), Some("the server said, unasked: 354 go"));
        assert_eq!(player.verdicts(), [[Failed]]);
    });
}
