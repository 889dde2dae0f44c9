//! RFC 2047 encoded words: telling one, and writing any text as a row of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longest encoded word that is taken from others: old programs write one word however long the text is.
const MAX_FOREIGN_WORD: usize = 500;
const END: &str = "?=";

/// True where `word` is one well-formed encoded word that hides no CR, LF or NUL.
pub(crate) fn is_one(word: &str) -> bool {
    let Some(inner) = word.strip_prefix("=?").and_then(|w| w.strip_suffix(END)) else { return false };
    let mut pieces = inner.split('?');
    let (Some(charset), Some(encoding), Some(text), None) =
        (pieces.next(), pieces.next(), pieces.next(), pieces.next())
    else {
        return false;
    };
    let visible = inner.bytes().all(|b| (0x21..0x7f).contains(&b));
    word.len() <= MAX_FOREIGN_WORD && !charset.is_empty() && visible && hides_no_line_end(encoding, text)
}

fn hides_no_line_end(encoding: &str, text: &str) -> bool {
    match encoding {
        "B" | "b" => STANDARD.decode(text).is_ok_and(|octets| !octets.iter().any(|b| matches!(b, b'\r' | b'\n' | 0))),
        "Q" | "q" => {
            let upper = text.to_ascii_uppercase();
            !["=0D", "=0A", "=00"].iter().any(|octet| upper.contains(octet))
        }
        _ => false,
    }
}
