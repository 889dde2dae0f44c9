//! Transactions: pipelining, refusals, lost connections, and what each recipient is told.

use mail::ReversePath;
use mail::evidence::Stage;

use crate::client::{Awaiting, End};

use super::{Act, Verdict, mailbox, with_server};

const ONE: &[&str] = &["b@y.example"];
const TWO: &[&str] = &["b@y.example", "c@y.example"];
const TEXT: &str = "A: b\r\n\r\nHello\r\n";

use Verdict::{Deferred, Delivered, Failed, NextTransaction, Uncertain};

#[test]
fn a_pipelining_server_gets_the_commands_as_one_group_and_the_next_group_behind_the_final_dot() {
    with_server("PIPELINING,SIZE 1000", |player| {
        player.act(Act::Start(TWO, TEXT));
        assert!(!player.dialogue.can_start());
        player.play(
            "C: MAIL FROM:<a@x.example> SIZE=15
             C: RCPT TO:<b@y.example>
             C: RCPT TO:<c@y.example>
             C: DATA
             S: 250 Ok
             S: 250 Ok
             S: 250 Ok",
        );
        player.feed(b"354 go\r\n");
        assert!(player.dialogue.can_start(), "the final dot is queued");
        player.act(Act::Start(ONE, ".\r\n")).play(
            "C: A: b
             C:
             C: Hello
             C: .
             C: MAIL FROM:<a@x.example> SIZE=3
             C: RCPT TO:<b@y.example>
             C: DATA
             S: 250 2.0.0 queued as 1
             S: 250 Ok
             S: 250 Ok
             S: 354 go
             C: ..
             C: .
             S: 250 2.0.0 queued as 2",
        );
        let finished = player.finished();
        assert_eq!(finished[0].outcomes[1].evidence.to_string(), "250 2.0.0 queued as 1");
        assert_eq!(finished[1].outcomes[0].evidence.to_string(), "250 2.0.0 queued as 2");
        assert!(player.dialogue.is_idle());
    });
}

#[test]
fn a_message_waits_until_the_one_before_is_recorded_also_when_the_server_is_ready_for_it() {
    with_server("PIPELINING", |player| {
        player.holds = true;
        player.act(Act::Start(ONE, TEXT)).written();
        player.feed(b"250 Ok\r\n250 Ok\r\n354 go\r\n");
        player.act(Act::Start(ONE, TEXT)).act(Act::Quit);
        player.written();
        player.play("S: 250 queued as 1\nS: 250 Ok\nS: 250 Ok\nS: 354 go");
        assert_eq!((player.verdicts(), player.dialogue.awaiting()), (vec![vec![Delivered]], Awaiting::Release));
        player.dialogue.release();
        assert!(player.written().ends_with("Hello\r\n.\r\nQUIT\r\n"));
        player.feed(b"250 queued as 2\r\n");
        assert_eq!(player.verdicts(), [[Delivered]]);
    });
}

#[test]
fn a_message_that_was_held_back_when_the_connection_broke_was_not_sent() {
    with_server("PIPELINING", |player| {
        player.holds = true;
        player.act(Act::Start(ONE, TEXT)).written();
        player.feed(b"250 Ok\r\n250 Ok\r\n354 go\r\n");
        player.act(Act::Start(ONE, TEXT));
        player.written();
        player.feed(b"250 queued as 1\r\n250 Ok\r\n250 Ok\r\n354 go\r\n");
        player.act(Act::Lose);
        player.dialogue.release();
        assert_eq!((player.written().as_str(), player.verdicts()), ("", vec![vec![Delivered], vec![Deferred]]));
    });
}

#[test]
fn a_server_without_pipelining_is_spoken_to_step_by_step() {
    with_server("", |player| {
        player.act(Act::Start(TWO, "x")).play(
            "C: MAIL FROM:<a@x.example>
             S: 250 Ok
             C: RCPT TO:<b@y.example>
             S: 550 5.1.1 nobody
             C: RCPT TO:<c@y.example>
             S: 250 Ok
             C: DATA
             S: 354 go
             C: x
             C: .",
        );
        assert!(!player.dialogue.can_start());
        player.play("S: 250 Ok");
        assert_eq!(player.verdicts(), [[Failed, Delivered]]);
    });
}

#[test]
fn after_a_refusal_the_next_transaction_begins_with_rset() {
    for (extensions, script) in [
        ("", "C: MAIL FROM:<a@x.example>\nS: 250 Ok\nC: RCPT TO:<b@y.example>\nS: 550 no"),
        (
            "PIPELINING",
            "C: MAIL FROM:<a@x.example>\nC: RCPT TO:<b@y.example>\nC: DATA\nS: 250 Ok\nS: 550 no\nS: 554 no recipients",
        ),
    ] {
        with_server(extensions, |player| {
            player.act(Act::Start(ONE, TEXT)).play(script);
            let finished = player.finished();
            assert_eq!(
                (finished[0].outcomes[0].verdict, finished[0].outcomes[0].evidence.to_string().as_str()),
                (Failed, "550 no")
            );
            player.act(Act::Start(ONE, TEXT));
            assert!(player.written().starts_with("RSET\r\n"));
            player.feed(b"250 reset\r\n");
            player.written();
            player.feed(b"250 sender\r\n");
            player.written();
            player.feed(b"250 recipient\r\n");
            player.written();
            player.feed(b"354 go\r\n");
            player.written();
            player.feed(b"250 done\r\n");
            assert_eq!(player.verdicts(), [[Delivered]]);
        });
    }
}

#[test]
fn a_354_without_a_recipient_gets_a_lone_dot_whose_reply_means_nothing() {
    with_server("PIPELINING", |player| {
        player.act(Act::Start(TWO, TEXT)).play(
            "C: MAIL FROM:<a@x.example>
             C: RCPT TO:<b@y.example>
             C: RCPT TO:<c@y.example>
             C: DATA
             S: 250 Ok
             S: 550 no
             S: 450 later
             S: 354 go
             C: .
             S: 250 queued",
        );
        assert_eq!(player.verdicts(), [[Failed, Deferred]]);
    });
}

#[test]
fn a_refused_sender_settles_every_recipient_with_that_refusal() {
    with_server("PIPELINING", |player| {
        player.act(Act::Start(TWO, TEXT));
        player.written();
        player.play("S: 451 4.7.1 greylisted\nS: 503 mail first\nS: 503 mail first\nS: 503 mail first");
        let finished = player.finished();
        for outcome in &finished[0].outcomes {
            assert_eq!((outcome.verdict, outcome.evidence.to_string().as_str()), (Deferred, "451 4.7.1 greylisted"));
        }
        assert_eq!(finished[0].end, End::Decided);
    });
}

#[test]
fn a_refused_message_is_refused_for_all_but_keeps_what_was_said_of_each() {
    for (reply, verdict) in [("552 5.2.2 full", Failed), ("452 4.3.1 no room", Deferred)] {
        with_server("PIPELINING", |player| {
            player.act(Act::Start(TWO, TEXT)).written();
            player.feed(b"250 Ok\r\n550 5.1.1 nobody\r\n250 Ok\r\n354 go\r\n");
            player.written();
            player.feed(format!("{reply}\r\n").as_bytes());
            let finished = player.finished();
            let replies: Vec<_> =
                finished[0].outcomes.iter().map(|one| (one.verdict, one.evidence.to_string())).collect();
            assert_eq!(replies, [(Failed, "550 5.1.1 nobody".to_owned()), (verdict, reply.to_owned())]);
        });
    }
}

#[test]
fn a_connection_lost_after_the_final_dot_is_uncertain_and_what_stood_behind_it_is_cut() {
    with_server("PIPELINING", |player| {
        player.act(Act::Start(ONE, TEXT)).written();
        player.feed(b"250 Ok\r\n250 Ok\r\n354 go\r\n");
        player.act(Act::Start(TWO, TEXT)).written();
        player.act(Act::Lose);
        let finished = player.finished();
        assert_eq!((finished[0].outcomes[0].verdict, finished[0].end), (Uncertain, End::Cut));
        assert_eq!((finished[1].outcomes[1].verdict, finished[1].end), (Deferred, End::Cut));
    });
}

#[test]
fn what_stood_behind_a_final_dot_ends_at_its_own_stage() {
    let ended: [(&str, bool, &[Stage]); 6] = [
        ("", true, &[Stage::EndOfData, Stage::Mail]),
        ("421 bye\r\n", false, &[Stage::EndOfData, Stage::Mail]),
        ("250 taken\r\n", true, &[Stage::EndOfData, Stage::Mail]),
        ("250 taken\r\n250 Ok\r\n", true, &[Stage::EndOfData, Stage::Recipient]),
        ("250 taken\r\n250 Ok\r\n421 bye\r\n", false, &[Stage::EndOfData, Stage::Recipient]),
        ("250 taken\r\n250 Ok\r\n250 Ok\r\n354 go\r\n", true, &[Stage::EndOfData, Stage::Data]),
    ];
    for (replies, is_lost, stages) in ended {
        with_server("PIPELINING", |player| {
            player.holds = true;
            sent_whole(player);
            player.act(Act::Start(ONE, TEXT)).written();
            player.feed(replies.as_bytes());
            if is_lost {
                player.act(Act::Lose);
            }
            let finished = player.finished();
            let told: Vec<_> = finished.iter().filter_map(|one| one.outcomes[0].evidence.stage).collect();
            assert_eq!(told, stages, "{replies:?}");
        });
    }
}

#[test]
fn a_connection_lost_while_the_final_dot_is_not_written_is_only_deferred() {
    with_server("PIPELINING", |player| {
        player.act(Act::Start(ONE, TEXT));
        player.written();
        player.feed(b"250 Ok\r\n250 Ok\r\n354 go\r\n");
        bytes::Buf::advance(player.dialogue.outgoing(), TEXT.len() + 2); // all but the LF of the final dot
        player.act(Act::Lose);
        assert_eq!(player.verdicts(), [[Deferred]]);
    });
}

#[test]
fn a_421_ends_the_session_wherever_it_comes() {
    for (replies, verdicts) in [
        ("421 bye", vec![Deferred, Deferred]),
        ("250 Ok\r\n550 no\r\n421 bye", vec![Failed, Deferred]),
        ("250 Ok\r\n250 Ok\r\n250 Ok\r\n421 bye", vec![Deferred, Deferred]),
        ("250 Ok\r\n250 Ok\r\n250 Ok\r\n354 go\r\n421 bye", vec![Deferred, Deferred]),
    ] {
        with_server("PIPELINING", |player| {
            player.act(Act::Start(TWO, TEXT)).written();
            for reply in replies.split_inclusive("\r\n") {
                player.feed(reply.as_bytes());
                player.written();
            }
            player.feed(b"\r\n");
            assert_eq!(player.closed().as_deref(), Some("421 bye"));
            assert_eq!(player.verdicts(), std::slice::from_ref(&verdicts));
            assert!(!player.dialogue.can_start());
        });
    }
}

#[test]
fn too_many_recipients_is_no_refusal_of_those_who_are_left() {
    with_server("PIPELINING", |player| {
        player.act(Act::Start(TWO, TEXT)).written();
        player.feed(b"250 Ok\r\n250 Ok\r\n452 4.5.3 one at a time\r\n354 go\r\n");
        player.written();
        player.feed(b"250 Ok\r\n");
        assert_eq!(player.verdicts(), [[Delivered, NextTransaction]]);
    });
}

#[test]
fn extensions_are_used_where_needed_and_offered() {
    with_server("PIPELINING,8BITMIME,SMTPUTF8,DSN", |player| {
        player.start(&ReversePath::Null, &[mailbox("łukasz@y.example")], "A: b\r\n\r\nż\r\n".as_bytes());
        player.play(
            "C: MAIL FROM:<> BODY=8BITMIME SMTPUTF8 ENVID=id+3D1@x
             C: RCPT TO:<łukasz@y.example>
             C: DATA",
        );
    });
}

#[test]
fn what_the_server_can_never_take_fails_without_a_word() {
    let cases: [(&str, &str, &[u8], &str); 4] = [
        ("PIPELINING,SIZE 3", "b@y.example", b"1234", "5.3.4"),
        ("PIPELINING,8BITMIME", "łukasz@y.example", b"A: b\r\n", "5.6.7"),
        ("PIPELINING", "b@y.example", b"a\n.\r\n", "5.6.0"),
        ("", "b@y.example", b"a\r\n.\rb", "5.6.0"),
    ];
    for (extensions, recipient, message, code) in cases {
        with_server(extensions, |player| {
            player.start(&ReversePath::Null, &[mailbox(recipient)], message);
            player.feed(b"");
            assert_eq!(player.written(), "");
            let finished = player.finished();
            assert_eq!(finished[0].outcomes[0].verdict, Failed);
            assert!(finished[0].outcomes[0].evidence.to_string().starts_with(code), "{:?}", finished[0]);
            assert!(player.dialogue.can_start());
        });
    }
}

#[test]
fn a_domain_of_u_labels_goes_as_a_labels_and_needs_no_smtputf8() {
    for extensions in ["PIPELINING", "PIPELINING,SMTPUTF8"] {
        with_server(extensions, |player| {
            let sender = ReversePath::from(mailbox("a@łódź.example"));
            player.start(&sender, &[mailbox("b@żółw.example")], b"A: b\r\n");
            player.play(
                "C: MAIL FROM:<a@xn--d-uga0v4h.example>
                 C: RCPT TO:<b@xn--w-uga1v8h.example>
                 C: DATA",
            );
        });
    }
}

#[test]
fn smtputf8_is_asked_for_where_one_of_the_addresses_has_no_other_form() {
    with_server("PIPELINING,SMTPUTF8", |player| {
        player.start(&ReversePath::Null, &[mailbox("b@żółw.example"), mailbox("ł@ż.example")], b"A: b\r\n");
        player.play(
            "C: MAIL FROM:<> SMTPUTF8
             C: RCPT TO:<b@xn--w-uga1v8h.example>
             C: RCPT TO:<ł@ż.example>
             C: DATA",
        );
    });
}

#[test]
fn an_8_bit_body_goes_as_it_is_where_8bitmime_is_not_offered() {
    with_server("PIPELINING", |player| {
        player.start(&ReversePath::Null, &[mailbox("b@y.example")], "A: b\r\n\r\nż\r\n".as_bytes());
        player.play("C: MAIL FROM:<>\nC: RCPT TO:<b@y.example>\nC: DATA\nS: 250 Ok\nS: 250 Ok\nS: 354 go\nC: A: b\nC:\nC: ż\nC: .");
    });
}

#[test]
fn quit_ends_the_session_and_nothing_starts_after_it() {
    with_server("PIPELINING", |player| {
        player.act(Act::Quit).play("C: QUIT");
        assert!(!player.dialogue.can_start());
        player.play("S: 221 bye");
        assert_eq!(player.closed().as_deref(), Some("221 bye"));
    });
}

/// A server has the whole of one message, and owes the reply to its final dot.
fn sent_whole(player: &mut super::Player) {
    player.act(Act::Start(ONE, TEXT)).written();
    player.feed(b"250 Ok\r\n250 Ok\r\n354 go\r\n");
    player.written();
}

#[test]
fn a_reply_to_the_final_dot_counts_whatever_its_lines_end_with_and_however_they_differ() {
    let long = format!("250 {}\r\n", "x".repeat(5000));
    let many = "250-x\r\n".repeat(500) + "250 taken\r\n";
    for (reply, verdict) in [
        ("250 taken\n", Delivered),
        ("250\n", Delivered),
        ("250-is\n250 taken\r\n", Delivered),
        ("250 taken\rnot\r\n", Delivered),
        ("250 taken\r\r\n", Delivered),
        ("354-still\r\n250 taken\r\n", Delivered),
        ("550-not\r\n250 taken\n", Delivered),
        ("250-taken\r\n451 or not\r\n", Deferred),
        ("250-taken\n554 refused\n", Failed),
        (&long, Delivered),
        (&many, Delivered),
        ("250taken\r\n", Uncertain),
        ("taken\r\n", Uncertain),
        ("650 taken\r\n", Uncertain),
    ] {
        with_server("PIPELINING", |player| {
            sent_whole(player);
            player.feed(reply.as_bytes());
            assert_eq!(player.verdicts(), [[verdict]], "{:.40}", reply.escape_debug());
        });
    }
}

#[test]
fn the_next_mail_goes_on_the_same_connection_after_a_sloppy_reply() {
    with_server("PIPELINING", |player| {
        sent_whole(player);
        player.feed(b"354-and\n250 taken\n");
        player.act(Act::Start(ONE, TEXT)).play(
            "C: MAIL FROM:<a@x.example>
             C: RCPT TO:<b@y.example>
             C: DATA",
        );
        player.feed(b"250 Ok\n250 Ok\n354 go\n");
        player.written();
        player.feed(b"250 taken\n");
        assert_eq!(player.verdicts(), [[Delivered], [Delivered]]);
    });
}

#[test]
fn no_reply_that_comes_before_the_final_dot_is_taken_for_its_reply() {
    for (reply, verdict) in [("250 hello", Uncertain), ("354 go", Uncertain), ("550 no", Uncertain)] {
        with_server("PIPELINING", |player| {
            player.act(Act::Start(ONE, TEXT)).written();
            player.feed(format!("250 Ok\r\n250 Ok\r\n354 go\r\n{reply}\r\n").as_bytes());
            assert_eq!(player.closed().as_deref(), Some(format!("the server said, unasked: {reply}").as_str()));
            assert_eq!((player.written().as_str(), player.verdicts()), ("", vec![vec![verdict]]));
        });
    }
}

#[test]
fn what_a_server_says_of_a_message_that_it_has_seen_in_part_ends_the_connection() {
    let cases = [("552 5.3.4 too big", Failed, End::Decided), ("451 no room", Deferred, End::Decided)];
    for (reply, verdict, end) in cases.into_iter().chain([("250 fine", Uncertain, End::Cut)]) {
        with_server("PIPELINING", |player| {
            player.act(Act::Start(ONE, TEXT)).written();
            player.feed(b"250 Ok\r\n250 Ok\r\n354 go\r\n");
            bytes::Buf::advance(player.dialogue.outgoing(), 3);
            player.feed(format!("{reply}\r\n").as_bytes());
            assert!(player.closed().is_some_and(|words| words.ends_with(reply)), "{:?}", player.events);
            let finished = player.finished();
            assert_eq!((finished[0].outcomes[0].verdict, finished[0].end), (verdict, end), "{reply}");
        });
    }
}

#[test]
fn replies_that_are_out_of_step_end_the_connection_and_nothing_is_delivered_by_them() {
    for extensions in ["PIPELINING", ""] {
        with_server(extensions, |player| {
            player.act(Act::Start(ONE, TEXT)).written();
            for reply in ["250 sender", "250 recipient", "250 recipient once more"] {
                player.feed(format!("{reply}\r\n").as_bytes());
                player.written();
            }
            assert_eq!(player.closed().as_deref(), Some("the server said, unasked: 250 recipient once more"));
            player.feed(b"354 go\r\n");
            assert_eq!((player.written().as_str(), player.verdicts()), ("", vec![vec![Deferred]]));
        });
    }
}

#[test]
fn a_word_that_nobody_asked_for_ends_an_idle_connection() {
    with_server("PIPELINING", |player| {
        sent_whole(player);
        player.feed(b"250 taken\r\n250 and once more\r\n");
        assert_eq!(player.closed().as_deref(), Some("the server said, unasked: 250 and once more"));
        assert_eq!(player.verdicts(), [[Delivered]]);
    });
}
