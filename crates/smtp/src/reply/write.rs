//! Writes replies, cleaned, so that no text can pass for another reply.

use mail::Reply;

/// Octets of a reply line, CRLF included (RFC 5321 §4.5.3.1.5). Longer texts go on in the next line of the same reply.
pub(super) const LINE: usize = 512;

/// Lines of one reply that we write; the rest of a text is cut off.
pub(super) const LINES: usize = 64;

/// Appends a reply as it goes over the wire, with its enhanced status on every line (RFC 2034 §4).
pub fn write(reply: &Reply, out: &mut Vec<u8>) {
    let status = reply.enhanced().map(|enhanced| format!("{enhanced} ")).unwrap_or_default();
    write_lines(reply, &status, out);
}

/// Appends a reply without its enhanced status, for a client that has not said EHLO.
pub fn write_plain(reply: &Reply, out: &mut Vec<u8>) {
    write_lines(reply, "", out);
}

fn write_lines(reply: &Reply, status: &str, out: &mut Vec<u8>) {
    let width = LINE - "250-".len() - status.len() - "\r\n".len();
    let mut pieces = pieces(reply, width).take(LINES).peekable();
    let mut piece = pieces.next().unwrap_or_default();
    loop {
        let next = pieces.next();
        out.extend_from_slice(&digits(reply.code()));
        out.push(if next.is_some() { b'-' } else { b' ' });
        out.extend_from_slice(status.as_bytes());
        out.extend(piece.iter().map(|&byte| clean(byte)));
        out.extend_from_slice(b"\r\n");
        match next {
            Some(next) => piece = next,
            None => break,
        }
    }
}

/// The text in pieces that each fit a line. A CR or LF parts lines and never leaves.
fn pieces(reply: &Reply, width: usize) -> impl Iterator<Item = &[u8]> {
    let lines = reply.text().as_bytes().split(|byte| matches!(byte, b'\r' | b'\n'));
    lines.filter(|line| !line.is_empty()).flat_map(move |line| line.chunks(width))
}

/// `Vec::extend` of a formatted number would cost an allocation on the busiest line of the server.
fn digits(code: u16) -> [u8; 3] {
    [code / 100, code / 10 % 10, code % 10].map(|digit| b'0' + u8::try_from(digit).unwrap_or(9))
}

/// RFC 5321 §4.2: textstring is HT, SP and printable ASCII.
fn clean(byte: u8) -> u8 {
    match byte {
        b' '..=b'~' | b'\t' => byte,
        0..=31 | 127 => b' ',
        _ => b'?',
    }
}
