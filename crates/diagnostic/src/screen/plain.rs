//! Text of strangers on a terminal.

/// A text on one line, each control character as U+FFFD: what a stranger wrote must not move the cursor of whoever reads it.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
