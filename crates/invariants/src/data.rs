//! The octets after DATA: what the encoder writes, the decoder reads, however it is cut; and nothing ends a message but
//! CRLF.CRLF.
//!
//! The first octet is the size of the pieces, the others are the message, and then again what a client sends after DATA.

use smtp::data::{ChunkCheck, Decoder, Encoder, Piece, encode};

pub(crate) fn check(octets: &[u8]) {
    let Some((size, message)) = octets.split_first() else { return };
    let size = usize::from(*size).max(1);
    comes_back(message, size);
    assert_eq!(decode(message, size), decode(message, message.len().max(1)), "how it is cut changes nothing");
}

fn comes_back(message: &[u8], size: usize) {
    let whole = encode(message);
    let mut check = ChunkCheck::default();
    let sound = message.chunks(size).try_for_each(|piece| check.check(piece)).is_ok() && check.finish().is_ok();
    let (mut encoder, mut cut) = (Encoder::new(), Vec::new());
    let fed = message.chunks(size).try_for_each(|piece| encoder.encode(piece, &mut cut));
    let fed = fed.and_then(|()| encoder.finish(&mut cut));
    assert_eq!(whole.is_ok(), fed.is_ok(), "how it is cut changes nothing");
    let Ok(whole) = whole else { return };
    // A NUL is not the encoder's to refuse: nobody else would say that the message cannot go.
    assert!(sound || message.contains(&0), "what is encoded has no bare line end");
    assert_eq!(whole, cut);
    assert!(whole.len() <= message.len() + message.len() / 2 + 6 && whole.ends_with(b".\r\n"));
    let (decoded, used, fault) = decode(&whole, size);
    assert_eq!((used, fault), (whole.len(), message.contains(&0)));
    if fault {
        return;
    }
    let ended = if message.is_empty() || message.ends_with(b"\r\n") { &b""[..] } else { b"\r\n" };
    assert_eq!(decoded, [message, ended].concat());
}

/// The message, how many octets of the input were its own, and whether it is faulty.
fn decode(input: &[u8], size: usize) -> (Vec<u8>, usize, bool) {
    let (mut decoder, mut message, mut used) = (Decoder::new(), Vec::new(), 0);
    for mut piece in input.chunks(size) {
        while !piece.is_empty() {
            let (taken, found) = decoder.decode(piece);
            assert!(taken > 0);
            used += taken;
            piece = &piece[taken..];
            match found {
                Piece::Text(text) => message.extend_from_slice(text),
                Piece::End => return end(message, used, &decoder),
            }
        }
    }
    end(message, used, &decoder)
}

fn end(message: Vec<u8>, used: usize, decoder: &Decoder) -> (Vec<u8>, usize, bool) {
    let fault = decoder.fault().is_some();
    // What was given out before a fault depends on the pieces; it is forgotten.
    (if fault { Vec::new() } else { message }, used, fault)
}
