//! Replies written and read: what goes out is clean, what comes in is taken as it is meant.

use proptest::prelude::{any, prop, proptest};

use super::write::{LINE, LINES};
use super::{EnhancedStatus, Reply, ReplyError, ReplyLimits, ReplyReader, write, write_plain};

const UNKNOWN: EnhancedStatus = EnhancedStatus::new(5, 1, 1);

fn written(reply: &Reply) -> String {
    let mut out = Vec::new();
    write(reply, &mut out);
    String::from_utf8(out).unwrap()
}

fn read(input: &[u8]) -> Result<(usize, Option<Reply>), ReplyError> {
    let at_once = ReplyReader::default().feed(input);
    let mut reader = ReplyReader::default();
    let mut by_byte = Ok((0, None));
    for (at, byte) in input.chunks(1).enumerate() {
        by_byte = reader.feed(byte).map(|(used, reply)| (at + used, reply));
        if !matches!(by_byte, Ok((_, None))) {
            break;
        }
    }
    assert_eq!(at_once, by_byte, "{}", input.escape_ascii());
    at_once
}

#[test]
fn a_reply_has_its_status_on_every_line_and_a_hyphen_on_all_but_the_last() {
    let reply = Reply::new(550, UNKNOWN, "No such user\nAsk the postmaster");
    assert_eq!(written(&reply), "550-5.1.1 No such user\r\n550 5.1.1 Ask the postmaster\r\n");
    let mut plain = Vec::new();
    write_plain(&reply, &mut plain);
    assert_eq!(plain, b"550-No such user\r\n550 Ask the postmaster\r\n");
    assert_eq!(reply.to_string(), "550 5.1.1 No such user Ask the postmaster");
}

#[test]
fn no_text_can_pass_for_a_reply() {
    let reply = Reply::new(550, UNKNOWN, "no\r\n250 yes\rx\0y\u{142}");
    assert_eq!(written(&reply), "550-5.1.1 no\r\n550-5.1.1 250 yes\r\n550 5.1.1 x y??\r\n");
    assert_eq!(written(&Reply::plain(250, "")), "250 \r\n");
    assert_eq!(written(&Reply::plain(99, "x")), "451 x\r\n");
}

#[test]
fn a_long_text_goes_on_in_the_next_line_and_is_cut_in_the_end() {
    let text = written(&Reply::new(550, UNKNOWN, "x".repeat(100_000)));
    assert!(text.split_inclusive("\r\n").all(|line| line.len() <= LINE));
    assert_eq!(text.lines().count(), LINES);
}

#[test]
fn a_reply_of_several_lines_is_read_with_its_status() {
    let reply = Reply::new(550, UNKNOWN, "No such user\nAsk");
    assert_eq!(read(b"550-5.1.1 No such user\r\n550 5.1.1 Ask\r\n250 next\r\n"), Ok((39, Some(reply))));
    assert_eq!(read(b"250\r\n"), Ok((5, Some(Reply::plain(250, "")))));
    assert_eq!(read(b"354 go\r\n"), Ok((8, Some(Reply::plain(354, "go")))));
    assert_eq!(read(b"250-mx\r\n250 SI"), Ok((14, None)));
}

#[test]
fn a_status_of_another_class_is_text() {
    assert_eq!(read(b"250 5.1.1 x\r\n").unwrap().1, Some(Reply::plain(250, "5.1.1 x")));
    assert_eq!(read(b"550 5.1 x\r\n").unwrap().1, Some(Reply::plain(550, "5.1 x")));
    assert_eq!(read(b"354 3.0.0 x\r\n").unwrap().1, Some(Reply::plain(354, "3.0.0 x")));
}

#[test]
fn what_is_no_reply_is_an_error() {
    for malformed in [
        &b"999 x\r\n"[..],
        b"199 x\r\n",
        b"600 x\r\n",
        b"25 x\r\n",
        b"2a0 x\r\n",
        b"250x\r\n",
        b"\r\n",
        b"+250 x\r\n",
        b"\r250 x\r\n",
        b"250-a\r\nb\r\n",
        b"\n",
    ] {
        assert_eq!(read(malformed), Err(ReplyError::Malformed), "{}", malformed.escape_ascii());
    }
}

#[test]
fn a_line_ends_with_lf_whatever_stands_before_it() {
    assert_eq!(read(b"250 a\n"), Ok((6, Some(Reply::plain(250, "a")))));
    assert_eq!(read(b"250\n"), Ok((4, Some(Reply::plain(250, "")))));
    assert_eq!(read(b"250\r\r\n"), Ok((6, Some(Reply::plain(250, "")))));
    assert_eq!(read(b"250 a\r\r\n"), Ok((8, Some(Reply::plain(250, "a")))));
    assert_eq!(read(b"250-a\n250-b\r\n250 c\n"), Ok((19, Some(Reply::plain(250, "a\nb\nc")))));
}

#[test]
fn a_cr_that_stands_alone_is_text() {
    assert_eq!(read(b"250 a\rb\r\n"), Ok((9, Some(Reply::plain(250, "a b")))));
    assert_eq!(read(b"250 a\r550 b\n").unwrap().1, Some(Reply::plain(250, "a 550 b")));
}

#[test]
fn where_the_lines_differ_in_code_the_last_one_decides() {
    let refused = Some(Reply::new(550, UNKNOWN, "a\nb"));
    assert_eq!(read(b"250-a\r\n550 5.1.1 b\r\n").unwrap().1, refused);
    assert_eq!(read(b"250-2.0.0 a\r\n550 5.1.1 b\r\n").unwrap().1, refused);
    assert_eq!(read(b"550-5.1.1 a\r\n550 b\r\n").unwrap().1, refused);
    assert_eq!(read(b"550-5.1.1 a\r\n250 taken\r\n").unwrap().1, Some(Reply::plain(250, "a\ntaken")));
    assert_eq!(read(b"354-go\n250 taken\n").unwrap().1, Some(Reply::plain(250, "go\ntaken")));
}

#[test]
fn what_is_too_much_of_a_reply_is_left_out_and_its_code_counts() {
    let limits = ReplyLimits { line: 10, lines: 2, octets: 64 };
    let take = |input: &[u8]| ReplyReader::new(limits).feed(input);
    assert_eq!(take(b"250 456789abcdef\r\n"), Ok((18, Some(Reply::plain(250, "456789")))));
    assert_eq!(take(b"250-a\r\n250-b\r\n250-c\r\n550 d\r\n"), Ok((28, Some(Reply::plain(550, "a\nb")))));
    let long = [b"250 ".to_vec(), vec![b'x'; 4000], b"\r\n".to_vec()].concat();
    assert_eq!(read(&long).unwrap().1.unwrap().code(), 250);
    let many = ["250-x\r\n".repeat(1000), "250 end\r\n".into()].concat();
    assert_eq!(read(many.as_bytes()).unwrap().1.unwrap().lines().count(), ReplyLimits::default().lines);
}

#[test]
fn a_reply_without_end_is_cut_off() {
    let limits = ReplyLimits { line: 10, lines: 2, octets: 20 };
    assert_eq!(ReplyReader::new(limits).feed(b"250 45678901234567\r\n").unwrap().0, 20);
    assert_eq!(ReplyReader::new(limits).feed(b"250 4567890123456789x"), Err(ReplyError::TooLong));
    assert_eq!(ReplyReader::new(limits).feed(b"250-a\r\n250-b\r\n250-c\r\n"), Err(ReplyError::TooLong));
    let mut reader = ReplyReader::new(limits);
    for _ in 0..10 {
        assert!(reader.feed(b"250-a\r\n250 b\r\n").is_ok(), "each reply has the limit for itself");
    }
}

#[test]
fn a_text_that_is_not_utf_8_is_shown_as_far_as_it_is() {
    let reply = read(b"550 ma\xc5\x82y \xff \x07\r\n").unwrap().1.unwrap();
    assert_eq!(reply.text(), "ma\u{142}y \u{fffd}  ");
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_one_reply(code in 200_u16..600, text in any::<String>()) {
        let reply = Reply::new(code, EnhancedStatus::new(u8::try_from(code / 100).unwrap(), 1, 1), text);
        let wire = written(&reply).into_bytes();
        let (used, back) = read(&wire).unwrap();
        assert_eq!((used, back.map(|reply| reply.code())), (wire.len(), Some(code)));
    }

    #[test]
    fn any_bytes_are_read_without_panic_and_without_growth(input in prop::collection::vec(any::<u8>(), 0..4000)) {
        let mut reader = ReplyReader::default();
        if reader.feed(&input).is_ok() {
            assert!(reader.line.len() <= ReplyLimits::default().line);
        }
    }
}
