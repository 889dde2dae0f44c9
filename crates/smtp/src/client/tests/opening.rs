//! From the greeting to the first transaction: EHLO, HELO, STARTTLS, AUTH.

use mail::Reply;
use mail::evidence::{Cause, Evidence, Reason, Stage};

use super::{Act, Event, Player, Settings, Tls, in_all_paces, login, settings};
use crate::client::Extension;

#[test]
fn a_server_that_refuses_ehlo_is_greeted_with_helo() {
    in_all_paces(&settings(Tls::Opportunistic), |player| {
        player.play(
            "S: 220 localhost Python SMTP proxy version 0.2
             C: EHLO me.example
             S: 502 Error: command \"EHLO\" not implemented
             C: HELO me.example
             S: 250 localhost",
        );
        assert_eq!(player.events, [Event::Ready]);
        assert!(!player.dialogue.capabilities().has(Extension::Pipelining));
    });
}

#[test]
fn a_greeting_of_several_lines_is_one_greeting() {
    in_all_paces(&settings(Tls::Off), |player| {
        player.play(
            "S: 220-there
             S: 220-PIPELINING
             S: 220 be welcome
             C: EHLO me.example
             S: 250-there
             S: 250 SIZE 1000",
        );
        assert_eq!(player.events, [Event::Ready]);
        assert_eq!(player.dialogue.capabilities().max_size(), Some(1000));
    });
}

#[test]
fn a_refused_greeting_closes_with_the_servers_words() {
    for (greeting, words) in [
        ("S: 554 5.7.1 go away", "connection refused: 554 5.7.1 go away"),
        ("S: 421 4.3.2 busy", "421 4.3.2 busy"),
        ("S: 450 later", "connection refused: 450 later"),
    ] {
        in_all_paces(&settings(Tls::Off), |player| {
            player.play(greeting);
            assert_eq!(player.closed().as_deref(), Some(words));
        });
    }
}

#[test]
fn octets_in_clear_behind_the_220_of_starttls_end_the_connection() {
    for tls in [Tls::Required, Tls::Opportunistic] {
        in_all_paces(&settings(tls), |player| {
            player.play("S: 220 there\nC: EHLO me.example\nS: 250-there\nS: 250 STARTTLS\nC: STARTTLS");
            player.feed(b"220 go on\r\n250-evil\r\n250 AUTH PLAIN\r\n");
            assert_eq!(player.closed().as_deref(), Some("octets came in clear behind the 220 to STARTTLS"));
            assert_eq!(player.written(), "");
        });
    }
    let mut whole = Player::new(settings(Tls::Required), usize::MAX);
    whole.play("S: 220 there\nC: EHLO me.example\nS: 250-there\nS: 250 STARTTLS\nC: STARTTLS");
    whole.feed(b"220 go on\r\n\x16");
    assert!(!whole.events.contains(&Event::StartTls), "hands are shaken with nobody: {:?}", whole.events);
}

#[test]
fn what_was_learnt_in_clear_is_forgotten_after_the_handshake() {
    in_all_paces(&settings(Tls::Required), |player| {
        player.play(
            "S: 220 there
             C: EHLO me.example
             S: 250-there
             S: 250 STARTTLS
             C: STARTTLS
             S: 220 go on",
        );
        assert_eq!(player.events, [Event::StartTls]);
        player.act(Act::Secured).play(
            "C: EHLO me.example
             S: 250-there
             S: 250 PIPELINING",
        );
        assert_eq!(player.events, [Event::StartTls, Event::Ready]);
        assert!(player.dialogue.is_secured());
        assert!(!player.dialogue.capabilities().has(Extension::StartTls), "learnt in clear, and kept");
    });
}

#[test]
fn required_tls_never_goes_on_in_clear() {
    let without = "S: 220 there\nC: EHLO me.example\nS: 250 there";
    let refused = "S: 220 there\nC: EHLO me.example\nS: 250-there\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 not now";
    let helo = "S: 220 there\nC: EHLO me.example\nS: 500 what\nC: HELO me.example\nS: 250 there";
    for script in [without, refused, helo] {
        in_all_paces(&settings(Tls::Required), |player| {
            player.play(script);
            assert!(player.closed().is_some_and(|words| words.contains("STARTTLS")), "{:?}", player.events);
        });
    }
}

#[test]
fn opportunistic_tls_goes_on_in_clear_where_the_server_refuses() {
    in_all_paces(&settings(Tls::Opportunistic), |player| {
        player.play("S: 220 there\nC: EHLO me.example\nS: 250-there\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 not now");
        assert_eq!(player.events, [Event::Ready]);
    });
}

#[test]
fn auth_plain_is_preferred_and_login_spoken() {
    // RFC 4616 §4 and RFC 4954 §4 have these very octets.
    let both = Settings { login: login(), ..settings(Tls::Off) };
    in_all_paces(&both, |player| {
        player.play(
            "S: 220 there
             C: EHLO me.example
             S: 250-there
             S: 250 AUTH LOGIN PLAIN
             C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm
             S: 235 2.7.0 welcome",
        );
        assert_eq!(player.events, [Event::Ready]);
    });
    in_all_paces(&both, |player| {
        player.play(
            "S: 220 there
             C: EHLO me.example
             S: 250-there
             S: 250 AUTH LOGIN
             C: AUTH LOGIN
             S: 334 VXNlcm5hbWU6
             C: dGlt
             S: 334 UGFzc3dvcmQ6
             C: dGFuc3RhYWZ0YW5zdGFhZg==
             S: 535 5.7.8 no",
        );
        assert_eq!(player.closed().as_deref(), Some("user or password refused: 535 5.7.8 no"));
    });
}

#[test]
fn auth_plain_is_said_once_more_where_the_server_asks_for_it() {
    for challenge in ["334 ", "334", "334 go on"] {
        for (reply, closed) in [
            ("235 2.7.0 welcome", None),
            ("535 5.7.8 no", Some("user or password refused: 535 5.7.8 no")),
            ("334 ", Some("user or password refused: 334")),
        ] {
            in_all_paces(&Settings { login: login(), ..settings(Tls::Off) }, |player| {
                player.play(
                    "S: 220 there
                     C: EHLO me.example
                     S: 250-there
                     S: 250 AUTH PLAIN
                     C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm",
                );
                player.feed(format!("{challenge}\r\n").as_bytes());
                assert_eq!(player.written(), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n", "{challenge:?}");
                player.feed(format!("{reply}\r\n").as_bytes());
                assert_eq!(player.written(), "");
                assert_eq!(player.closed().as_deref(), closed, "{challenge:?} {reply:?}");
                assert_eq!(player.events.contains(&Event::Ready), closed.is_none());
            });
        }
    }
}

#[test]
fn a_password_is_never_sent_where_tls_was_wanted_and_not_had() {
    in_all_paces(&Settings { login: login(), ..settings(Tls::Opportunistic) }, |player| {
        player.play("S: 220 there\nC: EHLO me.example\nS: 250-there\nS: 250 AUTH PLAIN");
        assert!(player.closed().is_some_and(|words| words.contains("without TLS")));
    });
}

#[test]
fn garbage_in_place_of_a_reply_closes() {
    for garbage in ["S: HTTP/1.1 400 Bad Request", "S: 220", "S: 999 what"] {
        let mut player = Player::new(settings(Tls::Off), 1);
        player.feed(&garbage.as_bytes()[3..]);
        player.feed(b"\r\n250-a\r\n550 b\r\n");
        assert!(player.closed().is_some(), "{garbage}");
    }
}

#[test]
fn the_password_is_not_shown() {
    assert!(!format!("{:?}", login()).contains("tanstaaf"));
}

#[test]
fn what_ends_a_session_names_its_stage() {
    let opened = "S: 220 there\nC: EHLO me.example\nS: 250 there\nC: MAIL FROM:<a@x.example>";
    for (script, stage) in [
        ("", Stage::Greeting),
        ("S: 220 there\nC: EHLO me.example", Stage::Hello),
        ("S: 220 there\nC: EHLO me.example\nS: 502 no\nC: HELO me.example", Stage::Hello),
        (opened, Stage::Mail),
        (&format!("{opened}\nS: 250 ok\nC: RCPT TO:<b@y.example>"), Stage::Recipient),
        (&format!("{opened}\nS: 250 ok\nC: RCPT TO:<b@y.example>\nS: 250 ok\nC: DATA"), Stage::Data),
    ] {
        for (words, cause) in [("421 bye\r\n", Cause::Reply(Reply::plain(421, "bye"))), ("", Reason::Broken.into())] {
            in_all_paces(&settings(Tls::Off), |player| {
                let (opening, mail) = script.split_once("\nC: MAIL").unwrap_or((script, ""));
                player.play(opening);
                if !mail.is_empty() {
                    player.act(Act::Start(&["b@y.example"], "x\r\n"));
                    player.play(&format!("C: MAIL{mail}"));
                }
                player.feed(words.as_bytes());
                if words.is_empty() {
                    player.act(Act::Lose);
                }
                let evidence = Evidence::at(stage, cause.clone());
                assert!(player.events.contains(&Event::Closed(evidence.clone())), "{evidence:?}: {:?}", player.events);
                let outcomes = player.finished().into_iter().flat_map(|finished| finished.outcomes);
                assert!(outcomes.into_iter().all(|outcome| outcome.evidence == evidence));
            });
        }
    }
}
