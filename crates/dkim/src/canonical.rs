//! The canonical forms of RFC 6376 §3.4: what a signature is over.

/// A header field in the relaxed form (§3.4.2), without its line end: `name:value`.
pub(crate) fn field(name: &str, raw: &[u8], out: &mut Vec<u8>) {
    out.extend(name.trim_end().bytes().map(|octet| octet.to_ascii_lowercase()));
    out.push(b':');
    let begin = out.len();
    for octet in raw {
        match octet {
            b'\r' | b'\n' => {}
            b' ' | b'\t' => {
                if out.len() > begin && out.last() != Some(&b' ') {
                    out.push(b' ');
                }
            }
            octet => out.push(*octet),
        }
    }
    while out.len() > begin && out.last() == Some(&b' ') {
        out.pop();
    }
}

/// The relaxed body (§3.4.4) handed on piece by piece, so that no copy of it is made.
pub(crate) fn body(octets: &[u8], mut hand_on: impl FnMut(&[u8])) {
    // Empty lines are held back until a line follows that is none.
    let mut empty = 0_usize;
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        let line = trimmed(line);
        if line.is_empty() {
            empty += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty) {
            hand_on(b"\r\n");
        }
        words(line, &mut hand_on);
        hand_on(b"\r\n");
    }
}

/// A line without its end and the white space before that.
fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let mut line = line.strip_suffix(b"\r").unwrap_or(line);
    while let [before @ .., b' ' | b'\t'] = line {
        line = before;
    }
    line
}

/// A line in which each run of white space is one space.
fn words(line: &[u8], hand_on: &mut impl FnMut(&[u8])) {
    let is_white = |octet: &u8| matches!(octet, b' ' | b'\t');
    let mut rest = line;
    while let Some(at) = rest.iter().position(is_white) {
        let (word, white) = rest.split_at(at);
        let end = white.iter().position(|octet| !is_white(octet)).unwrap_or(white.len());
        hand_on(word);
        hand_on(b" ");
        rest = &white[end..];
    }
    hand_on(rest);
}
