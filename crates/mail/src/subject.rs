//! The subject of a message, as people read it and seek it: one line, short, and harmless wherever it is shown.

use crate::encoded_word::decoded;
use crate::header::find;

/// Characters that are kept, at most.
pub const MOST: usize = 200;

/// Octets of the field that are read: that many characters, in whatever encoding, and what may stand between them.
const READ: usize = 8 << 10;

/// The subject of a message: its encoded words read (RFC 2047), its white space made single, at most [`MOST`] characters.
/// Controls and what turns the direction of a text are left out. Empty where there is none.
#[must_use]
pub fn of(message: &[u8]) -> String {
    let Some(field) = find(message, "Subject") else { return String::new() };
    let value = field.raw();
    let value = value[..value.len().min(READ)].trim_ascii();
    if is_plain(value)
        && let Ok(text) = std::str::from_utf8(value)
    {
        return text.to_owned();
    }
    kept(&decoded(value))
}

/// True where nothing needs to be read, joined or left out.
fn is_plain(value: &[u8]) -> bool {
    // Loops without a way out are done for many octets at a time.
    let is_seen = value.iter().fold(true, |so_far, octet| so_far & (b' '..=b'~').contains(octet));
    let pairs = value.iter().zip(value.get(1..).unwrap_or_default());
    let is_odd = |&a, &b| (a == b' ') & (b == b' ') | (a == b'=') & (b == b'?');
    value.len() <= MOST && is_seen && !pairs.fold(false, |so_far, (a, b)| so_far | is_odd(a, b))
}

fn kept(text: &str) -> String {
    let mut kept = String::with_capacity(text.len().min(4 * MOST));
    let (mut count, mut is_gap) = (0, false);
    for c in text.chars() {
        if c.is_whitespace() {
            is_gap = count > 0;
        } else if is_seen(c) {
            // A gap is kept only with what follows it.
            if count + usize::from(is_gap) >= MOST {
                break;
            }
            if is_gap {
                kept.push(' ');
                count += 1;
                is_gap = false;
            }
            kept.push(c);
            count += 1;
        }
    }
    kept
}

/// False for controls, and for what has no shape and changes how others are shown: marks and overrides of direction (UAX #9),
/// words that are joined or parted unseen, tags.
fn is_seen(c: char) -> bool {
    let is_unseen = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !is_unseen && !c.is_control()
}

#[cfg(test)]
mod tests;
