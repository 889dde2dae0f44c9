//! Which fields have a syntax of their own, and where characters beyond ASCII may stand in them: as encoded words in a
//! comment, or in a phrase where the field has one (RFC 2047 §5).

use crate::encoded_word;

/// Room for a name before the first encoded word; a longer name makes a line over 78 characters, which RFC 5322 allows.
const LONGEST_NAME: usize = 24;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    /// Text: encoded words may stand anywhere (RFC 2047 §5 (1)).
    Text,
    /// Ids, URLs, words: encoded words may stand in comments only (RFC 2047 §5 (2)).
    Tokens,
    /// One phrase before what stands in angle brackets (RFC 2919 §3).
    Phrase,
    /// Phrases, parted by commas (RFC 5322 §3.6.5).
    Phrases,
}

/// Fields of [`Syntax::Tokens`], besides all those of lists (RFC 2369 §2). What nobody has defined is text.
const TOKENS: [&str; 34] = [
    "accept-language",
    "approved",
    "archived-at",
    "autocrypt",
    "autoforwarded",
    "deferred-delivery",
    "delivery-date",
    "disposition-notification-options",
    "distribution",
    "encrypted",
    "expires",
    "expiry-date",
    "followup-to",
    "importance",
    "in-reply-to",
    "language",
    "latest-delivery-time",
    "message-context",
    "newsgroups",
    "obsoletes",
    "original-message-id",
    "original-recipient",
    "precedence",
    "priority",
    "received-spf",
    "references",
    "reply-by",
    "require-recipient-valid-since",
    "sensitivity",
    "solicitation",
    "supersedes",
    "tls-required",
    "user-agent",
    "vbr-info",
];

/// The value of a structured field with encoded words where it is not ASCII; `None` where the field is text.
///
/// # Errors
/// There is no place for an encoded word where the value is not ASCII.
pub(super) fn ascii_form(name: &str, value: &str) -> Option<Result<String, &'static str>> {
    match syntax(name) {
        Syntax::Text => None,
        syntax => Some(encode(value, syntax)),
    }
}

fn syntax(name: &str) -> Syntax {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "list-id" => Syntax::Phrase,
        "keywords" => Syntax::Phrases,
        name if name.starts_with("list-") || TOKENS.contains(&name) => Syntax::Tokens,
        _ => Syntax::Text,
    }
}

fn encode(value: &str, syntax: Syntax) -> Result<String, &'static str> {
    let mut ascii = String::with_capacity(2 * value.len());
    let mut rest = value;
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at(piece_length(rest, syntax)?);
        match piece.as_bytes()[0] {
            _ if piece.is_ascii() => ascii.push_str(piece),
            b'(' => push_comment(&mut ascii, piece),
            b'<' => return Err("what stands in angle brackets must be ASCII"),
            _ if syntax == Syntax::Tokens => {
                return Err("this field may have characters beyond ASCII in comments only");
            }
            _ => push_phrase(&mut ascii, piece),
        }
        rest = tail;
    }
    Ok(ascii.trim().to_owned())
}

/// The length of the comment, the angle brackets, the comma or the words that the text begins with.
fn piece_length(text: &str, syntax: Syntax) -> Result<usize, &'static str> {
    let ends_words = |c: char| matches!(c, '(' | '<') || (c == ',' && syntax == Syntax::Phrases);
    match text.chars().next() {
        Some('(') => comment_length(text).ok_or("a comment is not closed"),
        Some('<') => Ok(text.find('>').map_or(text.len(), |close| close + 1)),
        Some(',') if syntax == Syntax::Phrases => Ok(1),
        _ => Ok(words_length(text, ends_words)),
    }
}

/// Comments nest (RFC 5322 §3.2.2).
fn comment_length(text: &str) -> Option<usize> {
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 1 => return Some(at + 1),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What ends words does not end them within quotes.
fn words_length(text: &str, ends: impl Fn(char) -> bool) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if !quoted && ends(c) => return at,
            _ => {}
        }
    }
    text.len()
}

fn push_comment(out: &mut String, comment: &str) {
    let inner = comment.get(1..comment.len() - 1).unwrap_or_default();
    out.push('(');
    push_encoded(out, &without_escapes(inner));
    out.push(')');
}

/// An encoded word stands apart from what is beside it.
fn push_phrase(out: &mut String, phrase: &str) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
    let text: String = without_escapes(phrase).chars().filter(|&c| c != '"').collect();
    push_encoded(out, text.trim());
    out.push(' ');
}

fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}

/// Appends encoded words with a space between them, where the field is folded when it is written. The first leaves room for
/// the field's name.
fn push_encoded(out: &mut String, text: &str) {
    let mut words = Vec::new();
    encoded_word::write(&mut words, text, LONGEST_NAME);
    out.push_str(&String::from_utf8_lossy(&words).replace("\r\n ", " "));
}
