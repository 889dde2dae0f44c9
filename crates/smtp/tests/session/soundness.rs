//! What holds for any input: no panic, bounded memory, no copy of a message, an end to abuse.

use std::sync::Arc;

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use smtp::{HangUp, Peer, Session, Step, Verdict};

use crate::player::{Played, settings};

const TO_DATA: &[u8] = b"EHLO me\r\nMAIL FROM:<a@x.org>\r\nRCPT TO:<b@x.org>\r\nDATA\r\n";

/// A session after DATA, its output written.
fn in_data(limit: u64) -> Session {
    let mut settings = settings("");
    settings.limits.message = limit;
    settings.limits.refused_message = limit;
    let mut session = Session::new(Arc::new(settings), Peer::default());
    let mut input = TO_DATA;
    loop {
        let (used, step) = session.feed(input);
        input = &input[used..];
        match step {
            Step::NeedMore => break,
            Step::AskRecipient { .. } => session.recipient(Verdict::accept()),
            other => panic!("{other:?}"),
        }
    }
    assert!(session.output().ends_with(b"<CRLF>.<CRLF>\r\n"));
    session.output().clear();
    session
}

#[test]
fn a_body_is_the_input_itself() {
    let mut session = in_data(10_000_000);
    let input = b"a line of some length, without a dot\r\n".repeat(100_000);
    let (used, step) = session.feed(&input);
    let Step::Body(body) = step else { panic!("{step:?}") };
    assert_eq!((used, body.as_ptr(), body.len()), (input.len(), input.as_ptr(), input.len()));
}

#[test]
fn a_message_too_big_is_forgotten_at_once_and_refused_at_its_end() {
    let mut session = in_data(1000);
    assert!(matches!(session.feed(&b"x\r\n".repeat(300)), (900, Step::Body(_))));
    let more = b"x\r\n".repeat(300);
    let (used, step) = session.feed(&more);
    assert!(matches!(step, Step::Discard));
    assert!(matches!(session.feed(&more[used..]), (_, Step::NeedMore)));
    assert!(session.output().is_empty());
    assert!(matches!(session.feed(b".\r\n"), (3, Step::NeedMore)));
    assert_eq!(session.output(), b"552 5.3.4 Message too big\r\n");
}

#[test]
fn a_refused_message_without_end_is_cut_off() {
    let mut session = in_data(1000);
    let mut closed = false;
    for _ in 0..70 {
        match session.feed(&b"x\r\n".repeat(10)).1 {
            Step::Body(_) | Step::Discard | Step::NeedMore => {}
            Step::Close => closed = true,
            other => panic!("{other:?}"),
        }
    }
    assert!(closed);
    assert_eq!(session.output(), b"421 4.7.0 Message far too big\r\n");
}

#[test]
fn a_session_that_was_hung_up_stays_so() {
    let mut session = in_data(1000);
    session.hang_up(HangUp::Silence);
    session.hang_up(HangUp::Shutdown);
    session.received(vec![Verdict::accept()]);
    session.recipient(Verdict::accept());
    assert!(matches!(session.feed(b"x\r\n.\r\nNOOP\r\n"), (12, Step::Close)));
    assert_eq!(session.output(), b"421 4.4.2 Silent for too long\r\n");
}

#[test]
fn a_question_stands_until_it_is_answered() {
    let mut session = Session::new(Arc::new(settings("")), Peer::default());
    let (used, step) = session.feed(TO_DATA);
    assert!(matches!(step, Step::AskRecipient { .. }));
    let rest = &TO_DATA[used..];
    assert!(matches!(session.feed(rest), (0, Step::AskRecipient { .. })));
    session.received(vec![Verdict::accept()]);
    assert!(matches!(session.feed(rest), (0, Step::AskRecipient { .. })));
    session.recipient(Verdict::accept());
    assert!(matches!(session.feed(rest), (6, Step::NeedMore)));
}

#[test]
fn commands_without_mail_come_to_an_end() {
    for command in [&b"NOOP\r\n"[..], b"RSET\r\n", b"EHLO me\r\n", b"VRFY x\r\n"] {
        let mut played = Played::new(&settings(""));
        played.feed(&command.repeat(1000));
        assert_eq!(played.seen.iter().filter(|line| line.starts_with("S: 421")).count(), 1);
        assert_eq!(played.seen.last().map(String::as_str), Some("X:"));
    }
}

#[test]
fn guessing_of_recipients_comes_to_an_end_and_empty_chunks_too() {
    let mut played = Played::new(&settings(""));
    played.feed(&[b"HELO me\r\nMAIL FROM:<>\r\n", &b"RCPT TO:<nobody@x.org>\r\n".repeat(201)[..]].concat());
    assert_eq!(played.seen[played.seen.len() - 2..], ["S: 421 Too many errors", "X:"]);

    let mut played = Played::new(&settings(""));
    played.feed(&[b"HELO me\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.org>\r\n", &b"BDAT 0\r\n".repeat(101)[..]].concat());
    assert_eq!(played.seen[played.seen.len() - 2..], ["S: 421 Too many commands without mail", "X:"]);
}

/// Input in which the session's own words are frequent.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "EHLO me\r\n",
        "MAIL FROM:<a@x.org>\r\n",
        "RCPT TO:<b@x.org>\r\n",
        "RCPT TO:<nobody@x.org>\r\n",
        "DATA\r\n",
        "BDAT 5\r\n",
        "BDAT 3 LAST\r\n",
        "RSET\r\n",
        "\r\n.\r\n",
        ".",
        "\r\n",
        "\r",
        "\n",
        "text",
        "STARTTLS\r\n",
        "AUTH PLAIN AHRpbQBzZWNyZXQ=\r\n",
        "AUTH LOGIN\r\n",
        "dGlt\r\n",
    ];
    let token = prop_oneof![
        9 => prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..5),
        1 => Just(vec![b'x'; 300]),
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn any_input_in_any_pieces_has_one_outcome(input in input(), piece in 1_usize..50) {
        let (mut whole, mut cut) = (Played::new(&settings("")), Played::new(&settings("")));
        whole.feed(&input);
        input.chunks(piece).for_each(|bytes| cut.feed(bytes));
        for played in [&mut whole, &mut cut] {
            played.seen.retain(|line| line != "F:");
        }
        assert_eq!(whole.seen, cut.seen);
    }
}
