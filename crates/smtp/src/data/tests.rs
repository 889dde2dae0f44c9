//! The rule of lines: CRLF.CRLF is the end, all else is text or a fault.

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

use super::{ChunkCheck, Decoder, Encoder, LineFault, Piece, encode};

/// The message, the fault, and how many bytes were used up to its end (`None`: the end did not come).
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Option<LineFault>, Option<usize>) {
    let (mut decoder, mut text, mut read) = (Decoder::new(), Vec::new(), 0);
    for mut input in pieces {
        while !input.is_empty() {
            let (used, piece) = decoder.decode(input);
            assert!(used > 0, "every call goes on");
            read += used;
            input = &input[used..];
            match piece {
                Piece::Text(bytes) => text.extend_from_slice(bytes),
                Piece::End => return (text, decoder.fault(), Some(read)),
            }
        }
    }
    (text, decoder.fault(), None)
}

fn whole(input: &[u8]) -> (Vec<u8>, Option<LineFault>, Option<usize>) {
    let at_once = decode([input]);
    let (by_byte, fault, end) = decode(input.chunks(1));
    assert_eq!((fault, end), (at_once.1, at_once.2), "{}", input.escape_ascii());
    if fault.is_none() {
        assert_eq!(by_byte, at_once.0, "{}", input.escape_ascii());
    }
    at_once
}

#[test]
fn a_dot_right_after_data_is_an_empty_message() {
    assert_eq!(whole(b".\r\nQUIT\r\n"), (vec![], None, Some(3)));
}

#[test]
fn a_stuffed_dot_is_removed_on_every_line_and_the_first() {
    assert_eq!(whole(b"..x\r\n...\r\n.y\r\na.\r\n.\r\n"), (b".x\r\n..\r\ny\r\na.\r\n".to_vec(), None, Some(21)));
}

#[test]
fn only_the_true_end_ends_and_every_bare_line_end_is_a_fault() {
    let cases: [(&[u8], LineFault); 12] = [
        (b"a\n.\n", LineFault::BareLf),
        (b"a\n.\r\n", LineFault::BareLf),
        (b"a\r\n.\n", LineFault::BareLf),
        (b"a\n\n.\r\n", LineFault::BareLf),
        (b"a\r.\r", LineFault::BareCr),
        (b"a\r\n.\r", LineFault::BareCr),
        (b"a\r.\r\n", LineFault::BareCr),
        (b"a\r\n.\r\r\n", LineFault::BareCr),
        (b"a\r\r\n\t.\r\n", LineFault::BareCr),
        (b"a\r\n\0.\r\n", LineFault::Nul),
        (b"a\r\n.\0\r\n", LineFault::Nul),
        (b"a\r\n.\r\0\n", LineFault::BareCr),
    ];
    for (start, fault) in cases {
        let input = [start, b"MAIL FROM:<x@y>\r\n.\r\n"].concat();
        let (_, found, end) = whole(&input);
        assert_eq!((found, end), (Some(fault), Some(input.len())), "{}", input.escape_ascii());
    }
}

#[test]
fn a_dot_with_white_space_is_a_line_of_text() {
    for line in [&b".\t\r\n"[..], b". \r\n", b" .\r\n"] {
        let input = [b"a\r\n", line, b".\r\n"].concat();
        let (text, fault, end) = whole(&input);
        assert_eq!((fault, end), (None, Some(input.len())));
        assert_eq!(text, [b"a\r\n", line.strip_prefix(b".").unwrap_or(line)].concat());
    }
}

#[test]
fn a_clean_body_is_one_piece_of_the_input_itself() {
    let input = b"Subject: x\r\n\r\nline\r\n".repeat(1000);
    let (used, piece) = Decoder::new().decode(&input);
    let Piece::Text(text) = piece else { panic!("no end here") };
    assert_eq!((used, text.as_ptr(), text.len()), (input.len(), input.as_ptr(), input.len()));
}

#[test]
fn the_encoder_holds_a_cr_back_until_its_lf_comes() {
    let (mut encoder, mut out) = (Encoder::new(), Vec::new());
    encoder.encode(b"a\r", &mut out).unwrap();
    assert_eq!(out, b"a");
    encoder.encode(b"", &mut out).unwrap();
    assert_eq!(encoder.encode(b"b", &mut out), Err(LineFault::BareCr));
    assert_eq!(out, b"a");
}

#[test]
fn the_encoder_ends_the_last_line() {
    assert_eq!(encode(b"").unwrap(), b".\r\n");
    assert_eq!(encode(b".").unwrap(), b"..\r\n.\r\n");
    assert_eq!(encode(b"a\r\n.\r\n").unwrap(), b"a\r\n..\r\n.\r\n");
    assert_eq!(encode(b"a\r"), Err(LineFault::BareCr));
    assert_eq!(encode(b"a\nb"), Err(LineFault::BareLf));
}

#[test]
fn a_chunk_may_end_inside_a_line_end() {
    let mut check = ChunkCheck::default();
    assert_eq!(check.check(b"a\r"), Ok(()));
    assert_eq!(check.finish(), Err(LineFault::BareCr));
    assert_eq!(check.check(b"\nb"), Ok(()));
    assert_eq!(check.finish(), Ok(()));
    assert_eq!(check.check(b"\n"), Err(LineFault::BareLf));
    assert_eq!(ChunkCheck::default().check(b"\r\r\n"), Err(LineFault::BareCr));
    assert_eq!(ChunkCheck::default().check(b"a\0"), Err(LineFault::Nul));
}

/// Bytes in which all that matters to lines is frequent.
fn line_bytes() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\n".to_vec()),
        Just(b".".to_vec()),
        Just(b"\0".to_vec()),
        Just(b"x".to_vec()),
        any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_itself_in_any_split(lines in prop::collection::vec("[.x ]{0,5}", 0..12), split in 1_usize..9) {
        let message = lines.iter().map(|line| format!("{line}\r\n")).collect::<String>().into_bytes();
        let (mut encoder, mut wire) = (Encoder::new(), Vec::new());
        for piece in message.chunks(split) {
            encoder.encode(piece, &mut wire).unwrap();
        }
        encoder.finish(&mut wire).unwrap();
        assert_eq!(decode(wire.chunks(split)), (message.clone(), None, Some(wire.len())));
        assert_eq!(encode(&message).unwrap(), wire);
    }

    #[test]
    fn the_encoder_lets_no_bare_line_end_out(message in line_bytes(), split in 1_usize..9) {
        let (mut encoder, mut wire) = (Encoder::new(), Vec::new());
        let sound = message.chunks(split).try_for_each(|piece| encoder.encode(piece, &mut wire)).is_ok()
            && encoder.finish(&mut wire).is_ok();
        let rest = String::from_utf8_lossy(&wire).replace("\r\n", "");
        assert!(!rest.contains(['\r', '\n']), "{}", wire.escape_ascii());
        let bare = String::from_utf8_lossy(&message).replace("\r\n", "").contains(['\r', '\n']);
        assert_eq!(sound, !bare);
        if sound {
            assert_eq!(decode([&wire[..]]).2, Some(wire.len()), "the end is at the end");
        }
    }

    #[test]
    fn the_end_is_the_first_crlf_dot_crlf(input in line_bytes(), split in 1_usize..9) {
        let (text, fault, end) = decode(input.chunks(split));
        let primed = [b"\r\n", &input[..]].concat();
        let expected = memchr::memmem::find(&primed, b"\r\n.\r\n").map(|at| at + 3);
        assert_eq!(end, expected);
        let (text_at_once, fault_at_once, _) = whole(&input);
        assert_eq!(fault, fault_at_once);
        if fault.is_none() {
            assert_eq!(text, text_at_once);
        }
    }

    #[test]
    fn chunks_are_sound_where_no_line_end_is_bare(message in line_bytes(), split in 1_usize..9) {
        let mut check = ChunkCheck::default();
        let sound = message.chunks(split).try_for_each(|piece| check.check(piece)).is_ok() && check.finish().is_ok();
        let rest = String::from_utf8_lossy(&message).replace("\r\n", "");
        assert_eq!(sound, !rest.contains(['\r', '\n', '\0']));
    }
}
