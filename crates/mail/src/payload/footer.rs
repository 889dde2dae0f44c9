//! What a mailing list or a disclaimer puts below a document: a document ends where its value, or its root element, ends.

use memchr::{memchr, memchr3, memmem};

/// The document without the text that follows its end; `None` where nothing follows, or no end is seen. A second request
/// below the first is no footer: two documents are one too many, and neither may be dropped in silence.
pub(super) fn without_footer(bytes: &[u8]) -> Option<&[u8]> {
    let (document, footer) = bytes.split_at(end(bytes)?);
    let footer = footer.trim_ascii();
    if footer.is_empty() || begins_request(footer) { None } else { Some(document) }
}

/// Where the document ends, behind a byte order mark or without one.
fn end(bytes: &[u8]) -> Option<usize> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let before = bytes.len() - text.len();
    let length = match text.first()? {
        b'<' => element_length(text)?,
        b'{' | b'[' => json_length(text)?,
        _ => return None,
    };
    Some(before + length)
}

fn begins_request(footer: &[u8]) -> bool {
    match footer {
        [b'<', b'?', ..] => true,
        [b'<', tag @ ..] => {
            let name = tag.split(|octet| octet.is_ascii_whitespace() || matches!(octet, b'>' | b'/')).next();
            let local = name.and_then(|name| name.rsplit(|&octet| octet == b':').next()).unwrap_or_default();
            [b"Envelope".as_slice(), b"methodCall"].contains(&local)
        }
        [b'{' | b'[', ..] => json_length(footer).is_some_and(|length| {
            let has = |mark: &str| memmem::find(&footer[..length], mark.as_bytes()).is_some();
            has("\"jsonrpc\"") || has("\"method\"")
        }),
        _ => false,
    }
}

/// The length of the object or array that the text begins with.
fn json_length(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match text.get(at)? {
            b'"' => at += string_length(&text[at..])?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                at += 1;
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
}

/// The length of a JSON string, quotes included.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        match text[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// The length of what stands before the end of the root element, and it. A DTD is not looked into: it is refused.
fn element_length(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        at += memchr(b'<', text.get(at..)?)?;
        let markup = &text[at..];
        at += match markup {
            [b'<', b'!', b'-', b'-', ..] => 4 + length_to(&markup[4..], b"-->")?,
            [b'<', b'?', ..] => length_to(markup, b"?>")?,
            [b'<', b'!', b'[', ..] => length_to(markup, b"]]>")?,
            [b'<', b'!', ..] => return None,
            [b'<', b'/', ..] => {
                depth = depth.checked_sub(1)?;
                length_to(markup, b">")?
            }
            _ => {
                let length = tag_length(markup)?;
                depth += usize::from(markup[length - 2] != b'/');
                length
            }
        };
        let is_declaration = matches!(markup, [b'<', b'!' | b'?', ..]);
        if depth == 0 && !is_declaration {
            return Some(at);
        }
    }
}

fn length_to(text: &[u8], mark: &[u8]) -> Option<usize> {
    memmem::find(text, mark).map(|at| at + mark.len())
}

/// The length of a tag: a `>` in an attribute's value does not end it.
fn tag_length(markup: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr3(b'>', b'"', b'\'', markup.get(at..)?)?;
        match markup[at] {
            b'>' => return Some(at + 1),
            quote => at += 2 + memchr(quote, &markup[at + 1..])?,
        }
    }
}

#[cfg(test)]
mod tests;
