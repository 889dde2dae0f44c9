//! Writing: canonical line ends, quoted-printable, base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr2;

/// Longest encoded line (RFC 2045 §6.7 (5), §6.8).
const MAX_ENCODED_LINE: usize = 76;
/// Octets that fill one line of base64.
const BASE64_LINE: usize = MAX_ENCODED_LINE / 4 * 3;

/// Appends `text` with every line end (CRLF, LF or CR) as CRLF, and one at the end where text has none. No bare CR or LF
/// is ever written.
pub(crate) fn push_canonical(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + text.len() / 32 + 2);
    each_line(text, |line| {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    });
}

/// Calls `take` with each line, without its end. A text that ends in a line end has no empty line after it.
fn each_line(text: &[u8], mut take: impl FnMut(&[u8])) {
    let mut rest = text;
    while let Some(at) = memchr2(b'\r', b'\n', rest) {
        take(&rest[..at]);
        let end = if rest[at..].starts_with(b"\r\n") { at + 2 } else { at + 1 };
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        take(rest);
    }
}

/// True for what quoted-printable cannot write as it is (RFC 2045 §6.7 (2)). Without a branch: it is asked for every octet of
/// every text, and so the compiler asks it of many octets at once.
const fn must_escape(octet: u8) -> bool {
    let is_space = (octet == b'\t') | (octet == b'\r') | (octet == b'\n');
    (((octet < b' ') | (octet > b'~')) & !is_space) | (octet == b'=')
}

/// How many octets of a text quoted-printable cannot write as they are.
pub(crate) fn count_escapes(text: &[u8]) -> usize {
    // So few at a time that the count of a piece fits an octet, and many can be added at once.
    let of_piece = |piece: &[u8]| piece.iter().fold(0_u8, |count, &octet| count + u8::from(must_escape(octet)));
    text.chunks(128).map(|piece| usize::from(of_piece(piece))).sum()
}

/// Appends a text, line by line, in quoted-printable.
pub(crate) fn write_quoted_printable(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + text.len() / 4 + 2);
    each_line(text, |line| {
        write_quoted_line(out, line);
        out.extend_from_slice(b"\r\n");
    });
}

/// Stretches that stand for themselves go in one piece. The last column belongs to the soft line break, unless the line
/// ends there.
fn write_quoted_line(out: &mut Vec<u8>, line: &[u8]) {
    let (mut rest, mut column) = (line, 0);
    while let Some((&octet, behind)) = rest.split_first() {
        let plain = plain_length(rest, MAX_ENCODED_LINE - column);
        let (taken, width) = match plain {
            0 => (1, 3),
            all if all == rest.len() && column + all <= MAX_ENCODED_LINE => (all, all),
            some => [some.min((MAX_ENCODED_LINE - 1).saturating_sub(column)); 2].into(),
        };
        if taken == 0 || column + width > MAX_ENCODED_LINE - usize::from(taken < rest.len()) {
            out.extend_from_slice(b"=\r\n");
            column = 0;
            continue;
        }
        if plain == 0 {
            push_hex(out, octet);
            rest = behind;
        } else {
            out.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
        }
        column += width;
    }
}

/// How many of the next octets stand for themselves, `most` at the most: what an encoded line has no room for is not
/// looked at yet. White space at the end of a line would be lost on the way (RFC 2045 §6.7 (3)).
fn plain_length(line: &[u8], most: usize) -> usize {
    let kept = line.len() - usize::from(matches!(line.last(), Some(b' ' | b'\t')));
    let near = &line[..kept.min(most)];
    // Eight octets are asked at once; only where one of them is to be escaped does it matter which.
    let is_plain = |piece: &&[u8]| !piece.iter().fold(false, |any, &octet| any | must_escape(octet));
    let begun = near.chunks_exact(8).take_while(is_plain).count() * 8;
    let rest = &near[begun..];
    begun + rest.iter().position(|&octet| must_escape(octet)).unwrap_or(rest.len())
}

/// Appends `=XX`.
pub(crate) fn push_hex(out: &mut Vec<u8>, octet: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'=', DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]);
}

/// Appends octets in base64, in lines of 76.
pub(crate) fn write_base64(out: &mut Vec<u8>, octets: &[u8]) {
    out.reserve(octets.len() / 3 * 4 + octets.len() / BASE64_LINE * 2 + 8);
    let mut line = String::with_capacity(MAX_ENCODED_LINE);
    for chunk in octets.chunks(BASE64_LINE) {
        line.clear();
        STANDARD.encode_string(chunk, &mut line);
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}
