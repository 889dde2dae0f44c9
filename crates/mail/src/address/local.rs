//! The local part: a dot-string or a quoted-string (RFC 5321 §4.1.2, RFC 6531 §3.3).

use super::AddressError;

/// Reads a local part off the front of `text`; gives its shortest correct form and the rest, which starts at the `@`.
pub(super) fn read(text: &str) -> Result<(String, &str), AddressError> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (content, rest) = read_quoted(quoted)?;
        return Ok((write(&content), rest));
    }
    let end = text.find('@').unwrap_or(text.len());
    let (local, rest) = text.split_at(end);
    check_dot_string(local)?;
    Ok((local.to_owned(), rest))
}

/// The content of a local part that [`write()`] wrote.
pub(super) fn unquote(local: &str) -> String {
    let Some(quoted) = local.strip_prefix('"') else { return local.to_owned() };
    read_quoted(quoted).map(|(content, _)| content).unwrap_or_default()
}

/// True for `atext` (RFC 5322 §3.2.3) and, by RFC 6532 §3.2, whatever is not ASCII and can be seen.
pub(crate) fn is_atext(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
    } else {
        is_printable(c) && !c.is_whitespace()
    }
}

/// False for controls and for the line and paragraph separators, which some readers take for line ends.
pub(super) fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

fn check_dot_string(local: &str) -> Result<(), AddressError> {
    if local.is_empty() {
        return Err(AddressError("the local part is empty"));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(AddressError("the local part has an empty atom"));
    }
    if local.chars().all(|c| c == '.' || is_atext(c)) {
        Ok(())
    } else {
        Err(AddressError("the local part has a character that must be quoted"))
    }
}

/// Reads up to the closing quote; gives the content without escapes, and what follows the quote.
fn read_quoted(text: &str) -> Result<(String, &str), AddressError> {
    let mut content = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((content, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, escaped)) if (' '..='~').contains(&escaped) => content.push(escaped),
                _ => return Err(AddressError("a backslash in the local part escapes nothing that may be escaped")),
            },
            c if is_printable(c) => content.push(c),
            _ => return Err(AddressError("the local part has a control character")),
        }
    }
    Err(AddressError("the quote in the local part is not closed"))
}

/// The shortest form that reads back to `content`.
fn write(content: &str) -> String {
    if check_dot_string(content).is_ok() {
        return content.to_owned();
    }
    let mut quoted = String::with_capacity(content.len() + 2);
    quoted.push('"');
    for c in content.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}
